//! What till and head office are held against. Each file's head says what its anchor does and what it leaves out.

pub mod bare_api;
pub mod bare_board;
pub mod bare_rows;
pub mod carried;
pub mod check;
pub mod copied;
pub mod fold;
pub mod lean;
pub mod one_caller;
pub mod replay;
pub mod round_trip;
pub mod search;
