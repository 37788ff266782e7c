//! The change feed, of all orders and of one.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use docket_domain::ids::{OrderId, StoreId};
use docket_domain::policy::api::ApiOperation as Op;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::RestState;
use super::extract::{Ids, Known};
use super::headers::{linked, shown};
use super::problem::Problem;
use super::query::{EventQuery, OrderEventQuery, Query, page_size};
use crate::api::caller::Caller;
use crate::api::desk::rfc3339;
use crate::api::fault::Fault;
use crate::api::feed::FeedFilter;
use crate::api::limits::{FEED_PAGE_DEFAULT, FEED_PAGE_MAX};
use crate::api::order::FeedEvent;

/// A change of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventView {
    /// To go on behind it.
    pub position: String,
    /// The id, as in Kafka and in webhooks: what came twice has one id.
    pub event_id: Uuid,
    /// The kind, such as `order.status-changed`.
    pub event_type: String,
    /// When it was written, RFC 3339.
    pub time: String,
    /// The store.
    #[schema(value_type = Uuid)]
    pub store_id: StoreId,
    /// The order.
    #[schema(value_type = Uuid)]
    pub order_id: OrderId,
    /// What the kind's JSON Schema says (docs/MESSAGES.md).
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    /// The events, oldest first.
    pub items: Vec<EventView>,
    /// What `after` takes to go on behind this page, now or later.
    pub position: String,
}

impl EventView {
    fn of(event: FeedEvent) -> Result<Self, Fault> {
        Ok(EventView {
            position: event.position,
            event_id: event.event_id,
            event_type: event.event_type,
            time: rfc3339(event.time_ms),
            store_id: event.store_id,
            order_id: event.order_id,
            data: RawValue::from_string(event.data).map_err(|error| Fault::internal(&error))?,
        })
    }
}

/// Changes of orders, for 7 days after Kafka had them. Those of one order come in the order of their versions; between orders
/// there is no order.
///
/// Ask again with `position` as `after`; no change is passed over, and none comes twice.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "listEvents",
    tag = "events",
    params(EventQuery),
    responses((status = 200, description = "A page of them.", body = EventPage, headers(
        ("Link" = String, description = "The next page as rel=\"next\"; not there where nothing more is there yet.")
    )))
)]
pub(super) async fn all(
    State(state): State<RestState>,
    Known(caller): Known,
    Query(query): Query<EventQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let filter = query.filter(None)?;
    let size = page_size(query.page_size, FEED_PAGE_DEFAULT, FEED_PAGE_MAX)?;
    page(&state, &caller, &filter, query.after, size, &uri).await
}

/// Changes of one order.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}/events",
    operation_id = "listOrderEvents",
    tag = "orders",
    params(("order_id" = Uuid, Path, description = "The order."), OrderEventQuery),
    responses((status = 200, description = "A page of them.", body = EventPage, headers(
        ("Link" = String, description = "The next page as rel=\"next\"; not there where nothing more is there yet.")
    )))
)]
pub(super) async fn of_order(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Query(query): Query<OrderEventQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let id: OrderId = ids.get("order_id")?;
    let size = page_size(query.page_size, FEED_PAGE_DEFAULT, FEED_PAGE_MAX)?;
    let known = state.desk.get(&caller, id).await;
    known.map_err(|fault| state.refused(&caller, Op::WatchOrders, Some(id.0), fault))?;
    let filter = FeedFilter { order: Some(id), ..FeedFilter::default() };
    page(&state, &caller, &filter, query.after, size, &uri).await
}

async fn page(
    state: &RestState,
    caller: &Caller,
    filter: &FeedFilter,
    after: Option<String>,
    size: u16,
    uri: &Uri,
) -> Result<Response, Problem> {
    let refused = |fault| state.refused(caller, Op::WatchOrders, filter.order.map(|order| order.0), fault);
    // Read first: what comes after it is behind this place, whether the page has it or not.
    let now = state.feed.now().await.map_err(refused)?;
    let found = state.feed.after(caller, filter, after.as_deref(), size).await.map_err(refused)?;
    let last = found.items.last().map(|event| event.position.clone());
    let position = last.or(after).unwrap_or(now);
    let items = found.items.into_iter().map(EventView::of).collect::<Result<_, _>>()?;
    Ok(linked(shown(StatusCode::OK, &EventPage { items, position })?, uri, "after", found.next.as_deref()))
}
