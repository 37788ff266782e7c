//! A device is revoked: head office keeps up to where it counts, and a fact says so to every till of its store.

use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_domain::shop::{CutOff, DeviceRevoked, ShopEvent};
use sqlx::Row as _;

use super::{Draft, OwnLogError, OwnLogs};
use crate::clock::new_id;
use crate::ingest::entry::{fixed, from_sql};
use crate::tenants::{self, TenantError};

/// Why a device was not revoked, or the tills were not told.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The device could not be revoked.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The log could not be written: the device is revoked, and the tills are told when it is revoked again.
    #[error(transparent)]
    Log(#[from] OwnLogError),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
}

/// Revokes a device and tells the tills of its store. Done again, it tells them again, of the same rows.
///
/// # Errors
/// [`RevokeError`].
pub async fn revoke_device(logs: &OwnLogs, tenant: TenantId, device: DeviceId) -> Result<(), RevokeError> {
    let database = logs.ingest().database();
    tenants::revoke(database, tenant, device).await?;
    let mut transaction = database.tenant(tenant).await?;
    let sql = "SELECT store FROM central.devices WHERE tenant = $1 AND device = $2";
    let store: uuid::Uuid = sqlx::query_scalar(sql).bind(tenant.0).bind(device.0).fetch_one(&mut *transaction).await?;
    let sql = "SELECT log_id, seq FROM central.device_cut_offs WHERE tenant = $1 AND device = $2 ORDER BY log_id";
    let rows = sqlx::query(sql).bind(tenant.0).bind(device.0).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    let head = |row: &sqlx::postgres::PgRow| {
        Ok(CutOff { log: LogId(fixed(row, "log_id")?), seq: from_sql(row.try_get("seq")?) })
    };
    let heads = rows.iter().map(head).collect::<Result<Vec<_>, sqlx::Error>>()?;
    let event = ShopEvent::DeviceRevoked(DeviceRevoked { device, heads });
    let store = StoreId(store);
    let draft = Draft::of_store(store, &event);
    logs.write(tenant, store, "program:central", new_id(), vec![draft]).await?;
    Ok(())
}
