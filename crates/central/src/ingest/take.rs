//! One transaction of one tenant: rows and heads of each batch, then the orders that they touch.

use std::collections::BTreeSet;

use docket_domain::ids::{LogId, OrderId, TenantId};
use docket_sync::{Item, rows_to};
use prost::Message as _;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::check::{HeldLog, Objection, Parting, Placed};
use super::entry::{Entry, Opening, lock, to_sql};
use super::facts::Meaning;
use super::orders::{self, Cause, Touched, TouchedOrders};
use super::rows::{self, Shelf};
use super::shop::ShopFacts;
use super::{Batch, IngestError, Refusal, Source, Verdict};
use crate::clock::new_id;
use crate::limits::EVIDENCE_BYTES_MAX;

/// What became of a batch, and where its last row is kept.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) verdict: Verdict,
    pub(super) stands_on: Option<Place>,
}

/// Where a row is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) log: LogId,
    /// The branch under which it is kept; the rows that a history shares with the first are kept under that.
    pub(super) kept_under: i32,
    pub(super) seq: u64,
}

/// What a transaction gathers from its batches.
#[derive(Default)]
struct Gathered {
    orders: TouchedOrders,
    shop: ShopFacts,
    quarantined: Vec<Quarantined>,
}

struct Quarantined {
    log: LogId,
    branch: i32,
    seq: u64,
    event_type: String,
}

/// Stores the batches and commits; says whether others are to hear of something.
///
/// # Errors
/// If the database fails; nothing is stored then.
pub(super) async fn take(
    mut transaction: Transaction<'static, Postgres>,
    tenant: TenantId,
    month: i32,
    batches: &[Batch],
) -> Result<(Vec<Taken>, bool), IngestError> {
    let mut taken: Vec<Taken> = batches.iter().map(|_| Taken::default()).collect();
    let mut gathered = Gathered::default();
    // Logs are locked in the order of their ids, by every transaction; batches of one log stay in theirs.
    let mut in_order: Vec<usize> = (0..batches.len()).collect();
    in_order.sort_by_key(|index| batches[*index].log);
    for index in in_order {
        taken[index] = take_batch(&mut transaction, month, &batches[index], &mut gathered).await?;
    }
    quarantine(&mut transaction, tenant, gathered.quarantined).await?;
    let told = orders::settle(&mut transaction, tenant, gathered.orders).await?;
    gathered.shop.settle(&mut transaction, tenant).await?;
    transaction.commit().await?;
    Ok((taken, told))
}

async fn take_batch(
    transaction: &mut Transaction<'static, Postgres>,
    month: i32,
    batch: &Batch,
    gathered: &mut Gathered,
) -> Result<Taken, IngestError> {
    match place(transaction, month, batch).await? {
        Ok((entry, placed)) => store(transaction, batch, &entry, &placed, gathered).await,
        Err(Objection::Gap { expected }) => {
            let verdict = Verdict { wanted: Some((batch.log, expected)), ..Verdict::default() };
            Ok(Taken { verdict, stands_on: None })
        }
        Err(Objection::Refused { seq, rule }) => {
            let refusal = Refusal { log: batch.log, seq, rule };
            let message = rows_to(batch.log, &batch.items, String::new()).encode_to_vec();
            keep_evidence(transaction, &batch.source, &refusal, &message).await?;
            Ok(Taken { verdict: Verdict { refused: Some(refusal), ..Verdict::default() }, stands_on: None })
        }
    }
}

