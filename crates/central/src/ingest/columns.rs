//! Orders and their messages as columns, and the statements that write them set by set.

use std::collections::{BTreeMap, BTreeSet};

use docket_contracts::integration::{EventKind, OrderBody};
use docket_domain::ids::{OrderId, TenantId};
use docket_domain::order::Order;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::IngestError;
use super::entry::to_sql;
use super::orders::Folded;
use crate::clock::{new_id, wall_ms};

/// Columns of `central.orders` to be written.
#[derive(Debug, Default)]
pub(super) struct OrderColumns {
    order_id: Vec<Uuid>,
    store: Vec<Uuid>,
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
#[derive(Debug, Default)]
pub(super) struct OutboxColumns {
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

/// Rows of orders, column by column, behind the tenant; from `$2` on where no columns are named.
macro_rules! making {
    () => {
        making!(
            "$2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], \
             $10::bigint[], $11::bigint[], $12::bigint[], $13::int[], $14::bigint[], $15::uuid[], $16::bool[], \
             $17::int[], $18::text[]"
        )
    };
    ($columns:literal) => {
        concat!(
            "INSERT INTO central.orders (tenant, order_id, store, version, token, status, order_type, label, currency, \
             due_minor, captured_minor, refunded_minor, business_day, opened_ms, customer, update_needed, \
             open_exceptions, told) SELECT $1, u.* FROM unnest(",
            $columns,
            ") AS u"
        )
    };
}

/// Messages of orders: their time, and column by column, behind the tenant. `$of` is which of them.
macro_rules! sending {
    ($time:literal, $columns:literal, $of:literal) => {
        concat!(
            "INSERT INTO central.outbox (tenant, store, business_day, topic, key, event_id, event_type, sequence, \
             correlation_id, causation_id, traceparent, time_ms, body) \
             SELECT $1, u.store, u.business_day, u.topic, u.key, u.event_id, u.event_type, u.sequence, \
             u.correlation_id, u.causation_id, u.traceparent, ",
            $time,
            ", u.body FROM unnest(",
            $columns,
            ") WITH ORDINALITY AS u (store, business_day, topic, key, event_id, event_type, sequence, correlation_id, \
             causation_id, traceparent, body, place)",
            $of,
            " ORDER BY u.place"
        )
    };
}
pub(crate) use {making, sending};

impl OrderColumns {
    pub(super) fn of(folded: &[Folded]) -> Self {
        let mut columns = OrderColumns::default();
        folded.iter().for_each(|order| columns.push(order));
        columns
    }

    fn push(&mut self, order: &Folded) {
        let (now, told) = (order.now.as_ref(), order.told.as_ref());
        let order_type = |now: &Order| Some(serde_json::to_value(now.order_type).ok()?.as_str()?.to_owned());
        self.order_id.push(order.id.0);
        self.store.push(order.store.0);
        self.version.push(told.map_or(0, |told| to_sql(told.version)));
        self.token.push(order.token.clone());
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

    /// Binds every column, behind what is bound already.
    pub(super) fn bind<'q>(self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        query
            .bind(self.order_id)
            .bind(self.store)
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
    }

    /// Makes the rows of orders that have none, with what others are to hear of them, and says of which it did.
    pub(super) async fn insert(
        self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        outbox: OutboxColumns,
    ) -> Result<BTreeSet<Uuid>, IngestError> {
        // They stand in the order of their ids.
        let sql = concat!(
            "WITH made AS (",
            making!(),
            " ON CONFLICT DO NOTHING RETURNING order_id), sent AS (",
            sending!(
                "$19",
                "$20::uuid[], $21::int[], $22::text[], $23::uuid[], $24::uuid[], $25::text[], $26::bigint[], \
                 $27::uuid[], $28::uuid[], $29::text[], $30::bytea[]",
                " WHERE u.key IN (SELECT order_id FROM made)"
            ),
            ") SELECT order_id FROM made"
        );
        let rows = outbox.bind(self.bind(sqlx::query(sql).bind(tenant.0))).fetch_all(&mut **transaction).await?;
        Ok(rows.iter().map(|row| row.try_get("order_id")).collect::<Result<_, _>>()?)
    }

    pub(super) async fn update(
        self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), IngestError> {
        // As an insertion that always conflicts, each row is found by its key; a join might read every order.
        let sql = concat!(
            making!(),
            " ON CONFLICT (tenant, order_id) DO UPDATE SET version = excluded.version, token = excluded.token, \
             status = excluded.status, order_type = excluded.order_type, label = excluded.label, \
             currency = excluded.currency, due_minor = excluded.due_minor, captured_minor = excluded.captured_minor, \
             refunded_minor = excluded.refunded_minor, business_day = excluded.business_day, \
             opened_ms = excluded.opened_ms, customer = excluded.customer, update_needed = excluded.update_needed, \
             open_exceptions = excluded.open_exceptions, told = excluded.told"
        );
        self.bind(sqlx::query(sql).bind(tenant.0)).execute(&mut **transaction).await?;
        Ok(())
    }
}

impl OutboxColumns {
    /// Whether nobody is to hear of anything.
    pub(super) fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// The messages of orders; `bodies` gets these as others see them now.
    pub(super) fn of(folded: Vec<Folded>, bodies: &mut BTreeMap<OrderId, OrderBody>) -> Self {
        let mut columns = OutboxColumns::default();
        for order in folded {
            let id = order.id;
            bodies.extend(columns.push(order).map(|told| (id, told)));
        }
        columns
    }

    /// Takes the messages of an order; gives the order as others see it now.
    fn push(&mut self, order: Folded) -> Option<OrderBody> {
        let told = order.told?;
        let mut payments = u64::try_from(order.payments_told).unwrap_or(u64::MAX);
        for change in order.changes {
            let sequence = if matches!(change.kind, EventKind::PaymentCaptured | EventKind::PaymentRefunded) {
                // Payments are told one by one on a topic of their own, where each has a number of its own.
                payments += 1;
                payments
            } else {
                told.version
            };
            self.store.push(order.store.0);
            self.business_day.push(change.business_day);
            self.topic.push(change.kind.topic());
            self.key.push(order.id.0);
            self.event_id.push(new_id());
            self.event_type.push(change.kind.as_str());
            self.sequence.push(to_sql(sequence));
            self.correlation_id.push(order.cause.correlation);
            self.causation_id.push(order.cause.causation);
            self.traceparent.push(order.cause.traceparent.clone());
            self.body.push(change.data.into_bytes());
        }
        Some(told)
    }

    pub(super) async fn write(
        self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), IngestError> {
        if self.is_empty() {
            return Ok(());
        }
        let sql = sending!(
            "$2",
            "$3::uuid[], $4::int[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::bigint[], $10::uuid[], \
             $11::uuid[], $12::text[], $13::bytea[]",
            ""
        );
        self.bind(sqlx::query(sql).bind(tenant.0)).execute(&mut **transaction).await?;
        Ok(())
    }

    /// Binds the time and every column, behind what is bound already.
    pub(super) fn bind<'q>(self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        query
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
    }
}
