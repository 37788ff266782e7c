//! Devices agree: three folders of one shop, each served by the real `docket-till`, trade without a line between them,
//! exchange their exports, and have to show the same.
//!
//! The program is started and spoken to as its users do, over HTTP and by its tools. Only what no command can bring
//! about yet (a second tender, a refund) comes from logs that [`fixture`] signs with a fixed key.

pub mod batches;
pub mod client;
pub mod fixture;
pub mod folder;
pub mod meeting;
pub mod program;
pub mod row;
pub mod seen;
pub mod shop;
pub mod till;
pub mod trade;
