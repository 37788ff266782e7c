//! Reading a day from the database, in one snapshot, into a statement that nobody has signed yet.

use std::collections::{BTreeMap, BTreeSet};

use docket_contracts::integration::OrderBody;
use docket_contracts::statement::{Counted, Money, STATEMENT_FORMAT, STATEMENT_KIND, StatedLog, Statement, ToldMoney};
use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_log::Hash;
use docket_sync::HashSum;
use futures_util::TryStreamExt as _;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::ProveError;
use crate::clock;
use crate::db::{Database, set_tenant};
use crate::reconcile::days;

/// The tenant, store and day that are looked at.
#[derive(Clone, Copy)]
struct Day {
    tenant: TenantId,
    store: StoreId,
    day: i32,
}

/// A count and a sum under way.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    sum: HashSum,
}

impl Tally {
    fn add(&mut self, hash: [u8; 32]) {
        self.count += 1;
        self.sum.add(&Hash(hash));
    }

    fn counted(&self) -> Counted {
        Counted { count: self.count, hash_sum: self.sum.to_string() }
    }
}

/// A history that may have rows of the day.
struct History {
    log: LogId,
    branch: i32,
    shared: i64,
    device: DeviceId,
    own: bool,
    tally: Tally,
}

/// What a device said of one of its logs: of each history that it holds.
struct Told {
    histories: Vec<Counted>,
    device: DeviceId,
}

impl Told {
    /// What it said of each of these histories. What it said of one that stands here as it was told belongs to that; what
    /// is left over goes to those that are left over, because numbers of histories are the own affair of each side. A
    /// device that said one thing said it of the log.
    fn of(&self, held: &[Counted]) -> Vec<Option<Counted>> {
        if let [only] = &self.histories[..] {
            return vec![Some(only.clone()); held.len().max(1)];
        }
        let mut of: Vec<Option<Counted>> =
            held.iter().map(|held| self.histories.contains(held).then(|| held.clone())).collect();
        for left in self.histories.iter().filter(|told| !held.contains(told)) {
            match of.iter_mut().find(|of| of.is_none()) {
                Some(free) => *free = Some(left.clone()),
                None => of.push(Some(left.clone())),
            }
        }
        of
    }
}

/// Compares one day of a store. The statement is version 1 and not signed.
///
/// # Errors
/// [`ProveError`].
pub async fn gather(
    database: &Database,
    tenant: TenantId,
    store: StoreId,
    business_day: i32,
) -> Result<Statement, ProveError> {
    days::look(database, tenant).await?;
    let mut transaction = database.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY".to_owned()).await?;
    set_tenant(&mut transaction, tenant).await?;
    let day = Day { tenant, store, day: business_day };
    let mut histories = histories(&mut transaction, day).await?;
    let paid = rows(&mut transaction, day, &mut histories).await?;
    let (money, currency) = money(&mut transaction, day, &paid).await?;
    let (told, told_money) = told(&mut transaction, day).await?;
    let outbox = outbox(&mut transaction, day).await?;
    let kafka = kafka(&mut transaction, day).await?;
    transaction.commit().await?;
    let mut statement = Statement {
        kind: STATEMENT_KIND.to_owned(),
        format: STATEMENT_FORMAT,
        tenant,
        store,
        business_day,
        version: 1,
        made_at_ms: clock::wall_ms(),
        currency,
        logs: stated(histories, told),
        money,
        told_money,
        outbox,
        kafka,
        equal: false,
    };
    statement.equal = statement.findings().is_empty();
    Ok(statement)
}

fn corrupt(what: &str) -> ProveError {
    ProveError::Corrupt(format!("{what} is not as this program writes it"))
}

fn log_id(bytes: Vec<u8>) -> Result<LogId, ProveError> {
    bytes.try_into().map(LogId).map_err(|_| corrupt("a log id"))
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32], ProveError> {
    bytes.try_into().map_err(|_| corrupt("a hash"))
}

async fn histories(connection: &mut PgConnection, day: Day) -> Result<Vec<History>, ProveError> {
    let rows = sqlx::query(
        "SELECT l.log_id, h.branch, h.shared, l.device, l.own FROM central.day_logs d \
         JOIN central.logs l USING (tenant, log_id) JOIN central.log_heads h USING (tenant, log_id) \
         WHERE d.tenant = $1 AND d.store = $2 AND d.business_day = $3 ORDER BY l.log_id, h.branch",
    )
    .bind(day.tenant.0)
    .bind(day.store.0)
    .bind(day.day)
    .fetch_all(connection)
    .await?;
    let history = |row: sqlx::postgres::PgRow| {
        Ok(History {
            log: log_id(row.try_get(0)?)?,
            branch: row.try_get(1)?,
            shared: row.try_get(2)?,
            device: DeviceId(row.try_get(3)?),
            own: row.try_get(4)?,
            tally: Tally::default(),
        })
    };
    rows.into_iter().map(history).collect()
}

