//! What is read from the system beside the clock.

pub mod pressure;
pub mod processor;
pub mod sampler;
pub mod served;
pub mod switches;
pub mod tables;
