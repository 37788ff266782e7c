//! What the till is held against. Each file's head says what its anchor does and what it leaves out.

pub mod bare_rows;
pub mod check;
pub mod fold;
pub mod one_caller;
pub mod replay;
pub mod search;
