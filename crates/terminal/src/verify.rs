//! Verification: every log from its first row to its head, and the store against them.

use std::path::Path;

use docket_contracts::view::ProgressView;
use docket_contracts::{ApiError, CommandOutcome, Topic};
use docket_domain::shop::{DamageFound, ShopEvent};
use docket_domain::ids::LogId;
use docket_log::{ChainVerifier, Damage, DamageReason, Head, Mode, Row};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::actor::Actor;
use crate::clock::{new_id, wall_ms};
use crate::data::{Continuity, Witness, WitnessFile, default_witness_folder, read_public};
use crate::error::StoreError;
use crate::store::events::{self, COLUMNS, StoredLog, row_from};
use crate::store::{self, meta};
use crate::terminal::Terminal;
use crate::writer::Writer;

/// Rows that are read between two words about progress.
const PROGRESS_EVERY: u64 = 20_000;

/// A row that can't be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    pub(crate) reason: DamageReason,
    pub(crate) text: String,
}

impl From<Damage> for BadRow {
    fn from(damage: Damage) -> Self {
        BadRow { log: damage.log(), seq: damage.seq(), reason: damage.reason(), text: damage.to_string() }
    }
}

impl BadRow {
    fn unreadable(log: LogId, seq: u64) -> Self {
        BadRow { log, seq, reason: DamageReason::Unreadable, text: format!("row {seq} of log {log} can't be read") }
    }

    pub(crate) fn reason_text(&self) -> String {
        format!("{:?}", self.reason).to_lowercase()
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Logs read.
    pub logs: u64,
    /// Rows read.
    pub rows: u64,
    /// What is wrong, the first bad row first. Empty means that everything holds.
    pub faults: Vec<String>,
    damage: Vec<BadRow>,
}

/// Verifies a store: gaps, hashes, signatures, heads, predecessors, outbox, receipts of numbers, witness.
///
/// # Errors
/// If there is no store or it can't be read at all.
pub fn verify_store(data: &Path, witness: Option<&Path>) -> Result<VerifyReport, ApiError> {
    let connection = store::open_reader(data)?;
    let mut report = verify(&connection, |_, _| {})?;
    check_witness(&connection, data, witness, &mut report)?;
    Ok(report)
}

/// Starts a verification in the background; its result shows in the status.
pub(crate) fn start(terminal: &Terminal) -> CommandOutcome {
    let terminal = terminal.clone();
    tokio::spawn(async move {
        let shared = terminal.inner.shared.clone();
        let data = terminal.inner.data.clone();
        let progress = shared.clone();
        let total = u64::try_from(shared.health().events).unwrap_or(0);
        let found = tokio::task::spawn_blocking(move || {
            let connection = store::open_reader(&data)?;
            verify(&connection, |done, _| progress.set_progress(Some(ProgressView { work: "verify".into(), done, total: total.max(done) })))
        })
        .await;
        shared.set_progress(None);
        let text = match found {
            Ok(Ok(report)) => {
                let text = report.in_words();
                if !report.damage.is_empty() {
                    terminal.note_damage(report.damage).await;
                }
                text
            }
            Ok(Err(error)) => format!("the verification failed: {}", ApiError::from(error)),
            Err(error) => format!("the verification failed: {error}"),
        };
        let stored = text.clone();
        let kept = terminal.inner.writer.task(move |writer| meta::set_folder(&writer.connection, "last_verify", &stored)).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::warn!("the result of the verification could not be kept");
        }
        shared.set_last_verify(text);
    });
    CommandOutcome { applied: true, order: None, payment: None, session: None, notes: Vec::new() }
}

impl VerifyReport {
    /// The report as a sentence.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.faults.first() {
            None => format!("{} rows in {} logs verified: every hash, signature and head holds", self.rows, self.logs),
            Some(first) => format!("{} faults in {} rows of {} logs; the first: {first}", self.faults.len(), self.rows, self.logs),
        }
    }
}

impl Terminal {
    /// Lists damaged rows and tells of them in the log. Damage in the open log is listed at the next start, whose new
    /// log takes its place.
    async fn note_damage(&self, damage: Vec<BadRow>) {
        let noted = self.inner.writer.task(move |writer| note_damage(writer, &damage)).await;
        match noted {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "the damage could not be noted"),
            Err(error) => tracing::error!(%error, "the damage could not be noted"),
        }
    }
}

