//! What this device holds of one business day: rows and the sum of their hashes for each of its own logs, and the money
//! that it took and paid out. Head office compares it with what it holds itself; `docket-till prove` prints it.

use std::collections::HashSet;
use std::path::Path;

use docket_contracts::ApiError;
use docket_domain::ids::{LogId, OrderId, PaymentId, StoreId};
use docket_domain::order::event::OrderEvent;
use docket_log::{Hash, Row};
use docket_sync::HashSum;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::error::StoreError;
use crate::readmodel;
use crate::store::events::{self, Author, StoredLog};
use crate::store::histories::Histories;
use crate::store::{self, former, meta};
use crate::writer::fold;

/// A device's own account of one business day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayTally {
    /// yyyymmdd.
    pub business_day: i32,
    /// The device's own logs that have rows of this day, in the order in which they were opened, and of a log with several
    /// histories each that has some.
    pub logs: Vec<LogDay>,
    /// Taken by this device on this day, in minor units, as its orders are folded here.
    pub captured_minor: i64,
    /// Paid out by this device on this day, in minor units.
    pub refunded_minor: i64,
    /// ISO 4217; empty before the shop is set up.
    pub currency: String,
    /// Own rows of this day that head office has not confirmed.
    pub waiting_rows: u64,
}

/// The rows that one history of a log has of a day. A row that was found damaged is not counted: it travels as a stub, without
/// a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogDay {
    /// The log.
    pub log: LogId,
    /// Its rows of this day.
    pub rows: u64,
    /// The sum of their hashes.
    pub sum: HashSum,
}

const ROWS: &str = "SELECT seq, hash FROM events e WHERE log_id = ?1 AND business_day = ?2 AND NOT EXISTS \
     (SELECT 1 FROM damaged_rows d WHERE d.log_id = e.log_id AND d.seq = e.seq)";

/// Further histories of a log, with the last row that each shares with the first.
const FURTHER: &str =
    "SELECT b.branch, b.shared FROM branches b JOIN logs l USING (log_no) WHERE l.log_id = ?1 ORDER BY 1";

const FURTHER_ROWS: &str = "SELECT hash FROM forked_events WHERE log_id = ?1 AND business_day = ?2 AND branch = ?3";

const WAITING: &str = "SELECT count(*) FROM outbox o JOIN logs l USING (log_no) \
     JOIN events e ON e.log_id = l.log_id AND e.seq = o.seq WHERE e.business_day = ?1";

impl LogDay {
    fn add(&mut self, hash: &Hash) {
        self.rows += 1;
        self.sum.add(hash);
    }
}

/// Sums up one day of a store without changing it: of the one that this till is in, or of one that it was in before.
///
/// # Errors
/// If there is no store or it can't be read.
pub fn tally(data: &Path, business_day: i32, store: Option<StoreId>) -> Result<DayTally, ApiError> {
    let connection = store::open_reader(data)?;
    // One snapshot, so that rows and money belong together while the till goes on.
    connection.execute_batch("BEGIN").map_err(StoreError::from)?;
    Ok(day_tally(&connection, business_day, store)?)
}

fn day_tally(connection: &Connection, business_day: i32, store: Option<StoreId>) -> Result<DayTally, StoreError> {
    let mut tally = DayTally { business_day, ..DayTally::default() };
    for log in own_logs(connection, store)? {
        let histories = log_days(connection, log, business_day)?;
        tally.logs.extend(histories.into_iter().filter(|day| day.rows > 0));
    }
    (tally.captured_minor, tally.refunded_minor) = own_money(connection, business_day, store)?;
    tally.currency = currency(connection, business_day)?;
    let waiting: i64 = connection.prepare_cached(WAITING)?.query_row([business_day], |row| row.get(0))?;
    tally.waiting_rows = waiting.unsigned_abs();
    Ok(tally)
}

/// Logs that this device wrote in the store that it is in, or in the one that is named, in the order of their opening.
///
/// # Errors
/// If the store fails.
pub(crate) fn own_logs(connection: &Connection, store: Option<StoreId>) -> Result<Vec<LogId>, StoreError> {
    let former = former::logs(connection)?;
    let now = meta::folder(connection, "store")?.and_then(|text| text.parse().ok()).map(StoreId);
    let store = store.filter(|store| Some(*store) != now);
    let logs = events::logs(connection)?.into_iter().filter(|log| log.own).map(|log| log.log);
    Ok(logs.filter(|log| former.get(log).copied() == store).collect())
}

/// The day of each further history of a log that has rows of it.
///
/// # Errors
/// If the store fails.
pub(crate) fn further_days(connection: &Connection, log: LogId, day: i32) -> Result<Vec<LogDay>, StoreError> {
    if !connection.prepare_cached(FURTHER)?.exists([&log.0[..]])? {
        return Ok(Vec::new());
    }
    Ok(log_days(connection, log, day)?.into_iter().skip(1).filter(|history| history.rows > 0).collect())
}

