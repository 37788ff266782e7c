//! The REST door: it reads a request, asks the use cases, and writes the answer. It decides nothing.
//!
//! Every refusal is `application/problem+json`. What each call takes and gives stands in the OpenAPI document, which is made of
//! the handlers and served with a page to read it by.

mod body;
mod connection;
mod customers;
mod document;
mod events;
mod extract;
mod headers;
pub mod listener;
mod orders;
mod problem;
mod query;
mod reference;
pub(crate) mod schema;
mod webhooks;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use docket_domain::policy::api::ApiOperation;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::auth::Access;
use super::caller::Caller;
use super::customers::Customers;
use super::desk::OrderDesk;
use super::fault::{Fault, FaultCode};
use super::feed::Feed;
use super::limits::{REST_CALL_MS, REST_QUERY_CHARS_MAX};
use super::watch::{Door, WatchLayer};
use super::webhooks::Webhooks;
use crate::telemetry::Metrics;
pub use extract::Peer;
pub use problem::{Problem, ProblemField};

/// What the door asks.
#[derive(Clone)]
pub struct RestState {
    /// Orders.
    pub desk: OrderDesk,
    /// Who calls.
    pub access: Access,
    /// The change feed.
    pub feed: Feed,
    /// Customers.
    pub customers: Customers,
    /// Webhooks.
    pub webhooks: Webhooks,
    /// Where calls are counted.
    pub metrics: Metrics,
}

impl RestState {
    /// The answer to a call whose caller is known. What was refused for want of a right goes into the audit log.
    fn refused(&self, caller: &Caller, operation: ApiOperation, object: Option<Uuid>, fault: Fault) -> Problem {
        self.access.refused(caller, operation, object, &fault);
        Problem::from(fault)
    }
}

fn handlers() -> OpenApiRouter<RestState> {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(orders::create, orders::list))
        .routes(routes!(orders::get, orders::update))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::payment))
        .routes(routes!(orders::status))
        .routes(routes!(events::of_order))
        .routes(routes!(events::all))
        .routes(routes!(customers::register))
        .routes(routes!(customers::get, customers::change, customers::erase))
        .routes(routes!(customers::change_email))
        .routes(routes!(customers::activate))
        .routes(routes!(customers::deactivate))
        .routes(routes!(customers::flagged))
        .routes(routes!(webhooks::register, webhooks::list))
        .routes(routes!(webhooks::get, webhooks::delete))
        .routes(routes!(webhooks::secret))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::replay))
}

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> OpenApi {
    document::complete(handlers().into_openapi())
}

/// The door. Each request carries its [`Peer`] as an extension, as [`listener::serve`] puts it there.
pub fn router(state: RestState) -> Router {
    let watched = WatchLayer::new(Door::Rest, state.metrics.clone());
    let (router, document) = handlers().split_for_parts();
    router
        .merge(reference::routes(&document::complete(document)))
        .fallback(no_path)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn(within_limits))
        .layer(watched)
        .with_state(state)
}

async fn no_path(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {}", uri.path()))
}

async fn no_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}; the header Allow says what it takes", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

async fn within_limits(request: Request, next: Next) -> Response {
    if let Err(problem) = headers::accepts(request.headers()) {
        return problem.into_response();
    }
    if request.uri().query().is_some_and(|query| query.len() > REST_QUERY_CHARS_MAX) {
        let rule = format!("must have at most {REST_QUERY_CHARS_MAX} characters");
        return Problem::from(Fault::field("query", rule)).into_response();
    }
    match tokio::time::timeout(Duration::from_millis(REST_CALL_MS), next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => {
            let fault = Fault::new(FaultCode::Busy, "the call took too long; it may be repeated with the same key");
            Problem::from(fault.retry_after(Duration::from_secs(1))).into_response()
        }
    }
}
