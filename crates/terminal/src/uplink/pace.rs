//! Selling goes before catching up: while the till sells, it leaves time between the full batches that it sends.
//!
//! A full batch is some milliseconds of reading, checking and sending, and as much work again for whoever answers it. On a
//! machine of two cores a command that comes meanwhile waits for one of them. Somebody may wait for what was just sold, so a batch that
//! is not full does not rest: it gathers for a moment, for a batch for each command would cost more than the old rows do.

use docket_log::limits::BATCH_ROWS;
use docket_log::replication::Range;

use crate::limits::{UPLINK_GATHER_MS, UPLINK_REST_MS, UPLINK_SELLING_MS};

/// When the next batch may go.
#[derive(Debug)]
pub(super) struct Pace {
    /// The last row of the till's own log, as seen last.
    written: u64,
    sells_until_ms: u64,
    /// No full batch until then.
    rests_until_ms: u64,
    /// No batch at all until then.
    gathers_until_ms: u64,
}

impl Pace {
    /// Of a till whose own log ends with this row, and that is not known to sell yet.
    pub(super) fn new(written: u64) -> Self {
        Pace { written, sells_until_ms: 0, rests_until_ms: 0, gathers_until_ms: 0 }
    }

    /// Whether this batch is to wait.
    pub(super) fn holds_back(&self, range: &Range, now_ms: u64) -> bool {
        now_ms < if is_full(range) { self.rests_until_ms } else { self.gathers_until_ms }
    }

    /// A batch goes; `written` is the last row of the till's own log.
    pub(super) fn sent(&mut self, range: &Range, written: u64, now_ms: u64) {
        if written != self.written {
            self.written = written;
            self.sells_until_ms = now_ms + UPLINK_SELLING_MS;
        }
        if is_full(range) && now_ms < self.sells_until_ms {
            self.rests_until_ms = now_ms + UPLINK_REST_MS;
        }
        self.gathers_until_ms = self.rests_until_ms.min(now_ms + UPLINK_GATHER_MS);
    }

    /// When a batch that waits may go, while one may have to.
    pub(super) fn due_ms(&self, now_ms: u64) -> Option<u64> {
        [self.gathers_until_ms, self.rests_until_ms].into_iter().find(|until_ms| now_ms < *until_ms)
    }
}

fn is_full(range: &Range) -> bool {
    range.last.saturating_sub(range.first) + 1 >= BATCH_ROWS as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::ids::LogId;
    use docket_log::replication::Branch;

    fn range(rows: u64) -> Range {
        Range { log: LogId([1; 16]), branch: Branch(0), first: 11, last: 10 + rows }
    }

    #[test]
    fn a_till_that_sells_rests_between_full_batches_and_gathers_what_it_sells_for_a_moment() {
        let (full, few, mut pace) = (range(BATCH_ROWS as u64), range(7), Pace::new(900));
        pace.sent(&full, 901, 5_000);
        let (gathered, rested) = (5_000 + UPLINK_GATHER_MS, 5_000 + UPLINK_REST_MS);
        assert!(pace.holds_back(&few, gathered - 1) && !pace.holds_back(&few, gathered));
        assert!(pace.holds_back(&full, rested - 1) && !pace.holds_back(&full, rested));
        assert_eq!([5_000, gathered, rested].map(|now| pace.due_ms(now)), [Some(gathered), Some(rested), None]);
        // The next few gather as well, but no longer than the old rows rest.
        pace.sent(&few, 901, rested - 10);
        assert!(pace.holds_back(&few, rested - 1) && !pace.holds_back(&few, rested));
        // Where no old rows wait, a sale goes at once.
        pace.sent(&few, 901, rested + 10);
        assert!(!pace.holds_back(&few, rested + 10));
        // The cashier thinks for a moment.
        pace.sent(&full, 901, 6_000);
        assert!(pace.holds_back(&full, 6_000));
    }

    #[test]
    fn a_till_that_sells_nothing_does_not_rest() {
        let (full, mut pace) = (range(BATCH_ROWS as u64), Pace::new(900));
        pace.sent(&range(7), 901, 5_000);
        for now in [5_000 + UPLINK_SELLING_MS, 6_000 + UPLINK_SELLING_MS] {
            pace.sent(&full, 901, now);
            assert!(!pace.holds_back(&full, now), "at {now}");
        }
    }
}
