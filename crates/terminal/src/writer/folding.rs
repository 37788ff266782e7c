//! Folding an order's new rows onto it.

use std::sync::Arc;

use docket_domain::ids::OrderId;
use docket_domain::order::fact::{Fact, FactBody, Origin};
use docket_domain::order::{NewFact, OrderState};
use docket_log::{Row, SeenVector};

use super::{Call, Live, Writer};
use crate::actor::Actor;
use crate::error::StoreError;
use crate::readmodel::Written;

impl Writer {
    /// Folds the rows onto the order, in memory.
    pub(super) fn fold_in(
        &self,
        order_id: OrderId,
        live: Option<&Live>,
        rows: &[Row],
        facts: Vec<NewFact>,
        call: &Call,
    ) -> Result<Live, StoreError> {
        let held = live.map(|live| &live.state).or_else(|| self.live.waiting(order_id));
        let mut state = held.map_or_else(|| OrderState::new(order_id), |state| (**state).clone());
        let author =
            self.live.author(self.log.log()).ok_or_else(|| StoreError::Corrupt("the open log is not known".into()))?;
        for (row, fact) in rows.iter().zip(facts) {
            state.evolve(Fact {
                id: fact.id,
                origin: Origin { log: row.log, seq: row.seq, device: author.device, class: author.class },
                seen: row
                    .seen
                    .as_deref()
                    .and_then(|text| SeenVector::parse(text).ok())
                    .unwrap_or_default()
                    .0
                    .into_iter()
                    .collect(),
                clock: row.clock,
                hash: row.hash.0,
                wall_time_ms: row.wall_time_ms,
                business_day: row.business_day,
                body: FactBody::Known(fact.event),
            });
        }
        let order = state
            .derive_after(live.map(|live| &*live.order))
            .ok_or_else(|| StoreError::Corrupt("an order without an opening was written".into()))?;
        let order = Arc::new(order);
        let opened_by = match (live, &call.actor) {
            (Some(live), _) => live.opened_by,
            (None, Actor::Person { person_id, .. }) => Some(*person_id),
            (None, Actor::Program(_)) => None,
        };
        let written = live.map_or_else(|| Arc::new(Written::unknown()), |live| live.written.clone());
        Ok(Live { state: Arc::new(state), order, opened_by, written })
    }
}