fn note_damage(writer: &mut Writer, damage: &[BadRow]) -> Result<(), StoreError> {
    let fresh: Vec<&BadRow> = damage.iter().filter(|damage| !is_known(&writer.connection, damage).unwrap_or(false)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let facts = fresh
        .iter()
        .map(|damage| {
            ShopEvent::DamageFound(DamageFound { log: damage.log.to_string(), seq: damage.seq, reason: damage.reason_text() })
        })
        .collect();
    writer.in_transaction(|writer| {
        for damage in &fresh {
            writer.connection.execute(
                "INSERT INTO damaged_rows (log_id, seq, hash, reason, found_ms) VALUES (?1, ?2, NULL, ?3, ?4) ON CONFLICT DO NOTHING",
                params![&damage.log.0[..], i64::try_from(damage.seq).unwrap_or(i64::MAX), damage.reason_text(), wall_ms()],
            )?;
        }
        writer.append_shop_events(facts, &Actor::Program("verify"), new_id()).map(|(rows, _)| rows)
    })?;
    writer.shared.feed.publish(vec![Topic::Status], None);
    Ok(())
}

fn is_known(connection: &Connection, damage: &BadRow) -> Result<bool, StoreError> {
    let found: Option<i64> = connection
        .query_row(
            "SELECT 1 FROM damaged_rows WHERE log_id = ?1 AND seq = ?2",
            params![&damage.log.0[..], i64::try_from(damage.seq).unwrap_or(i64::MAX)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.is_some())
}

/// Verifies every log of a store.
fn verify(connection: &Connection, mut progress: impl FnMut(u64, u64)) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    // One snapshot, so that heads and rows belong together while the writer goes on.
    connection.execute_batch("BEGIN")?;
    let logs = events::logs(connection)?;
    for log in &logs {
        report.logs += 1;
        let mut count = report.rows;
        let damage = check_log(connection, log, &mut |rows| {
            count = rows;
            if rows % PROGRESS_EVERY == 0 {
                progress(rows, 0);
            }
        }, &mut report.rows)?;
        if let Some(damage) = damage {
            report.faults.push(damage.text.clone());
            report.damage.push(damage);
        }
    }
    check_beside(connection, &logs, &mut report)?;
    connection.execute_batch("ROLLBACK")?;
    Ok(report)
}

fn check_log(connection: &Connection, log: &StoredLog, progress: &mut dyn FnMut(u64), rows: &mut u64) -> Result<Option<BadRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 ORDER BY seq");
    let mut statement = connection.prepare(&sql)?;
    let mut stored = statement.query([&log.log.0[..]])?;
    let mut verifier = None;
    while let Some(row) = stored.next()? {
        *rows += 1;
        progress(*rows);
        let row: Row = match row_from(row) {
            Ok(row) => row,
            Err(error) => {
                let seq = verifier.as_ref().and_then(ChainVerifier::head).map_or(1, |head: Head| head.seq + 1);
                tracing::error!(%error, log = %log.log, seq, "a row can't be read");
                return Ok(Some(BadRow::unreadable(log.log, seq)));
            }
        };
        let result = match &mut verifier {
            Some(verifier) => verifier.push(&row),
            None => match ChainVerifier::from_opening(&row, Mode::Full) {
                Ok(fresh) => verifier.insert(fresh).push(&row),
                Err(damage) => Err(damage),
            },
        };
        if let Err(damage) = result {
            return Ok(Some(damage.into()));
        }
    }
    let Some(verifier) = verifier else { return Ok(Some(Damage::Empty { log: log.log }.into())) };
    let end = match log.head {
        Some(head) => verifier.finish_at(&head),
        None => verifier.finish(),
    };
    Ok(end.err().map(BadRow::from))
}

