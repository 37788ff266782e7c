//! Orders: locked in the order of their ids, folded each from its full set under the lock, and told to others where
//! something changed that they can see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono_tz::Tz;
use docket_contracts::integration::{Change, OrderBody, changes};
use docket_domain::ids::{LogId, OrderId, StoreId, TenantId};
use docket_domain::order::fact::Fact;
use docket_domain::order::{Order, OrderState};
use docket_sync::Item;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::columns::{OrderColumns, OutboxColumns};
use super::entry::author_of;
use super::histories::Histories;
use super::rows::item_from;
use super::{Beside, IngestError};
use crate::clock::utc_offset_minutes;

/// An order that a transaction touches.
#[derive(Debug)]
pub(super) struct Touched {
    /// Its store, as the log says that brought it.
    pub store: StoreId,
    /// The facts that came now.
    pub facts: Vec<Fact>,
    /// What the last of them belongs to.
    pub cause: Cause,
}

/// What led to a message.
#[derive(Debug, Clone, Default)]
pub(super) struct Cause {
    pub correlation: Uuid,
    pub causation: Option<Uuid>,
    pub traceparent: Option<String>,
}

/// The orders that a transaction touches.
pub(super) type TouchedOrders = BTreeMap<OrderId, Touched>;

/// An order's row under its lock, or what is known of the one that it will have.
struct Kept {
    is_there: bool,
    store: StoreId,
    zone: Option<Tz>,
    told: Option<OrderBody>,
}

impl Kept {
    /// Of an order whose id was made for it.
    fn new(order: &Touched, beside: &Beside) -> Self {
        Kept { is_there: false, store: order.store, zone: beside.zone, told: None }
    }
}

/// What became of the orders that a transaction touches.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Whether others are to hear of something.
    pub(crate) told: bool,
    /// The orders as others see them now.
    pub(crate) orders: BTreeMap<OrderId, OrderBody>,
}

impl Settled {
    /// Takes note of orders, and gives them as they are to be written.
    fn columns_of(&mut self, folded: Vec<Folded>) -> (OrderColumns, OutboxColumns) {
        let (columns, outbox) = (OrderColumns::of(&folded), OutboxColumns::of(folded, &mut self.orders));
        self.told |= !outbox.is_empty();
        (columns, outbox)
    }
}

/// An order under its lock.
pub(crate) struct Held {
    pub(crate) state: OrderState,
    /// As others were told of it last.
    pub(crate) told: Option<OrderBody>,
    /// The latest stamp of its facts.
    pub(crate) clock: u64,
}

/// Brings the rows of the touched orders up to date, and writes what others are to hear. The rows of the log are there
/// already.
///
/// # Errors
/// If the database fails.
pub(super) async fn settle(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    mut touched: TouchedOrders,
    beside: &Beside,
) -> Result<Settled, IngestError> {
    if touched.is_empty() {
        return Ok(Settled::default());
    }
    let mut settled = Settled::default();
    let opened: TouchedOrders = touched.extract_if(.., |id, _| beside.opened.contains(id)).collect();
    let mut kept = lock(transaction, tenant, &touched).await?;
    for (id, order) in opened {
        kept.insert(id, Kept::new(&order, beside));
        touched.insert(id, order);
    }
    let is_kept = |kept: &HashMap<OrderId, Kept>, id: &OrderId| kept.get(id).is_some_and(|kept| kept.is_there);
    let mut before: TouchedOrders = touched.extract_if(.., |id, _| is_kept(&kept, id)).collect();
    if !touched.is_empty() {
        // What is not there yet has no fact but those that came now, so its row is written once, as it will be.
        let new = fold(transaction, tenant, &mut touched, &mut kept, beside).await?;
        let (columns, outbox) = settled.columns_of(new);
        let made = columns.insert(transaction, tenant, outbox).await?;
        touched.retain(|id, _| !made.contains(&id.0));
        if !touched.is_empty() {
            // Another transaction made them meanwhile. It has ended, so they are there now, and its facts with them.
            kept.extend(lock(transaction, tenant, &touched).await?);
            before.extend(touched);
        }
    }
    if !before.is_empty() {
        read_facts(transaction, tenant, &mut before).await?;
        let known = fold(transaction, tenant, &mut before, &mut kept, beside).await?;
        let (columns, outbox) = settled.columns_of(known);
        columns.update(transaction, tenant).await?;
        outbox.write(transaction, tenant).await?;
    }
    Ok(settled)
}

