//! From a tap at the till to a message on Kafka and back, with each part killed on the way.

mod api;
mod circle;
mod faults;
mod forks;
mod healed;
mod joining;
mod kafka;
mod proof;
mod traces;
