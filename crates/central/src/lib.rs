//! Head office: takes the signed logs of tills in, keeps them in PostgreSQL, and sends its own rows down.
//!
//! A till is where truth first appears; head office is one more peer, with the authority to enrol devices and to publish
//! documents. Nothing here decides what an order is worth: that is `docket_domain`'s fold, the same as at the till.

pub mod api;
pub mod brokers;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consume;
pub mod db;
pub mod dev;
pub mod down;
pub mod enrol;
pub mod health;
pub mod ingest;
pub mod limits;
pub mod prove;
pub mod reconcile;
pub mod relay;
pub mod secret;
pub mod server;
pub mod sync;
pub mod telemetry;
pub mod tenants;
pub mod tls;
pub mod token;
