//! Customers of a tenant. What may be done is `docket_domain::customer`'s; here it is asked for, stored with its version, and
//! told to others by id.

mod body;
mod flagged;
mod store;

use docket_domain::customer::{CustomerCommand, CustomerEvent, CustomerRejection, decide};
use docket_domain::ids::SubjectId;
use docket_domain::policy::api::{ApiOperation, Target};
use sqlx::{Postgres, Transaction};

use super::audit;
use super::caller::{Caller, customer_of};
use super::fault::{Fault, FaultCode};
use super::idempotency::{self, Claim, Given, Key, KeyOf, RequestHash, Stored, request_hash};
use super::limits::USER_ID_CHARS_MAX;
use super::version::DecidedOn;
use crate::clock::{new_id, wall_ms};
use crate::db::Database;
use crate::relay;

pub use body::{AddressBody, CustomerPatch, CustomerView, NewCustomer, NewEmail};
pub use flagged::FlaggedOrder;

/// The use cases of customers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Customers {
    database: Database,
}

/// One act, before it is done.
struct Act {
    operation: ApiOperation,
    id: SubjectId,
    key: Option<Key>,
    hash: RequestHash,
    on: DecidedOn,
    status: u16,
}

impl Customers {
    /// On a pool with the role `docket_ingest`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Customers { database }
    }

    /// Registers a customer: the one of `user_id`, or of the caller, or for staff and admin one without a user.
    ///
    /// # Errors
    /// A fault that names the fields; [`FaultCode::FailedPrecondition`] if it is registered already.
    pub async fn register(&self, caller: &Caller, new: &NewCustomer, key: Key) -> Result<Given, Fault> {
        let id = match &new.user_id {
            Some(user)
                if user.is_empty()
                    || user.chars().count() > USER_ID_CHARS_MAX
                    || user.chars().any(char::is_control) =>
            {
                return Err(Fault::field("user_id", format!("must have 1 to {USER_ID_CHARS_MAX} characters")));
            }
            Some(user) => {
                caller.may_order_for(user)?;
                customer_of(caller.tenant, user)
            }
            None if caller.role.acts_for_others() => SubjectId(new_id()),
            None => caller.customer(),
        };
        let command = CustomerCommand::Register(new.person()?);
        let operation = ApiOperation::RegisterCustomer;
        let hash = request_hash(new);
        self.act(caller, Act { operation, id, key: Some(key), hash, on: DecidedOn::default(), status: 201 }, command)
            .await
    }

    /// One customer.
    ///
    /// # Errors
    /// [`FaultCode::NotFound`].
    pub async fn get(&self, caller: &Caller, id: SubjectId) -> Result<CustomerView, Fault> {
        caller.allow(ApiOperation::GetCustomer, &target(id))?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let kept = store::load(&mut transaction, caller.tenant, id, store::Lock::None).await?;
        transaction.commit().await?;
        kept.map(|kept| CustomerView::of(&kept)).ok_or_else(unknown)
    }

    /// Changes name, phone or addresses.
    ///
    /// # Errors
    /// A fault that names the fields; [`FaultCode::PreconditionFailed`], [`FaultCode::VersionConflict`].
    pub async fn change(
        &self,
        caller: &Caller,
        id: SubjectId,
        patch: &CustomerPatch,
        matching: Option<u64>,
        key: Option<Key>,
    ) -> Result<Given, Fault> {
        let on = DecidedOn { matching, expected: patch.expected_version };
        let hash = request_hash(&(id, patch, matching));
        let act = Act { operation: ApiOperation::ChangeCustomer, id, key, hash, on, status: 200 };
        self.act(caller, act, patch.command()?).await
    }

    /// Changes the e-mail address, once in 24 hours.
    ///
    /// # Errors
    /// As [`Customers::change`]; [`FaultCode::FailedPrecondition`] with the time after which it may be changed again.
    pub async fn change_email(
        &self,
        caller: &Caller,
        id: SubjectId,
        new: &NewEmail,
        matching: Option<u64>,
        key: Key,
    ) -> Result<Given, Fault> {
        let on = DecidedOn { matching, expected: new.expected_version };
        let hash = request_hash(&(id, new, matching));
        let act = Act { operation: ApiOperation::ChangeEmail, id, key: Some(key), hash, on, status: 200 };
        self.act(caller, act, new.command()?).await
    }

    /// Takes orders of the customer again.
    ///
    /// # Errors
    /// As [`Customers::change`].
    pub async fn activate(
        &self,
        caller: &Caller,
        id: SubjectId,
        matching: Option<u64>,
        key: Key,
    ) -> Result<Given, Fault> {
        let act = switch(ApiOperation::ActivateCustomer, id, matching, Some(key));
        self.act(caller, act, CustomerCommand::Activate).await
    }

    /// Takes no new orders of the customer; those that are open are flagged by a consumer of the event.
    ///
    /// # Errors
    /// As [`Customers::change`].
    pub async fn deactivate(
        &self,
        caller: &Caller,
        id: SubjectId,
        matching: Option<u64>,
        key: Key,
    ) -> Result<Given, Fault> {
        let act = switch(ApiOperation::DeactivateCustomer, id, matching, Some(key));
        self.act(caller, act, CustomerCommand::Deactivate).await
    }

    /// Forgets the person: name, e-mail, phone and addresses, the key of what is sealed about it in the log, and where its
    /// orders went to. What remains is a key that takes no orders.
    ///
    /// # Errors
    /// As [`Customers::change`].
    pub async fn erase(&self, caller: &Caller, id: SubjectId, matching: Option<u64>) -> Result<(), Fault> {
        let act = switch(ApiOperation::EraseCustomer, id, matching, None);
        self.act(caller, act, CustomerCommand::Erase).await.map(|_| ())
    }

    async fn act(&self, caller: &Caller, act: Act, command: CustomerCommand) -> Result<Given, Fault> {
        caller.allow(act.operation, &target(act.id))?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let of = act.key.clone().map(|key| KeyOf::new(caller, act.operation.as_str(), key));
        if let Some(of) = &of
            && let Claim::Replay(answer) = idempotency::claim(&mut transaction, of, &act.hash).await?
        {
            return Ok(Given { answer, replayed: true });
        }
        let (kept, told) = done(&mut transaction, caller, &act, command).await?;
        let view = CustomerView::of(&kept);
        let answer = Stored {
            status: act.status,
            body: serde_json::to_string(&view).map_err(|error| Fault::internal(&error))?,
            etag: Some(format!("\"{}\"", view.version)),
            location: (act.status == 201).then(|| format!("/api/v1/customers/{}", act.id)),
        };
        if let Some(of) = &of {
            idempotency::keep(&mut transaction, of, &act.hash, &answer).await?;
        }
        transaction.commit().await?;
        if told {
            relay::wake(self.database.pool()).await;
        }
        Ok(Given { answer, replayed: false })
    }
}

