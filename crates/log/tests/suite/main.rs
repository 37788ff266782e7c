//! The log as a stranger sees it: what it seals, what it finds, what it reads back, what a peer lacks.

mod chain;
mod fixture;
mod golden;
mod layout;
mod replication;
mod shared_histories;
mod uplink;
mod wire;
mod writer;
