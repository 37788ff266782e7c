//! Orders: locked in the order of their ids, folded each from its full set under the lock, and told to others where
//! something changed that they can see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_contracts::integration::{Change, EventKind, OrderBody, changes};
use docket_domain::ids::{DeviceId, LogId, OrderId, StoreId, TenantId};
use docket_domain::order::fact::Fact;
use docket_domain::order::{Order, OrderState};
use docket_sync::Item;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::IngestError;
use docket_log::fact::class_from;

use super::entry::{Author, to_sql};
use super::histories::read_forks;
use super::rows::item_from;
use crate::clock::{new_id, wall_ms};

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

/// An order's row under its lock.
struct Kept {
    store: StoreId,
    told: Option<OrderBody>,
}

/// Columns of `central.orders` to be written.
#[derive(Default)]
struct OrderColumns {
    order_id: Vec<Uuid>,
    version: Vec<i64>,
    token: Vec<String>,
    status: Vec<Option<&'static str>>,
    order_type: Vec<Option<String>>,
    label: Vec<Option<String>>,
    currency: Vec<Option<String>>,
    due_minor: Vec<Option<i64>>,
    captured_minor: Vec<Option<i64>>,
    refunded_minor: Vec<Option<i64>>,
    business_day: Vec<Option<i32>>,
    opened_ms: Vec<Option<i64>>,
    customer: Vec<Option<Uuid>>,
    update_needed: Vec<bool>,
    open_exceptions: Vec<i32>,
    told: Vec<Option<String>>,
}

/// Columns of `central.outbox` to be written.
#[derive(Default)]
struct OutboxColumns {
    store: Vec<Uuid>,
    business_day: Vec<i32>,
    topic: Vec<&'static str>,
    key: Vec<Uuid>,
    event_id: Vec<Uuid>,
    event_type: Vec<&'static str>,
    sequence: Vec<i64>,
    correlation_id: Vec<Uuid>,
    causation_id: Vec<Option<Uuid>>,
    traceparent: Vec<Option<String>>,
    body: Vec<Vec<u8>>,
}

/// Brings the rows of the touched orders up to date, and writes what others are to hear; says whether that is anything.
/// The rows of the log are there already.
///
/// # Errors
/// If the database fails.
pub(super) async fn settle(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    mut touched: TouchedOrders,
) -> Result<bool, IngestError> {
    if touched.is_empty() {
        return Ok(false);
    }
    let created = create(transaction, tenant, &touched).await?;
    let before: Vec<Uuid> = touched.keys().map(|id| id.0).filter(|id| !created.contains(id)).collect();
    let mut kept = if before.is_empty() { HashMap::new() } else { lock(transaction, tenant, &before).await? };
    if !before.is_empty() {
        read_facts(transaction, tenant, &before, &mut touched).await?;
    }
    let forks = read_forks(transaction, tenant, &logs_of(&touched)).await?;
    let (mut orders, mut outbox) = (OrderColumns::default(), OutboxColumns::default());
    for (id, mut order) in touched {
        forks.place(&mut order.facts);
        let mut state = OrderState::new(id);
        order.facts.into_iter().for_each(|fact| state.evolve(fact));
        let Kept { store, told } = kept.remove(&id.0).unwrap_or(Kept { store: order.store, told: None });
        let now = state.derive();
        let found = now.as_ref().and_then(|now| changes(told.as_ref(), OrderBody::of(now, store)));
        let base = told.as_ref().map_or(0, |told| told.payments.len() + told.refunds.len());
        let told = match found {
            None => told,
            Some((body, changes)) => {
                outbox.push(store, id, &body, changes, base, &order.cause);
                Some(body)
            }
        };
        orders.push(id, &state, now.as_ref(), told.as_ref());
    }
    let told = !outbox.key.is_empty();
    orders.write(transaction, tenant).await?;
    outbox.write(transaction, tenant).await?;
    Ok(told)
}

fn logs_of(touched: &TouchedOrders) -> BTreeSet<LogId> {
    let facts = touched.values().flat_map(|order| &order.facts);
    facts.flat_map(|fact| fact.seen.iter().map(|(log, _)| *log).chain([fact.origin.log])).collect()
}

