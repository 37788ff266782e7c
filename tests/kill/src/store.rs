//! The till's store, read beside the running till with SQL of our own: rows, groups, outbox, receipts, sums.
//!
//! It is opened only while the till runs: then the file is as the till left and found it, and nothing that is done
//! here can mend or spoil what the next start has to cope with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;

use crate::ledger::Ledger;

/// Rows after a place in a log, with their outbox row.
const ROWS: &str = "SELECT l.log_no, e.seq, e.stream_kind, hex(e.correlation_id), e.signature IS NOT NULL,
        o.seq IS NOT NULL, l.own, e.event_type, e.business_day, e.payload
    FROM logs l JOIN events e ON e.log_id = l.log_id LEFT JOIN outbox o ON o.log_no = l.log_no AND o.seq = e.seq
    WHERE l.log_no >= ?1 AND (l.log_no > ?1 OR e.seq > ?2) ORDER BY l.log_no, e.seq";
/// Outbox rows without an event.
const ORPHANS: &str = "SELECT count(*) FROM outbox o JOIN logs l ON l.log_no = o.log_no
    WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.log_id = l.log_id AND e.seq = o.seq)";
/// Logs whose head is not their last row.
const HEADS: &str = "SELECT count(*) FROM logs l LEFT JOIN heads h ON h.log_no = l.log_no
    WHERE h.seq IS NOT (SELECT max(e.seq) FROM events e WHERE e.log_id = l.log_id)";

/// What was read of a store so far. Rows never change, so each is read once.
#[derive(Debug, Default)]
pub struct Store {
    log_no: i64,
    seq: i64,
    rows: i64,
    /// The command whose group is not closed by a signature yet.
    open_group: Option<String>,
    /// Commands that wrote to an order.
    on_orders: BTreeSet<String>,
    /// Commands that wrote to the shop: they come from the till itself.
    on_shop: BTreeSet<String>,
    /// Minor units by business day and drawer.
    paid: BTreeMap<(i64, String), i64>,
    /// By series: number, amount, and the grand total that stands on the receipt.
    receipts: BTreeMap<String, Vec<(i64, i64, i64)>>,
}

struct Event {
    log_no: i64,
    seq: i64,
    on_order: bool,
    command: String,
    signed: bool,
    in_outbox: bool,
    own: bool,
    event_type: String,
    business_day: i64,
    payload: String,
}

/// Whether a command left a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Its receipt is there.
    pub receipt: bool,
    /// Its events on the order.
    pub events: i64,
}

/// Opens the store of a till that runs.
///
/// # Errors
/// If it can't be read.
pub fn open(data: &Path) -> Result<Connection, String> {
    let path = data.join("store.db");
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    connection.map_err(|error| format!("{}: {error}", path.display()))
}

/// What a command on an order left behind.
///
/// # Errors
/// If the store can't be read.
pub fn trace(connection: &Connection, command_id: &str, order_id: &str) -> Result<Trace, String> {
    let (command, order) = (plain(command_id), plain(order_id));
    let receipt = "SELECT count(*) FROM receipts WHERE command_id = unhex(?1)";
    let events = "SELECT count(*) FROM events WHERE stream_id = unhex(?2) AND correlation_id = unhex(?1)";
    let receipts: i64 = said(connection.query_row(receipt, [&command], |row| row.get(0)))?;
    Ok(Trace {
        receipt: receipts == 1,
        events: said(connection.query_row(events, [&command, &order], |row| row.get(0)))?,
    })
}

