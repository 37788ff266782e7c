//! The rules of Docket: money, pricing, catalogue, staff and orders, as pure functions over plain data.
//!
//! This crate knows no clock, no random source, no file, no database and no network: time, ids and
//! prices arrive inside the command. What it decides is therefore the same on every device.

pub mod catalog;
pub mod customer;
pub mod ids;
pub mod money;
pub mod order;
pub mod planted;
pub mod policy;
pub mod pricing;
pub mod shop;
pub mod staff;
