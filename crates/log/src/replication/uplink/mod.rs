//! Keeping one peer in step, as a state machine without I/O: it is told what happened and says what to do next.
//!
//! It reads no clock (each input brings the time, in milliseconds), draws no chance (a caller brings it) and knows of the
//! other side only that it is a [`Peer`]: head office and another till are served alike. Nothing is ever given up. What
//! goes wrong with the connection lengthens the delay before the next one; what goes wrong with a log sets that log
//! aside for a while, and the others flow on.
//!
//! After each input a caller asks [`Uplink::next_act`] until it gives nothing, and then waits for the next input, at most
//! until [`Uplink::wake_at`].

mod flow;
mod link;
mod window;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use docket_domain::ids::LogId;

use self::flow::Flow;
pub use self::link::{Cause, Outage, delay_ms};
use self::link::{Link, Outages};
use self::window::Window;
use super::HashAt;
use super::heads::{Branch, BranchHead, Heads, PeerHead, Range};
use super::levels::{AckError, Lowered, Peer, Watermarks};
use super::planted::{UplinkFault, planted};
use crate::limits::{
    BATCH_ROWS, GROUP_ROWS_MAX, UPLINK_ANSWER_MS, UPLINK_ASIDE_FIRST_MS, UPLINK_ASIDE_MAX_MS, UPLINK_GREET_MS,
    UPLINK_STEADY_MS, UPLINK_WANTED_AGAIN_MS,
};
use crate::row::Head;

/// One history of a log.
type Place = (LogId, Branch);

/// A mark that rose: the peer holds the log up to here, by a hash that is held here too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    /// The log.
    pub log: LogId,
    /// The branch here.
    pub branch: Branch,
    /// The last row that the peer holds.
    pub seq: u64,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Connect, and tell [`Uplink::connected`] or [`Uplink::lost`].
    Connect,
    /// Let the connection go; the engine counts it as lost already.
    Disconnect,
    /// Say these heads.
    Hello(Vec<PeerHead>),
    /// Keep that the peer holds the log up to here.
    Raise(Raised),
    /// Keep that the peer lost rows that it had acknowledged; they wait again.
    Lower(Lowered),
    /// Send one batch of this range, from its first row to any signed row of it, and tell [`Uplink::sent`]; or tell
    /// [`Uplink::unreadable`]. It is said again until one of the two is told.
    Send(Range),
    /// The peer knows a later head of this log than is held here: if the log is this device's own, its store is an old copy,
    /// and [`Uplink::doubt`] is to be told.
    Ahead(PeerHead),
    /// The peer holds another history of this log from this row on.
    Forked {
        /// The log.
        log: LogId,
        /// The first row of the other history, as the peer says.
        seq: u64,
    },
}

/// The engine for one peer.
#[derive(Debug)]
pub struct Uplink {
    peer: Peer,
    heads: Heads,
    marks: Watermarks,
    flows: BTreeMap<Place, Flow>,
    link: Link,
    outages: Outages,
    window: Window,
    acts: VecDeque<Act>,
    raised: BTreeMap<Place, u64>,
    /// The history that the last batch was of; the next one goes first.
    turn: Option<Place>,
    /// Histories whose mark the peer's hello did not prove.
    unproven: BTreeSet<Place>,
}

impl Uplink {
    /// An engine that has not connected yet, for `in_flight` batches that may be without an answer.
    #[must_use]
    pub fn new(peer: Peer, in_flight: usize) -> Self {
        Uplink {
            peer,
            heads: Heads::default(),
            marks: Watermarks::default(),
            flows: BTreeMap::new(),
            link: Link::Down { until_ms: 0 },
            outages: Outages::default(),
            window: Window::new(in_flight),
            acts: VecDeque::new(),
            raised: BTreeMap::new(),
            turn: None,
            unproven: BTreeSet::new(),
        }
    }

