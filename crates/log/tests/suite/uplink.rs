//! The sync engine in virtual time: whatever is lost, doubled, swapped or restarted, in the end the peer holds everything,
//! and nothing was ever counted as held that it did not hold.

use std::collections::{BTreeMap, VecDeque};

use docket_log::limits::{UPLINK_ANSWER_MS, UPLINK_ASIDE_MAX_MS};
use docket_log::replication::{Act, Branch, BranchHead, Cause, Lowered, Peer, PeerHead, Range, Uplink};
use docket_log::{Hash, Head, LogId};
use proptest::prelude::*;

const MAIN: Branch = Branch(0);
const IN_FLIGHT: usize = 4;
/// Rows of one batch in the model: small, so that there are many.
const BATCH: u64 = 5;

fn hash(log: u8, seq: u64) -> Hash {
    let mut bytes = [log; 32];
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    Hash(bytes)
}

fn log(number: u8) -> LogId {
    LogId([number; 16])
}

fn tail(number: u8, seq: u64) -> BranchHead {
    BranchHead { head: Head { seq, hash: hash(number, seq), signature: None }, shared: 0 }
}

fn at(number: u8, seq: u64) -> PeerHead {
    PeerHead { log: log(number), seq, hash: hash(number, seq) }
}

/// What the device holds: any row of its logs up to their tails.
fn held(rows: &BTreeMap<u8, u64>) -> impl Fn(LogId, Branch, u64) -> Option<Hash> + '_ {
    |of, _, seq| {
        let last = rows.get(&of.0[0]).copied().unwrap_or(0);
        (1..=last).contains(&seq).then(|| hash(of.0[0], seq))
    }
}

#[derive(Debug, Clone)]
enum Answer {
    Held(PeerHead),
    Wanted(LogId, u64),
}

/// A device, a peer and the line between them.
struct World {
    now: u64,
    rows: BTreeMap<u8, u64>,
    /// The marks that the device has kept.
    marks: BTreeMap<u8, u64>,
    engine: Uplink,
    peer: BTreeMap<u8, u64>,
    /// What the peer held when it was last copied.
    copy: BTreeMap<u8, u64>,
    connected: bool,
    up: VecDeque<Range>,
    down: VecDeque<Answer>,
    reachable: bool,
}

impl World {
    fn new() -> Self {
        World {
            now: 0,
            rows: BTreeMap::new(),
            marks: BTreeMap::new(),
            engine: Uplink::new(Peer::Central, IN_FLIGHT),
            peer: BTreeMap::new(),
            copy: BTreeMap::new(),
            connected: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            reachable: true,
        }
    }

    fn append(&mut self, number: u8, rows: u64) {
        let last = self.rows.entry(number).or_insert(0);
        *last += rows;
        let tail = tail(number, *last);
        self.engine.appended(log(number), MAIN, tail);
    }

    fn lose(&mut self) {
        self.connected = false;
        self.up.clear();
        self.down.clear();
        self.engine.lost(Cause::Silent, self.now, u32::MAX / 3);
    }

    /// The device's program ends and begins again, with what it had kept.
    fn restart(&mut self) {
        self.lose();
        self.engine = Uplink::new(Peer::Central, IN_FLIGHT);
        for (number, last) in &self.rows {
            let mark = self.marks.get(number).copied().unwrap_or(0);
            self.engine.restore(log(*number), MAIN, tail(*number, *last), mark);
        }
    }

    /// The peer goes back to its copy; that ends every connection.
    fn restore_peer(&mut self) {
        self.peer = self.copy.clone();
        self.lose();
    }

    /// Does what the engine says until it says nothing.
    fn obey(&mut self) {
        while let Some(act) = self.engine.next_act() {
            match act {
                Act::Connect if self.reachable => {
                    self.connected = true;
                    self.engine.connected(self.now);
                }
                Act::Connect => self.engine.lost(Cause::Refused, self.now, u32::MAX / 2),
                Act::Disconnect => {
                    self.connected = false;
                    self.up.clear();
                    self.down.clear();
                }
                Act::Hello(_) => {
                    let theirs: Vec<PeerHead> =
                        self.peer.iter().filter(|(_, seq)| **seq > 0).map(|(n, seq)| at(*n, *seq)).collect();
                    self.engine.hello(&theirs, self.now, &held(&self.rows));
                }
                Act::Raise(raised) => {
                    let number = raised.log.0[0];
                    let there = self.peer.get(&number).copied().unwrap_or(0);
                    assert!(
                        raised.seq <= there,
                        "row {} of log {number} counts as held, and the peer ends at {there}",
                        raised.seq
                    );
                    self.marks.insert(number, raised.seq);
                }
                Act::Lower(Lowered { log, from, to, .. }) => {
                    assert!(to < from, "a mark that falls is lower than before");
                    self.marks.insert(log.0[0], to);
                }
                Act::Send(range) => {
                    assert!(self.up.len() < 1_000, "what is sent is bounded");
                    let last = range.last.min(range.first + BATCH - 1);
                    self.up.push_back(Range { last, ..range });
                    self.engine.sent(range.log, range.branch, last, self.now);
                }
                Act::Ahead(_) | Act::Forked { .. } => {}
            }
        }
    }

