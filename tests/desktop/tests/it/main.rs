//! The desktop app as a person has it before them.

mod end;
mod sale;
mod start;
mod windows;
