//! Read models: rows made from the fold for lists and boards. They may be dropped and made anew at any time, and
//! always come out the same. A total changes by replacing an order's contribution, never by adding.

mod digest;
mod record;
mod schema;
mod write;

pub use digest::digest;
pub use record::{Records, TicketBody, TicketChange, TicketLine, records};
pub use schema::{MAIN, SHADOW, create, drop_tables, generation, swap};
pub(crate) use write::type_text;
pub use write::{Written, remove, replace};

/// Version of the fold and of the rows made from it. Raised whenever either changes; a store with another version
/// rebuilds in the background.
pub const FOLD_VERSION: u32 = 5;
