//! One transaction of one tenant: rows and heads of each batch, then the orders that they touch.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::ids::{LogId, OrderId, TenantId};
use docket_sync::{Item, rows_to};
use prost::Message as _;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::check::{HeldLog, Objection, Parting, Placed};
use super::entry::{self, Author, Entry, Opening, to_sql};
use super::facts::Meaning;
use super::letters::{self, Carried};
use super::orders::{self, Cause, Settled, Touched, TouchedOrders};
use super::own::Unwritten;
use super::rows::{self, Shelf, Tail};
use super::shop::ShopFacts;
use super::{Batch, Beside, IngestError, Refusal, Source, Traces, Verdict};
use crate::clock::new_id;
use crate::limits::{EVIDENCE_BYTES_MAX, EVIDENCE_PER_DEVICE_MAX};

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

/// What the rows of a transaction mean.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) orders: TouchedOrders,
    pub(super) shop: ShopFacts,
    quarantined: Vec<Quarantined>,
    /// Letters of logs that became known.
    letters: BTreeSet<Carried>,
}

/// Batches that are being taken in.
struct Taking<'a> {
    tenant: TenantId,
    month: i32,
    /// The logs that are locked, as they stand with what is appended.
    logs: BTreeMap<LogId, Entry>,
    /// Rows that go on from the heads of their logs. They are written together, before anything else is read or written
    /// of a log.
    appended: Vec<(Shelf, &'a [Item])>,
    gathered: Gathered,
}

struct Quarantined {
    log: LogId,
    branch: i32,
    seq: u64,
    event_type: String,
}

/// Stores the batches and commits; gives what became of each, and of the orders.
///
/// # Errors
/// If the database fails; nothing is stored then.
pub(super) async fn take(
    mut transaction: Transaction<'static, Postgres>,
    tenant: TenantId,
    month: i32,
    batches: &[Batch],
) -> Result<(Vec<Taken>, Settled), IngestError> {
    let logs: BTreeSet<LogId> = batches.iter().map(|batch| batch.log).collect();
    let logs = entry::lock(&mut transaction, tenant, &logs).await?;
    let taken = gather(&mut transaction, tenant, month, batches, logs).await?;
    transaction.commit().await?;
    Ok(taken)
}

/// The same without the commit, for logs that are locked.
///
/// # Errors
/// If the database fails.
async fn gather(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    month: i32,
    batches: &[Batch],
    logs: BTreeMap<LogId, Entry>,
) -> Result<(Vec<Taken>, Settled), IngestError> {
    let mut taken: Vec<Taken> = batches.iter().map(|_| Taken::default()).collect();
    let mut taking = Taking { tenant, month, logs, appended: Vec::new(), gathered: Gathered::default() };
    // Logs are locked in the order of their ids, by every transaction; batches of one log stay in theirs.
    let mut in_order: Vec<usize> = (0..batches.len()).collect();
    in_order.sort_by_key(|index| batches[*index].log);
    for index in in_order {
        taken[index] = taking.take_batch(transaction, &batches[index]).await?;
    }
    let settled = taking.settle(transaction, &Beside::default()).await?;
    Ok((taken, settled))
}

/// The same for a batch of head office's own, which leaves to be written what can be written with more in one statement.
///
/// # Errors
/// If the database fails.
pub(super) async fn gather_own(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    month: i32,
    batch: &Batch,
    logs: BTreeMap<LogId, Entry>,
    beside: &Beside,
) -> Result<(Taken, Settled, Option<Unwritten>), IngestError> {
    let mut taking = Taking { tenant, month, logs, appended: Vec::new(), gathered: Gathered::default() };
    let taken = taking.take_batch(transaction, batch).await?;
    let tail = match &taking.appended[..] {
        [(shelf, items)] if items.len() == batch.items.len() && taking.gathered.only_opens(beside) => {
            items.last().map(|last| Tail { shelf: *shelf, shared: 0, head: last.head() })
        }
        _ => None,
    };
    let Some(tail) = tail else {
        let settled = taking.settle(transaction, beside).await?;
        return Ok((taken, settled, None));
    };
    taking.gathered.hang_under(&beside.traces);
    let (orders, outbox, settled) = orders::opened(transaction, tenant, taking.gathered.orders, beside).await?;
    Ok((taken, settled, Some(Unwritten { tail, orders, outbox })))
}

impl<'a> Taking<'a> {
    /// Writes what is left to be written, and brings up to date what the rows speak of.
    async fn settle(
        mut self,
        transaction: &mut Transaction<'static, Postgres>,
        beside: &Beside,
    ) -> Result<Settled, IngestError> {
        self.write(transaction).await?;
        let (tenant, mut gathered) = (self.tenant, self.gathered);
        gathered.take_letters(transaction, tenant).await?;
        quarantine(transaction, tenant, std::mem::take(&mut gathered.quarantined)).await?;
        gathered.hang_under(&beside.traces);
        let settled = orders::settle(transaction, tenant, gathered.orders, beside).await?;
        gathered.shop.settle(transaction, tenant).await?;
        Ok(settled)
    }

