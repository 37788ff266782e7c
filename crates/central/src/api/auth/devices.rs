//! Devices that call with a token of their own: head office says whether it has them still, and in which store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use sqlx::Row as _;

use crate::api::limits::{DEVICE_KNOWN_MS, DEVICES_KNOWN_MAX};
use crate::clock::moment;
use crate::db::Database;

/// The store of each device, as it was asked for a moment ago; none for one that is revoked or not known.
type Known = HashMap<(TenantId, DeviceId), (Option<StoreId>, Instant)>;

/// Finds devices. Cheap to clone; all clones remember the same.
#[derive(Debug, Clone)]
pub struct Devices {
    database: Database,
    known: Arc<Mutex<Known>>,
}

impl Devices {
    /// On a pool with the role `docket_access`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Devices { database, known: Arc::default() }
    }

    /// The store of a device that was not revoked.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn store(&self, tenant: TenantId, device: DeviceId) -> Result<Option<StoreId>, sqlx::Error> {
        let now = moment();
        let good = Duration::from_millis(DEVICE_KNOWN_MS);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&(tenant, device)).copied();
        if let Some((store, asked)) = known
            && now.saturating_duration_since(asked) < good
        {
            return Ok(store);
        }
        let store = self.ask(tenant, device).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= DEVICES_KNOWN_MAX {
            known.retain(|_, (_, asked)| now.saturating_duration_since(*asked) < good);
        }
        if known.len() < DEVICES_KNOWN_MAX {
            known.insert((tenant, device), (store, now));
        }
        Ok(store)
    }

    async fn ask(&self, tenant: TenantId, device: DeviceId) -> Result<Option<StoreId>, sqlx::Error> {
        let mut transaction = self.database.tenant(tenant).await?;
        let found =
            sqlx::query("SELECT store FROM central.devices WHERE tenant = $1 AND device = $2 AND revoked_at IS NULL")
                .bind(tenant.0)
                .bind(device.0)
                .fetch_optional(&mut *transaction)
                .await?;
        transaction.commit().await?;
        found.map(|row| row.try_get("store").map(StoreId)).transpose()
    }
}