/// Makes a row for each order that has none; gives those that it made. All transactions make and lock rows in the order
/// of ids, first all that they make, so none waits for another in a circle.
async fn create(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    touched: &TouchedOrders,
) -> Result<BTreeSet<Uuid>, IngestError> {
    let ids: Vec<Uuid> = touched.keys().map(|id| id.0).collect();
    let stores: Vec<Uuid> = touched.values().map(|order| order.store.0).collect();
    let sql = "INSERT INTO central.orders (tenant, order_id, store) \
         SELECT $1, u.id, u.store FROM unnest($2::uuid[], $3::uuid[]) AS u (id, store) ORDER BY u.id \
         ON CONFLICT DO NOTHING RETURNING order_id";
    let created = sqlx::query_scalar(sql).bind(tenant.0).bind(ids).bind(stores).fetch_all(&mut **transaction).await?;
    Ok(created.into_iter().collect())
}

async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Kept>, IngestError> {
    let sql = "SELECT order_id, store, told FROM central.orders WHERE tenant = $1 AND order_id = ANY($2) \
         ORDER BY order_id FOR UPDATE";
    let rows = sqlx::query(sql).bind(tenant.0).bind(ids).fetch_all(&mut **transaction).await?;
    let mut kept = HashMap::with_capacity(rows.len());
    for row in &rows {
        let told: Option<&str> = row.try_get("told")?;
        let told = told.map(serde_json::from_str).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        kept.insert(row.try_get("order_id")?, Kept { store: StoreId(row.try_get("store")?), told });
    }
    Ok(kept)
}

/// Reads the full sets of orders that were there before; what came now is among them.
async fn read_facts(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    ids: &[Uuid],
    touched: &mut TouchedOrders,
) -> Result<(), IngestError> {
    let sql = "SELECT r.*, l.store AS log_store, l.device, l.device_class FROM central.log_rows r \
         JOIN central.logs l ON l.tenant = r.tenant AND l.log_id = r.log_id \
         LEFT JOIN central.devices d ON d.tenant = l.tenant AND d.device = l.device \
         LEFT JOIN central.device_cut_offs c ON c.tenant = l.tenant AND c.device = l.device AND c.log_id = l.log_id \
         WHERE r.tenant = $1 AND r.stream_id = ANY($2) AND r.stream_kind = 'order' AND r.stub_reason IS NULL \
         AND (d.revoked_at IS NULL OR r.seq <= coalesce(c.seq, 0))";
    let rows = sqlx::query(sql).bind(tenant.0).bind(ids).fetch_all(&mut **transaction).await?;
    for id in ids {
        if let Some(order) = touched.get_mut(&OrderId(*id)) {
            order.facts.clear();
        }
    }
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

fn author_of(row: &PgRow) -> Result<Author, sqlx::Error> {
    Ok(Author {
        store: StoreId(row.try_get("log_store")?),
        device: DeviceId(row.try_get("device")?),
        class: class_from(row.try_get("device_class")?),
        cut_off: None,
    })
}

impl OrderColumns {
    fn push(&mut self, id: OrderId, state: &OrderState, now: Option<&Order>, told: Option<&OrderBody>) {
        let order_type = |now: &Order| Some(serde_json::to_value(now.order_type).ok()?.as_str()?.to_owned());
        self.order_id.push(id.0);
        self.version.push(told.map_or(0, |told| to_sql(told.version)));
        self.token.push(state.version_token().to_string());
        self.status.push(now.map(|now| now.status.as_str()));
        self.order_type.push(now.and_then(order_type));
        self.label.push(now.map(|now| now.label().to_owned()));
        self.currency.push(now.map(|now| now.currency().code().to_owned()));
        self.due_minor.push(now.map(|now| now.due_minor));
        self.captured_minor.push(now.map(|now| now.captured_minor));
        self.refunded_minor.push(now.map(|now| now.refunded_minor));
        self.business_day.push(now.map(|now| now.business_day));
        self.opened_ms.push(now.map(|now| now.opened_at_ms));
        self.customer.push(now.and_then(Order::customer).map(|sealed| sealed.subject.0));
        self.update_needed.push(now.is_some_and(|now| now.update_needed));
        let open = now.map_or(0, |now| now.open_exceptions().count());
        self.open_exceptions.push(i32::try_from(open).unwrap_or(i32::MAX));
        self.told.push(told.map(|told| serde_json::to_string(told).expect("a body holds only texts and numbers")));
    }

    async fn write(
        self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), IngestError> {
        let sql = "UPDATE central.orders o SET version = u.version, token = u.token, status = u.status, \
             order_type = u.order_type, label = u.label, currency = u.currency, due_minor = u.due_minor, \
             captured_minor = u.captured_minor, refunded_minor = u.refunded_minor, business_day = u.business_day, \
             opened_ms = u.opened_ms, customer = u.customer, update_needed = u.update_needed, \
             open_exceptions = u.open_exceptions, told = u.told \
             FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
             $9::bigint[], $10::bigint[], $11::bigint[], $12::int[], $13::bigint[], $14::uuid[], $15::bool[], \
             $16::int[], $17::text[]) AS u (order_id, version, token, status, order_type, label, currency, due_minor, \
             captured_minor, refunded_minor, business_day, opened_ms, customer, update_needed, open_exceptions, told) \
             WHERE o.tenant = $1 AND o.order_id = u.order_id";
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(self.order_id)
            .bind(self.version)
            .bind(self.token)
            .bind(self.status)
            .bind(self.order_type)
            .bind(self.label)
            .bind(self.currency)
            .bind(self.due_minor)
            .bind(self.captured_minor)
            .bind(self.refunded_minor)
            .bind(self.business_day)
            .bind(self.opened_ms)
            .bind(self.customer)
            .bind(self.update_needed)
            .bind(self.open_exceptions)
            .bind(self.told)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }
}