/// Decides under the customer's lock, and writes what came of it; says whether others are to hear of something.
async fn done(
    transaction: &mut Transaction<'static, Postgres>,
    caller: &Caller,
    act: &Act,
    command: CustomerCommand,
) -> Result<(store::Kept, bool), Fault> {
    let before = store::load(transaction, caller.tenant, act.id, store::Lock::Update).await?;
    if let Some(kept) = &before {
        act.on.check(kept.customer.version)?;
    }
    let now_ms = wall_ms();
    let decided = decide(before.as_ref().map(|kept| &kept.customer), command, now_ms);
    let Some(event) = decided.map_err(|rejection| refused(rejection, now_ms))? else {
        return before.map(|kept| (kept, false)).ok_or_else(unknown);
    };
    let erases = event == CustomerEvent::Erased;
    let was_active = before.as_ref().is_some_and(|kept| kept.customer.active);
    let kind = store::kind_of(&event, was_active);
    let kept = store::after(before, act.id, event, now_ms);
    if !store::save(transaction, caller.tenant, &kept).await? {
        return Err(refused(CustomerRejection::AlreadyRegistered, now_ms));
    }
    if erases {
        store::erase(transaction, caller.tenant, act.id).await?;
    }
    store::tell(transaction, caller.tenant, &kept.customer, kind).await?;
    audit::write(transaction, caller, act.operation, Some(act.id.0), audit::DONE).await?;
    Ok((kept, true))
}

fn switch(operation: ApiOperation, id: SubjectId, matching: Option<u64>, key: Option<Key>) -> Act {
    let on = DecidedOn { matching, expected: None };
    Act { operation, id, key, hash: request_hash(&(id, matching)), on, status: 200 }
}

fn target(id: SubjectId) -> Target {
    Target { store: None, customer: Some(id) }
}

fn unknown() -> Fault {
    Fault::new(FaultCode::NotFound, "there is no such customer")
}

fn refused(rejection: CustomerRejection, now_ms: i64) -> Fault {
    let fault = |field: &str| {
        let mut fault = Fault::field(field, rejection.to_string());
        fault.code = FaultCode::FailedPrecondition;
        fault
    };
    match rejection {
        CustomerRejection::NotRegistered => unknown(),
        CustomerRejection::AlreadyRegistered => fault("user_id"),
        CustomerRejection::Erased => fault("customer_id"),
        CustomerRejection::EmailChangedLately { again_ms } => {
            let wait_ms = u64::try_from(again_ms.saturating_sub(now_ms)).unwrap_or(0);
            fault("email").retry_after(std::time::Duration::from_millis(wait_ms))
        }
    }
}
