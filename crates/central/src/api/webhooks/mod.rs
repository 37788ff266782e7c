//! Webhooks: the change feed, brought to an address as it grows. Each delivery is signed, tried again with growing pauses, and
//! can be asked for once more by the event's id. Whoever receives may get an event twice, and per order gets them in order.

mod body;
mod deliver;
mod lease;
mod send;
mod sign;
mod store;
mod target;

use docket_domain::policy::api::{ApiOperation, Target};
use uuid::Uuid;

use super::audit;
use super::caller::Caller;
use super::fault::{Fault, FaultCode};
use super::idempotency::{self, Claim, Given, Key, KeyOf, RequestHash, Stored, request_hash};
use super::order::Page;
use crate::clock::{new_id, random, wall_ms};
use crate::db::Database;
use crate::secret::ServiceSecret;

pub use body::{DeliveryState, DeliveryView, NewWebhook, WebhookSecret, WebhookView};
pub use deliver::{DeliverSettings, deliver};
pub use sign::{SigningKey, verify};
pub use target::Targets;

/// The use cases of webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Webhooks {
    database: Database,
    secret: ServiceSecret,
    targets: Targets,
}

impl Webhooks {
    /// On a pool with the role `docket_ingest`.
    #[must_use]
    pub fn new(database: Database, secret: ServiceSecret, targets: Targets) -> Self {
        Webhooks { database, secret, targets }
    }

    /// Registers a webhook, which hears of all that is committed from now on, and maybe of what was committed a moment before.
    ///
    /// # Errors
    /// A fault that names the fields; [`FaultCode::FailedPrecondition`] where the tenant has 50 already.
    pub async fn register(&self, caller: &Caller, new: &NewWebhook, key: Key) -> Result<Given, Fault> {
        allow(caller)?;
        let checked = new.check(self.targets)?;
        let (id, hash) = (new_id(), request_hash(new));
        let secret: [u8; 32] = random().map_err(|error| Fault::internal(&error))?;
        let sealed = self.secret.seal_bytes(&seal_of(caller, id), &secret).map_err(|error| Fault::internal(&error))?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let of = KeyOf::new(caller, "register_webhook", key);
        if let Claim::Replay(answer) = idempotency::claim(&mut transaction, &of, &hash).await? {
            return Ok(Given { answer, replayed: true });
        }
        store::insert(&mut transaction, caller.tenant, id, &checked, &sealed, wall_ms()).await?;
        let view = store::get(&mut transaction, caller.tenant, id).await?.ok_or_else(unknown)?;
        let location = Some(format!("/api/v1/webhooks/{id}"));
        self.finish(transaction, caller, &of, &hash, (201, &view, location, id)).await
    }

    /// Every webhook of the tenant, in the order of their ids.
    ///
    /// # Errors
    /// [`FaultCode::Forbidden`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<WebhookView>, Fault> {
        allow(caller)?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let all = store::list(&mut transaction, caller.tenant).await?;
        transaction.commit().await?;
        Ok(all)
    }

    /// One webhook.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`].
    pub async fn get(&self, caller: &Caller, id: Uuid) -> Result<WebhookView, Fault> {
        allow(caller)?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let found = store::get(&mut transaction, caller.tenant, id).await?;
        transaction.commit().await?;
        found.ok_or_else(unknown)
    }

    /// What its deliveries are signed with.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`].
    pub async fn secret(&self, caller: &Caller, id: Uuid) -> Result<WebhookSecret, Fault> {
        allow(caller)?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let sealed = store::sealed(&mut transaction, caller.tenant, id).await?.ok_or_else(unknown)?;
        audit::write(&mut transaction, caller, ApiOperation::ManageWebhooks, Some(id), audit::DONE).await?;
        transaction.commit().await?;
        let opened = self.secret.open_bytes(&seal_of(caller, id), &sealed).map_err(|error| Fault::internal(&error))?;
        Ok(WebhookSecret { secret: SigningKey::of(&opened).to_string() })
    }

    /// Removes a webhook with its deliveries.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: Uuid) -> Result<(), Fault> {
        allow(caller)?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        if !store::delete(&mut transaction, caller.tenant, id).await? {
            return Err(unknown());
        }
        audit::write(&mut transaction, caller, ApiOperation::ManageWebhooks, Some(id), audit::DONE).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Its deliveries, oldest first, behind the event that `after` names as a position.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`]; a fault on `page_token`.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        id: Uuid,
        state: Option<DeliveryState>,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Page<DeliveryView>, Fault> {
        self.get(caller, id).await?;
        let after = after.map(str::parse).transpose();
        let after = after.map_err(|_| Fault::field("page_token", "must be a token that a page gave"))?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let page =
            store::deliveries(&mut transaction, caller.tenant, id, state, after.unwrap_or_default(), limit).await?;
        transaction.commit().await?;
        Ok(page)
    }

    /// Delivers an event once more, however its delivery ended; it is put on the list even where it never was.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`] where the webhook or the event is not there, or the event is not kept any more.
    pub async fn replay(&self, caller: &Caller, id: Uuid, event: Uuid, key: Key) -> Result<Given, Fault> {
        allow(caller)?;
        let hash = request_hash(&(id, event));
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let of = KeyOf::new(caller, "replay_webhook", key);
        if let Claim::Replay(answer) = idempotency::claim(&mut transaction, &of, &hash).await? {
            return Ok(Given { answer, replayed: true });
        }
        let again = store::replay(&mut transaction, caller.tenant, id, event).await?;
        let view = again.ok_or_else(|| Fault::new(FaultCode::NotFound, "there is no such webhook or event"))?;
        self.finish(transaction, caller, &of, &hash, (202, &view, None, id)).await
    }

    async fn finish(
        &self,
        mut transaction: sqlx::Transaction<'static, sqlx::Postgres>,
        caller: &Caller,
        of: &KeyOf,
        hash: &RequestHash,
        (status, view, location, id): (u16, &impl serde::Serialize, Option<String>, Uuid),
    ) -> Result<Given, Fault> {
        let body = serde_json::to_string(view).map_err(|error| Fault::internal(&error))?;
        let answer = Stored { status, body, etag: None, location };
        audit::write(&mut transaction, caller, ApiOperation::ManageWebhooks, Some(id), audit::DONE).await?;
        idempotency::keep(&mut transaction, of, hash, &answer).await?;
        transaction.commit().await?;
        Ok(Given { answer, replayed: false })
    }
}

fn allow(caller: &Caller) -> Result<(), Fault> {
    caller.allow(ApiOperation::ManageWebhooks, &Target::default())
}

fn unknown() -> Fault {
    Fault::new(FaultCode::NotFound, "there is no such webhook")
}

/// What a webhook's secret is sealed for.
fn seal_of(caller: &Caller, id: Uuid) -> Vec<u8> {
    lease::seal_of(caller.tenant.0, id)
}