/// Orders that no other transaction knows of, as they are to be written; nothing is written yet.
///
/// # Errors
/// If the database fails.
pub(super) async fn opened(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    mut touched: TouchedOrders,
    beside: &Beside,
) -> Result<(OrderColumns, OutboxColumns, Settled), IngestError> {
    let mut kept = touched.iter().map(|(id, order)| (*id, Kept::new(order, beside))).collect();
    let new = fold(transaction, tenant, &mut touched, &mut kept, beside).await?;
    let mut settled = Settled::default();
    let (columns, outbox) = settled.columns_of(new);
    Ok((columns, outbox, settled))
}

/// An order as it is now, with what others are to hear of it.
pub(super) struct Folded {
    pub(super) id: OrderId,
    pub(super) store: StoreId,
    pub(super) token: String,
    pub(super) now: Option<Order>,
    pub(super) told: Option<OrderBody>,
    pub(super) changes: Vec<Change>,
    pub(super) payments_told: usize,
    pub(super) cause: Cause,
}

/// Folds each order from its facts, which are used up.
async fn fold(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    touched: &mut TouchedOrders,
    kept: &mut HashMap<OrderId, Kept>,
    beside: &Beside,
) -> Result<Vec<Folded>, IngestError> {
    let mut logs = logs_of(touched);
    // A log of head office that was found whole at its one head has no second history, and its numbers no letter.
    logs.retain(|log| beside.own.as_ref().is_none_or(|(own, _)| own != log));
    let histories = Histories::read(transaction, tenant, &logs).await?;
    let mut folded = Vec::with_capacity(touched.len());
    for (id, order) in touched {
        let mut facts = std::mem::take(&mut order.facts);
        histories.place(&mut facts);
        let mut state = OrderState::new(*id);
        facts.into_iter().for_each(|fact| state.evolve(fact));
        let kept = kept.remove(id);
        let (store, zone, told) = kept.map_or((order.store, None, None), |kept| (kept.store, kept.zone, kept.told));
        let now = state.derive();
        let body = now.as_ref().map(|now| OrderBody {
            utc_offset_minutes: zone.map(|zone| utc_offset_minutes(now.opened_at_ms, zone)),
            ..OrderBody::of(now, store)
        });
        let found = body.and_then(|body| changes(told.as_ref(), body));
        let payments_told = told.as_ref().map_or(0, |told| told.payments.len() + told.refunds.len());
        let (told, changes) = match found {
            None => (told, Vec::new()),
            Some((body, changes)) => (Some(body), changes),
        };
        let (token, cause) = (state.version_token().to_string(), order.cause.clone());
        folded.push(Folded { id: *id, store, token, now, told, changes, payments_told, cause });
    }
    Ok(folded)
}

/// One order from its full set, under its lock.
///
/// # Errors
/// If the database fails.
pub(crate) async fn held(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    id: OrderId,
) -> Result<Held, IngestError> {
    let of_nobody = Touched { store: StoreId(Uuid::nil()), facts: Vec::new(), cause: Cause::default() };
    let mut touched = TouchedOrders::from([(id, of_nobody)]);
    let told = lock(transaction, tenant, &touched).await?.remove(&id).and_then(|kept| kept.told);
    read_facts(transaction, tenant, &mut touched).await?;
    let histories = Histories::read(transaction, tenant, &logs_of(&touched)).await?;
    let mut facts = touched.remove(&id).map_or_else(Vec::new, |order| order.facts);
    let clock = facts.iter().map(|fact| fact.clock).max().unwrap_or(0);
    histories.place(&mut facts);
    let mut state = OrderState::new(id);
    facts.into_iter().for_each(|fact| state.evolve(fact));
    Ok(Held { state, told, clock })
}

