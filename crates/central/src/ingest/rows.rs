//! Rows of the log in PostgreSQL, byte for byte as hashed, written set by set.

use std::borrow::Cow;

use docket_domain::ids::{LogId, TenantId};
use docket_log::{DamageReason, Hash, Head, Row, Signature, Stub};
use docket_sync::Item;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::IngestError;
use super::check::Parting;
use super::entry::{fixed, from_sql, to_sql};
use crate::limits::HEALED_KEPT_DAYS;

/// Where rows are kept.
#[derive(Debug, Clone, Copy)]
pub struct Shelf {
    /// Whose they are.
    pub tenant: TenantId,
    /// The partition.
    pub month: i32,
    /// The log.
    pub log: LogId,
    /// The history.
    pub branch: i32,
}

/// Items as columns.
#[derive(Default)]
struct Columns<'a> {
    month: Vec<i32>,
    log_id: Vec<&'a [u8]>,
    branch: Vec<i32>,
    seq: Vec<i64>,
    event_id: Vec<Option<Uuid>>,
    stream_kind: Vec<Option<&'a str>>,
    stream_id: Vec<Option<Uuid>>,
    seen: Vec<Option<&'a str>>,
    event_type: Vec<Option<&'a str>>,
    schema_version: Vec<Option<i32>>,
    payload: Vec<Option<&'a [u8]>>,
    actor: Vec<Option<&'a str>>,
    correlation_id: Vec<Option<Uuid>>,
    causation_id: Vec<Option<Uuid>>,
    clock: Vec<Option<i64>>,
    wall_time_ms: Vec<Option<i64>>,
    business_day: Vec<Option<i32>>,
    hash: Vec<&'a [u8]>,
    signature: Vec<Option<&'a [u8]>>,
    stub_reason: Vec<Option<String>>,
}

impl<'a> Columns<'a> {
    fn of(shelf: &'a Shelf, items: impl Iterator<Item = &'a Item>) -> Self {
        let mut columns = Columns::default();
        columns.extend(shelf, items);
        columns
    }

    fn extend(&mut self, shelf: &'a Shelf, items: impl Iterator<Item = &'a Item>) {
        for item in items {
            self.month.push(shelf.month);
            self.log_id.push(&shelf.log.0);
            self.branch.push(shelf.branch);
            match item {
                Item::Row(row) => self.push(row.seq, &row.hash, row.signature.as_ref(), Some(row), None),
                Item::Stub(stub) => {
                    let reason =
                        serde_json::to_value(stub.reason).ok().and_then(|value| Some(value.as_str()?.to_owned()));
                    self.push(stub.seq, &stub.hash, stub.signature.as_ref(), None, reason);
                }
            }
        }
    }

    fn push(
        &mut self,
        seq: u64,
        hash: &'a Hash,
        signature: Option<&'a Signature>,
        row: Option<&'a Row>,
        stub_reason: Option<String>,
    ) {
        self.seq.push(to_sql(seq));
        self.hash.push(&hash.0);
        self.signature.push(signature.map(|signature| &signature.0[..]));
        self.stub_reason.push(stub_reason);
        self.event_id.push(row.map(|row| row.event_id));
        self.stream_kind.push(row.map(|row| &*row.stream_kind));
        self.stream_id.push(row.map(|row| row.stream_id));
        self.seen.push(row.and_then(|row| row.seen.as_deref()));
        self.event_type.push(row.map(|row| &*row.event_type));
        self.schema_version.push(row.map(|row| i32::from(row.schema_version)));
        self.payload.push(row.map(|row| row.payload.as_bytes()));
        self.actor.push(row.map(|row| row.actor.as_str()));
        self.correlation_id.push(row.map(|row| row.correlation_id));
        self.causation_id.push(row.and_then(|row| row.causation_id));
        self.clock.push(row.map(|row| to_sql(row.clock)));
        self.wall_time_ms.push(row.map(|row| row.wall_time_ms));
        self.business_day.push(row.map(|row| row.business_day));
    }

    /// Binds every column: `$1` is the tenant, the others are lists.
    fn bind<'q>(self, tenant: TenantId, sql: &'static str) -> Query<'q, Postgres, PgArguments>
    where
        'a: 'q,
    {
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(self.month)
            .bind(self.log_id)
            .bind(self.branch)
            .bind(self.seq)
            .bind(self.event_id)
            .bind(self.stream_kind)
            .bind(self.stream_id)
            .bind(self.seen)
            .bind(self.event_type)
            .bind(self.schema_version)
            .bind(self.payload)
            .bind(self.actor)
            .bind(self.correlation_id)
            .bind(self.causation_id)
            .bind(self.clock)
            .bind(self.wall_time_ms)
            .bind(self.business_day)
            .bind(self.hash)
            .bind(self.signature)
            .bind(self.stub_reason)
    }
}

