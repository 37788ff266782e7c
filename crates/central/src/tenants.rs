//! Tenants, one-time codes and the revocation of devices: what the command line does by hand.

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::DeviceKey;
use sqlx::{Postgres, Row as _, Transaction};

use crate::clock::{NoRandomness, new_id, wall_ms};
use crate::db::{Database, set_tenant};
use crate::limits::NAME_CHARS_MAX;
use crate::secret::{SecretError, ServiceSecret};
use crate::token::{code_hash, new_code};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The tenant's key can't be sealed or opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No new key.
    #[error(transparent)]
    Key(#[from] docket_log::KeyError),
    /// A name that is not one.
    #[error("name: has 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// There is no such tenant.
    #[error("tenant: {0} is not known")]
    UnknownTenant(TenantId),
    /// There is no such store, or it can't be joined.
    #[error("store: {0} is not a live store of this tenant")]
    UnknownStore(StoreId),
    /// There is no such device.
    #[error("device: {0} is not known")]
    UnknownDevice(DeviceId),
}

/// Checks a name of a tenant or store.
pub(crate) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control)
}

/// Makes a tenant with a key of its own.
///
/// # Errors
/// [`TenantError`].
pub async fn add(database: &Database, secret: &ServiceSecret, name: &str) -> Result<TenantId, TenantError> {
    let tenant = TenantId(new_id());
    add_as(database, secret, tenant, name).await?;
    Ok(tenant)
}

/// The same with a given id; a tenant that is there already stays as it is.
///
/// # Errors
/// [`TenantError`].
pub async fn add_as(
    database: &Database,
    secret: &ServiceSecret,
    tenant: TenantId,
    name: &str,
) -> Result<(), TenantError> {
    if !is_name(name) {
        return Err(TenantError::Name);
    }
    let key = DeviceKey::generate()?;
    let mut transaction = database.tenant(tenant).await?;
    let sql = "INSERT INTO central.tenants (tenant, name, sealed_key, public_key) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(name.trim())
        .bind(secret.seal(tenant, &key)?)
        .bind(&key.public().0[..])
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// The key that signs a tenant's logs of head office and its statements.
///
/// # Errors
/// [`TenantError`].
pub async fn key(
    transaction: &mut Transaction<'static, Postgres>,
    secret: &ServiceSecret,
    tenant: TenantId,
) -> Result<DeviceKey, TenantError> {
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT sealed_key FROM central.tenants WHERE tenant = $1")
        .bind(tenant.0)
        .fetch_optional(&mut **transaction)
        .await?;
    Ok(secret.open(tenant, &sealed.ok_or(TenantError::UnknownTenant(tenant))?)?)
}

/// A one-time code: for a store, or to found one.
///
/// # Errors
/// [`TenantError`].
pub async fn new_enrolment_code(
    database: &Database,
    tenant: TenantId,
    store: Option<StoreId>,
    minutes: i64,
) -> Result<String, TenantError> {
    let code = new_code()?;
    let mut transaction = database.tenant(tenant).await?;
    let known: Option<i32> = sqlx::query_scalar("SELECT 1 FROM central.tenants WHERE tenant = $1")
        .bind(tenant.0)
        .fetch_optional(&mut *transaction)
        .await?;
    known.ok_or(TenantError::UnknownTenant(tenant))?;
    if let Some(store) = store {
        let sql = "SELECT 1 FROM central.stores WHERE tenant = $1 AND store = $2 AND state = 'live'";
        let known: Option<i32> =
            sqlx::query_scalar(sql).bind(tenant.0).bind(store.0).fetch_optional(&mut *transaction).await?;
        known.ok_or(TenantError::UnknownStore(store))?;
    }
    let sql = "INSERT INTO central.enrolment_codes (tenant, code_hash, store, expires_at) \
         VALUES ($1, $2, $3, to_timestamp($4::bigint / 1000.0))";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(&code_hash(&code)[..])
        .bind(store.map(|store| store.0))
        .bind(wall_ms() + minutes * 60_000)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(code)
}

/// Revokes a device: what is held of it now counts, and nothing beyond.
///
/// # Errors
/// [`TenantError`].
pub async fn revoke(database: &Database, tenant: TenantId, device: DeviceId) -> Result<(), TenantError> {
    let mut transaction = database.tenant(tenant).await?;
    // The logs are locked as ingest locks them, so that no batch is between its check and its commit.
    let lock = "SELECT log_id FROM central.logs WHERE tenant = $1 AND device = $2 ORDER BY log_id FOR UPDATE";
    sqlx::query(lock).bind(tenant.0).bind(device.0).fetch_all(&mut *transaction).await?;
    let sql = "SELECT revoked_at IS NOT NULL FROM central.devices WHERE tenant = $1 AND device = $2 FOR UPDATE";
    let known: Option<bool> =
        sqlx::query_scalar(sql).bind(tenant.0).bind(device.0).fetch_optional(&mut *transaction).await?;
    // What came after the first time counts no more by the second.
    match known {
        None => return Err(TenantError::UnknownDevice(device)),
        Some(true) => return Ok(()),
        Some(false) => {}
    }
    let sql = "UPDATE central.devices SET revoked_at = now() WHERE tenant = $1 AND device = $2";
    sqlx::query(sql).bind(tenant.0).bind(device.0).execute(&mut *transaction).await?;
    let sql = "INSERT INTO central.device_cut_offs (tenant, device, log_id, seq) \
         SELECT l.tenant, l.device, l.log_id, max(h.seq) FROM central.logs l \
         JOIN central.log_heads h ON h.tenant = l.tenant AND h.log_id = l.log_id \
         WHERE l.tenant = $1 AND l.device = $2 GROUP BY l.tenant, l.device, l.log_id ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(tenant.0).bind(device.0).execute(&mut *transaction).await?;
    let sql = "SELECT pg_notify($3, store::text) FROM central.devices WHERE tenant = $1 AND device = $2";
    sqlx::query(sql).bind(tenant.0).bind(device.0).bind(crate::down::CHANNEL).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The tenant that a one-time code belongs to. The transaction sees that tenant from then on.
///
/// # Errors
/// [`sqlx::Error`] if the database fails.
pub(crate) async fn tenant_of_code(
    transaction: &mut Transaction<'static, Postgres>,
    hash: &[u8; 32],
) -> Result<Option<TenantId>, sqlx::Error> {
    sqlx::query("SELECT set_config('docket.code_hash', $1, true)")
        .bind(hex::encode(hash))
        .execute(&mut **transaction)
        .await?;
    let found = sqlx::query("SELECT tenant FROM central.enrolment_codes WHERE code_hash = $1")
        .bind(&hash[..])
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let tenant = TenantId(row.try_get("tenant")?);
    set_tenant(transaction, tenant).await?;
    Ok(Some(tenant))
}