fn logs_of(touched: &TouchedOrders) -> BTreeSet<LogId> {
    let facts = touched.values().flat_map(|order| &order.facts);
    facts.flat_map(|fact| fact.seen.iter().map(|(log, _)| *log).chain([fact.origin.log])).collect()
}

/// A zone as a store names it. One that was not set up yet has none.
fn zone_of(name: Option<&str>) -> Option<Tz> {
    name?.parse().ok()
}

/// Locks the rows that are there, in the order of their ids; rows are made in that order too. Two transactions that meet
/// in a circle all the same, because one made what the other had not found, are told so by the database, and one of them
/// begins anew.
async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    touched: &TouchedOrders,
) -> Result<HashMap<OrderId, Kept>, IngestError> {
    if touched.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = touched.keys().map(|id| id.0).collect();
    let stores: Vec<Uuid> = touched.values().map(|order| order.store.0).collect();
    // Each in a subquery of its own, which the planner can't turn around: while its statistics are old it takes the tenant
    // to be small, and would read all of its orders for each batch.
    let sql = "SELECT u.id, o.order_id IS NOT NULL AS is_there, coalesce(o.store, u.store) AS store, o.told, s.time_zone \
         FROM unnest($2::uuid[], $3::uuid[]) AS u (id, store) LEFT JOIN LATERAL \
         (SELECT order_id, store, told FROM central.orders WHERE tenant = $1 AND order_id = u.id FOR UPDATE) AS o ON true \
         LEFT JOIN central.stores s ON s.tenant = $1 AND s.store = coalesce(o.store, u.store)";
    let rows = sqlx::query(sql).bind(tenant.0).bind(ids).bind(stores).fetch_all(&mut **transaction).await?;
    let mut kept = HashMap::with_capacity(rows.len());
    for row in &rows {
        let told: Option<&str> = row.try_get("told")?;
        let told = told.map(serde_json::from_str).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let (store, zone) = (StoreId(row.try_get("store")?), zone_of(row.try_get("time_zone")?));
        kept.insert(OrderId(row.try_get("id")?), Kept { is_there: row.try_get("is_there")?, store, zone, told });
    }
    Ok(kept)
}

/// Reads the full sets of orders that were there before; what came now is among them.
async fn read_facts(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    touched: &mut TouchedOrders,
) -> Result<(), IngestError> {
    let ids: Vec<Uuid> = touched.keys().map(|id| id.0).collect();
    // As in `lock`: each order's rows are looked up by their key.
    let sql = "SELECT r.*, l.store AS log_store, l.device, l.device_class, NULL::bigint AS cut_off \
         FROM unnest($2::uuid[]) AS u (id), LATERAL \
         (SELECT * FROM central.log_rows WHERE tenant = $1 AND stream_id = u.id AND stream_kind = 'order' \
         AND stub_reason IS NULL OFFSET 0) AS r \
         JOIN central.logs l ON l.tenant = $1 AND l.log_id = r.log_id \
         LEFT JOIN central.devices d ON d.tenant = $1 AND d.device = l.device \
         LEFT JOIN central.device_cut_offs c ON c.tenant = $1 AND c.device = l.device AND c.log_id = l.log_id \
         WHERE (d.revoked_at IS NULL OR r.seq <= coalesce(c.seq, 0))";
    let rows = sqlx::query(sql).bind(tenant.0).bind(ids).fetch_all(&mut **transaction).await?;
    touched.values_mut().for_each(|order| order.facts.clear());
    for row in &rows {
        let author = author_of(row)?;
        let Item::Row(row) = item_from(row)? else { continue };
        if let Some(order) = touched.get_mut(&OrderId(row.stream_id)) {
            // Copies that two histories hold of one row are one fact to the fold.
            order.facts.push(row.fact(author.of_log()));
        }
    }
    Ok(())
}
