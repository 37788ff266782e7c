//! Enrolment: a till becomes known to a tenant by a one-time code and the proof of its key, and gets a token.
//!
//! A code without a store founds one: the till's own store becomes head office's. A code with a store joins it: the
//! till's old store is kept beside it, archived, so that its logs can come in.

mod stores;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::PublicKey;
use docket_sync::v1::enrolment_server::Enrolment;
use docket_sync::v1::{ChallengeReply, ChallengeRequest, EnrolReply, EnrolRequest, RenewReply, RenewRequest};
use docket_sync::{enrolment_proof, renewal_proof};
use sqlx::{Postgres, Row as _, Transaction};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::clock::{random, wall_ms};
use crate::db::Database;
use crate::ingest::entry::fixed;
use crate::limits::{CHALLENGE_MS, CHALLENGES_MAX};
use crate::telemetry::in_one_line;
use crate::tenants::{is_name, tenant_of_code};
use crate::token::{Token, code_hash};

/// The enrolment service.
#[derive(Debug)]
pub struct EnrolmentService {
    database: Database,
    token_life: Duration,
    challenges: Mutex<HashMap<[u8; 32], (TenantId, DeviceId, i64)>>,
}

/// A request whose fields have their form.
struct Asked {
    code: String,
    device: DeviceId,
    key: PublicKey,
    tenant: TenantId,
    store: StoreId,
    name: String,
    class: &'static str,
    open_orders: u32,
}

impl Asked {
    fn read(request: EnrolRequest) -> Result<Self, Status> {
        let class = match request.device_class.as_str() {
            "till" => "till",
            "kitchen" => "kitchen",
            _ => return Err(Status::invalid_argument("device_class: is till or kitchen")),
        };
        let asked = Asked {
            device: DeviceId(id("device_id", &request.device_id)?),
            key: key("public_key", &request.public_key)?,
            tenant: TenantId(id("tenant_id", &request.tenant_id)?),
            store: StoreId(id("store_id", &request.store_id)?),
            name: if is_name(&request.store_name) { request.store_name.trim().to_owned() } else { "–".to_owned() },
            class,
            open_orders: request.open_orders,
            code: request.code,
        };
        let proof = enrolment_proof(&asked.code, asked.device, &asked.key, asked.tenant, asked.store);
        if !asked.key.proves(&proof, &request.signature) {
            return Err(Status::permission_denied("signature: does not prove the device's key"));
        }
        Ok(asked)
    }
}

fn id(field: &str, bytes: &[u8]) -> Result<Uuid, Status> {
    Uuid::from_slice(bytes).map_err(|_| Status::invalid_argument(format!("{field}: has 16 bytes")))
}

fn key(field: &str, bytes: &[u8]) -> Result<PublicKey, Status> {
    PublicKey::try_from(bytes).map_err(|_| Status::invalid_argument(format!("{field}: has 32 bytes")))
}

/// What the peer hears of a fault of the database; the log hears more.
pub(crate) fn unavailable(error: &(dyn std::error::Error + 'static)) -> Status {
    tracing::error!(error = in_one_line(error), "a request could not be answered");
    Status::unavailable("head office can't use its database")
}

fn failed(error: sqlx::Error) -> Status {
    unavailable(&error)
}

/// Writes a new token for a device; the one before is void.
pub(crate) async fn give_token(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    device: DeviceId,
    life: Duration,
) -> Result<RenewReply, Status> {
    let token = Token::try_new(tenant, device).map_err(|error| unavailable(&error))?;
    let expires_ms = wall_ms() + i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2);
    let sql = "UPDATE central.devices SET token_hash = $3, token_expires_at = to_timestamp($4::bigint / 1000.0) \
         WHERE tenant = $1 AND device = $2";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(device.0)
        .bind(&token.hash()[..])
        .bind(expires_ms)
        .execute(&mut **transaction)
        .await
        .map_err(failed)?;
    Ok(RenewReply { token: token.to_text(), token_expires_ms: expires_ms })
}

impl EnrolmentService {
    /// On a pool with the role `docket_ingest`; tokens live for `token_life`.
    #[must_use]
    pub fn new(database: Database, token_life: Duration) -> Self {
        EnrolmentService { database, token_life, challenges: Mutex::default() }
    }

