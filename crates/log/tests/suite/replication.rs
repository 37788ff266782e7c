//! Comparing heads: what a peer lacks, what an acknowledgement is worth, where a row belongs.

use crate::fixture::log_of;
use docket_domain::ids::DeviceId;
use docket_log::replication::{
    AckError, Branch, BranchHead, Heads, Level, Lowered, Missing, Peer, PeerHead, Placement, Range, Watermarks, batches,
};
use docket_log::{Hash, Head, LogId};
use uuid::Uuid;

const LOG: LogId = LogId([1; 16]);
const MAIN: Branch = Branch(0);
const FORK: Branch = Branch(1);
const KITCHEN: Peer = Peer::Device(DeviceId(Uuid::from_u128(7)));

/// A made-up hash: history `branch` left the main one behind row `shared`.
fn hash(branch: u8, shared: u64, seq: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[0] = if seq > shared { branch } else { 0 };
    bytes[24..].copy_from_slice(&seq.to_be_bytes());
    Hash(bytes)
}

/// The store of a device that holds 10 rows of the main history and 8 of one that left it behind row 4.
fn held(log: LogId, branch: Branch, seq: u64) -> Option<Hash> {
    match branch {
        MAIN if log == LOG && (1..=10).contains(&seq) => Some(hash(0, 0, seq)),
        FORK if log == LOG && (1..=8).contains(&seq) => Some(hash(1, 4, seq)),
        _ => None,
    }
}

fn tail(hash: Hash, seq: u64, shared: u64) -> BranchHead {
    BranchHead { head: Head { seq, hash, signature: None }, shared }
}

fn main_only() -> Heads {
    let mut heads = Heads::default();
    heads.set(LOG, MAIN, tail(hash(0, 0, 10), 10, 0));
    heads
}

fn forked() -> Heads {
    let mut heads = main_only();
    heads.set(LOG, FORK, tail(hash(1, 4, 8), 8, 4));
    heads
}

fn says(seq: u64, hash: Hash) -> PeerHead {
    PeerHead { log: LOG, seq, hash }
}

fn range(branch: Branch, first: u64, last: u64) -> Range {
    Range { log: LOG, branch, first, last }
}

#[test]
fn a_peer_lacks_what_is_behind_its_head_and_all_of_a_log_that_it_does_not_know() {
    let heads = main_only();
    assert_eq!(heads.missing(&[], &held).ranges, [range(MAIN, 1, 10)]);
    assert_eq!(heads.missing(&[says(6, hash(0, 0, 6))], &held).ranges, [range(MAIN, 7, 10)]);
    assert_eq!(heads.missing(&heads.hello(), &held), Missing::default());
}

#[test]
fn a_peer_that_is_ahead_lacks_nothing_and_is_reported() {
    let ahead = says(12, hash(0, 0, 12));
    assert_eq!(main_only().missing(&[ahead], &held), Missing { ahead: vec![ahead], ..Missing::default() });
    let unknown = PeerHead { log: LogId([2; 16]), ..ahead };
    let missing = main_only().missing(&[unknown], &held);
    assert_eq!((missing.ahead, missing.ranges), (vec![unknown], vec![range(MAIN, 1, 10)]));
}

#[test]
fn a_head_with_another_hash_is_a_fork_and_the_whole_branch_is_offered() {
    let other = says(6, hash(9, 4, 6));
    let missing = main_only().missing(&[other], &held);
    assert_eq!((missing.forks, missing.ranges), (vec![other], vec![range(MAIN, 1, 10)]));
}

#[test]
fn a_peer_on_one_branch_gets_the_other_from_where_they_part() {
    let on_main = forked().missing(&[says(10, hash(0, 0, 10))], &held);
    assert_eq!(on_main, Missing { ranges: vec![range(FORK, 5, 8)], ..Missing::default() });
    let on_fork = forked().missing(&[says(8, hash(1, 4, 8))], &held);
    assert_eq!(on_fork.ranges, [range(MAIN, 5, 10)]);
    let on_fork_behind = forked().missing(&[says(6, hash(1, 4, 6))], &held);
    assert_eq!(on_fork_behind.ranges, [range(MAIN, 5, 10), range(FORK, 7, 8)]);
    assert_eq!(forked().missing(&forked().hello(), &held), Missing::default());
}

