//! What this device holds of one business day: rows and the sum of their hashes for each of its own logs, and the money
//! that it took and paid out. Head office compares it with what it holds itself; `docket-till prove` prints it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use docket_contracts::ApiError;
use docket_domain::ids::{LogId, OrderId, PaymentId};
use docket_domain::order::event::OrderEvent;
use docket_log::Hash;
use docket_sync::HashSum;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::error::StoreError;
use crate::readmodel;
use crate::store::events::{self, Author, StoredLog};
use crate::store::histories::Histories;
use crate::store::{self, meta};
use crate::writer::fold;

/// A device's own account of one business day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayTally {
    /// yyyymmdd.
    pub business_day: i32,
    /// The device's own logs that have rows of this day, in the order in which they were opened.
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

/// The rows that one log has of a day. A row that was found damaged is not counted: it travels as a stub, without a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogDay {
    /// The log.
    pub log: LogId,
    /// Its rows of this day.
    pub rows: u64,
    /// The sum of their hashes.
    pub sum: HashSum,
}

const ROWS: &str = "SELECT hash, stream_id, event_type, schema_version, \
     CASE WHEN event_type IN ('order.cash_paid', 'order.refunded') THEN payload END \
     FROM events e WHERE log_id = ?1 AND business_day = ?2 AND NOT EXISTS \
     (SELECT 1 FROM damaged_rows d WHERE d.log_id = e.log_id AND d.seq = e.seq) ORDER BY seq";

const WAITING: &str = "SELECT count(*) FROM outbox o JOIN logs l USING (log_no) \
     JOIN events e ON e.log_id = l.log_id AND e.seq = o.seq WHERE e.business_day = ?1";

/// Payments and refunds that this device's own facts name, per order.
type Money = BTreeMap<Uuid, (HashSet<PaymentId>, HashSet<PaymentId>)>;

/// Sums up one day of a store without changing it.
///
/// # Errors
/// If there is no store or it can't be read.
pub fn tally(data: &Path, business_day: i32) -> Result<DayTally, ApiError> {
    let connection = store::open_reader(data)?;
    // One snapshot, so that rows and money belong together while the till goes on.
    connection.execute_batch("BEGIN").map_err(StoreError::from)?;
    Ok(day_tally(&connection, business_day)?)
}

/// [`tally`] on a connection of the caller's.
///
/// # Errors
/// If the store fails.
pub(crate) fn day_tally(connection: &Connection, business_day: i32) -> Result<DayTally, StoreError> {
    let logs = events::logs(connection)?;
    let mut tally = DayTally { business_day, ..DayTally::default() };
    let mut money = Money::new();
    for log in logs.iter().filter(|log| log.own) {
        let day = log_day(connection, log.log, business_day, &mut money)?;
        if day.rows > 0 {
            tally.logs.push(day);
        }
    }
    add_money(connection, &logs, &money, &mut tally)?;
    tally.currency = currency(connection, business_day)?;
    let waiting: i64 = connection.prepare_cached(WAITING)?.query_row([business_day], |row| row.get(0))?;
    tally.waiting_rows = waiting.unsigned_abs();
    Ok(tally)
}

fn log_day(connection: &Connection, log: LogId, day: i32, money: &mut Money) -> Result<LogDay, StoreError> {
    let mut found = LogDay { log, rows: 0, sum: HashSum::default() };
    let mut statement = connection.prepare_cached(ROWS)?;
    let mut rows = statement.query(params![&log.0[..], day])?;
    while let Some(row) = rows.next()? {
        found.rows += 1;
        found.sum.add(&Hash(row.get(0)?));
        let Some(payload) = row.get::<_, Option<String>>(4)? else { continue };
        let order = Uuid::from_bytes(row.get(1)?);
        let decoded = OrderEvent::decode(&row.get::<_, String>(2)?, row.get(3)?, &payload);
        let (payments, refunds) = money.entry(order).or_default();
        match decoded {
            Ok(OrderEvent::CashPaid(paid)) => {
                payments.insert(paid.payment_id);
            }
            Ok(OrderEvent::Refunded(refunded)) => {
                refunds.insert(refunded.refund_id);
            }
            // Of a newer shape: the order says 'update needed', and its money is not known here.
            _ => {}
        }
    }
    Ok(found)
}

/// Adds what the folded orders say of the payments and refunds: a retry counts once, and on the day of its first fact.
fn add_money(
    connection: &Connection,
    logs: &[StoredLog],
    money: &Money,
    tally: &mut DayTally,
) -> Result<(), StoreError> {
    if money.is_empty() {
        return Ok(());
    }
    let histories = Histories::read(connection)?;
    let author = |log| logs.iter().find(|known| known.log == log).map(|known: &StoredLog| -> Author { known.author });
    for (order, (payments, refunds)) in money {
        let rows = events::stream(connection, *order)?;
        let (state, _) = fold(OrderId(*order), &rows, |row| author(row.log), &histories)?;
        let Some(order) = state.derive() else { continue };
        for payment in order.payments.iter().filter(|payment| payments.contains(&payment.id)) {
            if payment.business_day == tally.business_day {
                tally.captured_minor = tally.captured_minor.saturating_add(payment.amount_minor);
            }
        }
        for refund in order.refunds.iter().filter(|refund| refunds.contains(&refund.id)) {
            if refund.business_day == tally.business_day {
                tally.refunded_minor = tally.refunded_minor.saturating_add(refund.payout_minor);
            }
        }
    }
    Ok(())
}

/// The currency of the day's orders; where there are none, the one that the shop was set up with.
fn currency(connection: &Connection, day: i32) -> Result<String, StoreError> {
    if readmodel::generation(connection)? > 0 {
        let mut statement =
            connection.prepare_cached("SELECT currency FROM orders WHERE business_day = ?1 ORDER BY order_id LIMIT 1")?;
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
            let found = tally(&data, day).unwrap();
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
        assert_eq!(tally(&data, 19_990_101).unwrap().logs, []);
    }
}
