//! What crosses a boundary of the till: the one list of commands and queries, their inputs and views,
//! the closed list of error codes, and the change feed.
//!
//! Hosts (Tauri IPC, HTTP) carry these types and know no other. Nothing here decides, stores or computes.

pub mod change;
pub mod command;
pub mod error;
pub mod integration;
pub mod list;
pub mod outcome;
pub mod query;
pub mod statement;
pub mod typescript;
pub mod view;

pub use change::{Change, ChangePosition, Topic};
pub use error::{ApiError, ErrorCode, Params};
pub use list::{COMMANDS, Command, CommandRequest, QUERIES, Query};
pub use outcome::CommandOutcome;