/// Counts the rows of the day, and gives the orders that money facts of the day are about.
async fn rows(connection: &mut PgConnection, day: Day, histories: &mut [History]) -> Result<Vec<Uuid>, ProveError> {
    let logs: BTreeSet<[u8; 16]> = histories.iter().map(|history| history.log.0).collect();
    let logs: Vec<Vec<u8>> = logs.into_iter().map(|log| log.to_vec()).collect();
    // The months come from the logs, so that each log is read in its own partition, along its key.
    let mut found = sqlx::query(
        "SELECT r.log_id, r.branch, r.seq, r.hash, \
         CASE WHEN r.event_type IN ('order.cash_paid', 'order.refunded') THEN r.stream_id END \
         FROM central.logs l JOIN central.log_rows r ON r.tenant = l.tenant AND r.month = l.month AND r.log_id = l.log_id \
         WHERE l.tenant = $1 AND l.log_id = ANY($2) AND r.business_day = $3",
    )
    .bind(day.tenant.0)
    .bind(logs)
    .bind(day.day)
    .fetch(connection);
    let mut paid = BTreeSet::new();
    while let Some(row) = found.try_next().await? {
        let (log, branch, seq) = (log_id(row.try_get(0)?)?, row.try_get::<i32, _>(1)?, row.try_get::<i64, _>(2)?);
        let hash = hash(row.try_get(3)?)?;
        paid.extend(row.try_get::<Option<Uuid>, _>(4)?);
        for history in histories.iter_mut().filter(|history| history.log == log) {
            // A further history goes on from the rows that it shares with the first.
            if history.branch == branch || (branch == 0 && seq <= history.shared) {
                history.tally.add(hash);
            }
        }
    }
    Ok(paid.into_iter().collect())
}

/// Money of the day by the orders as they were folded here, and their currency.
async fn money(connection: &mut PgConnection, day: Day, orders: &[Uuid]) -> Result<(Money, String), ProveError> {
    let mut found = sqlx::query_scalar::<_, String>(
        "SELECT told FROM central.orders WHERE tenant = $1 AND order_id = ANY($2) AND told IS NOT NULL",
    )
    .bind(day.tenant.0)
    .bind(orders)
    .fetch(connection);
    let (mut money, mut currency) = (Money::default(), String::new());
    while let Some(told) = found.try_next().await? {
        let order: OrderBody = serde_json::from_str(&told).map_err(|_| corrupt("an order as it was told"))?;
        for payment in order.payments.iter().filter(|payment| payment.business_day == day.day) {
            money.captured_minor = money.captured_minor.saturating_add(payment.amount_minor);
        }
        for refund in order.refunds.iter().filter(|refund| refund.business_day == day.day) {
            money.refunded_minor = money.refunded_minor.saturating_add(refund.payout_minor);
        }
        if currency.is_empty() || order.currency < currency {
            currency = order.currency;
        }
    }
    Ok((money, currency))
}

/// What devices said, per log, and their money. A device says its money with each of its logs again.
async fn told(connection: &mut PgConnection, day: Day) -> Result<(BTreeMap<LogId, Told>, Vec<ToldMoney>), ProveError> {
    let rows = sqlx::query(
        "SELECT device, log_id, rows, hash_sum, captured_minor, refunded_minor, further_rows, further_sums \
         FROM central.tallies WHERE tenant = $1 AND store = $2 AND business_day = $3 ORDER BY device, log_id",
    )
    .bind(day.tenant.0)
    .bind(day.store.0)
    .bind(day.day)
    .fetch_all(connection)
    .await?;
    let (mut told, mut money) = (BTreeMap::new(), BTreeMap::<DeviceId, Money>::new());
    for row in rows {
        let device = DeviceId(row.try_get(0)?);
        let counted = |(rows, sum): (i64, Vec<u8>)| {
            let hash_sum = HashSum(hash(sum)?).to_string();
            Ok::<_, ProveError>(Counted { count: rows.unsigned_abs(), hash_sum })
        };
        let further = row.try_get::<Vec<i64>, _>(6)?.into_iter().zip(row.try_get::<Vec<Vec<u8>>, _>(7)?);
        let first = (row.try_get(2)?, row.try_get(3)?);
        let mut histories = std::iter::once(first).chain(further).map(counted).collect::<Result<Vec<_>, _>>()?;
        histories.retain(|told| told.count > 0);
        if !histories.is_empty() {
            told.insert(log_id(row.try_get(1)?)?, Told { histories, device });
        }
        let of_device = money.entry(device).or_default();
        of_device.captured_minor = of_device.captured_minor.max(row.try_get(4)?);
        of_device.refunded_minor = of_device.refunded_minor.max(row.try_get(5)?);
    }
    Ok((told, money.into_iter().map(|(device, money)| ToldMoney { device, money }).collect()))
}