    /// The peer takes a batch in: it continues what it holds, or the peer wants what is before it.
    fn deliver(&mut self, index: usize) {
        let Some(range) = self.up.remove(index) else { return };
        let last = self.peer.entry(range.log.0[0]).or_insert(0);
        if range.first > *last + 1 {
            self.down.push_back(Answer::Wanted(range.log, *last + 1));
            return;
        }
        *last = range.last.max(*last);
        self.down.push_back(Answer::Held(at(range.log.0[0], range.last)));
    }

    fn answer(&mut self, index: usize) {
        let Some(answer) = self.down.remove(index) else { return };
        self.hear(&answer);
    }

    fn hear(&mut self, answer: &Answer) {
        match answer {
            Answer::Held(head) => {
                self.engine.acked(&[*head], self.now, &held(&self.rows));
            }
            Answer::Wanted(log, seq) => self.engine.wanted(*log, *seq, self.now),
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.engine.tick(self.now, u32::MAX / 2);
    }

    /// Nothing goes wrong any more: how it ends.
    fn calm(&mut self) {
        self.reachable = true;
        for _ in 0..5_000 {
            self.obey();
            while !self.up.is_empty() {
                self.deliver(0);
            }
            while !self.down.is_empty() {
                self.answer(0);
            }
            self.obey();
            if self.rows == self.peer && self.marks == self.rows {
                return;
            }
            if self.up.is_empty() && self.down.is_empty() {
                let wait = self.engine.wake_at().map_or(1, |at| at.saturating_sub(self.now).max(1));
                self.pass(wait.min(UPLINK_ASIDE_MAX_MS));
            }
        }
        panic!("the peer holds {:?} of {:?}, and {:?} counts", self.peer, self.rows, self.marks);
    }
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happens {
    Append(u8, u64),
    Deliver(usize),
    Answer(usize),
    AnswerTwice,
    BatchTwice,
    LoseBatch(usize),
    LoseAnswer(usize),
    Lie(u8, u64),
    Refuse(u8),
    Pass(u64),
    Lose,
    Restart,
    Copy,
    RestorePeer,
    Reachable(bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => (1_u8..4, 1_u64..40).prop_map(|(number, rows)| Happens::Append(number, rows)),
        9 => (0_usize..4).prop_map(Happens::Deliver),
        9 => (0_usize..4).prop_map(Happens::Answer),
        1 => Just(Happens::AnswerTwice),
        1 => Just(Happens::BatchTwice),
        2 => (0_usize..4).prop_map(Happens::LoseBatch),
        2 => (0_usize..4).prop_map(Happens::LoseAnswer),
        2 => (1_u8..4, 1_u64..100).prop_map(|(number, seq)| Happens::Lie(number, seq)),
        1 => (1_u8..4).prop_map(Happens::Refuse),
        5 => (1_u64..40_000).prop_map(Happens::Pass),
        1 => Just(Happens::Lose),
        1 => Just(Happens::Restart),
        1 => Just(Happens::Copy),
        1 => Just(Happens::RestorePeer),
        1 => any::<bool>().prop_map(Happens::Reachable),
    ]
}

impl World {
    fn suffer(&mut self, what: Happens) {
        match what {
            Happens::Append(number, rows) => self.append(number, rows),
            Happens::Deliver(index) => self.deliver(index),
            Happens::Answer(index) => self.answer(index),
            Happens::AnswerTwice => {
                if let Some(answer) = self.down.front().cloned() {
                    self.hear(&answer);
                }
            }
            Happens::BatchTwice => {
                if let Some(range) = self.up.front().copied() {
                    self.up.push_back(range);
                }
            }
            Happens::LoseBatch(index) => {
                self.up.remove(index);
            }
            Happens::LoseAnswer(index) => {
                self.down.remove(index);
            }
            Happens::Lie(number, seq) if self.connected => {
                let lie = PeerHead { log: log(number), seq, hash: Hash([0xee; 32]) };
                let errors = self.engine.acked(&[lie], self.now, &held(&self.rows));
                assert_eq!(errors.len(), 1, "a hash that is not held here proves nothing");
            }
            Happens::Refuse(number) if self.connected => {
                self.engine.refused(log(number), "a rule", self.now, u32::MAX / 2)
            }
            Happens::Lie(..) | Happens::Refuse(_) => {}
            Happens::Pass(ms) => self.pass(ms),
            Happens::Lose => self.lose(),
            Happens::Restart => self.restart(),
            Happens::Copy => self.copy = self.peer.clone(),
            Happens::RestorePeer => self.restore_peer(),
            Happens::Reachable(reachable) => self.reachable = reachable,
        }
        self.obey();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_peer_ends_with_everything_and_nothing_counts_before_it_is_there(
        story in proptest::collection::vec(happens(), 1..250),
    ) {
        let mut world = World::new();
        world.append(1, 3);
        world.obey();
        for what in story {
            world.suffer(what);
        }
        world.calm();
    }
}

fn connected(rows: u64) -> World {
    let mut world = World::new();
    world.append(1, rows);
    world.pass(0);
    world.obey();
    assert!(world.engine.is_up());
    world
}

#[test]
fn several_batches_are_under_way_and_no_more_than_the_window_takes() {
    let world = connected(100);
    assert_eq!(world.up.len(), IN_FLIGHT);
    let firsts: Vec<u64> = world.up.iter().map(|range| range.first).collect();
    assert_eq!(firsts, [1, 6, 11, 16]);
}

#[test]
fn a_refused_log_is_set_aside_and_the_others_flow_on() {
    let mut world = connected(100);
    world.append(2, 12);
    world.up.clear();
    world.engine.refused(log(1), "hash: not that of the row's columns", world.now, 0);
    world.obey();
    assert!(world.up.iter().all(|range| range.log == log(2)), "{:?}", world.up);
    assert_eq!(world.up.len(), 3);
    let aside: Vec<_> = world.engine.set_aside_logs().collect();
    assert_eq!(aside, [(log(1), "hash: not that of the row's columns")]);
    let back = world.engine.wake_at().expect("it is offered again");
    world.pass(back - world.now);
    world.obey();
    assert!(world.up.iter().any(|range| range.log == log(1) && range.first == 1), "{:?}", world.up);
}

#[test]
fn a_refused_log_waits_longer_each_time() {
    let mut world = connected(5);
    let mut waits = Vec::new();
    for _ in 0..12 {
        world.up.clear();
        world.engine.refused(log(1), "a rule", world.now, u32::MAX);
        let back = world.engine.wake_at().expect("it is offered again");
        waits.push(back - world.now);
        world.pass(back - world.now);
        world.obey();
    }
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
    assert_eq!((waits[0], *waits.last().expect("some")), (2_000, UPLINK_ASIDE_MAX_MS));
}

#[test]
fn a_silent_peer_is_let_go_and_tried_again() {
    let mut world = connected(5);
    world.pass(UPLINK_ANSWER_MS);
    assert!(!world.engine.is_up());
    assert_eq!(world.engine.next_act(), Some(Act::Disconnect));
    world.calm();
}

#[test]
fn every_batch_behind_a_gap_wants_the_same_row_and_it_is_sent_once() {
    let mut world = connected(100);
    world.up.remove(0);
    while !world.up.is_empty() {
        world.deliver(0);
    }
    assert_eq!(world.down.len(), 3);
    while !world.down.is_empty() {
        world.answer(0);
    }
    world.obey();
    assert_eq!(world.up.iter().filter(|range| range.first == 1).count(), 1, "{:?}", world.up);
    world.calm();
}

#[test]
fn a_peer_that_was_restored_from_an_older_copy_gets_what_it_lost() {
    let mut world = connected(40);
    world.calm();
    assert_eq!(world.marks[&1], 40);
    world.copy = BTreeMap::from([(1, 12)]);
    world.restore_peer();
    let until = world.engine.wake_at().expect("it tries again");
    world.pass(until - world.now);
    world.obey();
    assert_eq!(world.marks[&1], 12, "what it lost counts as held no more");
    world.calm();
}

#[test]
fn a_peer_that_knows_later_rows_is_told_of_and_what_is_here_is_proven_anew() {
    let mut world = World::new();
    world.append(1, 7);
    world.peer.insert(1, 20);
    world.pass(0);
    let mut ahead = Vec::new();
    while let Some(act) = world.engine.next_act() {
        match act {
            Act::Connect => world.engine.connected(0),
            Act::Hello(_) => world.engine.hello(&[at(1, 20)], 0, &held(&world.rows)),
            Act::Ahead(head) => ahead.push(head),
            Act::Send(range) => {
                assert_eq!((range.first, range.last), (1, 7));
                world.engine.sent(range.log, range.branch, range.last, 0);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ahead, [at(1, 20)]);
    world.engine.acked(&[at(1, 7)], 0, &held(&world.rows));
    assert!(world.engine.is_in_step());
}

#[test]
fn rows_that_came_from_the_peer_do_not_go_back_to_it() {
    let mut world = connected(5);
    world.calm();
    world.rows.insert(2, 9);
    world.engine.appended(log(2), MAIN, tail(2, 9));
    world.engine.received(&[at(2, 9)], &held(&world.rows));
    world.peer.insert(2, 9);
    world.obey();
    assert!(world.up.is_empty(), "{:?}", world.up);
    assert_eq!(world.marks[&2], 9);
}

/// What the engine does until it says nothing more, with the answers of a peer that says hello with these heads.
fn greeted(engine: &mut Uplink, theirs: &[PeerHead], rows: &BTreeMap<u8, u64>) -> Vec<Act> {
    let mut acts = Vec::new();
    engine.tick(0, 0);
    while let Some(act) = engine.next_act() {
        match &act {
            Act::Connect => engine.connected(0),
            Act::Hello(_) => engine.hello(theirs, 0, &held(rows)),
            Act::Ahead(head) => engine.doubt(head.log),
            Act::Send(range) => engine.sent(range.log, range.branch, range.last, 0),
            _ => {}
        }
        acts.push(act);
    }
    acts
}

#[test]
fn a_mark_that_a_later_head_does_not_prove_is_offered_anew_from_the_first_row() {
    let rows = BTreeMap::from([(1, 7)]);
    let mut engine = Uplink::new(Peer::Central, IN_FLIGHT);
    engine.restore(log(1), MAIN, tail(1, 7), 7);
    // The peer once had both histories of the log, and came back from a copy with the other one alone.
    let acts = greeted(&mut engine, &[at(1, 20)], &rows);
    assert!(acts.contains(&Act::Lower(Lowered { log: log(1), branch: MAIN, from: 7, to: 0 })), "{acts:?}");
    assert!(acts.contains(&Act::Send(Range { log: log(1), branch: MAIN, first: 1, last: 7 })), "{acts:?}");
    assert!(!engine.is_in_step());
    assert!(engine.acked(&[at(1, 7)], 0, &held(&rows)).is_empty());
    assert!(engine.is_in_step());
}

#[test]
fn a_later_head_changes_nothing_where_another_head_proves_the_mark() {
    let rows = BTreeMap::from([(1, 7)]);
    let mut engine = Uplink::new(Peer::Central, IN_FLIGHT);
    engine.restore(log(1), MAIN, tail(1, 7), 7);
    let acts = greeted(&mut engine, &[at(1, 20), at(1, 7)], &rows);
    assert!(!acts.iter().any(|act| matches!(act, Act::Lower(_) | Act::Send(_))), "{acts:?}");
}

#[test]
fn a_wish_for_rows_below_the_mark_begins_at_the_first_because_it_may_point_into_a_group() {
    let rows = BTreeMap::from([(1, 12)]);
    let mut engine = Uplink::new(Peer::Central, IN_FLIGHT);
    engine.restore(log(1), MAIN, tail(1, 12), 0);
    greeted(&mut engine, &[at(1, 10)], &rows);
    engine.wanted(log(1), 9, 0);
    let acts = greeted(&mut engine, &[], &rows);
    assert!(acts.contains(&Act::Lower(Lowered { log: log(1), branch: MAIN, from: 10, to: 0 })), "{acts:?}");
    assert!(acts.contains(&Act::Send(Range { log: log(1), branch: MAIN, first: 1, last: 12 })), "{acts:?}");
}

#[test]
fn a_batch_that_waits_keeps_nothing_of_other_logs_waiting() {
    let mut world = connected(0);
    world.append(1, 30);
    world.append(2, 3);
    let waits = |range: &Range| range.log == log(1);
    let Some(Act::Send(range)) = world.engine.next_act_unless(waits) else { panic!("the other log is sent") };
    assert_eq!(range.log, log(2));
    world.engine.sent(range.log, range.branch, range.last, 0);
    assert_eq!(world.engine.next_act_unless(waits), None);
    assert!(matches!(world.engine.next_act(), Some(Act::Send(range)) if range.log == log(1)));
}
