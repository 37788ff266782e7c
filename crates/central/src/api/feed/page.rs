//! Pages of the feed, one statement each.

use std::collections::BTreeSet;

use docket_contracts::integration::EventKind;
use docket_domain::ids::{OrderId, StoreId, SubjectId, TenantId};
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::position::Position;
use crate::api::fault::Fault;
use crate::api::order::FeedEvent;

/// Which events are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Of these stores; none means all.
    pub stores: Option<BTreeSet<StoreId>>,
    /// Of this customer's orders.
    pub customer: Option<SubjectId>,
    /// Of this order.
    pub order: Option<OrderId>,
    /// Of these kinds.
    pub kinds: Vec<EventKind>,
}

/// An event as it stands in the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub position: Position,
    pub event_id: Uuid,
    pub event_type: String,
    pub time_ms: i64,
    pub store: Uuid,
    pub key: Uuid,
    pub sequence: i64,
    pub data: String,
}

impl Told {
    pub(crate) fn into_event(self) -> FeedEvent {
        FeedEvent {
            position: self.position.to_string(),
            event_id: self.event_id,
            event_type: self.event_type,
            time_ms: self.time_ms,
            store_id: StoreId(self.store),
            order_id: OrderId(self.key),
            data: self.data,
        }
    }

    pub(crate) fn of_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        let body: Vec<u8> = row.try_get("body")?;
        Ok(Told {
            position: Position::of_columns(row.try_get("xid")?, row.try_get("id")?),
            event_id: row.try_get("event_id")?,
            event_type: row.try_get("event_type")?,
            time_ms: row.try_get("time_ms")?,
            store: row.try_get("store")?,
            key: row.try_get("key")?,
            sequence: row.try_get("sequence")?,
            data: String::from_utf8(body).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        })
    }
}

/// The columns of a [`Told`]; `xid8` has no type of its own in the driver.
pub(crate) const COLUMNS: &str =
    "o.xid::text::bigint AS xid, o.id, o.event_id, o.event_type, o.time_ms, o.store, o.key, o.sequence, o.body";

/// The events behind a place, at most `limit`.
pub(crate) async fn read(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    selection: &Selection,
    after: Position,
    limit: usize,
) -> Result<Vec<Told>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM central.outbox o \
          WHERE o.tenant = $1 AND (o.xid, o.id) > ($2::text::xid8, $3) \
            AND o.xid < pg_snapshot_xmin(pg_current_snapshot()) AND o.event_type = ANY($4) \
            AND ($5::uuid[] IS NULL OR o.store = ANY($5)) AND ($6::uuid IS NULL OR o.key = $6) \
            AND ($7::uuid IS NULL OR EXISTS (SELECT 1 FROM central.orders c WHERE c.tenant = o.tenant \
                 AND c.order_id = o.key AND c.customer = $7)) \
          ORDER BY o.xid, o.id LIMIT $8"
    );
    let kinds: Vec<&str> = selection.kinds.iter().map(|kind| kind.as_str()).collect();
    let stores: Option<Vec<Uuid>> =
        selection.stores.as_ref().map(|stores| stores.iter().map(|store| store.0).collect());
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(tenant.0)
        .bind(after.xid_text())
        .bind(after.id_number())
        .bind(kinds)
        .bind(stores)
        .bind(selection.order.map(|order| order.0))
        .bind(selection.customer.map(|customer| customer.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut **transaction)
        .await?;
    rows.iter().map(Told::of_row).collect()
}

/// Whether a reader who stands there can go on and miss nothing.
pub(super) async fn check(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    after: Position,
) -> Result<(), Fault> {
    let row = sqlx::query(
        "SELECT $2::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) AS ahead, \
                EXISTS (SELECT 1 FROM central.feed_floor f WHERE f.tenant = $1 AND (f.xid, f.id) > ($2::text::xid8, $3)) \
                AS gone",
    )
    .bind(tenant.0)
    .bind(after.xid_text())
    .bind(after.id_number())
    .fetch_one(&mut **transaction)
    .await?;
    if row.try_get("ahead")? {
        return Err(Fault::field("after", "must be a position of this database; begin anew without one"));
    }
    if row.try_get("gone")? {
        return Err(Fault::field("after", "must not be older than what is kept; begin anew without one"));
    }
    Ok(())
}

/// The place behind all that can be read now.
pub(super) async fn now(pool: &sqlx::PgPool) -> Result<Position, sqlx::Error> {
    let xid: i64 =
        sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1").fetch_one(pool).await?;
    // Ids are positive and below this one, so all of that transaction is behind us.
    Ok(Position { xid: u64::try_from(xid).unwrap_or(0), id: u64::MAX >> 1 })
}