/// The tails of histories, as [`with_tails`] binds them behind `$1` to `$21`.
macro_rules! heads {
    () => {
        "INSERT INTO central.log_heads (tenant, log_id, branch, shared, seq, hash, signature) \
         SELECT $1, h.* FROM unnest($22::bytea[], $23::int[], $24::bigint[], $25::bigint[], $26::bytea[], \
         $27::bytea[]) AS h ON CONFLICT (tenant, log_id, branch) DO UPDATE SET \
         seq = excluded.seq, hash = excluded.hash, signature = excluded.signature"
    };
}

/// Rows, as [`Columns::bind`] binds them.
macro_rules! rows {
    () => {
        "INSERT INTO central.log_rows (tenant, month, log_id, branch, seq, event_id, stream_kind, stream_id, seen, \
         event_type, schema_version, payload, actor, correlation_id, causation_id, clock, wall_time_ms, \
         business_day, hash, signature, stub_reason) \
         SELECT $1, u.* FROM unnest($2::int[], $3::bytea[], $4::int[], $5::bigint[], $6::uuid[], $7::text[], \
         $8::uuid[], $9::text[], $10::text[], $11::int[], $12::bytea[], $13::text[], $14::uuid[], $15::uuid[], \
         $16::bigint[], $17::bigint[], $18::int[], $19::bytea[], $20::bytea[], $21::text[]) AS u"
    };
}
pub(crate) use {heads, rows};

/// Rows and the tails of their histories, each once, in one statement.
macro_rules! insert {
    ($or_else:literal) => {
        concat!("WITH head AS (", heads!(), ") ", rows!(), $or_else)
    };
}

/// The tail of a history, as it is to be kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub shelf: Shelf,
    /// The last row that it shares with branch 0, where it is new; an old one keeps what it has.
    pub shared: u64,
    pub head: Head,
}

fn with_tails<'q>(query: Query<'q, Postgres, PgArguments>, tails: &'q [Tail]) -> Query<'q, Postgres, PgArguments> {
    let signature = |tail: &'q Tail| tail.head.signature.as_ref().map(|signature| &signature.0[..]);
    query
        .bind(tails.iter().map(|tail| &tail.shelf.log.0[..]).collect::<Vec<_>>())
        .bind(tails.iter().map(|tail| tail.shelf.branch).collect::<Vec<_>>())
        .bind(tails.iter().map(|tail| to_sql(tail.shared)).collect::<Vec<_>>())
        .bind(tails.iter().map(|tail| to_sql(tail.head.seq)).collect::<Vec<_>>())
        .bind(tails.iter().map(|tail| &tail.head.hash.0[..]).collect::<Vec<_>>())
        .bind(tails.iter().map(signature).collect::<Vec<_>>())
}

/// Stores items, what is there stays, and states the tail of their history.
///
/// # Errors
/// If the database fails.
pub(super) async fn insert<'a>(
    transaction: &mut Transaction<'static, Postgres>,
    items: impl Iterator<Item = &'a Item>,
    tail: &'a Tail,
) -> Result<(), IngestError> {
    bind_rows(insert!(" ON CONFLICT DO NOTHING"), items, tail).execute(&mut **transaction).await?;
    Ok(())
}

/// Binds rows of one history, and its tail: `$1` to `$27`.
pub(super) fn bind_rows<'q>(
    sql: &'static str,
    items: impl Iterator<Item = &'q Item>,
    tail: &'q Tail,
) -> Query<'q, Postgres, PgArguments> {
    with_tails(Columns::of(&tail.shelf, items).bind(tail.shelf.tenant, sql), std::slice::from_ref(tail))
}

/// Stores items that go on from the heads of their logs, whose rows are locked, so that none of them can be there, and
/// states the new tails, each once. Looking for each row twice, as [`insert`] has to, costs a third of the statement.
///
/// # Errors
/// If the database fails.
pub(super) async fn append(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    appended: &[(Shelf, &[Item])],
    tails: &[Tail],
) -> Result<(), IngestError> {
    let mut columns = Columns::default();
    appended.iter().for_each(|(shelf, items)| columns.extend(shelf, items.iter()));
    with_tails(columns.bind(tenant, insert!("")), tails).execute(&mut **transaction).await?;
    Ok(())
}

