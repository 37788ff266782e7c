//! The order as it stands, derived from the set of its facts alone: a pure function that never fails.

mod conflicts;
mod edits;
mod kitchen;
mod labels;
mod lines;
mod payments;
mod production;
mod status;
mod totals;
mod versions;

use std::sync::Arc;

use super::event::{Cancelled, Opened};
use super::held::{Held, Place};
use super::state::OrderState;
use super::view::{CancelInForce, Order, OrderStatus, SetAside, Step, Totals};
use versions::Versions;

impl OrderState {
    /// The order as it stands; none while no opening with authority is held, because then nothing says in which
    /// currency and under which terms the facts count.
    #[must_use]
    pub fn derive(&self) -> Option<Order> {
        self.derive_after(None)
    }

    /// The same as [`derive`](Self::derive), without pricing again where `before`, an earlier derivation of this order,
    /// already priced the same lines under the same terms.
    #[must_use]
    pub fn derive_after(&self, before: Option<&Order>) -> Option<Order> {
        let versions = Versions::of(self);
        let mut order = self.derive_core(&versions, before)?;
        let (changes, acknowledged) = kitchen::changes(self, &versions, &order.lines);
        order.kitchen_changes = changes;
        order.acknowledged_changes = acknowledged;
        order.exceptions = conflicts::exceptions(self, &versions, &order);
        Some(order)
    }

    /// Everything but what compares facts with each other: exceptions and kitchen changes.
    fn derive_core(&self, versions: &Versions<'_>, before: Option<&Order>) -> Option<Order> {
        let opened = self.opened.earliest()?;
        let mut order = self.blank(opened);
        order.lines = lines::lines(self, versions);
        order.cancels = cancels_in_force(self)
            .map(|fact| CancelInForce { fact: fact.at.id, reason: fact.payload.reason.clone() })
            .collect();
        let handed_over = status::any_handed_over(&order.lines);
        if !order.cancels.is_empty() && handed_over {
            // The cancel holds for what the guest did not get.
            for line in &mut order.lines {
                line.counts &= line.production.step == Step::HandedOver;
            }
        }
        totals::set_totals(&mut order, before);
        payments::set_money(self, &mut order, handed_over);
        status::set_status(&mut order);
        Some(order)
    }

    fn blank(&self, opened: &Held<Opened>) -> Order {
        let (owner, seized) = labels::owner(self, opened);
        let order_type = labels::latest(self, &self.types);
        Order {
            id: self.order_id,
            opened: Arc::clone(&opened.payload),
            table: labels::latest(self, &self.tables).map(|fact| Arc::clone(&fact.payload)),
            note: labels::latest(self, &self.notes).map(|fact| Arc::clone(&fact.payload)),
            customer: labels::latest(self, &self.customers).map(|fact| Arc::clone(&fact.payload)),
            covers: labels::latest(self, &self.covers).and_then(|fact| fact.payload.covers),
            rush: labels::latest(self, &self.rushes).is_some_and(|fact| fact.payload.rush),
            opened_at_ms: opened.at.wall_time_ms,
            business_day: opened.at.business_day,
            order_type: order_type.map_or(opened.payload.order_type, |fact| fact.payload.order_type),
            owner,
            seized,
            placed: !self.placed.is_empty(),
            status: OrderStatus::Draft,
            served_unpaid: false,
            lines: Vec::new(),
            totals: Totals::default(),
            pricing_error: None,
            due_minor: 0,
            captured_minor: 0,
            refunded_minor: 0,
            balance_minor: 0,
            payments: Vec::new(),
            refunds: Vec::new(),
            exceptions: Vec::new(),
            cancels: Vec::new(),
            kitchen_changes: Vec::new(),
            acknowledged_changes: Vec::new(),
            set_aside: self
                .set_aside
                .iter()
                .map(|fact| SetAside {
                    fact: fact.at.id,
                    event_type: fact.payload.event_type(),
                    device: fact.at.device,
                })
                .collect(),
            update_needed: !self.unknown.is_empty(),
            version: self.token,
        }
    }

    /// The status that the order had for the author of the fact at `place`, once that fact was written.
    fn status_as_seen_from(&self, place: &Place) -> Option<OrderStatus> {
        let past = self.as_seen_from(place);
        past.derive_core(&Versions::of(&past), None).map(|order| order.status)
    }
}

/// Whether a reinstatement that saw the cancel names it.
fn is_answered(state: &OrderState, cancel: &Held<Cancelled>) -> bool {
    state
        .reinstated
        .iter()
        .any(|answer| answer.payload.reinstates.contains(&cancel.at.id) && state.saw(&answer.at, &cancel.at))
}

/// The cancels that no reinstatement answered.
fn cancels_in_force(state: &OrderState) -> impl Iterator<Item = &Held<Cancelled>> {
    state.cancelled.iter().filter(|cancel| !is_answered(state, cancel))
}
