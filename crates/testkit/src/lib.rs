//! What tests of the order share: sample values, devices that trade without a network, given/when/then, and generated
//! histories of several devices. And the real servers that tests of head office run against.
//!
//! Everything here is seeded: ids, clocks and hashes are counted, or drawn from [`dice`].

pub mod device;
pub mod dice;
pub mod history;
pub mod house;
#[cfg(unix)]
pub mod kafka;
pub mod ports;
#[cfg(unix)]
pub mod postgres;
pub mod proxy;
pub mod samples;
pub mod scenario;
#[cfg(unix)]
mod service;

pub use device::Device;
pub use scenario::{Given, When, given};
