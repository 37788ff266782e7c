//! Replication without I/O: what a peer lacks, where a row that arrives belongs, and what an acknowledgement is worth.
//!
//! Nothing here reads a store. Whoever holds the rows answers one question, which hash stands at a place, through
//! [`HashAt`]. A fork is two records with one log and seq: both branches are kept, and branch numbers are local, so that
//! peers compare hashes and never numbers.

mod batch;
mod heads;
mod levels;
pub mod planted;
mod uplink;

pub use batch::{Batches, RowSize, batches, cut};
pub use heads::{Branch, BranchHead, Heads, Missing, PeerHead, Placement, Range};
pub use levels::{AckError, Level, Lowered, Peer, Watermarks};
pub use uplink::{Act, Cause, Outage, Raised, Uplink, delay_ms};

use crate::bytes::Hash;
use docket_domain::ids::LogId;

/// Answers which hash stands at a place of a log that is held here.
pub trait HashAt {
    /// The hash of row `seq` on `branch` of `log`; `None` if the row is not held.
    fn hash_at(&self, log: LogId, branch: Branch, seq: u64) -> Option<Hash>;
}

impl<F: Fn(LogId, Branch, u64) -> Option<Hash>> HashAt for F {
    fn hash_at(&self, log: LogId, branch: Branch, seq: u64) -> Option<Hash> {
        self(log, branch, seq)
    }
}
