//! From a tap at the till to a message on Kafka and back, with each part killed on the way.

mod circle;
mod faults;
mod kafka;
mod proof;
