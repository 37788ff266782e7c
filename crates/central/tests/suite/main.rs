//! Head office against a real PostgreSQL, with rows as tills write them.
#![allow(missing_docs, reason = "a test says what it is about in its name")]

mod attach;
mod down;
mod enrol;
mod faults;
mod fork;
mod healed;
mod hostile;
mod ingest;
mod letters;
mod office;
mod own_logs;
mod peer;
mod program;
mod release;
mod tally;
mod tenancy;
mod till;
mod versions;
