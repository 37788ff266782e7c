//! Customers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use docket_domain::ids::SubjectId;
use docket_domain::policy::api::ApiOperation as Op;
use serde::Serialize;
use utoipa::ToSchema;

use super::RestState;
use super::body::Json;
use super::extract::{Ids, Known};
use super::headers::{Keyed, Matching, MaybeKeyed, given, shown, tagged};
use super::problem::Problem;
use crate::api::customers::{CustomerPatch, CustomerView, FlaggedOrder, NewCustomer, NewEmail};

const ID: &str = "customer_id";

/// Open orders that need a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FlaggedOrders {
    /// The orders, at most 200.
    pub items: Vec<FlaggedOrder>,
}

/// Registers a customer.
#[utoipa::path(
    post,
    path = "/api/v1/customers",
    operation_id = "registerCustomer",
    tag = "customers",
    request_body = NewCustomer,
    responses((status = 201, description = "It is registered.", body = CustomerView, headers(
        ("ETag" = String, description = "Its version as a tag."),
        ("Location" = String, description = "Where it is.")
    )))
)]
pub(super) async fn register(
    State(state): State<RestState>,
    Known(caller): Known,
    Keyed(key): Keyed,
    Json(new): Json<NewCustomer>,
) -> Result<Response, Problem> {
    let done = state.customers.register(&caller, &new, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, Op::RegisterCustomer, None, fault))
}

/// One customer.
#[utoipa::path(
    get,
    path = "/api/v1/customers/{customer_id}",
    operation_id = "getCustomer",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    responses((status = 200, description = "The customer.", body = CustomerView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn get(State(state): State<RestState>, Known(caller): Known, ids: Ids) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let found = state.customers.get(&caller, id).await;
    let view = found.map_err(|fault| state.refused(&caller, Op::GetCustomer, Some(id.0), fault))?;
    Ok(tagged(shown(StatusCode::OK, &view)?, view.version))
}

/// Changes name, phone number or addresses; what is left out stays.
#[utoipa::path(
    patch,
    path = "/api/v1/customers/{customer_id}",
    operation_id = "changeCustomer",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    request_body = CustomerPatch,
    responses((status = 200, description = "The customer as it is now.", body = CustomerView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn change(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    MaybeKeyed(key): MaybeKeyed,
    Matching(matching): Matching,
    Json(patch): Json<CustomerPatch>,
) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let done = state.customers.change(&caller, id, &patch, matching, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, Op::ChangeCustomer, Some(id.0), fault))
}

/// Changes the e-mail address, once in 24 hours.
#[utoipa::path(
    post,
    path = "/api/v1/customers/{customer_id}/email",
    operation_id = "changeEmail",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    request_body = NewEmail,
    responses((status = 200, description = "The customer as it is now.", body = CustomerView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn change_email(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Keyed(key): Keyed,
    Matching(matching): Matching,
    Json(new): Json<NewEmail>,
) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let done = state.customers.change_email(&caller, id, &new, matching, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, Op::ChangeEmail, Some(id.0), fault))
}

/// Takes orders of the customer again.
#[utoipa::path(
    post,
    path = "/api/v1/customers/{customer_id}/activate",
    operation_id = "activateCustomer",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    responses((status = 200, description = "The customer as it is now.", body = CustomerView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn activate(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Keyed(key): Keyed,
    Matching(matching): Matching,
) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let done = state.customers.activate(&caller, id, matching, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, Op::ActivateCustomer, Some(id.0), fault))
}

/// Takes no new orders of the customer; those that are open are flagged.
#[utoipa::path(
    post,
    path = "/api/v1/customers/{customer_id}/deactivate",
    operation_id = "deactivateCustomer",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    responses((status = 200, description = "The customer as it is now.", body = CustomerView, headers(
        ("ETag" = String, description = "Its version as a tag.")
    )))
)]
pub(super) async fn deactivate(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Keyed(key): Keyed,
    Matching(matching): Matching,
) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let done = state.customers.deactivate(&caller, id, matching, key).await;
    done.map(given).map_err(|fault| state.refused(&caller, Op::DeactivateCustomer, Some(id.0), fault))
}

/// Forgets the person for good: name, e-mail, phone, addresses, and where orders went to.
#[utoipa::path(
    delete,
    path = "/api/v1/customers/{customer_id}",
    operation_id = "eraseCustomer",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    responses((status = 204, description = "The person is forgotten."))
)]
pub(super) async fn erase(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
    Matching(matching): Matching,
) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let done = state.customers.erase(&caller, id, matching).await;
    done.map_err(|fault| state.refused(&caller, Op::EraseCustomer, Some(id.0), fault))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Open orders of a customer that was deactivated, as far as the consumer of its event has come.
#[utoipa::path(
    get,
    path = "/api/v1/customers/{customer_id}/flagged-orders",
    operation_id = "listFlaggedOrders",
    tag = "customers",
    params(("customer_id" = Uuid, Path, description = "The customer.")),
    responses((status = 200, description = "The orders.", body = FlaggedOrders))
)]
pub(super) async fn flagged(
    State(state): State<RestState>,
    Known(caller): Known,
    ids: Ids,
) -> Result<Response, Problem> {
    let id: SubjectId = ids.get(ID)?;
    let found = state.customers.flagged(&caller, id).await;
    let items = found.map_err(|fault| state.refused(&caller, Op::GetCustomer, Some(id.0), fault))?;
    shown(StatusCode::OK, &FlaggedOrders { items })
}
