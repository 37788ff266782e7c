//! The whole till without a window, for tests: a [`Shop`] with people and sessions in a folder of its own, orders in
//! any status, a second till whose facts this one never saw, and disks that are full or can't be written.
//!
//! Everything goes through [`docket_terminal::Terminal`] as a host would go. Only what no command can bring about (a
//! second device, a torn row, a newer program) is written into the folder while the till is closed.

mod disk;
mod folder;
mod input;
mod office;
mod order;
mod peer;
mod print;
mod refusal;
mod shop;
mod template;

pub use disk::{Disk, Plug, ReadOnly};
pub use folder::copy_folder;
pub use input::{fresh, merged, sha256, wall_ms};
pub use office::{Faults, Held, Office};
pub use order::Order;
pub use peer::{Peer, lines};
pub use print::Print;
pub use refusal::{REFUSALS, rows, seen};
pub use shop::{Shop, chosen};