/// Finds where a batch belongs; a log that is new is made known once its first rows hold.
async fn place(
    transaction: &mut Transaction<'static, Postgres>,
    month: i32,
    batch: &Batch,
) -> Result<Result<(Entry, Placed), Objection>, IngestError> {
    let Batch { source, log, items, .. } = batch;
    let mut known = lock(transaction, source, *log, items).await?;
    if known.is_none() {
        let opening = match Opening::read(items) {
            Ok(opening) => opening,
            Err(objection) => return Ok(Err(objection)),
        };
        if let Err(objection) = opening.check(transaction, source).await? {
            return Ok(Err(objection));
        }
        if let Err(objection) = HeldLog::new(opening.opened.public_key).place(*log, items) {
            return Ok(Err(objection));
        }
        opening.insert(transaction, source, month).await?;
        known = lock(transaction, source, *log, items).await?;
    }
    Ok(match known {
        Some(Ok(entry)) => entry.held.place(*log, items).map(|placed| (entry, placed)),
        Some(Err(objection)) => Err(objection),
        None => Err(Objection::Gap { expected: 1 }),
    })
}

async fn store(
    transaction: &mut Transaction<'static, Postgres>,
    batch: &Batch,
    entry: &Entry,
    placed: &Placed,
    gathered: &mut Gathered,
) -> Result<Taken, IngestError> {
    let branch = placed.fork.map_or(placed.branch, |fork| fork.branch);
    let shelf = Shelf { tenant: batch.source.tenant, month: entry.month, log: batch.log, branch };
    let place = |item: &Item| {
        let seq = item.head().seq;
        let kept_under = if placed.fork.is_some() { branch } else { entry.held.kept(branch, seq) };
        Place { log: batch.log, kept_under, seq }
    };
    let mut taken = Taken { stands_on: batch.items.last().map(place), ..Taken::default() };
    for kept_under in placed.healed.iter().map(|(_, kept)| *kept).collect::<BTreeSet<_>>() {
        let of = placed.healed.iter().filter(|(_, kept)| *kept == kept_under);
        let healed: Vec<&Item> = of.map(|(index, _)| &batch.items[*index]).collect();
        rows::heal(transaction, &Shelf { branch: kept_under, ..shelf }, healed.iter().copied()).await?;
        gathered.take(batch, entry, kept_under, healed.into_iter(), &mut taken.verdict);
    }
    let new = &batch.items[placed.known..];
    taken.verdict.stored = u64::try_from(new.len()).unwrap_or(u64::MAX);
    taken.verdict.revoked = entry.author.cut_off.is_some();
    if let Some(parting) = &placed.fork {
        rows::copy(transaction, &shelf, parting).await?;
        taken.verdict.forked = Some((batch.log, parting.first));
    }
    if let Some(last) = new.last() {
        rows::insert(transaction, &shelf, new.iter()).await?;
        rows::set_head(transaction, &shelf, placed.fork.map_or(0, |fork| fork.shared), &last.head()).await?;
        gathered.take(batch, entry, branch, new.iter(), &mut taken.verdict);
        tell_of(batch, new);
    }
    if let Some(parting) = &placed.fork {
        tracing::warn!(log = %batch.log, seq = parting.first, "a log has a second history; both are kept");
        gathered.take_forked(transaction, batch, entry, parting).await?;
    }
    Ok(taken)
}

/// One line of the log for a batch, with the correlation id of the act at the till that its last row belongs to.
fn tell_of(batch: &Batch, new: &[Item]) {
    let last = new.iter().rev().find_map(|item| match item {
        Item::Row(row) => Some(row),
        Item::Stub(_) => None,
    });
    if let Some(row) = last {
        let (device, log, correlation_id) = (batch.source.device, batch.log, row.correlation_id);
        tracing::info!(%device, %log, %correlation_id, seq = row.seq, rows = new.len(), "rows are stored");
    }
}