    /// A history as the store holds it at a start, with the mark that was kept for the peer.
    pub fn restore(&mut self, log: LogId, branch: Branch, tail: BranchHead, mark: u64) {
        self.marks.set(log, branch, self.peer, mark.min(tail.head.seq));
        self.appended(log, branch, tail);
    }

    /// A history that is held here has grown, or is new.
    pub fn appended(&mut self, log: LogId, branch: Branch, tail: BranchHead) {
        if planted(UplinkFault::GrowthUnseen) && self.heads.tail(log, branch).is_some() {
            return;
        }
        self.heads.set(log, branch, tail);
        let start = resume_at(tail, branch, self.marks.mark(log, branch, self.peer));
        self.flows.entry((log, branch)).or_insert_with(|| Flow::new(start));
    }

    /// The one history of a log has grown; says whether such a log is known.
    pub fn grew(&mut self, log: LogId, head: Head) -> bool {
        let known = self.heads.branches(log).count() == 1;
        if known {
            self.appended(log, Branch(0), BranchHead { head, shared: 0 });
        }
        known
    }

    /// The peer sent rows up to here, and they are stored: it holds them, and nothing of them goes back to it.
    pub fn received(&mut self, heads: &[PeerHead], held: &impl HashAt) {
        for head in heads {
            for branch in self.take_ack(head, held).unwrap_or_default() {
                if let Some(flow) = self.flows.get_mut(&(head.log, branch)) {
                    flow.next = flow.next.max(head.seq + 1);
                }
            }
        }
    }

    /// The connection stands.
    pub fn connected(&mut self, now_ms: u64) {
        self.link = Link::Greeting { since_ms: now_ms };
        self.acts.push_back(Act::Hello(self.heads.hello()));
    }

    /// The peer's own hello: all heads that it holds. What it lacks is sent from now on.
    pub fn hello(&mut self, theirs: &[PeerHead], now_ms: u64, held: &impl HashAt) {
        if !matches!(self.link, Link::Greeting { .. }) {
            return;
        }
        self.link = Link::Up { since_ms: now_ms, heard_ms: now_ms };
        self.outages.over();
        self.window.clear();
        let before: Vec<(Place, u64)> = self.flows.keys().map(|place| (*place, self.mark(*place))).collect();
        for lowered in self.marks.settle(self.peer, theirs, &self.heads, held) {
            self.raised.remove(&(lowered.log, lowered.branch));
            self.acts.push_back(Act::Lower(lowered));
        }
        for (place, mark) in before {
            if self.mark(place) > mark {
                self.raised.insert(place, self.mark(place));
            }
        }
        let proves = |place: Place, their: &PeerHead| {
            their.seq >= self.mark(place) && self.heads.holder(their, held) == Some(place.1)
        };
        let unproven = self
            .flows
            .keys()
            .filter(|place| !theirs.iter().any(|their| their.log == place.0 && proves(**place, their)));
        self.unproven = unproven.copied().collect();
        let missing = self.heads.missing(theirs, held);
        for ((log, branch), flow) in &mut self.flows {
            let Some(tail) = self.heads.tail(*log, *branch) else { continue };
            let lacks = missing.ranges.iter().find(|range| (range.log, range.branch) == (*log, *branch));
            let ahead = missing.ahead.iter().any(|head| head.log == *log);
            let mark = self.marks.mark(*log, *branch, self.peer);
            if planted(UplinkFault::HelloNotSettled) {
                continue;
            }
            flow.next = match lacks {
                Some(range) => range.first,
                // It holds more, and what it holds of this history is not proven: it says so when it gets the rows.
                None if ahead => resume_at(tail, *branch, mark),
                None => tail.head.seq + 1,
            };
            flow.fresh();
        }
        self.acts.extend(missing.ahead.into_iter().filter(|head| self.heads.knows(head.log)).map(Act::Ahead));
    }

