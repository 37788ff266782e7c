//! Why a verb ended early. A failure is one line for a person; nothing branches on its text.

use std::fmt;

/// The reason a verb could not finish.
#[derive(Debug)]
pub enum Failure {
    /// One line that says what is missing or what went wrong.
    Said(String),
    /// A signal asked us to end; the number is the signal's.
    Stopped(i32),
}

impl Failure {
    /// A failure told in one line.
    pub fn said(message: impl Into<String>) -> Self {
        Self::Said(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(message) => f.write_str(message),
            Self::Stopped(signal) => write!(f, "stopped by signal {signal}"),
        }
    }
}

/// Turns an I/O error into one line that names what was being done.
pub fn io(doing: impl fmt::Display) -> impl FnOnce(std::io::Error) -> Failure {
    move |error| Failure::Said(format!("{doing}: {error}"))
}