const HEAL: &str = "UPDATE central.log_rows r SET event_id = u.event_id, stream_kind = u.stream_kind, stream_id = u.stream_id, \
     seen = u.seen, event_type = u.event_type, schema_version = u.schema_version, payload = u.payload, actor = u.actor, \
     correlation_id = u.correlation_id, causation_id = u.causation_id, clock = u.clock, wall_time_ms = u.wall_time_ms, \
     business_day = u.business_day, stub_reason = NULL \
     FROM unnest($2::int[], $3::bytea[], $4::int[], $5::bigint[], $6::uuid[], $7::text[], $8::uuid[], $9::text[], \
     $10::text[], $11::int[], $12::bytea[], $13::text[], $14::uuid[], $15::uuid[], $16::bigint[], $17::bigint[], \
     $18::int[], $19::bytea[], $20::bytea[], $21::text[]) AS u (month, log_id, branch, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, payload, actor, \
     correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature, reason) \
     WHERE r.tenant = $1 AND r.month = u.month AND r.log_id = u.log_id AND (r.branch = u.branch OR r.branch > 0) \
     AND r.seq = u.seq \
     AND r.hash = u.hash AND r.stub_reason IS NOT NULL";

/// Puts rows in the place of their stubs, in copies of the history too. The places are noted for the tills that hold the stub
/// (`central.rows_healed`), for a long time and not for ever.
///
/// # Errors
/// If the database fails.
pub(super) async fn heal<'a>(
    transaction: &mut Transaction<'static, Postgres>,
    shelf: &'a Shelf,
    items: impl Iterator<Item = &'a Item>,
) -> Result<(), IngestError> {
    Columns::of(shelf, items).bind(shelf.tenant, HEAL).execute(&mut **transaction).await?;
    sqlx::query("DELETE FROM central.healed_rows WHERE tenant = $1 AND healed_at < now() - make_interval(days => $2)")
        .bind(shelf.tenant.0)
        .bind(HEALED_KEPT_DAYS)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Copies the rows between the last shared signed row and the parting into the new history.
///
/// # Errors
/// If the database fails.
pub(super) async fn copy(
    transaction: &mut Transaction<'static, Postgres>,
    shelf: &Shelf,
    parting: &Parting,
) -> Result<(), IngestError> {
    let sql = "INSERT INTO central.log_rows (tenant, month, log_id, branch, seq, event_id, stream_kind, stream_id, seen, \
         event_type, schema_version, payload, actor, correlation_id, causation_id, clock, wall_time_ms, business_day, \
         hash, signature, stub_reason) \
         SELECT tenant, month, log_id, $5, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, \
         payload, actor, correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature, stub_reason \
         FROM central.log_rows WHERE tenant = $1 AND month = $2 AND log_id = $3 AND branch = $4 AND seq > $6 AND seq < $7 \
         ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(shelf.tenant.0)
        .bind(shelf.month)
        .bind(&shelf.log.0[..])
        .bind(parting.copied_from)
        .bind(parting.branch)
        .bind(to_sql(parting.shared))
        .bind(to_sql(parting.first))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Reads an item that was selected with every column of `central.log_rows`.
///
/// # Errors
/// If a column is not of its type.
pub(crate) fn item_from(row: &PgRow) -> Result<Item, sqlx::Error> {
    let log = LogId(fixed(row, "log_id")?);
    let seq = from_sql(row.try_get("seq")?);
    let hash = Hash(fixed(row, "hash")?);
    let bytes: Option<&[u8]> = row.try_get("signature")?;
    let fault = |_| sqlx::Error::Decode("signature: has another length than 64 bytes".into());
    let signature = bytes.map(|bytes| bytes.try_into().map(Signature).map_err(fault)).transpose()?;
    let stub: Option<&str> = row.try_get("stub_reason")?;
    if let Some(reason) = stub {
        let reason = serde_json::from_value(reason.into()).unwrap_or(DamageReason::Unreadable);
        return Ok(Item::Stub(Stub { log, seq, hash, signature, reason }));
    }
    let payload: Vec<u8> = row.try_get("payload")?;
    let payload = String::from_utf8(payload).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Item::Row(Box::new(Row {
        log,
        seq,
        event_id: row.try_get("event_id")?,
        stream_kind: Cow::Owned(row.try_get("stream_kind")?),
        stream_id: row.try_get("stream_id")?,
        seen: row.try_get("seen")?,
        event_type: Cow::Owned(row.try_get("event_type")?),
        schema_version: u16::try_from(row.try_get::<i32, _>("schema_version")?).unwrap_or(u16::MAX),
        payload,
        actor: row.try_get("actor")?,
        correlation_id: row.try_get("correlation_id")?,
        causation_id: row.try_get("causation_id")?,
        clock: from_sql(row.try_get("clock")?),
        wall_time_ms: row.try_get("wall_time_ms")?,
        business_day: row.try_get("business_day")?,
        hash,
        signature,
    })))
}
