//! The desktop app as a person has it before them.

mod displays;
mod end;
mod sale;
mod start;
mod windows;