    async fn enrol(&self, asked: Asked) -> Result<EnrolReply, Status> {
        let mut transaction = self.database.begin().await.map_err(failed)?;
        let hash = code_hash(&asked.code);
        let unknown = || Status::permission_denied("code: is not known, was used, or is too old");
        let tenant = tenant_of_code(&mut transaction, &hash).await.map_err(failed)?.ok_or_else(unknown)?;
        // Used up in the transaction that enrols: of two that come at once, one finds it used.
        let sql = "UPDATE central.enrolment_codes SET used_at = to_timestamp($3::bigint / 1000.0), used_by = $4 \
             WHERE tenant = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > to_timestamp($3::bigint / 1000.0) \
             RETURNING store";
        let used = sqlx::query(sql)
            .bind(tenant.0)
            .bind(&hash[..])
            .bind(wall_ms())
            .bind(asked.device.0)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let store: Option<Uuid> = used.ok_or_else(unknown)?.try_get("store").map_err(failed)?;
        let founded = store.is_none();
        let store = match store {
            None => stores::found(&mut transaction, tenant, &asked).await?,
            Some(store) => stores::join(&mut transaction, tenant, StoreId(store), &asked).await?,
        };
        put_device(&mut transaction, tenant, store, &asked).await?;
        let token = give_token(&mut transaction, tenant, asked.device, self.token_life).await?;
        let central_key: Vec<u8> = sqlx::query_scalar("SELECT public_key FROM central.tenants WHERE tenant = $1")
            .bind(tenant.0)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        let sql = "SELECT provisional_tenant FROM central.stores WHERE tenant = $1 AND store = $2";
        let former: Option<Uuid> =
            sqlx::query_scalar(sql).bind(tenant.0).bind(store.0).fetch_one(&mut *transaction).await.map_err(failed)?;
        let letters = stores::letters(&mut transaction, tenant, store).await?;
        transaction.commit().await.map_err(failed)?;
        tracing::info!(%tenant, %store, device = %asked.device, founded, "a device was enrolled");
        Ok(EnrolReply {
            tenant_id: tenant.0.as_bytes().to_vec().into(),
            store_id: store.0.as_bytes().to_vec().into(),
            founded,
            token: token.token,
            token_expires_ms: token.token_expires_ms,
            central_key: central_key.into(),
            former_tenant_id: former.map(|former| former.as_bytes().to_vec()).unwrap_or_default().into(),
            letters,
        })
    }

    async fn renew(&self, tenant: TenantId, device: DeviceId, request: &RenewRequest) -> Result<RenewReply, Status> {
        let challenge: [u8; 32] =
            request.challenge[..].try_into().map_err(|_| Status::invalid_argument("challenge: has 32 bytes"))?;
        let asked = self.challenges.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&challenge);
        let fresh = |(of, to, until): (TenantId, DeviceId, i64)| of == tenant && to == device && wall_ms() <= until;
        if !asked.is_some_and(fresh) {
            return Err(Status::permission_denied("challenge: is not known, was used, or is too old"));
        }
        let mut transaction = self.database.tenant(tenant).await.map_err(failed)?;
        let row = sqlx::query("SELECT public_key FROM central.devices WHERE tenant = $1 AND device = $2")
            .bind(tenant.0)
            .bind(device.0)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let row = row.ok_or_else(|| Status::permission_denied("device_id: is not enrolled"))?;
        let key = PublicKey(fixed(&row, "public_key").map_err(failed)?);
        if !key.proves(&renewal_proof(tenant, device, &challenge), &request.signature) {
            return Err(Status::permission_denied("signature: does not prove the device's key"));
        }
        let reply = give_token(&mut transaction, tenant, device, self.token_life).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(reply)
    }
}

/// Makes the device known. One that is known already must prove the same key; it may have moved to another store.
async fn put_device(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
    asked: &Asked,
) -> Result<(), Status> {
    let sql = "INSERT INTO central.devices (tenant, store, device, device_class, public_key, token_hash, token_expires_at) \
         VALUES ($1, $2, $3, $4, $5, '', now()) ON CONFLICT (tenant, device) DO UPDATE SET store = excluded.store \
         WHERE central.devices.public_key = excluded.public_key AND central.devices.device_class = excluded.device_class \
         AND central.devices.revoked_at IS NULL";
    let put = sqlx::query(sql)
        .bind(tenant.0)
        .bind(store.0)
        .bind(asked.device.0)
        .bind(asked.class)
        .bind(&asked.key.0[..])
        .execute(&mut **transaction)
        .await
        .map_err(failed)?;
    if put.rows_affected() == 0 {
        return Err(Status::permission_denied("device_id: is known with another key or class, or was revoked"));
    }
    Ok(())
}

#[tonic::async_trait]
impl Enrolment for EnrolmentService {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolReply>, Status> {
        EnrolmentService::enrol(self, Asked::read(request.into_inner())?).await.map(Response::new)
    }

    async fn challenge(&self, request: Request<ChallengeRequest>) -> Result<Response<ChallengeReply>, Status> {
        let request = request.into_inner();
        let asked = (TenantId(id("tenant_id", &request.tenant_id)?), DeviceId(id("device_id", &request.device_id)?));
        let challenge: [u8; 32] = random().map_err(|error| unavailable(&error))?;
        let now = wall_ms();
        let mut challenges = self.challenges.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if challenges.len() >= CHALLENGES_MAX {
            challenges.retain(|_, (_, _, until)| *until >= now);
        }
        if challenges.len() >= CHALLENGES_MAX {
            return Err(Status::resource_exhausted("too many renewals are under way"));
        }
        challenges.insert(challenge, (asked.0, asked.1, now + CHALLENGE_MS));
        Ok(Response::new(ChallengeReply { challenge: challenge.to_vec().into() }))
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewReply>, Status> {
        let request = request.into_inner();
        let (tenant, device) =
            (TenantId(id("tenant_id", &request.tenant_id)?), DeviceId(id("device_id", &request.device_id)?));
        EnrolmentService::renew(self, tenant, device, &request).await.map(Response::new)
    }
}
