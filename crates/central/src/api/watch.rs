//! What is seen of each call, at either door: one span, hung under the caller's, a count with its time, and the trace that the
//! call's effects are handed on under. A layer around the whole door, so that what the door refuses is seen too.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{HeaderMap, Method, Request, Response};
use docket_domain::policy::api::ApiOperation;
use tower::{Layer, Service};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::clock::{moment, new_id};
use crate::telemetry::Metrics;
use crate::telemetry::traces::{continue_from, trace_id, traceparent};

/// A door of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// gRPC.
    Grpc,
    /// REST.
    Rest,
}

impl Door {
    /// Its name in metrics and spans.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Door::Grpc => "grpc",
            Door::Rest => "rest",
        }
    }
}

/// The call that is at work, for what it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// W3C trace context to hand on; none where neither the caller sent one nor traces are on.
    pub traceparent: Option<String>,
    /// The trace's id, or a new one: the correlation id of every row and message that comes of the call.
    pub correlation: Uuid,
}

tokio::task_local! {
    static CALL: Call;
}

/// The call that this task works for; none outside of one.
#[must_use]
pub fn call() -> Option<Call> {
    CALL.try_with(Clone::clone).ok()
}

/// Works for a call in a task that is not its own.
pub async fn within<T>(call: Option<Call>, work: impl Future<Output = T>) -> T {
    match call {
        Some(call) => CALL.scope(call, work).await,
        None => work.await,
    }
}

/// Puts [`Watched`] around a door.
#[derive(Debug, Clone)]
pub struct WatchLayer {
    door: Door,
    metrics: Metrics,
}

impl WatchLayer {
    /// Around this door.
    #[must_use]
    pub fn new(door: Door, metrics: Metrics) -> Self {
        WatchLayer { door, metrics }
    }
}

impl<S> Layer<S> for WatchLayer {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner, door: self.door, metrics: self.metrics.clone() }
    }
}

/// A door that is watched.
#[derive(Debug, Clone)]
pub struct Watched<S> {
    inner: S,
    door: Door,
    metrics: Metrics,
}

impl<S, B, R> Service<Request<B>> for Watched<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let door = self.door;
        let operation = operation(door, request.method(), request.uri().path());
        let span = tracing::info_span!("api", door = door.as_str(), operation, correlation_id = tracing::field::Empty);
        let call = begin(&span, request.headers());
        let begun = moment();
        let in_flight = InFlight::new(self.metrics.clone(), door);
        let answer = CALL.scope(call, self.inner.call(request)).instrument(span);
        Box::pin(async move {
            let answer = answer.await;
            let code = answer.as_ref().map_or("failed", |answer| code(door, answer));
            in_flight.metrics.api().answered(door, operation, code, moment().saturating_duration_since(begun));
            answer
        })
    }
}

/// Hangs the span under the caller's, and says what the call is handed on as.
fn begin(span: &tracing::Span, headers: &HeaderMap) -> Call {
    let given =
        headers.get("traceparent").and_then(|value| value.to_str().ok()).filter(|text| trace_id(text).is_some());
    if let Some(parent) = given {
        continue_from(span, parent);
    }
    let traceparent = traceparent(span).or_else(|| given.map(str::to_owned));
    let correlation = traceparent.as_deref().and_then(trace_id).unwrap_or_else(new_id);
    span.record("correlation_id", tracing::field::display(correlation));
    Call { traceparent, correlation }
}

/// Counts a call as under way, however it ends.
struct InFlight {
    metrics: Metrics,
    door: Door,
}

impl InFlight {
    fn new(metrics: Metrics, door: Door) -> Self {
        metrics.api().call_begins(door);
        InFlight { metrics, door }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.metrics.api().call_ends(self.door);
    }
}

const OTHER: &str = "other";

/// What a call does, from a closed list.
fn operation(door: Door, method: &Method, path: &str) -> &'static str {
    match door {
        Door::Grpc => grpc_operation(path),
        Door::Rest => rest_operation(method, path),
    }
}

fn grpc_operation(path: &str) -> &'static str {
    use ApiOperation::{CancelOrder, CreateOrder, GetOrder, ListOrders, UpdateOrder, WatchOrders};
    match path {
        "/order.v1.OrderService/CreateOrder" => CreateOrder.as_str(),
        "/order.v1.OrderService/GetOrder" => GetOrder.as_str(),
        "/order.v1.OrderService/ListOrders" => ListOrders.as_str(),
        "/order.v1.OrderService/UpdateOrder" => UpdateOrder.as_str(),
        "/order.v1.OrderService/CancelOrder" => CancelOrder.as_str(),
        "/order.v1.OrderService/WatchOrders" => WatchOrders.as_str(),
        _ if path.starts_with("/grpc.health.v1.") => "health",
        _ if path.starts_with("/grpc.reflection.") => "reflection",
        _ => OTHER,
    }
}

