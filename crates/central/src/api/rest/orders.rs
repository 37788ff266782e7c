//! Orders.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use docket_domain::ids::OrderId;
use docket_domain::policy::api::ApiOperation as Op;
use serde::Serialize;
use utoipa::ToSchema;

use super::RestState;
use super::body::Json;
use super::extract::{Ids, Known};
use super::headers::{Keyed, Matching, MaybeKeyed, given, json, linked, placed, repeated, shown, tagged};
use super::problem::Problem;
use super::query::{OrderQuery, Query, page_size};
use super::schema;
use crate::api::desk::PageRequest;
use crate::api::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::api::order::{Answer, CancelOrder, Delivery, NewOrder, OrderPatch, OrderView, PaymentPage};

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderPage {
    /// The orders, newest first.
    pub items: Vec<OrderView>,
    /// What asks for the next page with the same filter; null at the end.
    pub next_page_token: Option<String>,
}

/// How far an order is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderStatusView {
    /// The order.
    #[schema(value_type = Uuid)]
    pub order_id: OrderId,
    /// Rises with each change that others can see.
    pub version: u64,
    /// Where it stands.
    #[schema(schema_with = schema::order_status)]
    pub status: String,
    /// Whether the store has it.
    pub delivery: Delivery,
    /// Why it was called off, where it was.
    pub cancel_reason: Option<String>,
}

fn answered(status: StatusCode, answer: Answer) -> Response {
    repeated(tagged(json(status, answer.json), answer.view.version), answer.replayed)
}

/// Places an order.
///
/// It becomes facts in head office's log, goes down to the store and rings there. `delivery` says whether the store has it; what
/// no till takes in time is called off with a reason.
#[utoipa::path(
    post,
    path = "/api/v1/orders",
    operation_id = "createOrder",
    tag = "orders",
    request_body = NewOrder,
    responses((status = 201, description = "It is accepted.", body = OrderView, headers(
        ("ETag" = String, description = "Its version as a tag."),
        ("Location" = String, description = "Where it is.")
    )))
)]
pub(super) async fn create(
    State(state): State<RestState>,
    Known(caller): Known,
    Keyed(key): Keyed,
    Json(order): Json<NewOrder>,
) -> Result<Response, Problem> {
    let placing = state.desk.create(&caller, order, Some(key)).await;
    let answer = placing.map_err(|fault| state.refused(&caller, Op::CreateOrder, None, fault))?;
    let place = format!("/api/v1/orders/{}", answer.view.order_id);
    Ok(placed(answered(StatusCode::CREATED, answer), &place))
}

/// Lists orders, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/orders",
    operation_id = "listOrders",
    tag = "orders",
    params(OrderQuery),
    responses((status = 200, description = "A page of them.", body = OrderPage, headers(
        ("Link" = String, description = "The next page as rel=\"next\"; not there at the end.")
    )))
)]
pub(super) async fn list(
    State(state): State<RestState>,
    Known(caller): Known,
    Query(query): Query<OrderQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let size = page_size(query.page_size, PAGE_DEFAULT, PAGE_MAX)?;
    let request = PageRequest { size, token: query.page_token.clone() };
    let listing = state.desk.list(&caller, query.filter()?, request).await;
    let page = listing.map_err(|fault| state.refused(&caller, Op::ListOrders, None, fault))?;
    let next = page.next.clone();
    let shown = shown(StatusCode::OK, &OrderPage { items: page.items, next_page_token: page.next })?;
    Ok(linked(shown, &uri, "page_token", next.as_deref()))
}

/// One order.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}",
    operation_id = "getOrder",
    tag = "orders",
    params(("order_id" = Uuid, Path, description = "The order.")),
    responses((status = 200, description = "The order.", body = OrderView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn get(State(state): State<RestState>, Known(caller): Known, ids: Ids) -> Result<Response, Problem> {
    let id: OrderId = ids.get("order_id")?;
    let found = state.desk.get(&caller, id).await;
    let view = found.map_err(|fault| state.refused(&caller, Op::GetOrder, Some(id.0), fault))?;
    Ok(tagged(shown(StatusCode::OK, &view)?, view.version))
}

/// Changes an order: adds, replaces and takes out items, sets its type or address.
///
/// What the kitchen has is not changed any more.
#[utoipa::path(
    patch,
    path = "/api/v1/orders/{order_id}",
    operation_id = "updateOrder",
    tag = "orders",
    params(("order_id" = Uuid, Path, description = "The order.")),
    request_body = OrderPatch,
    responses((status = 200, description = "The order as it is now.", body = OrderView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn update(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    MaybeKeyed(key): MaybeKeyed,
    Matching(matching): Matching,
    Json(patch): Json<OrderPatch>,
) -> Result<Response, Problem> {
    let id: OrderId = ids.get("order_id")?;
    let changing = state.desk.update(&caller, id, patch, matching, key).await;
    let answer = changing.map_err(|fault| state.refused(&caller, Op::UpdateOrder, Some(id.0), fault))?;
    Ok(answered(StatusCode::OK, answer))
}

/// Calls an order off.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/cancel",
    operation_id = "cancelOrder",
    tag = "orders",
    params(("order_id" = Uuid, Path, description = "The order.")),
    request_body = CancelOrder,
    responses((status = 200, description = "The order as it is now.", body = OrderView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn cancel(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Keyed(key): Keyed,
    Matching(matching): Matching,
    Json(cancel): Json<CancelOrder>,
) -> Result<Response, Problem> {
    let id: OrderId = ids.get("order_id")?;
    let cancelling = state.desk.cancel(&caller, id, cancel, matching, Some(key)).await;
    let answer = cancelling.map_err(|fault| state.refused(&caller, Op::CancelOrder, Some(id.0), fault))?;
    Ok(answered(StatusCode::OK, answer))
}

/// Asks for a page where the guest can pay what is due.
///
/// The payment service of another house is asked. No money moves by asking, and nothing of the order changes. Where no such service
/// is configured, or it gives no answer that can be believed, the answer is 503 `payment_unavailable`: the order can be paid at the
/// store, and the same call may be tried again.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/payment",
    operation_id = "requestOrderPayment",
    tag = "orders",
    params(("order_id" = Uuid, Path, description = "The order.")),
    responses((status = 200, description = "The page.", body = PaymentPage))
)]
pub(super) async fn payment(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Keyed(key): Keyed,
    Matching(matching): Matching,
) -> Result<Response, Problem> {
    let id: OrderId = ids.get("order_id")?;
    let asked = state.desk.payment(&caller, id, matching, key).await;
    asked.map(given).map_err(|fault| state.refused(&caller, Op::RequestOrderPayment, Some(id.0), fault))
}

/// How far an order is.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{order_id}/status",
    operation_id = "getOrderStatus",
    tag = "orders",
    params(("order_id" = Uuid, Path, description = "The order.")),
    responses((status = 200, description = "How far it is.", body = OrderStatusView, headers(
        ("ETag" = String, description = "The order's version as a tag.")
    )))
)]
pub(super) async fn status(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
) -> Result<Response, Problem> {
    let id: OrderId = ids.get("order_id")?;
    let found = state.desk.get(&caller, id).await;
    let view = found.map_err(|fault| state.refused(&caller, Op::GetOrder, Some(id.0), fault))?;
    let version = view.version;
    let status = OrderStatusView {
        order_id: view.order_id,
        version,
        status: view.status,
        delivery: view.delivery,
        cancel_reason: view.cancel_reason,
    };
    Ok(tagged(shown(StatusCode::OK, &status)?, version))
}
