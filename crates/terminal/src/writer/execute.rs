//! One command inside its savepoint: receipt, policy, load, decide, seal, write.

use docket_contracts::outcome::{OrderOutcome, PaymentOutcome, RefundOutcome};
use docket_contracts::{ApiError, CommandOutcome, ErrorCode};
use docket_domain::ids::{EventId, OrderId};
use docket_domain::money::Money;
use docket_domain::order::command::DecideContext;
use docket_domain::order::event::{CashPaid, OrderEvent, Refunded};
use docket_domain::order::{Decision, NewFact, Order, OrderState, decide};
use docket_domain::planted::{Fault, planted};
use docket_domain::policy::allows;
use docket_log::RowDraft;
use rusqlite::{OptionalExtension as _, params};

use super::batch::{Overlay, Staged, read_only};
use super::translate::{self, Translated};
use super::{Call, Live, Writer, rule_params};
use crate::actor::Actor;
use crate::clock::{business_day, new_id, wall_ms};
use crate::error::{StoreError, refuse};
use crate::operation::operation_of;
use crate::shared::Shop;
use crate::store::{events, former};

/// The stream kind of orders.
const ORDER: &str = "order";

impl Writer {
    pub(super) fn execute(&mut self, call: &Call, overlay: &Overlay) -> Result<Staged, StoreError> {
        if self.shared.health().read_only {
            return Err(read_only().into());
        }
        if let Some(outcome) = self.receipt(call)? {
            return Ok(Staged { outcome: Some(outcome), ..Staged::default() });
        }
        let shared;
        let shop = match &overlay.shop {
            Some(shop) => shop,
            None => {
                shared = self.shared.shop();
                &*shared
            }
        };
        match &call.act {
            Some(act) => self.execute_act(call, act, shop),
            None => self.execute_on_order(call, shop, overlay),
        }
    }

