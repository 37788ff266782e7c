//! Each store by itself: S4, S5 and S14.

use std::collections::HashSet;

use docket_terminal::verify::{MissingRun, verify_store};
use rusqlite::Connection;

use crate::device::Device;
use crate::failure::{Failure, broken};
use crate::ledger::Ledger;

/// S4: no gap, every hash, every signature, every head; and the witness agrees. A run whose end nobody holds since an old
/// copy was put back is named as missing, and no other one is.
pub async fn verified(device: &Device, ledger: &Ledger) -> Result<(), Failure> {
    device.second().await?;
    let report = verify_store(&device.data(), Some(&device.witness())).map_err(Failure::till("a verification"))?;
    let lost = |run: &&MissingRun| ledger.is_lost(&(run.head.log, run.head.seq, run.head.hash.0));
    let expected: HashSet<String> = report.missing_runs.iter().filter(lost).map(MissingRun::to_string).collect();
    match report.faults.iter().find(|fault| !expected.contains(*fault)) {
        None => Ok(()),
        Some(fault) => Err(broken("S4", format!("{}: {fault}", device.name))),
    }
}

/// S14: nothing is at head office, so each own event waits, and nothing else does.
pub fn outbox(connection: &Connection) -> Result<(), Failure> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let own = "SELECT count(*) FROM events e JOIN logs l ON l.log_id = e.log_id WHERE l.own = 1";
    let waiting = format!("{own} AND EXISTS (SELECT 1 FROM outbox o WHERE o.log_no = l.log_no AND o.seq = e.seq)");
    let (own, waiting, all) = (count(own)?, count(&waiting)?, count("SELECT count(*) FROM outbox")?);
    if own != waiting || all != waiting {
        return Err(broken("S14", format!("{own} own events, {waiting} of them wait, {all} rows in the outbox")));
    }
    let kept = |name: &str| {
        let sql = "SELECT value FROM counters WHERE name = ?1";
        connection.query_row(sql, [name], |row| row.get::<_, i64>(0))
    };
    let events = count("SELECT count(*) FROM events")?;
    let (kept_events, kept_outbox) = (kept("events")?, kept("outbox")?);
    if (kept_events, kept_outbox) != (events, all) {
        let text =
            format!("{events} events and {all} in the outbox, the kept counts say {kept_events} and {kept_outbox}");
        return Err(broken("S14", text));
    }
    Ok(())
}

/// S5: what a peer is believed to hold is named by a hash that is ours.
pub fn levels(connection: &Connection) -> Result<(), Failure> {
    let sql = "SELECT count(*) FROM levels v WHERE NOT EXISTS (SELECT 1 FROM logs l JOIN events e ON e.log_id = l.log_id \
               WHERE l.log_no = v.log_no AND e.seq = v.seq AND e.hash = v.hash)";
    let wrong: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    if wrong > 0 { Err(broken("S5", format!("{wrong} levels name a head that is not ours"))) } else { Ok(()) }
}
