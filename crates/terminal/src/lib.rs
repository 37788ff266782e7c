//! The till without a window: commands, queries, the writer, the SQLite store, read models and sessions.
//!
//! Hosts (Tauri IPC, HTTP, command line) hold a [`Terminal`] and pass calls through; they add no rule. What is
//! decided is decided in `docket_domain`; what is signed is signed in `docket_log`; here both meet the disk and the
//! clock.

mod actor;
mod clock;
pub mod data;
mod dispatch;
mod download;
mod error;
pub mod export;
mod export_file;
mod feed;
pub mod import;
mod import_file;
pub mod join;
pub mod limits;
mod menu;
mod operation;
mod pins;
pub mod play;
mod query;
mod readmodel;
pub mod rebuild;
#[cfg(feature = "record")]
pub mod record;
mod salvage;
mod samples;
mod session;
mod setup;
mod shared;
mod signin;
#[cfg(feature = "simulated")]
pub mod simulated;
mod staff;
pub mod statement;
mod store;
mod subjects;
mod summary;
pub mod tally;
mod terminal;
mod trace;
mod uplink;
pub mod verify;
mod view;
mod work;
mod writer;

pub use download::Download;
pub use feed::ChangeFeed;
pub use pins::with_sum;
pub use samples::{SampleMenu, samples};
pub use setup::{DemoPin, ImportOutcome};
pub use summary::{Summary, summary};
pub use terminal::{OpenOptions, Terminal};
pub use trace::trace_commands;
pub use uplink::{EnrolOptions, Enrolled};