    async fn take_batch(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        batch: &'a Batch,
    ) -> Result<Taken, IngestError> {
        match self.place(transaction, batch).await? {
            Ok((entry, placed)) => self.store(transaction, batch, entry, &placed).await,
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

    /// Writes what was appended, and the heads with it.
    async fn write(&mut self, transaction: &mut Transaction<'static, Postgres>) -> Result<(), IngestError> {
        if self.appended.is_empty() {
            return Ok(());
        }
        let last = |(shelf, items): &(Shelf, &[Item])| {
            let head = items.last().map(Item::head)?;
            Some((shelf.log, Tail { shelf: *shelf, shared: 0, head }))
        };
        // Of each log the last one counts.
        let tails: BTreeMap<LogId, Tail> = self.appended.iter().filter_map(last).collect();
        let tails: Vec<Tail> = tails.into_values().collect();
        rows::append(transaction, self.tenant, &self.appended, &tails).await?;
        self.appended.clear();
        Ok(())
    }

    /// Finds where a batch belongs; a log that is new is made known once its first rows hold.
    async fn place(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        batch: &Batch,
    ) -> Result<Result<(Entry, Placed), Objection>, IngestError> {
        let Batch { source, log, items, .. } = batch;
        let mut known = self.logs.remove(log);
        if known.is_none() {
            known = match self.open(transaction, batch).await? {
                Ok(entry) => entry,
                Err(objection) => return Ok(Err(objection)),
            };
        }
        let Some(mut entry) = known else { return Ok(Err(Objection::Gap { expected: 1 })) };
        if !entry.is_continued(items) {
            self.write(transaction).await?;
        }
        entry.look_around(transaction, self.tenant, *log, items).await?;
        let placed = entry.check(source, items).and_then(|()| entry.held.place(*log, items));
        Ok(match placed {
            Ok(placed) => Ok((entry, placed)),
            Err(objection) => {
                self.logs.insert(*log, entry);
                Err(objection)
            }
        })
    }

    /// Makes a log known whose first rows hold, and locks it. One that an earlier batch of this transaction changed is
    /// read anew.
    async fn open(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        batch: &Batch,
    ) -> Result<Result<Option<Entry>, Objection>, IngestError> {
        let Batch { source, log, items, .. } = batch;
        let this = BTreeSet::from([*log]);
        self.write(transaction).await?;
        if let Some(entry) = entry::lock(transaction, self.tenant, &this).await?.remove(log) {
            return Ok(Ok(Some(entry)));
        }
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
        opening.insert(transaction, source, self.month).await?;
        if !opening.opened.letter.is_empty() {
            self.gathered.letters.insert((opening.opened.store, opening.opened.letter.clone()));
        }
        Ok(Ok(entry::lock(transaction, self.tenant, &this).await?.remove(log)))
    }

    async fn store(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        batch: &'a Batch,
        mut entry: Entry,
        placed: &Placed,
    ) -> Result<Taken, IngestError> {
        let branch = placed.fork.map_or(placed.branch, |fork| fork.branch);
        let shelf = Shelf { tenant: self.tenant, month: entry.month, log: batch.log, branch };
        let place = |item: &Item| {
            let seq = item.head().seq;
            let kept_under = if placed.fork.is_some() { branch } else { entry.held.kept(branch, seq) };
            Place { log: batch.log, kept_under, seq }
        };
        let mut taken = Taken { stands_on: batch.items.last().map(place), ..Taken::default() };
        let new = &batch.items[placed.known..];
        taken.verdict.branch = branch;
        taken.verdict.stored = u64::try_from(new.len()).unwrap_or(u64::MAX);
        taken.verdict.revoked = entry.author.cut_off.is_some();
        let traceparent = batch.traceparent.as_deref();
        self.gathered.take(entry.author, traceparent, branch, new.iter(), &mut taken.verdict);
        if let Some(last) = new.last() {
            tell_of(batch, new);
            if entry.is_continued(new) && placed.fork.is_none() && placed.healed.is_empty() {
                self.appended.push((shelf, new));
                entry.held.branches[0].head = last.head();
            } else {
                self.store_apart(transaction, batch, &entry, placed, shelf, &mut taken).await?;
                return Ok(taken);
            }
        } else if !placed.healed.is_empty() {
            self.store_apart(transaction, batch, &entry, placed, shelf, &mut taken).await?;
        }
        self.logs.insert(batch.log, entry);
        Ok(taken)
    }

    /// Stores what does not simply go on from a head: rows that heal stubs, and those of a history that leaves another.
    /// The log is read anew before its next batch.
    async fn store_apart(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        batch: &Batch,
        entry: &Entry,
        placed: &Placed,
        shelf: Shelf,
        taken: &mut Taken,
    ) -> Result<(), IngestError> {
        self.write(transaction).await?;
        for kept_under in placed.healed.iter().map(|(_, kept)| *kept).collect::<BTreeSet<_>>() {
            let of = placed.healed.iter().filter(|(_, kept)| *kept == kept_under);
            let healed: Vec<&Item> = of.map(|(index, _)| &batch.items[*index]).collect();
            rows::heal(transaction, &Shelf { branch: kept_under, ..shelf }, healed.iter().copied()).await?;
            taken.verdict.healed += u64::try_from(healed.len()).unwrap_or(u64::MAX);
            let traceparent = batch.traceparent.as_deref();
            self.gathered.take(entry.author, traceparent, kept_under, healed.into_iter(), &mut taken.verdict);
        }
        if let Some(parting) = &placed.fork {
            rows::copy(transaction, &shelf, parting).await?;
            taken.verdict.forked = Some((batch.log, parting.first));
        }
        let new = &batch.items[placed.known..];
        if let Some(last) = new.last() {
            let shared = placed.fork.map_or(0, |fork| fork.shared);
            rows::insert(transaction, new.iter(), &Tail { shelf, shared, head: last.head() }).await?;
        }
        if let Some(parting) = &placed.fork {
            tracing::warn!(log = %batch.log, seq = parting.first, "a log has a second history; both are kept");
            self.gathered.take_forked(transaction, batch, entry, parting).await?;
        }
        Ok(())
    }
}

/// One line of the log for a batch, before its commit, with the correlation id of the act at the till that its last row belongs to.
fn tell_of(batch: &Batch, new: &[Item]) {
    let last = new.iter().rev().find_map(|item| match item {
        Item::Row(row) => Some(row),
        Item::Stub(_) => None,
    });
    if let Some(row) = last {
        let (device, log, correlation_id) = (batch.source.device, batch.log, row.correlation_id);
        tracing::info!(%device, %log, %correlation_id, seq = row.seq, rows = new.len(), "rows come in");
    }
}

impl Gathered {
    /// Whether this is nothing but orders whose ids were made for them, in a log that was found as it is held.
    fn only_opens(&self, beside: &Beside) -> bool {
        let nothing_else = self.shop.is_empty() && self.quarantined.is_empty() && self.letters.is_empty();
        nothing_else && beside.own.is_some() && self.orders.keys().all(|order| beside.opened.contains(order))
    }

    /// What is told of an order hangs under the trace context of the act that it belongs to.
    fn hang_under(&mut self, traces: &Traces) {
        for cause in self.orders.values_mut().map(|order| &mut order.cause) {
            if let Some(trace) = traces.get(&cause.correlation) {
                cause.traceparent = Some(trace.clone());
            }
        }
    }

    /// Notes what stored rows mean.
    pub(super) fn take<'a>(
        &mut self,
        author: Author,
        traceparent: Option<&str>,
        branch: i32,
        items: impl Iterator<Item = &'a Item>,
        verdict: &mut Verdict,
    ) {
        for item in items {
            let Item::Row(row) = item else { continue };
            let meaning = Meaning::of(row, author);
            verdict.days.insert((author.store, row.business_day));
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
                        traceparent: traceparent.map(str::to_owned),
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

    /// Orders whose number has another mark since a log became known are folded anew.
    async fn take_letters(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), IngestError> {
        for carried in std::mem::take(&mut self.letters) {
            for (order, store) in letters::learn(transaction, tenant, &carried).await? {
                let cause = Cause { correlation: new_id(), causation: None, traceparent: None };
                self.orders.entry(order).or_insert_with(|| Touched { store, facts: Vec::new(), cause });
            }
        }
        Ok(())
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

/// Keeps what was refused, once per device, place and rule, and so much of a device at most: a peer that repeats it, or
/// is false in ever new ways, fills nothing.
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
         WHERE tenant = $1 AND device = $3 AND log_id = $4 AND seq = $5 AND rule = $6) \
         AND (SELECT count(*) FROM (SELECT 1 FROM central.evidence WHERE tenant = $1 AND device = $3 LIMIT $8) AS kept) < $8";
    sqlx::query(sql)
        .bind(source.tenant.0)
        .bind(new_id())
        .bind(source.device.0)
        .bind(&refusal.log.0[..])
        .bind(to_sql(refusal.seq))
        .bind(&refusal.rule)
        .bind(&message[..message.len().min(EVIDENCE_BYTES_MAX)])
        .bind(EVIDENCE_PER_DEVICE_MAX)
        .execute(&mut **transaction)
        .await?;
    tracing::warn!(device = %source.device, log = %refusal.log, seq = refusal.seq, rule = refusal.rule, "rows refused");
    Ok(())
}
