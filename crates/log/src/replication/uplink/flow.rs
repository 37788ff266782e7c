//! How far one history has been sent.

use crate::replication::planted::{UplinkFault, planted};

/// One history on its way to the peer.
#[derive(Debug)]
pub(super) struct Flow {
    /// The first row that was not sent on this connection.
    pub(super) next: u64,
    /// Until when nothing of it is sent, if it is set aside.
    pub(super) until_ms: Option<u64>,
    /// Why it is, or was last.
    pub(super) rule: String,
    /// How often in a row it was set aside.
    times: u32,
    /// The row that the peer wanted last, and when.
    back: Option<(u64, u64)>,
}

impl Flow {
    pub(super) fn new(next: u64) -> Self {
        Flow { next, until_ms: None, rule: String::new(), times: 0, back: None }
    }

    /// A new connection: what was wanted on the one before means nothing.
    pub(super) fn fresh(&mut self) {
        self.back = None;
    }

    /// Something of it was acknowledged.
    pub(super) fn progress(&mut self) {
        self.times = 0;
    }

    /// Whether it went back to this row a moment ago: each batch behind a gap wants the same row.
    pub(super) fn went_back(&mut self, seq: u64, now_ms: u64, again_ms: u64) -> bool {
        let lately = self.back.is_some_and(|(row, at_ms)| row == seq && now_ms < at_ms + again_ms);
        if !lately {
            self.back = Some((seq, now_ms));
        }
        lately
    }

    /// Sets it aside; gives how often in a row that happened before.
    pub(super) fn set_aside(&mut self, rule: &str) -> u32 {
        rule.clone_into(&mut self.rule);
        let before = self.times;
        self.times = self.times.saturating_add(1);
        before
    }

    /// Whether its time aside has just ended.
    pub(super) fn is_back(&mut self, now_ms: u64) -> bool {
        let over = self.until_ms.is_some_and(|until_ms| now_ms >= until_ms) && !planted(UplinkFault::AsideForever);
        if over {
            self.until_ms = None;
        }
        over
    }
}
