//! Answers to batches of head office that are durable here. They wait a moment: whoever waits for the rows at a screen asks
//! for them now, and an answer has head office and its database at work at once.

use docket_domain::ids::LogId;

use crate::limits::UPLINK_ANSWER_MS;

/// The batches that are not answered, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Answers {
    logs: Vec<LogId>,
    due_ms: u64,
}

impl Answers {
    /// A batch of this log is durable.
    pub(super) fn add(&mut self, log: LogId, now_ms: u64) {
        if self.logs.is_empty() {
            self.due_ms = now_ms + UPLINK_ANSWER_MS;
        }
        self.logs.push(log);
    }

    /// When the next answer is due.
    pub(super) fn due_ms(&self) -> Option<u64> {
        (!self.logs.is_empty()).then_some(self.due_ms)
    }

    /// Takes those that are due: each batch is answered by itself.
    pub(super) fn take_due(&mut self, now_ms: u64) -> Vec<LogId> {
        if now_ms < self.due_ms { Vec::new() } else { std::mem::take(&mut self.logs) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_answered_together_a_moment_after_the_first_of_them() {
        let mut answers = Answers::default();
        assert!(answers.due_ms().is_none() && answers.take_due(1_000).is_empty());
        answers.add(LogId([1; 16]), 1_000);
        answers.add(LogId([2; 16]), 1_001);
        let due = 1_000 + UPLINK_ANSWER_MS;
        assert_eq!(answers.due_ms(), Some(due));
        assert!(answers.take_due(due - 1).is_empty());
        assert_eq!(answers.take_due(due), [LogId([1; 16]), LogId([2; 16])]);
        assert!(answers.due_ms().is_none() && answers.take_due(due).is_empty());
    }
}
