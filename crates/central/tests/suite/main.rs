//! Head office against a real PostgreSQL, with rows as tills write them.
#![allow(missing_docs, reason = "a test says what it is about in its name")]

mod attach;
mod down;
mod enrol;
mod faults;
mod fork;
mod hostile;
mod ingest;
mod office;
mod program;
mod tenancy;
mod till;
