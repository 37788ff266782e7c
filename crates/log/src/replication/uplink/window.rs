//! Batches that are on their way and have no answer yet.

use super::Place;
use crate::replication::planted::{UplinkFault, planted};

#[derive(Debug)]
struct Batch {
    place: Place,
    last: u64,
    sent_ms: u64,
}

/// A bounded list of them, the oldest first.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    batches: Vec<Batch>,
}

impl Window {
    pub(super) fn new(most: usize) -> Self {
        Window { most: most.max(1), batches: Vec::new() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.batches.len() >= self.most
    }

    pub(super) fn clear(&mut self) {
        self.batches.clear();
    }

    pub(super) fn sent(&mut self, place: Place, last: u64, now_ms: u64) {
        if !planted(UplinkFault::WindowForgets) {
            self.batches.push(Batch { place, last, sent_ms: now_ms });
        }
    }

    /// The peer holds this history up to here.
    pub(super) fn answered(&mut self, place: Place, seq: u64) {
        self.batches.retain(|batch| batch.place != place || batch.last > seq);
    }

    pub(super) fn drop_log(&mut self, place: Place) {
        self.batches.retain(|batch| batch.place != place);
    }

    pub(super) fn oldest_ms(&self) -> Option<u64> {
        self.batches.iter().map(|batch| batch.sent_ms).min()
    }

    /// Histories of which a batch has waited for an answer for so long.
    pub(super) fn silent(&self, now_ms: u64, answer_ms: u64) -> Vec<Place> {
        let old = self.batches.iter().filter(|batch| now_ms >= batch.sent_ms + answer_ms);
        let mut places: Vec<Place> = old.map(|batch| batch.place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}
