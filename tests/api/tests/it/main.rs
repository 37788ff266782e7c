//! Clients that know nothing of Docket, and pages that people follow word for word.
#![allow(missing_docs, reason = "a test says what it is about in its name")]

mod curl;
mod grpc;
mod openapi;
mod pages;