/// Verifies the last rows of a log against its head; the rows before are taken at their word.
pub(crate) fn check_range(connection: &Connection, log: &StoredLog, from: u64, head: Head) -> Result<Option<BadRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND seq >= ?2 ORDER BY seq");
    let mut statement = connection.prepare(&sql)?;
    let from = i64::try_from(from.max(1)).unwrap_or(i64::MAX);
    let rows: Result<Vec<Row>, _> = statement.query_map(params![&log.log.0[..], from], row_from)?.collect();
    let Ok(rows) = rows else { return Ok(Some(BadRow::unreadable(log.log, head.seq))) };
    let Some(first) = rows.first() else {
        return Ok(Some(Damage::HeadMismatch { log: log.log, expected: head.seq, found: 0 }.into()));
    };
    let public: Option<Vec<u8>> = connection
        .query_row("SELECT public_key FROM logs WHERE log_no = ?1", [log.log_no], |row| row.get(0))
        .optional()?;
    let public = public.and_then(|bytes| docket_log::PublicKey::try_from(&bytes[..]).ok());
    let Some(public) = public else { return Err(StoreError::Corrupt("logs.public_key does not hold 32 bytes".into())) };
    if first.seq == 1 {
        return Ok(check_rows(ChainVerifier::from_opening(first, Mode::Full), &rows, &head).err().map(BadRow::from));
    }
    // A check begins behind a signed row: the first group of the window may have begun before it.
    let Some(start) = rows.iter().position(|row| row.signature.is_some()) else { return Ok(None) };
    let verifier = ChainVerifier::resume(log.log, &public, Head::from(&rows[start]), Mode::Full);
    Ok(check_rows(verifier, &rows[start + 1..], &head).err().map(BadRow::from))
}

fn check_rows(verifier: Result<ChainVerifier, Damage>, rows: &[Row], head: &Head) -> Result<(), Damage> {
    let mut verifier = verifier?;
    for row in rows {
        verifier.push(row)?;
    }
    verifier.finish_at(head).map(|_| ())
}

/// What stands beside the logs and must agree with them.
fn check_beside(connection: &Connection, logs: &[StoredLog], report: &mut VerifyReport) -> Result<(), StoreError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let mut expect = |what: &str, holds: bool| {
        if !holds {
            report.faults.push(what.to_owned());
        }
    };
    let orphans = number("SELECT count(*) FROM outbox o LEFT JOIN logs l USING (log_no) LEFT JOIN events e ON e.log_id = l.log_id AND e.seq = o.seq WHERE e.seq IS NULL")?;
    expect("the outbox names rows that are not there", orphans == 0);
    let waiting = number("SELECT count(*) FROM outbox")?;
    expect("the kept count of the outbox is not the number of its rows", waiting == meta::counter(connection, "outbox")?);
    let own = number(
        "SELECT count(*) FROM events JOIN logs USING (log_id) WHERE own = 1 AND seq > \
         coalesce((SELECT max(seq) FROM levels WHERE levels.log_no = logs.log_no AND level = 'C'), 0)",
    )?;
    expect("the outbox does not hold exactly the own events that head office lacks", waiting == own);
    expect("the kept count of events is not the number of rows", number("SELECT count(*) FROM events")? == meta::counter(connection, "events")?);
    let unknown = number("SELECT count(DISTINCT log_id) FROM events WHERE log_id NOT IN (SELECT log_id FROM logs)")?;
    expect("there are rows of a log that the store does not know", unknown == 0);
    check_predecessors(connection, logs, report)
}

/// Each own log names the one before it with its head: a run that was deleted whole is missed here.
fn check_predecessors(connection: &Connection, logs: &[StoredLog], report: &mut VerifyReport) -> Result<(), StoreError> {
    for log in logs.iter().filter(|log| log.own) {
        let Ok(Some(first)) = events::one(connection, log.log, 1) else { continue };
        let Ok(opened) = serde_json::from_str::<docket_log::LogOpened>(&first.payload) else { continue };
        let Some(before) = opened.predecessor else { continue };
        let held = events::one(connection, before.log, before.seq).ok().flatten();
        if held.is_none_or(|row| row.hash != before.hash) {
            report.faults.push(format!("log {} names row {} of log {} as the one before it, and the store does not hold that row", log.log, before.seq, before.log));
        }
    }
    Ok(())
}

fn check_witness(connection: &Connection, data: &Path, folder: Option<&Path>, report: &mut VerifyReport) -> Result<(), StoreError> {
    let Some(public) = read_public(data) else {
        report.faults.push("the device key is missing".to_owned());
        return Ok(());
    };
    let folder = folder.map_or_else(default_witness_folder, Path::to_path_buf);
    let run = meta::folder(connection, "run")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let seen = WitnessFile::new(&folder, &public).read();
    let holds = |log: &str, seq, hash: &str| {
        log.parse().ok().and_then(|log| events::one(connection, log, seq).ok().flatten()).is_some_and(|row| hex::encode(row.hash.0) == hash)
    };
    if let Continuity::Unproven { reason, .. } = Witness::compare(seen.as_ref(), run, holds) {
        report.faults.push(format!("continuity is unproven: {reason}"));
    }
    Ok(())
}
