//! The one order that all clients act on at once: some are refused, and whoever is acknowledged must be found once.

use crate::client::{Books, Step};
use crate::rng::Rng;

/// After so many commands a new order takes its place.
const COMMANDS_MAX: u64 = 60;
/// One command in so many goes to it.
const ONCE_IN: u64 = 2;
/// A cancel ends the fight, so it is rare.
const CANCEL_ONCE_IN: u64 = 8;

/// Repeated as often as they are tried.
const STEPS: [Step; 14] = [
    Step::Add,
    Step::Add,
    Step::Add,
    Step::Void,
    Step::Void,
    Step::Send,
    Step::Send,
    Step::Start,
    Step::Start,
    Step::Ready,
    Step::PayHalf,
    Step::PayHalf,
    Step::Pay,
    Step::Complete,
];

/// Which order it is, and how much longer.
#[derive(Debug, Default)]
pub struct SharedOrder {
    order_id: String,
    commands_left: u64,
}

impl SharedOrder {
    /// The next act on it; none for one on an order of the client's own.
    pub fn next(&mut self, rng: &mut Rng, books: &Books) -> Option<(String, Step)> {
        if !rng.once_in(ONCE_IN) {
            return None;
        }
        if self.commands_left == 0 {
            *self = SharedOrder { order_id: rng.uuid(), commands_left: COMMANDS_MAX };
            return Some((self.order_id.clone(), Step::Create));
        }
        // Until it is there, everyone has something else to do.
        if !books.ledger.lock().expect("no client panics").orders.contains_key(&self.order_id) {
            return None;
        }
        self.commands_left -= 1;
        let step = if rng.once_in(CANCEL_ONCE_IN * ONCE_IN) { Step::Cancel } else { STEPS[rng.index(STEPS.len())] };
        Some((self.order_id.clone(), step))
    }
}
