//! The change feed: after each commit the writer says which read models changed; windows are told, never polled.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_contracts::{Change, ChangePosition, Topic};
use docket_domain::ids::OrderId;
use tokio::sync::broadcast;

use crate::clock::wall_ms;
use crate::limits::{FEED_KEPT_MAX, HEARTBEAT_MS};

struct Kept {
    next: u64,
    changes: VecDeque<(u64, Change)>,
}

/// The sending side, shared by the writer and every feed.
#[derive(Clone)]
pub struct Feed {
    run: u64,
    kept: Arc<Mutex<Kept>>,
    sender: broadcast::Sender<(u64, Change)>,
}

impl Feed {
    /// A feed of the given run of the program; positions of other runs can't be resumed.
    #[must_use]
    pub fn new(run: u64) -> Self {
        let kept = Kept { next: 1, changes: VecDeque::new() };
        Feed { run, kept: Arc::new(Mutex::new(kept)), sender: broadcast::channel(FEED_KEPT_MAX).0 }
    }

    /// Tells every window. Called after the commit, so nothing is told that could still be lost.
    pub fn publish(&self, topics: Vec<Topic>, order_id: Option<OrderId>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let number = kept.next;
        kept.next += 1;
        let change = Change::Changed { position: self.position(number), topics, order_id, at_ms: wall_ms() };
        kept.changes.push_back((number, change.clone()));
        if kept.changes.len() > FEED_KEPT_MAX {
            kept.changes.pop_front();
        }
        // Sent under the lock so that numbers arrive in order; no receiver is no error.
        let _ = self.sender.send((number, change));
    }

    /// Follows the feed, from behind `after` where that is still kept.
    #[must_use]
    pub fn follow(&self, after: Option<&ChangePosition>) -> ChangeFeed {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let mut waiting = VecDeque::new();
        let last = kept.next - 1;
        match after.and_then(|position| self.resumable(position, &kept)) {
            Some(from) => waiting.extend(kept.changes.iter().filter(|(number, _)| *number > from).cloned()),
            None => waiting.push_back((last, Change::Reset { position: self.position(last) })),
        }
        ChangeFeed { feed: self.clone(), receiver, waiting, last }
    }

    fn position(&self, number: u64) -> ChangePosition {
        ChangePosition(format!("{}-{number}", self.run))
    }

    fn resumable(&self, position: &ChangePosition, kept: &Kept) -> Option<u64> {
        let (run, number) = position.0.split_once('-')?;
        let number: u64 = number.parse().ok()?;
        let oldest = kept.changes.front().map_or(kept.next, |(number, _)| *number);
        (run.parse() == Ok(self.run) && number < kept.next && number + 1 >= oldest).then_some(number)
    }
}

/// One window's end of the feed.
pub struct ChangeFeed {
    feed: Feed,
    receiver: broadcast::Receiver<(u64, Change)>,
    waiting: VecDeque<(u64, Change)>,
    last: u64,
}

impl ChangeFeed {
    /// The next change, or a heartbeat if a second passes without one. `None` when the terminal has closed.
    pub async fn next(&mut self) -> Option<Change> {
        if let Some((number, change)) = self.waiting.pop_front() {
            self.last = self.last.max(number);
            return Some(change);
        }
        let silence = Duration::from_millis(HEARTBEAT_MS);
        loop {
            match tokio::time::timeout(silence, self.receiver.recv()).await {
                Err(_) => return Some(Change::Heartbeat { at_ms: wall_ms() }),
                // Already replayed from what was kept.
                Ok(Ok((number, _))) if number <= self.last => {}
                Ok(Ok((number, change))) => {
                    self.last = number;
                    return Some(change);
                }
                Ok(Err(broadcast::error::RecvError::Lagged(_))) => {
                    let fresh = self.feed.follow(None);
                    *self = fresh;
                    return self.waiting.pop_front().map(|(_, change)| change);
                }
                Ok(Err(broadcast::error::RecvError::Closed)) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_resumed_feed_gets_what_it_missed_once() {
        let feed = Feed::new(7);
        feed.publish(vec![Topic::Orders], None);
        feed.publish(vec![Topic::Kitchen], None);
        let mut resumed = feed.follow(Some(&ChangePosition("7-1".into())));
        assert!(matches!(resumed.next().await, Some(Change::Changed { topics, .. }) if topics == [Topic::Kitchen]));
        feed.publish(vec![Topic::Status], None);
        assert!(matches!(resumed.next().await, Some(Change::Changed { topics, .. }) if topics == [Topic::Status]));
    }

    #[tokio::test]
    async fn a_position_of_another_run_is_answered_with_a_reset() {
        let feed = Feed::new(7);
        feed.publish(vec![Topic::Orders], None);
        let mut other = feed.follow(Some(&ChangePosition("6-1".into())));
        assert!(matches!(other.next().await, Some(Change::Reset { .. })));
    }
}
