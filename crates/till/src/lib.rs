//! The terminal served over HTTP on loopback, and its command-line tools.
//!
//! This crate is a host: it carries commands, queries and changes between a socket and the terminal, and turns an
//! error into a status. It knows no rule, no price and no SQL, and it never listens beyond the machine's own loopback.

pub mod cli;
pub mod host;
pub mod http;
pub mod limits;
pub mod logging;
pub mod spans;
pub mod tool;
