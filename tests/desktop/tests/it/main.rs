//! The desktop app as a person has it before them.

mod sale;
mod start;
mod windows;