#[test]
fn a_row_that_arrives_is_held_or_next_or_a_fork_or_too_early() {
    let heads = forked();
    assert_eq!(heads.place(&says(7, hash(0, 0, 7)), &held), Placement::Held(MAIN));
    assert_eq!(heads.place(&says(7, hash(1, 4, 7)), &held), Placement::Held(FORK));
    assert_eq!(heads.place(&says(11, hash(0, 0, 11)), &held), Placement::Follows(MAIN));
    assert_eq!(heads.place(&says(7, hash(9, 0, 7)), &held), Placement::Fork);
    assert_eq!(heads.place(&says(13, hash(0, 0, 13)), &held), Placement::Gap { expected: 11 });
    let unknown = |seq| PeerHead { log: LogId([2; 16]), seq, hash: hash(0, 0, seq) };
    assert_eq!(heads.place(&unknown(1), &held), Placement::Follows(MAIN));
    assert_eq!(heads.place(&unknown(2), &held), Placement::Gap { expected: 1 });
}

#[test]
fn an_acknowledgement_counts_only_with_the_hash_that_is_held_here() {
    let mut marks = Watermarks::default();
    let mut ack = |seq, hash| marks.acknowledge(Peer::Central, &says(seq, hash), &forked(), &held);
    assert_eq!(ack(6, hash(9, 0, 6)), Err(AckError::HashNotOurs { log: LOG, seq: 6 }));
    assert_eq!(ack(11, hash(0, 0, 11)), Err(AckError::Beyond { log: LOG, seq: 11 }));
    assert_eq!(ack(6, hash(0, 0, 6)), Ok((MAIN, 6)));
    assert_eq!(ack(7, hash(1, 4, 7)), Ok((FORK, 7)));
    assert_eq!(ack(3, hash(0, 0, 3)), Ok((MAIN, 6)), "a late one lowers nothing");
    let unknown = PeerHead { log: LogId([2; 16]), ..says(1, hash(0, 0, 1)) };
    let refused = marks.acknowledge(Peer::Central, &unknown, &forked(), &held);
    assert_eq!(refused, Err(AckError::UnknownLog { log: unknown.log }));
    assert_eq!((marks.mark(LOG, MAIN, Peer::Central), marks.mark(LOG, MAIN, KITCHEN)), (6, 0));
}

#[test]
fn a_row_is_as_safe_as_its_safest_copy() {
    let mut marks = Watermarks::default();
    assert_eq!(marks.level(LOG, MAIN, 1), Level::Local);
    marks.set(LOG, MAIN, KITCHEN, 8);
    marks.set(LOG, MAIN, Peer::Central, 5);
    marks.set(LOG, FORK, Peer::Central, 8);
    let letters: String = [5, 6, 8, 9].map(|seq| marks.level(LOG, MAIN, seq).letter()).iter().collect();
    assert_eq!(letters, "CPPL");
}

#[test]
fn a_restored_central_lowers_its_marks_and_the_rows_return() {
    let mut marks = Watermarks::default();
    marks.set(LOG, MAIN, Peer::Central, 9);
    marks.set(LOG, MAIN, KITCHEN, 10);
    let lowered = marks.settle(Peer::Central, &[says(4, hash(0, 0, 4))], &main_only(), &held);
    assert_eq!(lowered, [Lowered { log: LOG, branch: MAIN, from: 9, to: 4 }]);
    assert_eq!(marks.level(LOG, MAIN, 5), Level::Peer, "other peers keep their marks");
    let emptied = marks.settle(Peer::Central, &[], &main_only(), &held);
    assert_eq!(emptied, [Lowered { log: LOG, branch: MAIN, from: 4, to: 0 }]);
}

#[test]
fn a_hello_raises_marks_like_an_acknowledgement_and_never_on_a_foreign_hash() {
    let mut marks = Watermarks::default();
    let theirs = [says(8, hash(0, 0, 8)), says(7, hash(9, 0, 7)), says(12, hash(0, 0, 12))];
    assert!(marks.settle(KITCHEN, &theirs, &main_only(), &held).is_empty());
    assert_eq!(marks.mark(LOG, MAIN, KITCHEN), 8);
    assert!(marks.settle(KITCHEN, &theirs[2..], &main_only(), &held).is_empty(), "a peer that is ahead keeps its mark");
}

#[test]
fn batches_hold_all_rows_in_order_and_each_ends_on_a_signed_row() {
    let rows = log_of(&[200, 256, 100, 1, 256, 3]);
    let sizes: Vec<usize> = batches(&rows).map(<[_]>::len).collect();
    assert_eq!(sizes, [457, 360]);
    assert!(batches(&rows).all(|batch| batch[batch.len() - 1].signature.is_some()));
    assert!(batches(&rows).flatten().eq(&rows));
    let open = &rows[..rows.len() - 1];
    assert!(batches(open).flatten().eq(&rows[..rows.len() - 3]), "an open group is not sent");
}
