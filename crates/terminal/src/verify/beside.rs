//! What stands beside the logs and must agree with them: counts, outbox, predecessors, witness.

use std::path::Path;

use rusqlite::Connection;

use super::{MissingRun, VerifyReport};
use crate::data::{Continuity, Witness, WitnessFile, default_witness_folder, read_public};
use crate::error::StoreError;
use crate::store::events::{self, StoredLog};
use crate::store::meta;
use crate::writer::receipt_counter;

/// What stands beside the logs and must agree with them.
pub(super) fn check_beside(
    connection: &Connection,
    logs: &[StoredLog],
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let mut expect = |what: &str, holds: bool| {
        if !holds {
            report.faults.push(what.to_owned());
        }
    };
    let orphans = number(
        "SELECT count(*) FROM outbox o LEFT JOIN logs l USING (log_no) LEFT JOIN events e ON e.log_id = l.log_id AND e.seq = o.seq WHERE e.seq IS NULL",
    )?;
    expect("the outbox names rows that are not there", orphans == 0);
    let waiting = number("SELECT count(*) FROM outbox")?;
    expect(
        "the kept count of the outbox is not the number of its rows",
        waiting == meta::counter(connection, "outbox")?,
    );
    let own = number(
        "SELECT count(*) FROM events JOIN logs USING (log_id) WHERE own = 1 AND seq > \
         coalesce((SELECT max(seq) FROM levels WHERE levels.log_no = logs.log_no AND level = 'C'), 0)",
    )?;
    expect("the outbox does not hold exactly the own events that head office lacks", waiting == own);
    expect(
        "the kept count of events is not the number of rows",
        number("SELECT count(*) FROM events")? == meta::counter(connection, "events")?,
    );
    let unknown = number("SELECT count(DISTINCT log_id) FROM events WHERE log_id NOT IN (SELECT log_id FROM logs)")?;
    expect("there are rows of a log that the store does not know", unknown == 0);
    check_numbers(connection, report)?;
    check_predecessors(connection, logs, report)
}

/// The counters of receipts stand at the last number that was given away, or the next sale would give it again.
fn check_numbers(connection: &Connection, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut given = connection.prepare(
        "SELECT payload ->> '$.receipt.series' AS series, max(payload ->> '$.receipt.number') FROM events JOIN logs USING (log_id) \
         WHERE own = 1 AND event_type = 'order.cash_paid' AND json_valid(payload) GROUP BY series",
    )?;
    let mut given = given.query([])?;
    while let Some(row) = given.next()? {
        let (Ok(series), Ok(last)) = (row.get::<_, String>(0), row.get::<_, i64>(1)) else { continue };
        let counted = meta::counter(connection, &receipt_counter(&series))?;
        if counted != last {
            report
                .faults
                .push(format!("the counter of receipts {series} is at {counted}, the last in the log is {last}"));
        }
    }
    Ok(())
}

/// Each own log names the one before it with its head: a run that was deleted whole is missed here.
fn check_predecessors(
    connection: &Connection,
    logs: &[StoredLog],
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    for log in logs.iter().filter(|log| log.own) {
        let Ok(Some(first)) = events::one(connection, log.log, 1) else { continue };
        let Ok(opened) = serde_json::from_str::<docket_log::LogOpened>(&first.payload) else { continue };
        let Some(before) = opened.predecessor else { continue };
        let held = events::one(connection, before.log, before.seq).ok().flatten();
        if held.is_none_or(|row| row.hash != before.hash) {
            let missing = MissingRun { named_by: log.log, head: before };
            report.faults.push(missing.to_string());
            report.missing_runs.push(missing);
        }
    }
    Ok(())
}

pub(super) fn check_witness(
    connection: &Connection,
    data: &Path,
    folder: Option<&Path>,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let Some(public) = read_public(data) else {
        report.faults.push("the device key is missing".to_owned());
        return Ok(());
    };
    let folder = folder.map_or_else(default_witness_folder, Path::to_path_buf);
    let run = meta::folder(connection, "run")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let seen = WitnessFile::new(&folder, &public).read();
    let holds = |log: &str, seq, hash: &str| {
        log.parse()
            .ok()
            .and_then(|log| events::one(connection, log, seq).ok().flatten())
            .is_some_and(|row| hex::encode(row.hash.0) == hash)
    };
    if let Continuity::Unproven { reason, .. } = Witness::compare(seen.as_ref(), run, holds) {
        report.faults.push(format!("continuity is unproven: {reason}"));
    }
    Ok(())
}
