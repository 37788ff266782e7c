//! What stands beside an act in its transaction: where its order goes to, and the answer to its key.

use docket_domain::ids::{OrderId, TenantId};
use docket_domain::order::line::OrderType;
use docket_log::Row;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Postgres, Row as _, Transaction};
use std::collections::HashMap;
use uuid::Uuid;

use super::job::{Command, Job};
use super::writer::TakeLimits;
use crate::api::audit::recording;
use crate::api::fault::Fault;
use crate::api::idempotency::keeping;
use crate::api::order::Delivery;
use crate::ingest::entry::to_sql;
use crate::ingest::own_rows;

/// What head office alone knows of an order.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    pub waiting: bool,
    pub address: Option<String>,
}

impl Beside {
    pub(super) fn delivery(&self) -> Delivery {
        if self.waiting { Delivery::WaitingForStore } else { Delivery::AtStore }
    }
}

/// Reads it for orders that are there already.
pub(super) async fn read(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    orders: &[Uuid],
) -> Result<HashMap<OrderId, Beside>, Fault> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = "SELECT order_id, address, taken_at IS NULL AS waiting FROM api.deliveries \
         WHERE tenant = $1 AND order_id = ANY($2)";
    let rows = sqlx::query(sql).bind(tenant.0).bind(orders).fetch_all(&mut **transaction).await?;
    let beside = |row: &sqlx::postgres::PgRow| {
        let beside = Beside { waiting: row.try_get("waiting")?, address: row.try_get("address")? };
        Ok((OrderId(row.try_get("order_id")?), beside))
    };
    rows.iter().map(beside).collect()
}

/// Answers that are kept with their effect.
#[derive(Debug, Default)]
pub(super) struct Answers {
    caller: Vec<String>,
    operation: Vec<&'static str>,
    key: Vec<String>,
    request_hash: Vec<Vec<u8>>,
    status: Vec<i32>,
    body: Vec<String>,
    etag: Vec<Option<String>>,
    location: Vec<Option<String>>,
}

impl Answers {
    pub(super) fn push(&mut self, job: &Job, version: u64, json: &str) {
        let Some((guard, hash)) = &job.key else { return };
        let of = guard.of();
        self.caller.push(of.caller.clone());
        self.operation.push(of.operation);
        self.key.push(of.key.as_str().to_owned());
        self.request_hash.push(hash.to_vec());
        self.status.push(i32::from(job.status()));
        self.body.push(json.to_owned());
        self.etag.push(Some(format!("\"{version}\"")));
        self.location.push(job.create().map(|create| format!("/api/v1/orders/{}", create.order_id)));
    }

    /// Binds the second part of [`BESIDE`].
    pub(super) fn bind<'q>(self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        query
            .bind(self.caller)
            .bind(self.operation)
            .bind(self.key)
            .bind(self.request_hash)
            .bind(self.status)
            .bind(self.body)
            .bind(self.etag)
            .bind(self.location)
    }
}

/// Rows of `api.deliveries` to be written.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    order_id: Vec<Uuid>,
    log_id: Vec<Vec<u8>>,
    seq: Vec<i64>,
    address: Vec<Option<String>>,
    limit_s: Vec<Option<i32>>,
    given_up: Vec<bool>,
}

impl Deliveries {
    /// Notes what a job does to it; `last` is the job's last row, if it wrote any.
    pub(super) fn push(&mut self, job: &Job, last: Option<&Row>, limits: &TakeLimits) {
        let (address, order_type, given_up) = match &job.command {
            Command::Create(create) => (create.order.shipping_address.clone(), Some(create.order_type), false),
            Command::Update(update) => (update.patch.shipping_address.clone(), update.patch.order_type, false),
            Command::GiveUp(_) => (None, None, true),
            Command::Cancel(_) => return,
        };
        if job.create().is_none() && address.is_none() && order_type.is_none() && !given_up {
            return;
        }
        let seconds = |order_type: OrderType| i32::try_from(limits.of(order_type).as_secs()).unwrap_or(i32::MAX);
        self.order_id.push(job.order_id().0);
        self.log_id.push(last.map_or_else(Vec::new, |row| row.log.0.to_vec()));
        self.seq.push(last.map_or(0, |row| to_sql(row.seq)));
        self.address.push(address);
        self.limit_s.push(order_type.map(seconds));
        self.given_up.push(given_up);
    }