fn rest_operation(method: &Method, path: &str) -> &'static str {
    use ApiOperation as Op;
    let mut parts = path.trim_start_matches('/').split('/');
    if (parts.next(), parts.next()) != (Some("api"), Some("v1")) {
        return OTHER;
    }
    let (kind, id, act) = (parts.next(), parts.next(), parts.next());
    let (reads, posts) = (method == Method::GET || method == Method::HEAD, method == Method::POST);
    let changes = method == Method::PATCH || method == Method::PUT;
    match (kind, id, act) {
        (Some("orders"), None, _) if posts => Op::CreateOrder.as_str(),
        (Some("orders"), None, _) if reads => Op::ListOrders.as_str(),
        (Some("orders"), Some(_), None | Some("status")) if reads => Op::GetOrder.as_str(),
        (Some("orders"), Some(_), None) if changes => Op::UpdateOrder.as_str(),
        (Some("orders"), Some(_), Some("cancel")) if posts => Op::CancelOrder.as_str(),
        (Some("orders"), Some(_), Some("payment")) if posts => Op::RequestOrderPayment.as_str(),
        (Some("orders"), Some(_), Some("events")) if reads => Op::WatchOrders.as_str(),
        (Some("events"), ..) if reads => Op::WatchOrders.as_str(),
        (Some("customers"), None, _) if posts => Op::RegisterCustomer.as_str(),
        (Some("customers"), Some(_), None) if reads => Op::GetCustomer.as_str(),
        (Some("customers"), Some(_), None) if changes => Op::ChangeCustomer.as_str(),
        (Some("customers"), Some(_), None) if method == Method::DELETE => Op::EraseCustomer.as_str(),
        (Some("customers"), Some(_), Some("flagged-orders")) if reads => Op::GetCustomer.as_str(),
        (Some("customers"), Some(_), Some("email")) if posts || changes => Op::ChangeEmail.as_str(),
        (Some("customers"), Some(_), Some("activate")) if posts => Op::ActivateCustomer.as_str(),
        (Some("customers"), Some(_), Some("deactivate")) if posts => Op::DeactivateCustomer.as_str(),
        (Some("webhooks"), ..) => Op::ManageWebhooks.as_str(),
        _ => OTHER,
    }
}

/// The codes of gRPC by number.
const GRPC_CODES: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
];

/// The statuses that the REST door answers with.
const STATUSES: [(u16, &str); 20] = [
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (204, "204"),
    (304, "304"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (406, "406"),
    (408, "408"),
    (409, "409"),
    (412, "412"),
    (413, "413"),
    (415, "415"),
    (422, "422"),
    (429, "429"),
    (500, "500"),
    (503, "503"),
];

/// What came of a call, from a closed list.
fn code<R>(door: Door, answer: &Response<R>) -> &'static str {
    match door {
        // A refusal stands in the headers; what is there only behind a body begins well.
        Door::Grpc => {
            let status = answer.headers().get("grpc-status").and_then(|value| value.to_str().ok());
            let number = status.map_or(Some(0), |text| text.parse::<usize>().ok());
            number.and_then(|number| GRPC_CODES.get(number)).copied().unwrap_or(OTHER)
        }
        Door::Rest => {
            let status = answer.status().as_u16();
            STATUSES.iter().find(|(known, _)| *known == status).map_or(OTHER, |(_, text)| *text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_a_name_from_a_closed_list_whatever_its_path() {
        let rest = |method: Method, path| operation(Door::Rest, &method, path);
        assert_eq!(rest(Method::POST, "/api/v1/orders"), "create_order");
        assert_eq!(rest(Method::GET, "/api/v1/orders/018f"), "get_order");
        assert_eq!(rest(Method::PATCH, "/api/v1/orders/018f"), "update_order");
        assert_eq!(rest(Method::POST, "/api/v1/orders/018f/cancel"), "cancel_order");
        assert_eq!(rest(Method::POST, "/api/v1/orders/018f/payment"), "request_order_payment");
        assert_eq!(rest(Method::GET, "/api/v1/events"), "watch_orders");
        assert_eq!(rest(Method::POST, "/api/v1/customers/018f/deactivate"), "deactivate_customer");
        for hostile in ["/", "/api/v1/", "/api/v1/orders/1/x/y/z", "/api/v2/orders", "//", "/%00", "/api/v1/location-1"]
        {
            assert_eq!(rest(Method::GET, hostile), OTHER, "{hostile}");
        }
        let grpc = |path| operation(Door::Grpc, &Method::POST, path);
        assert_eq!(grpc("/order.v1.OrderService/WatchOrders"), "watch_orders");
        assert_eq!(grpc("/order.v1.OrderService/Nothing"), OTHER);
        assert_eq!(grpc("/grpc.health.v1.Health/Check"), "health");
    }

    #[test]
    fn a_callers_trace_goes_on_as_the_correlation_and_a_wrong_one_does_not() {
        let begun = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", axum::http::HeaderValue::from_static(text));
            begin(&tracing::Span::none(), &headers)
        };
        let one = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let call = begun(one);
        assert_eq!(call.traceparent.as_deref(), Some(one));
        assert_eq!(call.correlation.simple().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(begun("00-0-0-00").traceparent, None);
    }

    #[tokio::test]
    async fn a_call_is_known_where_it_is_at_work_and_nowhere_else() {
        assert_eq!(call(), None);
        let one = Call { traceparent: None, correlation: Uuid::from_u128(7) };
        assert_eq!(within(Some(one.clone()), async { call() }).await, Some(one));
        assert_eq!(within(None, async { call() }).await, None);
    }
}
