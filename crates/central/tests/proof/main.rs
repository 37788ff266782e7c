//! Statements, the reconciler and the health pages, on a real PostgreSQL and a real Kafka.

mod days;
mod kafka;
mod office;
mod pages;
