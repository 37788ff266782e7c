//! Selling goes before catching up: while the till sells, it leaves time between the full batches that it sends.
//!
//! A full batch is some milliseconds of reading, checking and sending, and as much work again for whoever answers it. On a
//! machine of two cores a command that comes meanwhile waits for one of them. A batch that is not full is sent at once: somebody may wait
//! for what was just sold, and it is little work.

use docket_log::limits::BATCH_ROWS;
use docket_log::replication::Range;

use crate::limits::UPLINK_REST_MS;

/// When the next full batch may go.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The last row of the till's own log when the last full batch went, once one has.
    written: Option<u64>,
    rests_until_ms: u64,
}

impl Pace {
    /// Whether this batch is to wait.
    pub(super) fn holds_back(&self, range: &Range, now_ms: u64) -> bool {
        now_ms < self.rests_until_ms && is_full(range)
    }

    /// A batch goes; `written` is the last row of the till's own log.
    pub(super) fn sent(&mut self, range: &Range, written: u64, now_ms: u64) {
        if is_full(range) {
            if self.written.is_some_and(|before| before != written) {
                self.rests_until_ms = now_ms + UPLINK_REST_MS;
            }
            self.written = Some(written);
        }
    }

    /// When the rest is over, while it lasts.
    pub(super) fn due_ms(&self, now_ms: u64) -> Option<u64> {
        Some(self.rests_until_ms).filter(|until_ms| now_ms < *until_ms)
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
    fn a_till_that_sells_rests_between_full_batches_and_sends_what_it_sells_at_once() {
        let (full, mut pace) = (range(BATCH_ROWS as u64), Pace::default());
        pace.sent(&full, 900, 5_000);
        pace.sent(&full, 901, 5_001);
        assert!(pace.holds_back(&full, 5_000 + UPLINK_REST_MS));
        assert_eq!(pace.due_ms(5_001), Some(5_001 + UPLINK_REST_MS));
        assert!(!pace.holds_back(&range(7), 5_002), "what was just sold does not wait");
        assert!(!pace.holds_back(&full, 5_001 + UPLINK_REST_MS));
        assert_eq!(pace.due_ms(5_001 + UPLINK_REST_MS), None);
    }

    #[test]
    fn a_till_that_sells_nothing_does_not_rest() {
        let (full, mut pace) = (range(BATCH_ROWS as u64), Pace::default());
        for now in [5_000, 5_001] {
            pace.sent(&full, 900, now);
            assert!(!pace.holds_back(&full, now), "at {now}");
        }
    }
}