impl Store {
    /// Reads what is new and holds it against the ledger.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn new_rows(&mut self, connection: &Connection, ledger: &Ledger) -> Result<Vec<String>, String> {
        let mut faults = Vec::new();
        let mut statement = said(connection.prepare_cached(ROWS))?;
        let rows = said(statement.query_map([self.log_no, self.seq], event))?;
        for row in rows {
            self.take(said(row)?, &mut faults);
        }
        if let Some(command) = &self.open_group {
            faults.push(format!("the rows of command {command} have no signature at their end"));
        }
        let wrote: BTreeSet<String> = ledger.wrote.iter().map(|id| plain(id)).collect();
        faults.extend(
            wrote.difference(&self.on_orders).map(|id| format!("command {id} was acknowledged and has no event")),
        );
        faults.extend(
            self.on_orders.difference(&wrote).map(|id| format!("command {id} has events and was not acknowledged")),
        );
        Ok(faults)
    }

    fn take(&mut self, event: Event, faults: &mut Vec<String>) {
        let at = format!("row {} of log {}", event.seq, event.log_no);
        let due = if event.log_no == self.log_no { self.seq + 1 } else { 1 };
        if event.seq != due {
            faults.push(format!("{at} stands where row {due} is due"));
        }
        if !event.own || !event.in_outbox {
            faults.push(format!("{at} is an event of this till and not in the outbox"));
        }
        match &self.open_group {
            Some(open) if *open != event.command || event.log_no != self.log_no => {
                faults.push(format!("{at} follows rows of command {open} without their signature"));
            }
            Some(_) => {}
            None if event.on_order && !self.on_orders.insert(event.command.clone()) => {
                faults.push(format!("{at} is a second group of command {}", event.command));
            }
            None if !event.on_order => {
                self.on_shop.insert(event.command.clone());
            }
            None => {}
        }
        if event.event_type == "order.cash_paid" && self.payment(&event).is_none() {
            faults.push(format!("{at} has no payment in it"));
        }
        self.open_group = (!event.signed).then_some(event.command);
        (self.log_no, self.seq, self.rows) = (event.log_no, event.seq, self.rows + 1);
    }

    fn payment(&mut self, event: &Event) -> Option<()> {
        let payload: Value = serde_json::from_str(&event.payload).ok()?;
        let (minor, receipt) = (payload["amount_minor"].as_i64()?, &payload["receipt"]);
        let (number, grand_total) = (receipt["number"].as_i64()?, receipt["grand_total_minor"].as_i64()?);
        let (series, drawer) = (receipt["series"].as_str()?.to_owned(), payload["drawer"].as_str()?.to_owned());
        *self.paid.entry((event.business_day, drawer)).or_default() += minor;
        self.receipts.entry(series).or_default().push((number, minor, grand_total));
        Some(())
    }

    /// Holds the whole store against what was read of it row by row.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn whole(&self, connection: &Connection, ledger: &Ledger) -> Result<Vec<String>, String> {
        let number = |sql: &str| said(connection.query_row(sql, [], |row| row.get::<_, i64>(0)));
        let mut faults = Vec::new();
        let mut equal = |what: &str, ours: i64, theirs: i64| {
            if ours != theirs {
                faults.push(format!("{what}: {theirs} in the store, and {ours} are due"));
            }
        };
        equal("events", self.rows, number("SELECT count(*) FROM events")?);
        equal("outbox rows", self.rows, number("SELECT count(*) FROM outbox")?);
        equal("outbox rows without an event", 0, number(ORPHANS)?);
        equal("logs whose head is not their last row", 0, number(HEADS)?);
        equal("the counter of events", self.rows, number("SELECT value FROM counters WHERE name = 'events'")?);
        equal("the counter of the outbox", self.rows, number("SELECT value FROM counters WHERE name = 'outbox'")?);
        equal("minor units in payments", ledger.captured_minor(), self.paid.values().sum());
        let receipts: BTreeSet<String> =
            column(connection, "SELECT hex(command_id) FROM receipts")?.into_iter().collect();
        faults.extend(self.on_orders.difference(&receipts).map(|id| format!("command {id} has no receipt")));
        let known = |id: &&String| !self.on_orders.contains(*id) && !self.on_shop.contains(*id);
        faults.extend(receipts.iter().filter(known).map(|id| format!("the receipt of command {id} stands alone")));
        faults.extend(self.sums(connection)?);
        Ok(faults)
    }

    /// Money by day and drawer, and the running total of each series.
    fn sums(&self, connection: &Connection) -> Result<Vec<String>, String> {
        let mut faults = Vec::new();
        let sql =
            "SELECT business_day, drawer, tender, sum(captured_minor - refunded_minor) FROM payments GROUP BY 1, 2, 3";
        let mut statement = said(connection.prepare(sql))?;
        let rows = said(statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)))))?;
        let shown: BTreeMap<(i64, String), (String, i64)> = said(rows.collect())?;
        let told = self.paid.iter().map(|(key, minor)| (key.clone(), ("cash".to_owned(), *minor))).collect();
        if shown != told {
            faults.push(format!("by day, drawer and tender the events say {told:?}, and the read model {shown:?}"));
        }
        for (series, receipts) in &self.receipts {
            let mut receipts = receipts.clone();
            receipts.sort_unstable();
            let mut sum = 0;
            for ((number, minor, grand_total), due) in receipts.into_iter().zip(1..) {
                sum += minor;
                if (number, grand_total) != (due, sum) {
                    faults
                        .push(format!("series {series}: receipt {number} over {grand_total}, due is {due} over {sum}"));
                }
            }
            let kept = "SELECT value FROM counters WHERE name = 'grand:' || ?1";
            let kept: i64 = said(connection.query_row(kept, [series], |row| row.get(0)))?;
            if kept != sum {
                faults.push(format!("series {series}: a grand total of {kept} is kept, and {sum} is due"));
            }
        }
        Ok(faults)
    }
}

