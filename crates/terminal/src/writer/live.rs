//! Orders that the writer keeps folded in memory. The store is the truth; this saves reading it again.

use std::collections::HashMap;
use std::sync::Arc;

use docket_domain::ids::{OrderId, PersonId};
use docket_domain::order::{Order, OrderState};
use docket_log::Row;
use rusqlite::Connection;

use crate::actor;
use crate::error::StoreError;
use crate::limits::LIVE_ORDERS_MAX;
use crate::readmodel::Written;
use crate::store::events::{self, Author};

/// An order, folded.
#[derive(Clone)]
pub struct Live {
    /// The facts held.
    pub state: Arc<OrderState>,
    /// What they mean.
    pub order: Arc<Order>,
    /// Who opened it.
    pub opened_by: Option<PersonId>,
    /// What the read models hold of it, so that only what changed is written.
    pub written: Arc<Written>,
}

/// Folds the rows of one order's stream.
///
/// # Errors
/// If a row's author is not known.
pub fn fold(
    order_id: OrderId,
    rows: &[Row],
    author: impl Fn(&Row) -> Option<Author>,
) -> Result<(OrderState, Option<PersonId>), StoreError> {
    let mut state = OrderState::new(order_id);
    let mut opened_by = None;
    for row in rows {
        let author = author(row).ok_or_else(|| StoreError::Corrupt(format!("log {} is not known", row.log)))?;
        if row.event_type == "order.opened" {
            opened_by = actor::parse(&row.actor).person_id;
        }
        state.evolve(events::fact_from(row, author));
    }
    Ok((state, opened_by))
}

/// The cache, bounded: when it is full, the half that was used longest ago goes.
#[derive(Default)]
pub struct LiveOrders {
    orders: HashMap<OrderId, (u64, Live)>,
    clock: u64,
    authors: HashMap<docket_domain::ids::LogId, Author>,
}

impl LiveOrders {
    /// Knows the authors of these logs.
    pub fn know(&mut self, logs: impl IntoIterator<Item = (docket_domain::ids::LogId, Author)>) {
        self.authors.extend(logs);
    }

    /// The author of a log.
    #[must_use]
    pub fn author(&self, log: docket_domain::ids::LogId) -> Option<Author> {
        self.authors.get(&log).copied()
    }

    /// Keeps an order.
    pub fn put(&mut self, id: OrderId, live: Live) {
        self.clock += 1;
        if self.orders.len() >= LIVE_ORDERS_MAX && !self.orders.contains_key(&id) {
            let horizon = self.clock.saturating_sub(u64::try_from(LIVE_ORDERS_MAX / 2).expect("a small constant"));
            self.orders.retain(|_, (used, _)| *used > horizon);
        }
        self.orders.insert(id, (self.clock, live));
    }

    /// Forgets an order that failed to commit or was changed by other means.
    pub fn clear(&mut self) {
        self.orders.clear();
    }

    /// The order, from memory or from the store; `None` if it has no facts.
    ///
    /// # Errors
    /// If the store fails.
    pub fn get(&mut self, connection: &Connection, id: OrderId) -> Result<Option<Live>, StoreError> {
        self.clock += 1;
        if let Some((used, live)) = self.orders.get_mut(&id) {
            *used = self.clock;
            return Ok(Some(live.clone()));
        }
        let rows = events::stream(connection, id.0)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let (state, opened_by) = fold(id, &rows, |row| self.author(row.log))?;
        // Facts of an order whose opening is not here wait.
        let Some(order) = state.derive() else { return Ok(None) };
        let written = Arc::new(Written::unknown());
        Ok(Some(Live { state: Arc::new(state), order: Arc::new(order), opened_by, written }))
    }
}