    /// Notes of which orders nobody waits any more for a till to take them.
    pub(super) async fn note_given_up(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), Fault> {
        if self.given_up.contains(&true) {
            let gone = self.order_id.iter().zip(&self.given_up).filter(|(_, given_up)| **given_up);
            let gone: Vec<Uuid> = gone.map(|(id, _)| *id).collect();
            let sql = "UPDATE api.deliveries SET given_up_at = now() WHERE tenant = $1 AND order_id = ANY($2)";
            sqlx::query(sql).bind(tenant.0).bind(gone).execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Binds their part of [`BESIDE`], behind the store's numbers; `new` are the orders that are placed now.
    pub(super) fn bind<'q>(
        self,
        query: Query<'q, Postgres, PgArguments>,
        new: &[Uuid],
    ) -> Query<'q, Postgres, PgArguments> {
        query
            .bind(new.to_vec())
            .bind(self.order_id)
            .bind(self.log_id)
            .bind(self.seq)
            .bind(self.address)
            .bind(self.limit_s)
            .bind(self.given_up)
    }
}

/// What stands beside the facts of a transaction, behind the tenant: the number of the last order of the store's day, where
/// there is a day, where its orders go to (`$new`, `$deliveries`), the answers to their keys, and the lines of the audit log.
/// An order that came from a till has a row of deliveries only where somebody sends it to an address; it is in the store.
macro_rules! standing_beside {
    ($store:literal, $day:literal, $last:literal, $new:literal, $deliveries:literal, $answers:literal, $lines:literal) => {
        concat!(
            "counted AS (UPDATE central.own_labels SET given = ",
            $last,
            " WHERE tenant = $1 AND store = ",
            $store,
            " AND business_day = ",
            $day,
            "), delivered AS (INSERT INTO api.deliveries AS d (tenant, order_id, store, log_id, seq, address, due_at, taken_at) \
             SELECT $1, u.order_id, ",
            $store,
            ", u.log_id, u.seq, u.address, now() + make_interval(secs => coalesce(u.limit_s, 0)), \
             CASE WHEN u.order_id = ANY(",
            $new,
            ") THEN NULL ELSE now() END FROM unnest(",
            $deliveries,
            ") AS u (order_id, log_id, seq, address, limit_s, given_up) WHERE NOT u.given_up \
             ON CONFLICT (tenant, order_id) DO UPDATE SET address = coalesce(excluded.address, d.address), \
             due_at = CASE WHEN excluded.due_at = now() THEN d.due_at \
             ELSE d.created_at + (excluded.due_at - now()) END), kept AS (",
            keeping!($answers),
            ") ",
            recording!($lines)
        )
    };
}

/// The statement of that.
pub(super) const BESIDE: &str = concat!(
    "WITH ",
    standing_beside!(
        "$2",
        "$3",
        "$4",
        "$5",
        "$6::uuid[], $7::bytea[], $8::bigint[], $9::text[], $10::int[], $11::bool[]",
        "$12::text[], $13::text[], $14::text[], $15::bytea[], $16::int[], $17::text[], $18::text[], $19::text[]",
        "$20::text[], $21::text[], $22::uuid[], $23::text[], $24::uuid[], $25::text[], $26::uuid[]"
    )
);

/// The same behind the rows of the act and the orders that it opens.
pub(super) const OWN_ROWS_AND_BESIDE: &str = concat!(
    own_rows!(),
    ", ",
    standing_beside!(
        "$57",
        "$58",
        "$59",
        "$60",
        "$61::uuid[], $62::bytea[], $63::bigint[], $64::text[], $65::int[], $66::bool[]",
        "$67::text[], $68::text[], $69::text[], $70::bytea[], $71::int[], $72::text[], $73::text[], $74::text[]",
        "$75::text[], $76::text[], $77::uuid[], $78::text[], $79::uuid[], $80::text[], $81::uuid[]"
    )
);