    /// This log is the device's own, and [`Act::Ahead`] said that the peer knows a later head of it. That head may be of
    /// another history, and the peer, restored from an older copy, may have lost what it once acknowledged of the one here:
    /// unless its hello proved the mark, the rows are offered again from the first. What it holds it answers at once.
    pub fn doubt(&mut self, log: LogId) {
        let places: Vec<Place> = self.unproven.range((log, Branch(0))..=(log, Branch(u32::MAX))).copied().collect();
        for place in places {
            self.unproven.remove(&place);
            let from = self.mark(place);
            if let (Some(flow), Some(tail), true) =
                (self.flows.get_mut(&place), self.heads.tail(log, place.1), from > 0)
            {
                flow.next = resume_at(tail, place.1, 0);
                self.window.drop_log(place);
                self.marks.set(log, place.1, self.peer, 0);
                self.raised.remove(&place);
                self.acts.push_back(Act::Lower(Lowered { log, branch: place.1, from, to: 0 }));
            }
        }
    }

    /// The peer acknowledges heads that are durable there. One whose hash is not held here counts for nothing, and is
    /// given back with the reason.
    pub fn acked(&mut self, heads: &[PeerHead], now_ms: u64, held: &impl HashAt) -> Vec<AckError> {
        self.link.heard(now_ms);
        let mut errors = Vec::new();
        for head in heads {
            match self.take_ack(head, held) {
                Ok(branches) => {
                    for branch in branches {
                        if let Some(flow) = self.flows.get_mut(&(head.log, branch)) {
                            flow.progress();
                        }
                    }
                    self.outages.steady();
                }
                Err(error) => errors.push(error),
            }
        }
        errors
    }

    /// Takes what the peer holds; gives the histories that share that row.
    fn take_ack(&mut self, head: &PeerHead, held: &impl HashAt) -> Result<Vec<Branch>, AckError> {
        let before: Vec<(Branch, u64)> =
            self.heads.branches(head.log).map(|(branch, _)| (branch, self.mark((head.log, branch)))).collect();
        let (first, _) = self.marks.acknowledge(self.peer, head, &self.heads, held)?;
        let mut shared: Vec<Branch> = self.heads.holders(head, held).collect();
        if shared.is_empty() {
            shared.push(first);
        }
        for (branch, before) in before.into_iter().filter(|(branch, _)| shared.contains(branch)) {
            let mark = self.mark((head.log, branch));
            if mark > before && !planted(UplinkFault::RaiseForgotten) {
                self.raised.insert((head.log, branch), mark);
            }
            self.window.answered((head.log, branch), mark);
        }
        Ok(shared)
    }

    /// The peer lacks rows before those that it was sent: go back to `seq`.
    pub fn wanted(&mut self, log: LogId, seq: u64, now_ms: u64) {
        self.link.heard(now_ms);
        if planted(UplinkFault::GapIgnored) {
            return;
        }
        for ((_, branch), flow) in self.flows.range_mut((log, Branch(0))..=(log, Branch(u32::MAX))) {
            if seq == 0 || flow.next <= seq || flow.went_back(seq, now_ms, UPLINK_WANTED_AGAIN_MS) {
                continue;
            }
            self.window.drop_log((log, *branch));
            flow.next = seq;
            let mark = self.marks.mark(log, *branch, self.peer);
            if mark >= seq {
                // It acknowledged this row once and does not hold it any more. Where the groups before it end is not known
                // here, and a batch that begins inside of one would be refused without end: all is offered again.
                flow.next = self.heads.tail(log, *branch).map_or(1, |tail| resume_at(tail, *branch, 0));
                self.marks.set(log, *branch, self.peer, 0);
                self.raised.remove(&(log, *branch));
                self.acts.push_back(Act::Lower(Lowered { log, branch: *branch, from: mark, to: 0 }));
            }
        }
    }

    /// The peer refuses rows of this log. They are offered again later, and later each time.
    pub fn refused(&mut self, log: LogId, rule: &str, now_ms: u64, jitter: u32) {
        self.link.heard(now_ms);
        let branches: Vec<Branch> = self.heads.branches(log).map(|(branch, _)| branch).collect();
        for branch in branches {
            self.set_aside((log, branch), rule, now_ms, jitter);
        }
        if planted(UplinkFault::RefusedBlocksAll) {
            let places: Vec<Place> = self.flows.keys().copied().collect();
            places.into_iter().for_each(|place| self.set_aside(place, rule, now_ms, jitter));
        }
    }

