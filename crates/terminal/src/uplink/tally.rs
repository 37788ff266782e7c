//! What this till holds of one business day, for the proof that nothing is missing.
//!
//! Rows never change, so each log is read once and then only behind the place where the last count ended.

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

/// Counts of the logs that this till wrote, by day.
#[derive(Default)]
pub(crate) struct Tallies {
    logs: HashMap<LogId, (u64, BTreeMap<i32, Count>)>,
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
            let (read, days) = self.logs.entry(log).or_default();
            read_on(connection, log, read, days)?;
            let mut tell = |rows: u64, sum: &HashSum| {
                let (log_id, hash_sum) = (Bytes::copy_from_slice(&log.0), Bytes::copy_from_slice(&sum.0));
                logs.push(v1::LogTally { log_id, rows, hash_sum });
            };
            if let Some(count) = days.get(&day) {
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

/// Counts the rows behind `read`. A row that travels as a stub is counted by nobody: its day is not known there.
fn read_on(
    connection: &Connection,
    log: LogId,
    read: &mut u64,
    days: &mut BTreeMap<i32, Count>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, business_day, hash FROM events e WHERE log_id = ?1 AND seq > ?2 AND NOT EXISTS \
         (SELECT 1 FROM damaged_rows d WHERE d.log_id = e.log_id AND d.seq = e.seq) ORDER BY seq",
    )?;
    let mut rows = statement.query(params![&log.0[..], events::to_sql(*read)])?;
    while let Some(row) = rows.next()? {
        let (Ok(seq), Ok(day), Ok(hash)) = (row.get::<_, i64>(0), row.get::<_, i32>(1), row.get::<_, [u8; 32]>(2))
        else {
            continue;
        };
        let count = days.entry(day).or_default();
        count.rows += 1;
        count.sum.add(&Hash(hash));
        *read = seq.unsigned_abs();
    }
    Ok(())
}
