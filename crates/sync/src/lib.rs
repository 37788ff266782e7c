//! The sync protocol: what a till and head office say to each other, and rows of the log to and from it.
//!
//! Nothing here decides anything. What to send follows from `docket_log::replication`; who answers is in
//! `crates/terminal` and `crates/central`. `docs/SYNC.md` gives the order of the messages.

mod codec;
mod proof;
mod rows;
mod sum;

/// The messages and services of `proto/docket/sync/v1/sync.proto`.
#[allow(missing_docs, clippy::all, clippy::pedantic, clippy::disallowed_types, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("docket.sync.v1");
}

pub use codec::{BoundedCodec, TooManyParts, check_parts};
pub use proof::{enrolment_proof, renewal_proof};
pub use rows::{Item, RowError, head_from, head_to, key_to, keys_from, rows_from, rows_to};
pub use sum::HashSum;

/// The protocol that this program speaks; hello states it.
pub const PROTOCOL: u32 = 1;
/// Bytes of one message: a batch of the largest group with its other columns.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Rows of one message.
pub const MESSAGE_ROWS_MAX: usize = 1_024;
/// Heads of one message: logs and branches of a store.
pub const MESSAGE_HEADS_MAX: usize = 65_536;
/// Parts of one message in all: its members, and theirs. A part of two bytes becomes a value of hundreds, so that the bound on
/// bytes alone bounds no memory.
pub const MESSAGE_PARTS_MAX: usize = MESSAGE_HEADS_MAX + 1_024;
/// Bytes of one part of a document.
pub const DOCUMENT_PART_BYTES: usize = 256 * 1024;
/// Batches that a sender has under way before it waits for an answer: those of a stream that head office has in hand, and as many on
/// a long way.
pub const BATCHES_IN_FLIGHT: usize = 16;
