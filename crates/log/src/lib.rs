//! The signed device log: rows, the hash chain over them, signed groups, and what follows from comparing two logs.
//!
//! The format is frozen by the first row that a till writes; `docs/LOG.md` describes it byte by byte. This crate knows
//! no file, no database, no network and no clock: times and ids arrive as arguments, and rows leave as values.

pub mod bytes;
pub mod clock;
pub mod cut_offs;
pub mod damage;
pub mod fact;
pub mod forks;
pub mod hash;
pub mod key;
pub mod letters;
pub mod limits;
pub mod opened;
pub mod replication;
pub mod row;
mod rules;
pub mod sealed;
pub mod seen;
pub mod verify;
pub mod wire;
pub mod writer;

pub use bytes::{Hash, PublicKey, Signature};
pub use clock::{ClockAhead, HybridClock};
pub use cut_offs::CutOffs;
pub use damage::Damage;
pub use docket_domain::ids::LogId;
pub use fact::Author;
pub use forks::{Fork, Forks};
pub use hash::{RowHasher, log_id, row_hash};
pub use key::{DeviceKey, KeyError};
pub use opened::{DamageReason, DamagedRow, DeviceClass, LogOpened, OpenReason, Predecessor};
pub use row::{Head, Prev, Row, RowDraft, Stub};
pub use seen::{SeenError, SeenVector};
pub use verify::{ChainVerifier, Mode};
pub use writer::{GroupError, LogWriter, OpenError, OpeningDraft};
