//! Statements, the reconciler and the health pages, on a real PostgreSQL and a real Kafka.

mod days;
mod deploy;
mod kafka;
mod office;
mod pages;
mod schema;
mod traces;
