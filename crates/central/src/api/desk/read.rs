//! Reading orders: one in one round trip, a page in one statement, items included.

use docket_contracts::integration::OrderBody;
use docket_domain::ids::{OrderId, StoreId, SubjectId, TenantId};
use docket_domain::order::OrderStatus;
use docket_domain::order::line::OrderType;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use super::allowed::Scope;
use super::decide::not_found;
use super::page::{Mark, PageRequest, Query};
use super::records::Beside;
use super::view::view;
use crate::api::caller::Stores;
use crate::api::fault::Fault;
use crate::api::order::{OrderFilter, OrderView, Page};
use crate::db::Database;

/// An order as it is kept.
pub(super) struct Found {
    pub store: StoreId,
    pub customer: Option<SubjectId>,
    body: OrderBody,
    beside: Beside,
}

impl Found {
    fn read(row: &PgRow) -> Result<Self, Fault> {
        let told: &str = row.try_get("told")?;
        let body: OrderBody = serde_json::from_str(told).map_err(|error| Fault::internal(&error))?;
        let beside = Beside { waiting: row.try_get("waiting")?, address: row.try_get("address")? };
        Ok(Found { store: body.store_id, customer: body.customer_id, body, beside })
    }

    /// What others were told of it last.
    pub(super) fn body(&self) -> &OrderBody {
        &self.body
    }

    pub(super) fn into_view(self) -> OrderView {
        view(&self.body, self.beside.delivery(), self.beside.address)
    }
}

/// One order that the caller may know of.
pub(super) async fn one(database: &Database, tenant: TenantId, scope: &Scope, id: OrderId) -> Result<Found, Fault> {
    let row = sqlx::query("SELECT store, told, address, waiting FROM api.order_of($1, $2)")
        .bind(tenant.0)
        .bind(id.0)
        .fetch_optional(database.pool())
        .await?;
    let found = row.as_ref().map(Found::read).transpose()?;
    found.filter(|found| scope.has(found.store, found.customer)).ok_or_else(|| not_found(id))
}

/// A page of orders, newest first.
pub(super) async fn page(
    database: &Database,
    tenant: TenantId,
    scope: &Scope,
    filter: &OrderFilter,
    request: &PageRequest,
) -> Result<Page<OrderView>, Fault> {
    let size = usize::from(request.checked_size()?);
    if let Some(status) = &filter.status
        && !OrderStatus::ALL.iter().any(|known| known.as_str() == status)
    {
        let known: Vec<&str> = OrderStatus::ALL.iter().map(|status| status.as_str()).collect();
        return Err(Fault::field("status", format!("is one of {}", known.join(", "))));
    }
    let query = Query::of(tenant, scope, filter);
    let mark = request.token.as_deref().map(|token| query.read(token)).transpose()?;
    let mut sql = statement(tenant, scope, filter, mark, size);
    let mut transaction = database.tenant(tenant).await?;
    let rows = sql.build().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    let mut items = Vec::with_capacity(rows.len().min(size));
    for row in rows.iter().take(size) {
        items.push(Found::read(row)?.into_view());
    }
    let next = match rows.get(size.saturating_sub(1)) {
        Some(last) if rows.len() > size => {
            let order_id = OrderId(last.try_get("order_id")?);
            Some(query.token(Mark { opened_ms: last.try_get("opened_ms")?, order_id }))
        }
        _ => None,
    };
    Ok(Page { items, next })
}

/// One more than the page has, so that it is known whether there is a next one. Only what is asked for stands in the text, so
/// that each kind of query is planned by itself.
fn statement(
    tenant: TenantId,
    scope: &Scope,
    filter: &OrderFilter,
    mark: Option<Mark>,
    size: usize,
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "SELECT o.order_id, o.opened_ms, o.told, d.address, \
         coalesce(d.taken_at IS NULL AND d.order_id IS NOT NULL, false) AS waiting \
         FROM central.orders o LEFT JOIN api.deliveries d ON d.tenant = o.tenant AND d.order_id = o.order_id \
         WHERE o.told IS NOT NULL AND o.tenant = ",
    );
    sql.push_bind(tenant.0);
    if let Stores::Only(stores) = &scope.stores {
        let stores: Vec<Uuid> = stores.iter().map(|store| store.0).collect();
        sql.push(" AND o.store = ANY(").push_bind(stores).push(")");
    }
    for customer in [scope.customer, filter.customer_id].into_iter().flatten() {
        sql.push(" AND o.customer = ").push_bind(customer.0);
    }
    if let Some(store) = filter.store_id {
        sql.push(" AND o.store = ").push_bind(store.0);
    }
    if let Some(status) = &filter.status {
        sql.push(" AND o.status = ").push_bind(status.clone());
    }
    if let Some(order_type) = filter.order_type {
        sql.push(" AND o.order_type = ").push_bind(type_text(order_type));
    }
    if let Some(from) = filter.from_ms {
        sql.push(" AND o.opened_ms >= ").push_bind(from);
    }
    if let Some(to) = filter.to_ms {
        sql.push(" AND o.opened_ms < ").push_bind(to);
    }
    if let Some(mark) = mark {
        sql.push(" AND (o.opened_ms, o.order_id) < (").push_bind(mark.opened_ms);
        sql.push(", ").push_bind(mark.order_id.0).push(")");
    }
    sql.push(" ORDER BY o.opened_ms DESC, o.order_id DESC LIMIT ");
    sql.push_bind(i64::try_from(size + 1).unwrap_or(i64::MAX));
    sql
}

/// An order type as `central.orders` has it.
fn type_text(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Counter => "counter",
        OrderType::DineIn => "dine_in",
        OrderType::TakeAway => "take_away",
    }
}
