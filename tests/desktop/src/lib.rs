//! Drives the real desktop app: its program as the system starts it, and its windows by WebDriver.
//!
//! `cargo xtask test --only desktop` opens a screen in memory, starts the driver and says here by variables where
//! program and driver are. Nothing waits for a time to pass: each wait is for something that must become so.

mod app;
mod program;
mod screen;
mod session;
mod shop;
mod wait;

pub use app::{App, Window};
pub use program::{Ended, Program};
pub use screen::Screen;
pub use shop::Shop;
pub use wait::{LIMIT, NotYet, until};

/// The program under test.
///
/// # Panics
/// If the suite is run without `cargo xtask`.
#[must_use]
pub fn program() -> String {
    variable("DOCKET_APP")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run cargo xtask test --only desktop"))
}