fn event(row: &Row) -> rusqlite::Result<Event> {
    Ok(Event {
        log_no: row.get(0)?,
        seq: row.get(1)?,
        on_order: row.get::<_, String>(2)? == "order",
        command: row.get::<_, String>(3)?.to_lowercase(),
        signed: row.get(4)?,
        in_outbox: row.get(5)?,
        own: row.get(6)?,
        event_type: row.get(7)?,
        business_day: row.get(8)?,
        payload: row.get(9)?,
    })
}

fn column(connection: &Connection, sql: &str) -> Result<Vec<String>, String> {
    let mut statement = said(connection.prepare(sql))?;
    let rows = said(statement.query_map([], |row| row.get::<_, String>(0)))?;
    rows.map(|row| said(row).map(|text| text.to_lowercase())).collect()
}

/// A UUID as the store's bytes are written in hex.
fn plain(id: &str) -> String {
    id.replace('-', "").to_lowercase()
}

fn said<T>(result: rusqlite::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("the store can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    /// A store with these rows of one log: seq, command, signed, in the outbox.
    fn store(rows: &[(i64, &str, bool, bool)]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE logs (log_no, log_id, own); INSERT INTO logs VALUES (1, x'01', 1);
                CREATE TABLE outbox (log_no, seq);
                CREATE TABLE events (log_id, seq, stream_kind, correlation_id, signature, event_type, business_day, payload)",
            )
            .unwrap();
        for (seq, command, signed, sent) in rows {
            let event = "INSERT INTO events VALUES (x'01', ?1, 'order', unhex(?2), iif(?3, x'00', NULL), 'order.placed', 1, '{}')";
            connection.execute(event, (seq, command, signed)).unwrap();
            connection.execute("INSERT INTO outbox SELECT 1, ?1 WHERE ?2", (seq, sent)).unwrap();
        }
        connection
    }

    fn faults(rows: &[(i64, &str, bool, bool)], acknowledged: &[&str]) -> Vec<String> {
        let wrote = acknowledged.iter().map(|id| (*id).to_owned()).collect();
        Store::default().new_rows(&store(rows), &Ledger { wrote, ..Ledger::default() }).unwrap()
    }

    #[test]
    fn whole_groups_of_acknowledged_commands_have_no_fault() {
        let rows = [(1, A, false, true), (2, A, true, true), (3, B, true, true)];
        assert_eq!(faults(&rows, &[A, B]), Vec::<String>::new());
    }

    #[test]
    fn what_is_lost_doubled_half_done_or_unsaid_is_named() {
        let named = |rows: &[(i64, &str, bool, bool)], acknowledged: &[&str], word: &str| {
            let faults = faults(rows, acknowledged);
            assert!(faults.len() == 1 && faults[0].contains(word), "{faults:?}");
        };
        named(&[(1, A, true, true)], &[A, B], "was acknowledged and has no event");
        named(&[(1, A, true, true)], &[], "was not acknowledged");
        named(&[(1, A, true, true), (2, A, true, true)], &[A], "a second group");
        named(&[(1, A, false, true), (2, B, true, true)], &[A], "without their signature");
        named(&[(1, A, true, true), (2, B, false, true)], &[A, B], "no signature at their end");
        named(&[(1, A, true, false)], &[A], "not in the outbox");
        named(&[(1, A, true, true), (3, B, true, true)], &[A, B], "where row 2 is due");
    }
}
