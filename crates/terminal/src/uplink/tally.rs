//! What this till holds of one business day, for the proof that nothing is missing.
//!
//! Rows never change, so each log is read once and then only behind the place where the last count ended; and anew where a row
//! was found damaged, or healed.

use std::collections::{BTreeMap, HashMap};

use docket_domain::ids::{LogId, StoreId};
use docket_log::Hash;
use docket_sync::HashSum;
use docket_sync::v1;
use prost::bytes::Bytes;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::events;
use crate::tally::{further_days, own_logs, own_money};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    rows: u64,
    sum: HashSum,
}

/// What was counted of a log.
#[derive(Debug, Default)]
struct Counted {
    /// The last row.
    read: u64,
    /// How many of its rows were known to be damaged.
    damaged: u64,
    days: BTreeMap<i32, Count>,
}

/// Counts of the logs that this till wrote, by day.
#[derive(Default)]
pub(crate) struct Tallies {
    logs: HashMap<LogId, Counted>,
}

impl Tallies {
    /// The tally of a day, as head office asked for it.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn of(
        &mut self,
        connection: &Connection,
        wanted: &v1::TallyWanted,
        currency: &str,
    ) -> Result<v1::Tally, StoreError> {
        let (day, store_id) = (wanted.business_day, wanted.store_id.clone());
        let store = Uuid::from_slice(&store_id).ok().map(StoreId);
        let mut logs = Vec::new();
        for log in own_logs(connection, store)? {
            let counted = self.logs.entry(log).or_default();
            let damaged = damaged_rows(connection, log)?;
            if damaged != counted.damaged {
                *counted = Counted { damaged, ..Counted::default() };
            }
            read_on(connection, log, counted)?;
            let mut tell = |rows: u64, sum: &HashSum| {
                let (log_id, hash_sum) = (Bytes::copy_from_slice(&log.0), Bytes::copy_from_slice(&sum.0));
                logs.push(v1::LogTally { log_id, rows, hash_sum });
            };
            if let Some(count) = counted.days.get(&day) {
                tell(count.rows, &count.sum);
            }
            // A log with several histories is told once for each.
            further_days(connection, log, day)?.iter().for_each(|history| tell(history.rows, &history.sum));
        }
        let (captured_minor, refunded_minor) = own_money(connection, day, store)?;
        let currency = currency.to_owned();
        Ok(v1::Tally { business_day: day, logs, captured_minor, refunded_minor, currency, store_id })
    }
}

fn damaged_rows(connection: &Connection, log: LogId) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM damaged_rows WHERE log_id = ?1")?;
    Ok(statement.query_row([&log.0[..]], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// Counts the rows behind those that are counted. A row that travels as a stub is counted by nobody: its day is not known there.
fn read_on(connection: &Connection, log: LogId, counted: &mut Counted) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, business_day, hash FROM events e WHERE log_id = ?1 AND seq > ?2 AND NOT EXISTS \
         (SELECT 1 FROM damaged_rows d WHERE d.log_id = e.log_id AND d.seq = e.seq) ORDER BY seq",
    )?;
    let mut rows = statement.query(params![&log.0[..], events::to_sql(counted.read)])?;
    while let Some(row) = rows.next()? {
        let (Ok(seq), Ok(day), Ok(hash)) = (row.get::<_, i64>(0), row.get::<_, i32>(1), row.get::<_, [u8; 32]>(2))
        else {
            continue;
        };
        let count = counted.days.entry(day).or_default();
        count.rows += 1;
        count.sum.add(&Hash(hash));
        counted.read = seq.unsigned_abs();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DATABASE;
    use crate::store;
    use crate::{OpenOptions, Terminal};

    #[tokio::test]
    async fn a_row_that_was_found_damaged_is_not_counted_and_one_that_healed_is_counted_again() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let witness = Some(folder.path().join("witness"));
        let terminal = Terminal::open(OpenOptions { data: data.clone(), witness, demo: true }).await.unwrap();
        crate::play::play(&terminal, 2, 11, |_| {}).await.unwrap();
        terminal.close().await;

        let reader = store::open_reader(&data).unwrap();
        let sql = "SELECT log_id, business_day, hash FROM events ORDER BY log_id, seq DESC LIMIT 1";
        let last = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, Hash(row.get(2)?)));
        let (log, business_day, hash): ([u8; 16], i32, Hash) = reader.query_row(sql, [], last).unwrap();
        let mut tallies = Tallies::default();
        let mut tally = || {
            let wanted = v1::TallyWanted { business_day, ..v1::TallyWanted::default() };
            tallies.of(&reader, &wanted, "EUR").unwrap().logs.into_iter().find(|told| told.log_id[..] == log)
        };
        let whole = tally().expect("rows of the day");
        let writer = Connection::open(data.join(DATABASE)).unwrap();
        let mark = "INSERT INTO damaged_rows SELECT log_id, seq, hash, 'hash', 1 FROM events ORDER BY log_id, seq DESC LIMIT 1";
        writer.execute(mark, []).unwrap();
        let less = tally().expect("rows of the day");
        let mut sum = HashSum(less.hash_sum[..].try_into().unwrap());
        sum.add(&hash);
        assert_eq!((less.rows + 1, &sum.0[..]), (whole.rows, &whole.hash_sum[..]));
        writer.execute("DELETE FROM damaged_rows", []).unwrap();
        assert_eq!(tally(), Some(whole));
    }
}
