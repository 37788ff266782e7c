//! Orders that the writer keeps folded in memory. The store is the truth; this saves reading it again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use docket_domain::ids::{OrderId, PersonId};
use docket_domain::order::{Order, OrderState, OrderStatus};
use docket_log::Row;
use rusqlite::Connection;

use crate::actor;
use crate::error::StoreError;
use crate::limits::{LIVE_ORDERS_MAX, LIVE_SETTLED_MAX};
use crate::readmodel::Written;
use crate::store::events::{self, Author};
use crate::store::histories::Histories;

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
    histories: &Histories,
) -> Result<(OrderState, Option<PersonId>), StoreError> {
    let mut state = OrderState::new(order_id);
    for fact in histories.facts(rows, author)? {
        state.evolve(fact);
    }
    // Where an order was opened twice, the fold takes the earlier opening.
    let openings = rows.iter().filter(|row| row.event_type == "order.opened");
    let opening = openings.min_by_key(|row| (row.clock, row.hash));
    Ok((state, opening.and_then(|row| actor::parse(&row.actor).person_id)))
}

/// Whether nothing is left to cook, to pay or to decide.
fn is_settled(order: &Order) -> bool {
    let ended = matches!(order.status, OrderStatus::Completed | OrderStatus::Cancelled);
    ended && order.balance_minor == 0 && order.open_exceptions().next().is_none()
}

/// The cache, bounded: when it is full, the half that was used longest ago goes. Of orders that nobody has anything left
/// to do with only the last ones stay, because a day has thousands of them.
#[derive(Default)]
pub struct LiveOrders {
    orders: HashMap<OrderId, (u64, Live)>,
    /// Settled ones, the first to go at the front.
    settled: VecDeque<OrderId>,
    clock: u64,
    authors: HashMap<docket_domain::ids::LogId, Author>,
    histories: Arc<Histories>,
    /// Facts of the order that was asked for last, whose opening has not come yet.
    waiting: Option<Arc<OrderState>>,
}

impl LiveOrders {
    /// Knows the authors of these logs.
    pub fn know(&mut self, logs: impl IntoIterator<Item = (docket_domain::ids::LogId, Author)>) {
        self.authors.extend(logs);
    }

    /// Knows forks and letters anew. What is folded may mean something else now.
    pub fn know_histories(&mut self, histories: Arc<Histories>) {
        self.histories = histories;
        self.clear();
    }

    /// Forks and letters.
    #[must_use]
    pub fn histories(&self) -> &Arc<Histories> {
        &self.histories
    }

    /// Facts of an order whose opening has not come yet, right after [`get`](Self::get) found no order.
    #[must_use]
    pub fn waiting(&self, id: OrderId) -> Option<&Arc<OrderState>> {
        self.waiting.as_ref().filter(|state| state.order_id() == id)
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
        let settled = is_settled(&live.order);
        self.orders.insert(id, (self.clock, live));
        if settled {
            self.settled.push_back(id);
            self.let_settled_go();
        }
    }

    fn let_settled_go(&mut self) {
        while self.settled.len() > LIVE_SETTLED_MAX {
            let Some(id) = self.settled.pop_front() else { return };
            if self.orders.get(&id).is_some_and(|(_, live)| is_settled(&live.order)) {
                self.orders.remove(&id);
            }
        }
    }

    /// Forgets orders that other devices' facts changed.
    pub fn forget(&mut self, ids: impl IntoIterator<Item = OrderId>) {
        for id in ids {
            self.orders.remove(&id);
        }
    }

    /// Forgets an order that failed to commit or was changed by other means.
    pub fn clear(&mut self) {
        self.orders.clear();
        self.settled.clear();
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
        self.waiting = None;
        let rows = events::stream(connection, id.0)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let (state, opened_by) = fold(id, &rows, |row| self.author(row.log), &self.histories)?;
        // Facts of an order whose opening is not here wait, and count when it is opened.
        let Some(order) = state.derive() else {
            self.waiting = Some(Arc::new(state));
            return Ok(None);
        };
        let written = Arc::new(Written::unknown());
        Ok(Some(Live { state: Arc::new(state), order: Arc::new(order), opened_by, written }))
    }
}
