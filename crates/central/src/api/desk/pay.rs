//! Paying ahead: the payment service of another house is asked for a page where the guest can pay what is due of an order. No
//! money moves by asking, and nothing of the order changes. Nothing is locked while the other house thinks.

use std::time::Duration;

use docket_contracts::integration::OrderBody;
use docket_domain::ids::OrderId;
use docket_domain::money::{Currency, Money};
use docket_domain::order::OrderStatus;
use docket_domain::policy::api::ApiOperation;

use super::allowed::Scope;
use super::{OrderDesk, read};
use crate::api::audit;
use crate::api::caller::Caller;
use crate::api::fault::{Fault, FaultCode, Violation};
use crate::api::idempotency::{self, Claim, Given, Key, KeyGuard, KeyOf, RequestHash, Stored, look_up, request_hash};
use crate::api::order::PaymentPage;
use crate::api::ports::limits::PORT_PROBE_MS;
use crate::api::ports::{Due, Said, Unreached};
use crate::api::version::DecidedOn;

const OPERATION: ApiOperation = ApiOperation::RequestOrderPayment;

impl OrderDesk {
    /// Asks for a page where the guest can pay what is due. `matching` is the version of `If-Match`. Only a page is kept under
    /// the key: where the other house was not reached, the same call asks it anew.
    ///
    /// # Errors
    /// [`FaultCode::FailedPrecondition`] where nothing is due, [`FaultCode::NoPaymentPage`] where no page is to be had, and any
    /// other [`Fault`]; nothing was changed.
    pub async fn payment(&self, caller: &Caller, id: OrderId, matching: Option<u64>, key: Key) -> Result<Given, Fault> {
        let scope = Scope::of(caller, OPERATION)?;
        let found = read::one(&self.tools.reads, caller.tenant, &scope, id).await?;
        let hash = request_hash(&(id, matching));
        let key = self.keys.take(KeyOf::new(caller, OPERATION.as_str(), key))?;
        // What was done before is answered as before, whatever is due now.
        if let Some(answer) = self.paid_before(&key, &hash).await? {
            return Ok(Given { answer, replayed: true });
        }
        DecidedOn { matching, expected: None }.check(found.body().version)?;
        let page = self.page(due(found.body())?).await?;
        let body = serde_json::to_string(&page).map_err(|error| Fault::internal(&error))?;
        self.keep_page(caller, id, &key, &hash, Stored { status: 200, body, etag: None, location: None }).await
    }

    async fn paid_before(&self, key: &KeyGuard, hash: &RequestHash) -> Result<Option<Stored>, Fault> {
        let mut transaction = self.tools.logs.ingest().database().tenant(key.of().tenant).await?;
        let claim = look_up(&mut transaction, key.of(), hash).await?;
        transaction.commit().await?;
        Ok(match claim {
            Claim::New => None,
            Claim::Replay(stored) => Some(stored),
        })
    }

    async fn page(&self, due: Due) -> Result<PaymentPage, Fault> {
        match self.ports.payment().request(&due).await {
            Said::Answered(link) => Ok(PaymentPage {
                order_id: due.order,
                reference: link.reference,
                url: link.url,
                amount: due.amount,
                currency: due.currency,
            }),
            Said::Off => Err(no_page("no payment service is configured")),
            Said::Unreached(why) => {
                let fault = no_page("the payment service gave no answer that can be used");
                Err(match why {
                    Unreached::OpenCircuit => fault.retry_after(Duration::from_millis(PORT_PROBE_MS)),
                    Unreached::Unreachable | Unreached::Late => fault.retry_after(Duration::from_secs(1)),
                    Unreached::Refused | Unreached::Untrue => fault,
                })
            }
        }
    }

    /// Keeps the answer with a line of the audit log. Another process may have been quicker: then its answer is the first one.
    async fn keep_page(
        &self,
        caller: &Caller,
        id: OrderId,
        key: &KeyGuard,
        hash: &RequestHash,
        answer: Stored,
    ) -> Result<Given, Fault> {
        let mut transaction = self.tools.logs.ingest().database().tenant(caller.tenant).await?;
        if let Claim::Replay(answer) = idempotency::claim(&mut transaction, key.of(), hash).await? {
            return Ok(Given { answer, replayed: true });
        }
        idempotency::keep(&mut transaction, key.of(), hash, &answer).await?;
        audit::write(&mut transaction, caller, OPERATION, Some(id.0), audit::DONE).await?;
        transaction.commit().await?;
        Ok(Given { answer, replayed: false })
    }
}

/// What is due of an order.
fn due(body: &OrderBody) -> Result<Due, Fault> {
    if body.status == OrderStatus::Cancelled {
        return Err(unpayable("must be an order that was not called off"));
    }
    if body.balance_minor <= 0 {
        return Err(unpayable("must be an order of which something is due"));
    }
    // An amount in a currency that this program does not know would be another sum over there.
    let currency = Currency::try_from_code(&body.currency).map_err(|error| Fault::internal(&error))?;
    let decimal = |minor| Money::new(minor, currency).to_decimal_string();
    let amount = decimal(body.balance_minor);
    Ok(Due {
        order: body.order_id,
        store: body.store_id,
        key: format!("{}/{}/{amount}", body.order_id, decimal(body.total_minor)),
        amount,
        currency: body.currency.clone(),
    })
}

fn unpayable(rule: &str) -> Fault {
    let violation = Violation { field: "order_id".into(), rule: rule.into(), valid: None };
    Fault::fields(FaultCode::FailedPrecondition, vec![violation])
}

fn no_page(why: &str) -> Fault {
    Fault::new(FaultCode::NoPaymentPage, format!("{why}; the order can be paid at the store"))
}