/// The histories with rows of the day, and what a device speaks of and nobody here holds.
fn stated(histories: Vec<History>, mut told: BTreeMap<LogId, Told>) -> Vec<StatedLog> {
    let mut logs: BTreeMap<LogId, Vec<History>> = BTreeMap::new();
    for history in histories {
        logs.entry(history.log).or_default().push(history);
    }
    let mut stated = Vec::new();
    for (log, histories) in logs {
        let told = told.remove(&log).filter(|told| histories.first().is_some_and(|first| first.device == told.device));
        stated.extend(stated_log(&histories, told));
    }
    // Logs that a device speaks of and nobody here holds.
    for (log, told) in told {
        stated.extend(told.of(&[]).into_iter().zip(0..).map(|(rows, branch)| StatedLog {
            log,
            branch,
            device: told.device,
            own: false,
            held: Tally::default().counted(),
            told: rows,
        }));
    }
    stated.sort_by_key(|log| (log.log, log.branch));
    stated
}

/// The histories of one log that have rows of the day, and further ones that its device says to have.
fn stated_log(histories: &[History], told: Option<Told>) -> Vec<StatedLog> {
    let Some(log) = histories.first() else { return Vec::new() };
    let (of_day, others): (Vec<&History>, Vec<&History>) = histories.iter().partition(|one| one.tally.count > 0);
    let held: Vec<Counted> = of_day.iter().map(|history| history.tally.counted()).collect();
    let told = told.map_or_else(|| vec![None; held.len()], |told| told.of(&held));
    let held = held.into_iter().chain(std::iter::repeat_with(|| Tally::default().counted()));
    let next = histories.iter().map(|history| history.branch).max().unwrap_or(0) + 1;
    let numbers = of_day.iter().chain(&others).map(|history| history.branch).chain(next..);
    let stated = told.into_iter().zip(held).zip(numbers).map(|((told, held), branch)| StatedLog {
        log: log.log,
        branch: u32::try_from(branch).unwrap_or(0),
        device: log.device,
        own: log.own,
        held,
        told,
    });
    stated.collect()
}

/// The messages of the day that were written: those that stand there, and those that were published and pruned.
async fn outbox(connection: &mut PgConnection, day: Day) -> Result<Counted, ProveError> {
    let standing = "SELECT sha256(uuid_send(event_id) || body) FROM central.outbox \
         WHERE tenant = $1 AND store = $2 AND business_day = $3";
    let pruned =
        "SELECT messages, hash_sum FROM central.outbox_pruned WHERE tenant = $1 AND store = $2 AND business_day = $3";
    with_pruned(connection, standing, pruned, day).await
}

async fn with_pruned(
    connection: &mut PgConnection,
    standing: &'static str,
    pruned: &'static str,
    day: Day,
) -> Result<Counted, ProveError> {
    let mut tally = hashes(connection, standing, day).await?;
    let pruned: Option<(i64, Vec<u8>)> =
        sqlx::query_as(pruned).bind(day.tenant.0).bind(day.store.0).bind(day.day).fetch_optional(connection).await?;
    if let Some((messages, sum)) = pruned {
        tally.count += messages.unsigned_abs();
        tally.sum.join(&HashSum(hash(sum)?));
    }
    Ok(tally.counted())
}

/// The messages of the day that came out of Kafka: those that are noted one by one, and those that were settled.
async fn kafka(connection: &mut PgConnection, day: Day) -> Result<Counted, ProveError> {
    let counted = "SELECT hash FROM central.kafka_tallies WHERE tenant = $1 AND store = $2 AND business_day = $3";
    let pruned =
        "SELECT messages, hash_sum FROM central.kafka_pruned WHERE tenant = $1 AND store = $2 AND business_day = $3";
    with_pruned(connection, counted, pruned, day).await
}

async fn hashes(connection: &mut PgConnection, sql: &'static str, day: Day) -> Result<Tally, ProveError> {
    let mut found =
        sqlx::query_scalar::<_, Vec<u8>>(sql).bind(day.tenant.0).bind(day.store.0).bind(day.day).fetch(connection);
    let mut tally = Tally::default();
    while let Some(bytes) = found.try_next().await? {
        tally.add(hash(bytes)?);
    }
    Ok(tally)
}