    /// The peer holds another history of this log; it keeps both.
    pub fn forked(&mut self, log: LogId, seq: u64, now_ms: u64) {
        self.link.heard(now_ms);
        self.acts.push_back(Act::Forked { log, seq });
    }

    /// Anything else came from the peer: it is there.
    pub fn heard(&mut self, now_ms: u64) {
        self.link.heard(now_ms);
    }

    /// There is no connection, or none any more. `jitter` is chance over the whole range.
    pub fn lost(&mut self, cause: Cause, now_ms: u64, jitter: u32) {
        self.window.clear();
        self.acts.retain(|act| !matches!(act, Act::Hello(_) | Act::Connect | Act::Disconnect));
        let until_ms = self.outages.failed(cause, now_ms, jitter);
        self.link = Link::Down { until_ms };
    }

    /// A person or the system says that trying again is worth it now, as when a network came up.
    pub fn hurry(&mut self, now_ms: u64) {
        if let Link::Down { until_ms } = &mut self.link {
            *until_ms = now_ms;
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now_ms: u64, jitter: u32) {
        match self.link {
            Link::Down { until_ms } if now_ms >= until_ms && !self.outages.given_up() => {
                self.link = Link::Connecting { since_ms: now_ms };
                self.acts.push_back(Act::Connect);
            }
            Link::Connecting { since_ms } | Link::Greeting { since_ms }
                if now_ms >= since_ms + UPLINK_GREET_MS && !planted(UplinkFault::GreetForever) =>
            {
                self.hang_up(now_ms, jitter);
            }
            Link::Up { since_ms, heard_ms } => {
                if now_ms >= since_ms + UPLINK_STEADY_MS {
                    self.outages.steady();
                }
                let silent: Vec<Place> = self.window.silent(now_ms, UPLINK_ANSWER_MS);
                for place in &silent {
                    self.set_aside(*place, "no answer", now_ms, jitter);
                }
                if !silent.is_empty() && now_ms >= heard_ms + UPLINK_ANSWER_MS {
                    self.hang_up(now_ms, jitter);
                }
            }
            _ => {}
        }
        for ((log, branch), flow) in &mut self.flows {
            if flow.is_back(now_ms)
                && let Some(tail) = self.heads.tail(*log, *branch)
            {
                flow.next = resume_at(tail, *branch, self.marks.mark(*log, *branch, self.peer));
            }
        }
    }

    fn hang_up(&mut self, now_ms: u64, jitter: u32) {
        self.lost(Cause::Silent, now_ms, jitter);
        self.acts.push_back(Act::Disconnect);
    }

    fn set_aside(&mut self, place: Place, rule: &str, now_ms: u64, jitter: u32) {
        self.window.drop_log(place);
        if let Some(flow) = self.flows.get_mut(&place) {
            let times = flow.set_aside(rule);
            let most = (UPLINK_ASIDE_FIRST_MS << times.min(16)).min(UPLINK_ASIDE_MAX_MS);
            // At least half of it, so that what is refused is never offered in a tight circle.
            flow.until_ms = Some(now_ms + most / 2 + link::share(most / 2, jitter));
        }
    }

    /// A batch is on its way: the rows `first` to `last` of what [`Act::Send`] named.
    pub fn sent(&mut self, log: LogId, branch: Branch, last: u64, now_ms: u64) {
        if let Some(flow) = self.flows.get_mut(&(log, branch)) {
            flow.next = if planted(UplinkFault::RowSkipped) { last + 2 } else { last + 1 };
            self.window.sent((log, branch), last, now_ms);
            self.turn = Some((log, branch));
        }
    }

    /// What [`Act::Send`] named can't be read now. Other logs go on.
    pub fn unreadable(&mut self, log: LogId, branch: Branch, rule: &str, now_ms: u64, jitter: u32) {
        self.set_aside((log, branch), rule, now_ms, jitter);
    }

    /// What to do next; nothing until the next input.
    pub fn next_act(&mut self) -> Option<Act> {
        self.next_act_unless(|_| false)
    }

    /// The same, but a batch that `waits` is passed over for those of other logs, until it does not any more.
    pub fn next_act_unless(&mut self, waits: impl Fn(&Range) -> bool) -> Option<Act> {
        if let Some(act) = self.acts.pop_front() {
            return Some(act);
        }
        if let Some(((log, branch), seq)) = self.raised.pop_first() {
            return Some(Act::Raise(Raised { log, branch, seq }));
        }
        self.next_range(waits).map(Act::Send)
    }

    fn next_range(&self, waits: impl Fn(&Range) -> bool) -> Option<Range> {
        if !matches!(self.link, Link::Up { .. }) || self.window.is_full() {
            return None;
        }
        let open = |place: &Place| {
            if planted(UplinkFault::BranchNotSent) && place.1 != Branch(0) {
                return None;
            }
            let flow = self.flows.get(place)?;
            let last = self.heads.tail(place.0, place.1)?.head.seq;
            let most = u64::try_from(BATCH_ROWS + GROUP_ROWS_MAX).unwrap_or(u64::MAX);
            let range = Range { log: place.0, branch: place.1, first: flow.next, last: last.min(flow.next + most - 1) };
            (flow.until_ms.is_none() && flow.next <= last && !waits(&range)).then_some(range)
        };
        // Every log in its turn, so that one that never ends does not keep the others waiting.
        let behind = self.flows.keys().filter(|place| self.turn.is_some_and(|turn| **place > turn)).find_map(open);
        behind.or_else(|| self.flows.keys().find_map(open))
    }

    /// When time itself is the next input, at the latest.
    #[must_use]
    pub fn wake_at(&self) -> Option<u64> {
        let link = match self.link {
            Link::Down { until_ms } => Some(until_ms),
            Link::Connecting { since_ms } | Link::Greeting { since_ms } => Some(since_ms + UPLINK_GREET_MS),
            Link::Up { .. } => self.window.oldest_ms().map(|sent_ms| sent_ms + UPLINK_ANSWER_MS),
        };
        self.flows.values().filter_map(|flow| flow.until_ms).chain(link).min()
    }

    /// Why there is no connection, once it has been so for longer than a blip.
    #[must_use]
    pub fn outage(&self, now_ms: u64) -> Option<Outage> {
        self.outages.told(now_ms)
    }

    /// When [`Uplink::outage`] changes by time alone.
    #[must_use]
    pub fn outage_at(&self) -> Option<u64> {
        self.outages.told_at()
    }

    /// Whether the peer has answered and nothing has gone wrong since.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.link, Link::Up { .. })
    }

    /// Logs that are set aside, each with the reason that was given.
    pub fn set_aside_logs(&self) -> impl Iterator<Item = (LogId, &str)> {
        let aside = self.flows.iter().filter(|(_, flow)| flow.until_ms.is_some());
        aside.map(|((log, _), flow)| (*log, flow.rule.as_str()))
    }

    /// Whether nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.window.oldest_ms().is_none()
    }

    /// Up to which row the peer holds a history.
    #[must_use]
    pub fn mark(&self, (log, branch): (LogId, Branch)) -> u64 {
        self.marks.mark(log, branch, self.peer)
    }

    /// Whether the peer holds everything that is held here.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.flows
            .keys()
            .all(|place| self.heads.tail(place.0, place.1).is_none_or(|tail| self.mark(*place) >= tail.head.seq))
    }
}

/// Where a history goes on for a peer that holds it up to `mark`.
fn resume_at(tail: BranchHead, branch: Branch, mark: u64) -> u64 {
    // Behind the parting only: what comes before it belongs to branch 0.
    let from = if branch == Branch(0) { mark } else { mark.max(tail.shared) };
    from + 1
}
