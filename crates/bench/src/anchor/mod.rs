//! What the till is held against. Each file's head says what its anchor does and what it leaves out.

pub mod one_caller;
pub mod replay;