impl Gathered {
    /// Notes what stored rows mean.
    fn take<'a>(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        branch: i32,
        items: impl Iterator<Item = &'a Item>,
        verdict: &mut Verdict,
    ) {
        for item in items {
            let Item::Row(row) = item else { continue };
            let author = entry.author;
            let meaning = Meaning::of(row, author);
            verdict.days.insert(row.business_day);
            if meaning.is_quarantined() {
                verdict.quarantined += 1;
                let event_type = row.event_type.to_string();
                self.quarantined.push(Quarantined { log: row.log, branch, seq: row.seq, event_type });
            }
            match meaning {
                Meaning::Order(fact) => {
                    let order = self.orders.entry(OrderId(row.stream_id)).or_insert_with(|| Touched {
                        store: author.store,
                        facts: Vec::new(),
                        cause: Cause::default(),
                    });
                    order.cause = Cause {
                        correlation: row.correlation_id,
                        causation: Some(row.event_id),
                        traceparent: batch.traceparent.clone(),
                    };
                    // Beyond the cut-off of a revoked device a fact is kept, and has no effect.
                    if author.counts(row.seq) {
                        order.facts.push(*fact);
                    }
                }
                Meaning::Shop(event) if author.counts(row.seq) => {
                    verdict.published |= matches!(event, docket_domain::shop::ShopEvent::DocumentPublished(_));
                    self.shop.take(row, author, event);
                }
                Meaning::Shop(_) | Meaning::Opening | Meaning::Unknown => {}
            }
        }
    }

    /// Orders that have rows behind a parting are folded anew, because who saw whom has changed.
    async fn take_forked(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        batch: &Batch,
        entry: &Entry,
        parting: &Parting,
    ) -> Result<(), IngestError> {
        let sql = "SELECT DISTINCT r.stream_id FROM central.log_rows r JOIN central.orders o \
             ON o.tenant = r.tenant AND o.order_id = r.stream_id \
             WHERE r.tenant = $1 AND r.month = $2 AND r.log_id = $3 AND r.seq > $4 AND r.stream_kind = 'order'";
        let ids: Vec<Uuid> = sqlx::query_scalar(sql)
            .bind(batch.source.tenant.0)
            .bind(entry.month)
            .bind(&batch.log.0[..])
            .bind(to_sql(parting.shared))
            .fetch_all(&mut **transaction)
            .await?;
        let cause = Cause { correlation: new_id(), causation: None, traceparent: batch.traceparent.clone() };
        for id in ids {
            let touched = Touched { store: entry.author.store, facts: Vec::new(), cause: cause.clone() };
            self.orders.entry(OrderId(id)).or_insert(touched);
        }
        Ok(())
    }
}

async fn quarantine(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    found: Vec<Quarantined>,
) -> Result<(), IngestError> {
    if found.is_empty() {
        return Ok(());
    }
    let logs: Vec<&[u8]> = found.iter().map(|row| &row.log.0[..]).collect();
    let branches: Vec<i32> = found.iter().map(|row| row.branch).collect();
    let places: Vec<i64> = found.iter().map(|row| to_sql(row.seq)).collect();
    let types: Vec<&str> = found.iter().map(|row| row.event_type.as_str()).collect();
    let sql = "INSERT INTO central.quarantine (tenant, log_id, branch, seq, event_type) \
         SELECT $1, u.* FROM unnest($2::bytea[], $3::int[], $4::bigint[], $5::text[]) AS u ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(logs)
        .bind(branches)
        .bind(places)
        .bind(types)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Keeps what was refused, once per device, place and rule, so that a peer that repeats it fills nothing.
///
/// # Errors
/// If the database fails.
pub(crate) async fn keep_evidence(
    transaction: &mut Transaction<'static, Postgres>,
    source: &Source,
    refusal: &Refusal,
    message: &[u8],
) -> Result<(), IngestError> {
    let sql = "INSERT INTO central.evidence (tenant, evidence, device, log_id, seq, rule, message) \
         SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM central.evidence \
         WHERE tenant = $1 AND device = $3 AND log_id = $4 AND seq = $5 AND rule = $6)";
    sqlx::query(sql)
        .bind(source.tenant.0)
        .bind(new_id())
        .bind(source.device.0)
        .bind(&refusal.log.0[..])
        .bind(to_sql(refusal.seq))
        .bind(&refusal.rule)
        .bind(&message[..message.len().min(EVIDENCE_BYTES_MAX)])
        .execute(&mut **transaction)
        .await?;
    tracing::warn!(device = %source.device, log = %refusal.log, seq = refusal.seq, rule = refusal.rule, "rows refused");
    Ok(())
}
