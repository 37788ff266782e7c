//! The public API: one set of use cases, two thin doors (gRPC and REST). Who calls is a [`Caller`], what is wrong is a
//! [`Fault`]; both doors only translate.

pub mod audit;
pub mod auth;
pub mod caller;
pub mod customers;
pub mod desk;
pub mod fault;
pub mod feed;
pub mod grpc;
pub mod idempotency;
pub mod limits;
pub mod order;
pub mod permit;
pub mod ports;
pub mod proxies;
pub mod rate;
pub mod rest;
pub mod server;
pub mod subjects;
mod upkeep;
mod version;
pub mod watch;
pub mod webhooks;

pub use caller::{ApiRole, Caller, Stores};
pub use desk::{OrderDesk, PageRequest};
pub use fault::{Fault, FaultCode, Violation};
pub use idempotency::Key;
pub use upkeep::once as look_after;
