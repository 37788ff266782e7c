//! How safe a row is: durable here, on another device, at central. Kept as one mark per log, branch and peer.

use super::HashAt;
use super::heads::{Branch, Heads, PeerHead};
use super::planted::{UplinkFault, planted};
use docket_domain::ids::{DeviceId, LogId};
use std::collections::BTreeMap;

/// How safe a row is. A higher level is safer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// L: durable on this device.
    Local,
    /// P: durable on another device too.
    Peer,
    /// C: durable at central.
    Central,
}

impl Level {
    /// The letter that people see.
    pub fn letter(self) -> char {
        match self {
            Level::Local => 'L',
            Level::Peer => 'P',
            Level::Central => 'C',
        }
    }
}

/// Who holds copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Peer {
    /// The head office.
    Central,
    /// Another device of the store.
    Device(DeviceId),
}

/// Why an acknowledgement does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// This device holds no such log.
    #[error("log {log}: log: not held here")]
    UnknownLog {
        /// The log.
        log: LogId,
    },
    /// This device holds no such row.
    #[error("log {log}: row {seq}: seq: beyond what is held here")]
    Beyond {
        /// The log.
        log: LogId,
        /// The row.
        seq: u64,
    },
    /// The row has another hash here, so the peer holds something else.
    #[error("log {log}: row {seq}: hash: not the one held here")]
    HashNotOurs {
        /// The log.
        log: LogId,
        /// The row.
        seq: u64,
    },
}

/// A mark that went back: these rows have to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lowered {
    /// The log.
    pub log: LogId,
    /// The branch here.
    pub branch: Branch,
    /// The mark before.
    pub from: u64,
    /// The mark now.
    pub to: u64,
}

/// The highest row per log and branch that each peer has acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watermarks(BTreeMap<(LogId, Branch, Peer), u64>);

impl Watermarks {
    /// Restores a mark from the store.
    pub fn set(&mut self, log: LogId, branch: Branch, peer: Peer, seq: u64) {
        self.0.insert((log, branch, peer), seq);
    }

    /// The mark of a peer; 0 if it holds nothing.
    pub fn mark(&self, log: LogId, branch: Branch, peer: Peer) -> u64 {
        self.0.get(&(log, branch, peer)).copied().unwrap_or(0)
    }

    /// Takes a peer's acknowledgement of its durable head, if its hash is the one that is held here, for every branch that
    /// shares the row. A late one does not lower the mark. Gives the first of these branches and its mark.
    ///
    /// # Errors
    /// [`AckError`]; then nothing changed.
    pub fn acknowledge(
        &mut self,
        peer: Peer,
        ack: &PeerHead,
        heads: &Heads,
        held: &impl HashAt,
    ) -> Result<(Branch, u64), AckError> {
        let PeerHead { log, seq, .. } = *ack;
        let unproven = (planted(UplinkFault::AckWithoutHash) && heads.knows(log)).then_some(Branch(0));
        let branch = heads.holder(ack, held).or(unproven).ok_or_else(|| {
            match heads.branches(log).map(|(_, tail)| tail.head.seq).max() {
                None => AckError::UnknownLog { log },
                Some(last) if seq > last => AckError::Beyond { log, seq },
                Some(_) => AckError::HashNotOurs { log, seq },
            }
        })?;
        for shares in heads.holders(ack, held).filter(|shares| *shares != branch) {
            let mark = self.0.entry((log, shares, peer)).or_insert(0);
            *mark = seq.max(*mark);
        }
        let mark = self.0.entry((log, branch, peer)).or_insert(0);
        *mark = if planted(UplinkFault::StaleAckLowers) { seq } else { seq.max(*mark) };
        if planted(UplinkFault::MarkPastAck) && heads.tail(log, branch).is_some_and(|tail| *mark < tail.head.seq) {
            *mark += 1;
        }
        Ok((branch, *mark))
    }

    /// Takes all heads of a peer's hello. They are its whole truth: a mark above them goes back, as when central was
    /// restored from a copy, and the rows between return to the outbox. A peer that is ahead keeps its mark.
    pub fn settle(&mut self, peer: Peer, theirs: &[PeerHead], heads: &Heads, held: &impl HashAt) -> Vec<Lowered> {
        let mut lowered = Vec::new();
        for ((log, branch, _), mark) in self.0.iter_mut().filter(|((_, _, marked), _)| *marked == peer) {
            let ours = heads.branches(*log).map(|(_, tail)| tail.head.seq).max().unwrap_or(0);
            let proven = |their: &PeerHead| match heads.holder(their, held) {
                _ if their.seq > ours => *mark,
                Some(on) if on == *branch => their.seq,
                _ => 0,
            };
            let to = theirs.iter().filter(|their| their.log == *log).map(proven).max().unwrap_or(0);
            if to < *mark && !planted(UplinkFault::LoweredIgnored) {
                lowered.push(Lowered { log: *log, branch: *branch, from: *mark, to });
                *mark = to;
            }
        }
        for their in theirs {
            // What hello proves beyond the marks is as good as an acknowledgement; what it does not prove is no error.
            let _ = self.acknowledge(peer, their, heads, held);
        }
        lowered
    }

    /// How safe a row that is held here is.
    pub fn level(&self, log: LogId, branch: Branch, seq: u64) -> Level {
        let marks = self.0.range((log, branch, Peer::Central)..);
        let of_branch = marks.take_while(|((other, on, _), _)| (*other, *on) == (log, branch));
        let level = |((_, _, peer), _): (&(LogId, Branch, Peer), &u64)| match peer {
            Peer::Central => Level::Central,
            Peer::Device(_) => Level::Peer,
        };
        of_branch.filter(|(_, mark)| seq <= **mark).map(level).max().unwrap_or(Level::Local)
    }
}
