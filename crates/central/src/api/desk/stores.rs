//! Which stores a tenant has, believed for some seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::ids::{StoreId, SubjectId, TenantId};
use uuid::Uuid;

use super::allowed;
use crate::api::caller::{Caller, Stores};
use crate::api::fault::Fault;
use crate::api::limits::{MENUS_MAX, STORES_MS};
use crate::clock::wall_ms;
use crate::db::Database;

/// Live stores with the wall time at which they were read.
type Known = HashMap<TenantId, (i64, Arc<Vec<StoreId>>)>;

/// The live stores of each tenant.
#[derive(Debug, Clone, Default)]
pub(super) struct LiveStores(Arc<Mutex<Known>>);

impl LiveStores {
    /// The store that a call is about.
    ///
    /// # Errors
    /// [`Fault`] names `store_id`, or the database fails.
    pub(super) async fn choose(
        &self,
        database: &Database,
        caller: &Caller,
        customer: SubjectId,
        asked: Option<StoreId>,
    ) -> Result<StoreId, Fault> {
        if let Some(store) = asked {
            allowed::place(caller, store, customer)?;
        }
        let live = self.of(database, caller.tenant).await?;
        let mut own = live.iter().copied().filter(|store| caller.stores.has(*store));
        match asked {
            Some(store) if live.contains(&store) => Ok(store),
            Some(_) => Err(Fault::field("store_id", "is not a live store")),
            None => match (own.next(), own.next()) {
                (Some(store), None) => allowed::place(caller, store, customer).map(|()| store),
                (None, _) if caller.stores == Stores::All => {
                    Err(Fault::field("store_id", "is required: no store is live"))
                }
                (None, _) => Err(Fault::field("store_id", "is required: no live store is the caller's")),
                (Some(_), Some(_)) => Err(Fault::field("store_id", "is required where there are several stores")),
            },
        }
    }

    async fn of(&self, database: &Database, tenant: TenantId) -> Result<Arc<Vec<StoreId>>, Fault> {
        let now = wall_ms();
        if let Some((read, stores)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant)
            && (0..STORES_MS).contains(&(now - *read))
        {
            return Ok(stores.clone());
        }
        let mut transaction = database.tenant(tenant).await?;
        let sql = "SELECT store FROM central.stores WHERE tenant = $1 AND state = 'live' ORDER BY store";
        let stores: Vec<Uuid> = sqlx::query_scalar(sql).bind(tenant.0).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        let stores = Arc::new(stores.into_iter().map(StoreId).collect::<Vec<_>>());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MENUS_MAX {
            known.clear();
        }
        known.insert(tenant, (now, stores.clone()));
        Ok(stores)
    }
}
