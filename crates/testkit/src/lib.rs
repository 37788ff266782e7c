//! What tests of the order share: sample values, devices that trade without a network, given/when/then, and generated
//! histories of several devices.
//!
//! Everything here is seeded: ids, clocks and hashes are counted, never drawn.

pub mod device;
pub mod history;
pub mod samples;
pub mod scenario;

pub use device::Device;
pub use scenario::{Given, When, given};