/// The day of each history of a log, the first one first.
fn log_days(connection: &Connection, log: LogId, day: i32) -> Result<Vec<LogDay>, StoreError> {
    let mut further = connection.prepare_cached(FURTHER)?;
    let further = further.query_map([&log.0[..]], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))?;
    let further = further.collect::<Result<Vec<_>, _>>()?;
    let none = LogDay { log, rows: 0, sum: HashSum::default() };
    let mut days = vec![none; further.len() + 1];
    let mut statement = connection.prepare_cached(ROWS)?;
    let mut rows = statement.query(params![&log.0[..], day])?;
    while let Some(row) = rows.next()? {
        let (seq, hash) = (row.get::<_, i64>(0)?, Hash(row.get(1)?));
        days[0].add(&hash);
        // A further history goes on from the rows that it shares with the first.
        let shares = further.iter().zip(&mut days[1..]).filter(|((_, shared), _)| seq <= *shared);
        shares.for_each(|(_, history)| history.add(&hash));
    }
    for ((branch, _), history) in further.iter().zip(&mut days[1..]) {
        let mut statement = connection.prepare_cached(FURTHER_ROWS)?;
        let mut rows = statement.query(params![&log.0[..], day, branch])?;
        while let Some(row) = rows.next()? {
            history.add(&Hash(row.get(0)?));
        }
    }
    Ok(days)
}

/// What this device itself took and paid out on a day, in minor units, as its orders are folded here. A retry counts once,
/// on the day of its first fact; what other devices of the store took is theirs to tell.
///
/// # Errors
/// If the store fails.
pub(crate) fn own_money(connection: &Connection, day: i32, store: Option<StoreId>) -> Result<(i64, i64), StoreError> {
    let (mut captured, mut refunded) = (0_i64, 0_i64);
    if readmodel::generation(connection)? == 0 {
        return Ok((captured, refunded));
    }
    let own_logs: HashSet<LogId> = own_logs(connection, store)?.into_iter().collect();
    let (logs, histories) = (events::logs(connection)?, Histories::read(connection)?);
    let known = |log: LogId| logs.iter().find(|known: &&StoredLog| known.log == log);
    let author = |log| known(log).map(|known| -> Author { known.author });
    let mut statement = connection.prepare_cached("SELECT DISTINCT order_id FROM payments WHERE business_day = ?1")?;
    let orders = statement.query_map([day], |row| row.get::<_, [u8; 16]>(0))?;
    for id in orders {
        let id = Uuid::from_bytes(id?);
        let rows = events::stream(connection, id)?;
        let own = rows.iter().filter(|row| own_logs.contains(&row.log));
        let (payments, refunds) = money_facts(own);
        let (state, _) = fold(OrderId(id), &rows, |row| author(row.log), &histories)?;
        let Some(order) = state.derive() else { continue };
        let taken =
            order.payments.iter().filter(|payment| payment.business_day == day && payments.contains(&payment.id));
        captured = taken.map(|payment| payment.amount_minor).fold(captured, i64::saturating_add);
        let paid_out = order.refunds.iter().filter(|refund| refund.business_day == day && refunds.contains(&refund.id));
        refunded = paid_out.map(|refund| refund.payout_minor).fold(refunded, i64::saturating_add);
    }
    Ok((captured, refunded))
}

/// The payments and the refunds that rows are about. One of a newer shape is not known here: its order says 'update needed'.
fn money_facts<'r>(rows: impl Iterator<Item = &'r Row>) -> (HashSet<PaymentId>, HashSet<PaymentId>) {
    let (mut payments, mut refunds) = (HashSet::new(), HashSet::new());
    for row in rows.filter(|row| matches!(&*row.event_type, "order.cash_paid" | "order.refunded")) {
        match OrderEvent::decode(&row.event_type, row.schema_version, &row.payload) {
            Ok(OrderEvent::CashPaid(paid)) => {
                payments.insert(paid.payment_id);
            }
            Ok(OrderEvent::Refunded(refunded)) => {
                refunds.insert(refunded.refund_id);
            }
            _ => {}
        }
    }
    (payments, refunds)
}

/// The currency of the day's orders; where there are none, the one that the shop was set up with.
fn currency(connection: &Connection, day: i32) -> Result<String, StoreError> {
    if readmodel::generation(connection)? > 0 {
        let mut statement = connection
            .prepare_cached("SELECT currency FROM orders WHERE business_day = ?1 ORDER BY order_id LIMIT 1")?;
        if let Some(found) = statement.query_map([day], |row| row.get(0))?.next() {
            return Ok(found?);
        }
    }
    let shop = meta::folder(connection, "shop")?.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    Ok(shop.and_then(|shop| shop["currency"].as_str().map(str::to_owned)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, Terminal};

    #[tokio::test]
    async fn a_played_day_is_counted_row_by_row_and_its_money_is_that_of_the_read_models() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let witness = Some(folder.path().join("witness"));
        let terminal = Terminal::open(OpenOptions { data: data.clone(), witness, demo: true }).await.unwrap();
        crate::play::play(&terminal, 6, 11, |_| {}).await.unwrap();
        terminal.close().await;

        let connection = store::open_reader(&data).unwrap();
        let days: Vec<i32> = connection
            .prepare("SELECT DISTINCT business_day FROM events")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let (mut rows, mut captured, mut refunded) = (0, 0, 0);
        for day in days {
            let found = tally(&data, day, None).unwrap();
            assert_eq!(found.waiting_rows, found.logs.iter().map(|log| log.rows).sum::<u64>(), "nothing was sent yet");
            assert!(found.logs.iter().all(|log| log.sum != HashSum::default()));
            rows += found.waiting_rows;
            captured += found.captured_minor;
            refunded += found.refunded_minor;
        }
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(i64::try_from(rows).unwrap(), one("SELECT count(*) FROM events"));
        assert_eq!(captured, one("SELECT sum(captured_minor) FROM payments"));
        assert_eq!(refunded, one("SELECT sum(refunded_minor) FROM payments"));
        assert!(captured > 0);
        assert_eq!(tally(&data, 19_990_101, None).unwrap().logs, []);
    }
}
