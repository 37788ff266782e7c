//! Webhooks, for admins.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use docket_domain::policy::api::ApiOperation::ManageWebhooks;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::RestState;
use super::body::Json;
use super::extract::{Ids, Known};
use super::headers::{Keyed, given, linked, shown};
use super::problem::Problem;
use super::query::{DeliveryQuery, Query, page_size};
use crate::api::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::api::webhooks::{DeliveryView, NewWebhook, WebhookSecret, WebhookView};

const ID: &str = "webhook_id";

/// The webhooks of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookList {
    /// All of them, at most 50.
    pub items: Vec<WebhookView>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryPage {
    /// The deliveries, oldest first.
    pub items: Vec<DeliveryView>,
    /// What asks for the next page; null at the end.
    pub next_page_token: Option<String>,
}

/// Registers a webhook.
///
/// Events are brought to its address as CloudEvents by POST, signed as Standard Webhooks has it (`webhook-id`,
/// `webhook-timestamp`, `webhook-signature`). What is not answered with 2xx within 10 seconds is tried again, with growing
/// pauses, 7 times; 410 ends the webhook. Of one order the events come in order; an event may come twice, under one id.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    operation_id = "registerWebhook",
    tag = "webhooks",
    request_body = NewWebhook,
    responses((status = 201, description = "It hears of all that is committed from now on, and maybe of what was committed a moment before.", body = WebhookView, headers(
        ("Location" = String, description = "Where it is.")
    )))
)]
pub(super) async fn register(
    State(state): State<RestState>,
    Known(caller): Known,
    Keyed(key): Keyed,
    Json(new): Json<NewWebhook>,
) -> Result<Response, Problem> {
    let done = state.webhooks.register(&caller, &new, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, ManageWebhooks, None, fault))
}

/// Every webhook.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    operation_id = "listWebhooks",
    tag = "webhooks",
    responses((status = 200, description = "All of them.", body = WebhookList))
)]
pub(super) async fn list(State(state): State<RestState>, Known(caller): Known) -> Result<Response, Problem> {
    let all = state.webhooks.list(&caller).await;
    let items = all.map_err(|fault| state.refused(&caller, ManageWebhooks, None, fault))?;
    shown(StatusCode::OK, &WebhookList { items })
}

/// One webhook.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook_id}",
    operation_id = "getWebhook",
    tag = "webhooks",
    params(("webhook_id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = WebhookView))
)]
pub(super) async fn get(State(state): State<RestState>, Known(caller): Known, ids: Ids) -> Result<Response, Problem> {
    let id: Uuid = ids.get(ID)?;
    let found = state.webhooks.get(&caller, id).await;
    shown(StatusCode::OK, &found.map_err(|fault| state.refused(&caller, ManageWebhooks, Some(id), fault))?)
}

/// Removes a webhook with its deliveries.
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{webhook_id}",
    operation_id = "deleteWebhook",
    tag = "webhooks",
    params(("webhook_id" = Uuid, Path, description = "The webhook.")),
    responses((status = 204, description = "It is gone."))
)]
pub(super) async fn delete(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
) -> Result<Response, Problem> {
    let id: Uuid = ids.get(ID)?;
    let done = state.webhooks.delete(&caller, id).await;
    done.map_err(|fault| state.refused(&caller, ManageWebhooks, Some(id), fault))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What the deliveries of a webhook are signed with.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook_id}/secret",
    operation_id = "getWebhookSecret",
    tag = "webhooks",
    params(("webhook_id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "The secret.", body = WebhookSecret))
)]
pub(super) async fn secret(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
) -> Result<Response, Problem> {
    let id: Uuid = ids.get(ID)?;
    let found = state.webhooks.secret(&caller, id).await;
    shown(StatusCode::OK, &found.map_err(|fault| state.refused(&caller, ManageWebhooks, Some(id), fault))?)
}

/// The deliveries of a webhook.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{webhook_id}/deliveries",
    operation_id = "listDeliveries",
    tag = "webhooks",
    params(("webhook_id" = Uuid, Path, description = "The webhook."), DeliveryQuery),
    responses((status = 200, description = "A page of them.", body = DeliveryPage, headers(
        ("Link" = String, description = "The next page as rel=\"next\"; not there at the end.")
    )))
)]
pub(super) async fn deliveries(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Query(query): Query<DeliveryQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let id: Uuid = ids.get(ID)?;
    let size = page_size(query.page_size, PAGE_DEFAULT, PAGE_MAX)?;
    let found = state.webhooks.deliveries(&caller, id, query.state, query.page_token.as_deref(), size).await;
    let page = found.map_err(|fault| state.refused(&caller, ManageWebhooks, Some(id), fault))?;
    let next = page.next.clone();
    let shown = shown(StatusCode::OK, &DeliveryPage { items: page.items, next_page_token: page.next })?;
    Ok(linked(shown, &uri, "page_token", next.as_deref()))
}

/// Delivers an event once more.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{webhook_id}/deliveries/{event_id}/replay",
    operation_id = "replayDelivery",
    tag = "webhooks",
    params(
        ("webhook_id" = Uuid, Path, description = "The webhook."),
        ("event_id" = Uuid, Path, description = "The event.")
    ),
    responses((status = 202, description = "It is on the list.", body = DeliveryView))
)]
pub(super) async fn replay(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Keyed(key): Keyed,
) -> Result<Response, Problem> {
    let (id, event): (Uuid, Uuid) = (ids.get(ID)?, ids.get("event_id")?);
    let done = state.webhooks.replay(&caller, id, event, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, ManageWebhooks, Some(id), fault))
}
