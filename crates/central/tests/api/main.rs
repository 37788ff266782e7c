//! The API of head office, against a real PostgreSQL and the running service.
#![allow(missing_docs, reason = "a test says what it is about in its name")]

mod auth;
mod customers;
mod desk;
mod door;
mod elsewhere;
mod feed;
mod grpc;
mod hostile;
mod house;
mod http2;
mod issuer;
mod limits;
mod listener;
mod metrics;
mod payment;
mod ports;
mod program;
mod proxies;
mod rest;
mod sweep;
mod tokens;
mod traces;
mod webhooks;
