//! From the outbox through Kafka to the consumers, on a real PostgreSQL and a real Kafka.

mod consume;
mod dlq;
mod program;
mod relay;
mod secured;
mod support;
