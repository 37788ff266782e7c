//! The tails of all logs held here, and what follows from comparing them with a peer's.

use super::HashAt;
use crate::bytes::Hash;
use crate::row::Head;
use docket_domain::ids::LogId;
use std::collections::BTreeMap;

/// One of the histories of a forked log. 0 is the one that was held first; a log that never forked has no other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Branch(pub u32);

/// The tail of one branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BranchHead {
    /// Its last row.
    pub head: Head,
    /// The last *signed* row that it shares with branch 0; a range that starts behind it starts on a group. Means
    /// nothing for branch 0 itself.
    pub shared: u64,
}

/// A tail as a peer states it in hello or in an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerHead {
    /// The log.
    pub log: LogId,
    /// Its last row that is durable there.
    pub seq: u64,
    /// The hash of that row.
    pub hash: Hash,
}

/// Rows to send, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The log.
    pub log: LogId,
    /// The branch here.
    pub branch: Branch,
    /// First row to send.
    pub first: u64,
    /// Last row to send.
    pub last: u64,
}

/// What a peer lacks, and where it holds another history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// What to send.
    pub ranges: Vec<Range>,
    /// Heads of the peer that contradict every branch held here: forks that this device has yet to receive.
    pub forks: Vec<PeerHead>,
    /// Heads of the peer beyond all that is held here. For a log of this very device it means that its store is an
    /// old copy: continuity is unproven.
    pub ahead: Vec<PeerHead>,
}

/// Where a row that arrives belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It is held already.
    Held(Branch),
    /// It is the next row of a branch; the chain decides whether it fits.
    Follows(Branch),
    /// Its place is taken by a row with another hash.
    Fork,
    /// Rows before it are not held.
    Gap {
        /// The row that is due.
        expected: u64,
    },
}

/// The tails of all logs and branches held here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads(BTreeMap<(LogId, Branch), BranchHead>);

impl Heads {
    /// States the tail of a branch; an earlier statement is replaced.
    pub fn set(&mut self, log: LogId, branch: Branch, tail: BranchHead) {
        self.0.insert((log, branch), tail);
    }

    /// The branches of one log, the first held first.
    pub fn branches(&self, log: LogId) -> impl Iterator<Item = (Branch, BranchHead)> + '_ {
        self.0.range((log, Branch(0))..=(log, Branch(u32::MAX))).map(|((_, branch), tail)| (*branch, *tail))
    }

    /// The tail of one branch.
    pub fn tail(&self, log: LogId, branch: Branch) -> Option<BranchHead> {
        self.0.get(&(log, branch)).copied()
    }

    /// Whether anything of this log is held here.
    pub fn knows(&self, log: LogId) -> bool {
        self.branches(log).next().is_some()
    }

    /// What this device says in hello.
    pub fn hello(&self) -> Vec<PeerHead> {
        let state = |((log, _), tail): (&(LogId, Branch), &BranchHead)| PeerHead {
            log: *log,
            seq: tail.head.seq,
            hash: tail.head.hash,
        };
        self.0.iter().map(state).collect()
    }

    /// What a peer with the heads `theirs` lacks. A peer that is ahead of a branch is taken to hold it: if it holds
    /// another history instead, it finds out from this device's hello, sends its own, and the next hello settles it.
    pub fn missing(&self, theirs: &[PeerHead], held: &impl HashAt) -> Missing {
        let mut missing = Missing::default();
        for their in theirs {
            if self.is_beyond(their) {
                missing.ahead.push(*their);
            } else if self.holder(their, held).is_none() {
                missing.forks.push(*their);
            }
        }
        for ((log, branch), tail) in &self.0 {
            let theirs = theirs.iter().filter(|their| their.log == *log);
            let common = theirs.map(|their| self.common(their, *branch, tail, held)).max().unwrap_or(0);
            if common < tail.head.seq {
                let range = Range { log: *log, branch: *branch, first: common + 1, last: tail.head.seq };
                missing.ranges.push(range);
            }
        }
        missing
    }

    /// Where a row with this hash belongs.
    pub fn place(&self, row: &PeerHead, held: &impl HashAt) -> Placement {
        if let Some(branch) = self.holder(row, held) {
            return Placement::Held(branch);
        }
        let next = |tail: &BranchHead| tail.head.seq + 1;
        if let Some((branch, _)) = self.branches(row.log).find(|(_, tail)| next(tail) == row.seq) {
            return Placement::Follows(branch);
        }
        match self.branches(row.log).map(|(_, tail)| next(&tail)).max() {
            None if row.seq == 1 => Placement::Follows(Branch(0)),
            None => Placement::Gap { expected: 1 },
            Some(expected) if row.seq > expected => Placement::Gap { expected },
            Some(_) => Placement::Fork,
        }
    }

    fn is_beyond(&self, their: &PeerHead) -> bool {
        self.branches(their.log).all(|(_, tail)| their.seq > tail.head.seq)
    }

    /// The branch here on which `their` row stands; the first where several share it.
    pub(super) fn holder(&self, their: &PeerHead, held: &impl HashAt) -> Option<Branch> {
        self.holders(their, held).next()
    }

    /// Every branch here on which `their` row stands.
    pub(super) fn holders(&self, their: &PeerHead, held: &impl HashAt) -> impl Iterator<Item = Branch> {
        let stands = |(branch, tail): &(Branch, BranchHead)| {
            their.seq <= tail.head.seq && held.hash_at(their.log, *branch, their.seq) == Some(their.hash)
        };
        self.branches(their.log).filter(stands).map(|(branch, _)| branch).collect::<Vec<_>>().into_iter()
    }

    /// Up to which row of `branch` a peer holds it, judged by one of its heads.
    fn common(&self, their: &PeerHead, branch: Branch, tail: &BranchHead, held: &impl HashAt) -> u64 {
        if their.seq > tail.head.seq && self.holder(their, held).is_none() {
            return if self.is_beyond(their) { tail.head.seq } else { 0 };
        }
        let on = |(other, other_tail): (Branch, BranchHead)| {
            let stands =
                their.seq <= other_tail.head.seq && held.hash_at(their.log, other, their.seq) == Some(their.hash);
            stands.then(|| their.seq.min(shared_rows((branch, tail), (other, &other_tail))))
        };
        self.branches(their.log).filter_map(on).max().unwrap_or(0)
    }
}

/// How many rows two branches surely share. Two that both left branch 0 share at least up to where the first one left.
fn shared_rows(a: (Branch, &BranchHead), b: (Branch, &BranchHead)) -> u64 {
    let left_main = |(branch, tail): (Branch, &BranchHead)| {
        if branch == Branch(0) { u64::MAX } else { tail.shared }
    };
    if a.0 == b.0 { a.1.head.seq } else { left_main(a).min(left_main(b)) }
}