    /// The first outcome of this command id, if it wrote.
    fn receipt(&self, call: &Call) -> Result<Option<CommandOutcome>, StoreError> {
        if planted(Fault::RetryAppliedTwice) {
            return Ok(None);
        }
        let mut statement =
            self.connection.prepare_cached("SELECT request_hash, outcome FROM receipts WHERE command_id = ?1")?;
        let found: Option<(Vec<u8>, String)> = statement
            .query_row([&call.command_id.0.as_bytes()[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((hash, outcome)) = found else { return Ok(None) };
        if hash != call.request_hash {
            let rule = "this command id was used with other content; a new act needs a new id";
            return Err(refuse(ErrorCode::CommandIdReused, "command_id", rule).into());
        }
        serde_json::from_str(&outcome).map(Some).map_err(|error| StoreError::Corrupt(format!("receipt: {error}")))
    }

    pub(super) fn write_receipt(&self, call: &Call, outcome: &CommandOutcome) -> Result<(), StoreError> {
        if planted(Fault::ReceiptMissing) || planted(Fault::RetryAppliedTwice) {
            return Ok(());
        }
        let text = serde_json::to_string(outcome).expect("an outcome holds texts and numbers");
        self.connection
            .prepare_cached("INSERT INTO receipts (command_id, request_hash, outcome) VALUES (?1, ?2, ?3)")?
            .execute(params![&call.command_id.0.as_bytes()[..], &call.request_hash[..], text])?;
        Ok(())
    }

    fn execute_on_order(&mut self, call: &Call, shop: &Shop, overlay: &Overlay) -> Result<Staged, StoreError> {
        let order_id = translate::order_of(&call.command)
            .ok_or_else(|| refuse(ErrorCode::UnknownCommand, "name", "this command does not act on an order"))?;
        let Some(set_up) = &shop.set_up else {
            return Err(refuse(ErrorCode::ShopNotSetUp, "", "set up the shop first").into());
        };
        let now = wall_ms();
        let day = business_day(now, shop.zone(), set_up.cut_over_minutes);
        let live = match overlay.live.get(&order_id) {
            Some(live) => Some(live.clone()),
            None => self.live.get(&self.connection, order_id)?,
        };
        let order = live.as_ref().map(|live| &*live.order);
        check_role(call, order)?;
        self.check_store(order_id)?;
        check_version(call, order)?;
        let Translated { command, counters } = self.translate(&call.command, order, shop, overlay, day)?;
        let context = DecideContext { device: self.identity.device };
        let mut ids = std::iter::repeat_with(|| EventId(new_id()));
        match decide(order, &command, &context, &mut ids).map_err(|rejection| rejected(&rejection, order))? {
            Decision::AlreadyApplied => Ok(already_applied(order)),
            Decision::Events(facts) => self.append(call, order_id, live.as_ref(), facts, counters, (now, day)),
        }
    }

    /// What was sold in another store before this till joined the one of now is closed: its money and its receipts are that
    /// store's.
    fn check_store(&self, order_id: OrderId) -> Result<(), StoreError> {
        match former::opened_in(&self.connection, order_id, self.live.histories().former())? {
            None => Ok(()),
            Some(_) => {
                let rule = "the order is of the store that this till was in before: it can be seen and printed";
                Err(refuse(ErrorCode::OrderArchived, "order_id", rule).into())
            }
        }
    }

    fn append(
        &mut self,
        call: &Call,
        order_id: OrderId,
        live: Option<&Live>,
        facts: Vec<NewFact>,
        mut counters: Vec<(String, i64)>,
        (now, day): (i64, i32),
    ) -> Result<Staged, StoreError> {
        let paid = facts.iter().rev().find_map(|fact| match &fact.event {
            OrderEvent::CashPaid(paid) => Some(paid.clone()),
            _ => None,
        });
        let refunded = facts.iter().find_map(|fact| match &fact.event {
            OrderEvent::Refunded(refunded) => Some(refunded.clone()),
            _ => None,
        });
        if let Some(paid) = &paid {
            counters.push((translate::receipt_counter(&paid.receipt.series), i64::from(paid.receipt.number)));
            counters.push((translate::grand_total_counter(&paid.receipt.series), paid.receipt.grand_total_minor));
        }
        let drafts = self.drafts(call, order_id, live, &facts, (now, day));
        let rows = self.log.seal_group(drafts).map_err(group_error)?;
        crate::trace::wrote(&rows);
        events::insert(&self.connection, self.log_no, &rows)?;
        if planted(Fault::GroupTornApart) {
            events::set_head(&self.connection, self.log_no, &self.log.head())?;
            self.connection.execute_batch("COMMIT; BEGIN IMMEDIATE; SAVEPOINT command")?;
        }
        let live = self.fold_in(order_id, live, &rows, facts, call)?;
        let outcome = outcome(&live.order, paid.as_ref(), refunded.as_ref());
        self.write_receipt(call, &outcome)?;
        Ok(Staged {
            outcome: Some(outcome),
            live: Some((order_id, live)),
            counters,
            rows: i64::try_from(rows.len()).expect("a group is small"),
            topics: Vec::new(),
            order_id: Some(order_id),
            shop: None,
        })
    }

    fn drafts(
        &mut self,
        call: &Call,
        order_id: OrderId,
        live: Option<&Live>,
        facts: &[NewFact],
        (now, day): (i64, i32),
    ) -> Vec<RowDraft> {
        let actor = call.actor.to_text();
        let log = self.log.log();
        let held = live.map(|live| &live.state).or_else(|| self.live.waiting(order_id));
        let mut seen = held.and_then(|state| seen_text(state, log));
        facts
            .iter()
            .map(|fact| RowDraft {
                event_id: fact.id.0,
                stream_kind: ORDER.into(),
                stream_id: order_id.0,
                seen: seen.take(),
                event_type: fact.event.event_type().into(),
                schema_version: fact.event.schema_version(),
                payload: fact.event.payload(),
                actor: actor.clone(),
                correlation_id: call.command_id.0,
                causation_id: None,
                clock: self.clock.now(now),
                wall_time_ms: now,
                business_day: day,
            })
            .collect()
    }
}

fn seen_text(state: &OrderState, log: docket_domain::ids::LogId) -> Option<String> {
    docket_log::SeenVector(state.seen_by(log).into_iter().collect()).to_text()
}

fn group_error(error: docket_log::GroupError) -> StoreError {
    match error {
        docket_log::GroupError::TooManyRows { .. } | docket_log::GroupError::TooLarge { .. } => {
            refuse(ErrorCode::TooManyLines, "lines", error.to_string()).into()
        }
        other => StoreError::Corrupt(other.to_string()),
    }
}

fn check_role(call: &Call, order: Option<&Order>) -> Result<(), ApiError> {
    let Actor::Person { role, .. } = &call.actor else { return Ok(()) };
    let operation = operation_of(&call.command, order);
    if allows(*role, operation) {
        return Ok(());
    }
    let rule = format!("a {} may not do this; ask someone who may", role.as_str());
    Err(refuse(ErrorCode::RoleNotAllowed, "", rule))
}

fn check_version(call: &Call, order: Option<&Order>) -> Result<(), ApiError> {
    let (Some(expected), Some(order)) = (&call.expected_version, order) else { return Ok(()) };
    let now = order.version.to_string();
    if *expected == now || planted(Fault::StaleVersionAccepted) {
        return Ok(());
    }
    let mut error = refuse(
        ErrorCode::StaleVersion,
        "expected_version",
        "the order has moved since you looked; look again and repeat",
    );
    error.details.push(now);
    Err(error)
}

fn rejected(rejection: &docket_domain::order::Rejection, order: Option<&Order>) -> ApiError {
    let code = rejection.code().parse().unwrap_or(ErrorCode::BadInput);
    // The input names the exception by its id.
    let field = if rejection.field() == "exception" { "exception_id" } else { rejection.field() };
    refuse(code, field, rejection.to_string()).with(rule_params::of_order(rejection, order.map(Order::currency)))
}

fn already_applied(order: Option<&Order>) -> Staged {
    let outcome = CommandOutcome { order: order.map(order_outcome), ..CommandOutcome::plain(false) };
    Staged { outcome: Some(outcome), ..Staged::default() }
}

fn order_outcome(order: &Order) -> OrderOutcome {
    OrderOutcome {
        order_id: order.id,
        label: order.label().to_owned(),
        status: order.status,
        version: order.version.to_string(),
    }
}

fn outcome(order: &Order, paid: Option<&CashPaid>, refunded: Option<&Refunded>) -> CommandOutcome {
    let money = |minor| Money::new(minor, order.currency());
    let payment = paid.map(|paid| PaymentOutcome {
        payment_id: paid.payment_id,
        amount: money(paid.amount_minor),
        tendered: money(paid.tendered_minor),
        change: money(paid.tendered_minor - paid.amount_minor),
        receipt: format!("{}-{:06}", paid.receipt.series, paid.receipt.number),
    });
    let refund = refunded.map(|refunded| RefundOutcome {
        refund_id: refunded.refund_id,
        payment_id: refunded.payment_id,
        amount: money(refunded.payout_minor),
    });
    CommandOutcome { order: Some(order_outcome(order)), payment, refund, ..CommandOutcome::plain(true) }
}