impl OutboxColumns {
    fn push(
        &mut self,
        store: StoreId,
        order: OrderId,
        body: &OrderBody,
        changes: Vec<Change>,
        payments_told: usize,
        cause: &Cause,
    ) {
        let mut payments = u64::try_from(payments_told).unwrap_or(u64::MAX);
        for change in changes {
            let sequence = if matches!(change.kind, EventKind::PaymentCaptured | EventKind::PaymentRefunded) {
                // Payments are told one by one on a topic of their own, where each has a number of its own.
                payments += 1;
                payments
            } else {
                body.version
            };
            self.store.push(store.0);
            self.business_day.push(change.business_day);
            self.topic.push(change.kind.topic());
            self.key.push(order.0);
            self.event_id.push(new_id());
            self.event_type.push(change.kind.as_str());
            self.sequence.push(to_sql(sequence));
            self.correlation_id.push(cause.correlation);
            self.causation_id.push(cause.causation);
            self.traceparent.push(cause.traceparent.clone());
            self.body.push(change.data.to_string().into_bytes());
        }
    }

    async fn write(
        self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), IngestError> {
        if self.key.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO central.outbox (tenant, store, business_day, topic, key, event_id, event_type, sequence, \
             correlation_id, causation_id, traceparent, time_ms, body) \
             SELECT $1, u.store, u.business_day, u.topic, u.key, u.event_id, u.event_type, u.sequence, \
             u.correlation_id, u.causation_id, u.traceparent, $2, u.body \
             FROM unnest($3::uuid[], $4::int[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::bigint[], \
             $10::uuid[], $11::uuid[], $12::text[], $13::bytea[]) WITH ORDINALITY AS u (store, business_day, topic, key, \
             event_id, event_type, sequence, correlation_id, causation_id, traceparent, body, place) ORDER BY u.place";
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(wall_ms())
            .bind(self.store)
            .bind(self.business_day)
            .bind(self.topic)
            .bind(self.key)
            .bind(self.event_id)
            .bind(self.event_type)
            .bind(self.sequence)
            .bind(self.correlation_id)
            .bind(self.causation_id)
            .bind(self.traceparent)
            .bind(self.body)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }
}
