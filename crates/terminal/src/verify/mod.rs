//! Verification: every log from its first row to its head, and the store against them.

mod beside;
mod chain;
mod damage;
mod file;
mod patrol;
mod trace;
mod walk;

use std::fmt;
use std::path::Path;

use docket_contracts::view::{VerifiedView, Work};
use docket_contracts::{ApiError, CommandOutcome};
use docket_domain::ids::LogId;
use docket_log::{Mode, Predecessor};
use rusqlite::Connection;

use crate::clock::wall_ms;
use crate::error::StoreError;
use crate::limits::PROGRESS_ROWS;
use crate::shared::LastVerify;
use crate::store::{self, events, meta, openings};
use crate::terminal::Terminal;
use crate::work::{Running, Stop, begun, under_way};

pub(crate) use chain::check_range;
pub(crate) use damage::BadRow;
pub(crate) use patrol::patrol;
pub(crate) use walk::{Passed, walk};

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Logs read.
    pub logs: u64,
    /// Rows read.
    pub rows: u64,
    /// What is wrong, the first bad row first. Empty means that everything holds.
    pub faults: Vec<String>,
    /// Those of the faults that say: the end of a whole run is not here. After an old copy was put back that is so for
    /// good where a later run came back from another device and the end of the one before it is held by none.
    pub missing_runs: Vec<MissingRun>,
    damage: Vec<BadRow>,
    /// Whether the file's own structure is broken, so that it is to be salvaged.
    broken_file: bool,
}

/// The end of a run that a later run of this device names and the store does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRun {
    /// The later run's log.
    pub named_by: LogId,
    /// The last row of the run before it.
    pub head: Predecessor,
}

impl fmt::Display for MissingRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Predecessor { log, seq, .. } = self.head;
        let by = self.named_by;
        write!(f, "log {by} names row {seq} of log {log} as the one before it, and the store does not hold that row")
    }
}

/// Verifies a store: gaps, hashes, signatures, heads, predecessors, outbox, receipts of numbers, witness.
///
/// # Errors
/// If there is no store or it can't be read at all.
pub fn verify_store(data: &Path, witness: Option<&Path>) -> Result<VerifyReport, ApiError> {
    let connection = store::open_reader(data)?;
    let mut report = verify(&connection, data, |_| {}, &Stop::default());
    if let Err(error) = beside::check_witness(&connection, data, witness, &mut report) {
        report.faults.push(unreadable("what the witness is held against", &error));
    }
    Ok(report)
}

/// A part of the store that can't be asked any more.
fn unreadable(what: &str, error: &StoreError) -> String {
    let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    format!("{what} can't be read: {error}{cause}")
}

/// Starts a verification in the background; its result shows in the status.
///
/// # Errors
/// `busy` if one is under way.
pub(crate) fn start(terminal: &Terminal) -> Result<CommandOutcome, ApiError> {
    let running = Running::try_begin(&terminal.inner.shared, Work::Verify);
    let running = running.ok_or_else(|| under_way("a verification is under way"))?;
    let terminal = terminal.clone();
    tokio::spawn(async move {
        let shared = terminal.inner.shared.clone();
        let seen = shared.replacements();
        let data = terminal.inner.data.clone();
        let total = u64::try_from(shared.health().events).unwrap_or(0);
        let found = tokio::task::spawn_blocking(move || {
            let connection = store::open_reader(&data);
            let report = connection
                .map(|connection| verify(&connection, &data, |done| running.tell(done, total), running.stop()));
            (report, running)
        });
        let (report, running) = match found.await {
            Ok(found) => found,
            Err(error) => return shared.set_last_verify(LastVerify::failed(&error)),
        };
        if let Err(stopped) = running.stop().go_on() {
            return running.end(Err(stopped.into()));
        }
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                let error = ApiError::from(error);
                let last = LastVerify::failed(&error);
                running.end(Err(error));
                return shared.set_last_verify(last);
            }
        };
        let last = LastVerify { text: report.in_words(), found: Some(report.in_figures()), at_ms: wall_ms() };
        if report.broken_file {
            terminal.mend(seen, report.faults.last().map_or("", String::as_str)).await;
        }
        if !report.damage.is_empty() {
            terminal.note_damage(report.damage).await;
        }
        let stored = last.clone();
        let keep = move |writer: &mut crate::writer::Writer| stored.keep(&writer.connection);
        if !matches!(terminal.inner.writer.task(keep).await, Ok(Ok(()))) {
            tracing::warn!("the result of the verification could not be kept");
        }
        // It has ended before its result can be seen, so that who saw it may begin the next one.
        running.end(Ok(last.text.clone()));
        shared.set_last_verify(last);
    });
    Ok(begun())
}

/// What the folder keeps of the last verification; beside it stand its words and its time.
const FIGURES: &str = "last_verify_figures";

impl LastVerify {
    fn failed(error: &impl fmt::Display) -> Self {
        Self { text: format!("the verification failed: {error}"), found: None, at_ms: wall_ms() }
    }

    fn keep(&self, connection: &Connection) -> Result<(), StoreError> {
        meta::set_folder(connection, "last_verify", &self.text)?;
        let figures = serde_json::to_string(&self.found).expect("figures are numbers and a text");
        meta::set_folder(connection, FIGURES, &figures)?;
        meta::set_folder(connection, "last_verify_ms", &self.at_ms.to_string())
    }

    /// What was kept; none where words or time are lost.
    pub(crate) fn kept(connection: &Connection) -> Result<Option<Self>, StoreError> {
        let text = meta::folder(connection, "last_verify")?;
        let found = meta::folder(connection, FIGURES)?.and_then(|figures| serde_json::from_str(&figures).ok());
        let at_ms = meta::folder(connection, "last_verify_ms")?.and_then(|text| text.parse().ok());
        Ok(text.zip(at_ms).map(|(text, at_ms)| Self { text, found, at_ms }))
    }
}

impl VerifyReport {
    /// The report for a screen.
    #[must_use]
    pub fn in_figures(&self) -> VerifiedView {
        let faults = u64::try_from(self.faults.len()).unwrap_or(u64::MAX);
        VerifiedView { rows: self.rows, logs: self.logs, faults, first: self.faults.first().cloned() }
    }

    /// The report as a sentence.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.faults.first() {
            None => format!("{} rows in {} logs verified: every hash, signature and head holds", self.rows, self.logs),
            Some(first) => {
                format!("{} faults in {} rows of {} logs; the first: {first}", self.faults.len(), self.rows, self.logs)
            }
        }
    }
}

/// Verifies every log of a store. What can't be read is a fault like any other.
///
/// `progress` is told how many rows were passed. What is found once it is to stop is not to be used.
fn verify(connection: &Connection, data: &Path, progress: impl FnMut(u64), stop: &Stop) -> VerifyReport {
    // The pages are checked beside the rows, on the other core.
    std::thread::scope(|scope| {
        let file = scope.spawn(|| file::check_file(data, stop));
        let mut report = VerifyReport::default();
        if let Err(error) = verify_rows(connection, progress, stop, &mut report) {
            let text = unreadable("the store", &error);
            report.broken_file |= error.is_damage();
            report.faults.push(if error.is_damage() { file::told(&text) } else { text });
        }
        let broken = file.join().unwrap_or_else(|_| vec!["the check of the store's file ended early".into()]);
        report.broken_file |= !broken.is_empty();
        report.faults.extend(broken);
        report
    })
}

fn verify_rows(
    connection: &Connection,
    mut progress: impl FnMut(u64),
    stop: &Stop,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut steps = 0_u64;
    let mut step = || {
        steps += 1;
        if steps.is_multiple_of(PROGRESS_ROWS) {
            progress(steps);
        }
        stop.go_on()
    };
    // One snapshot, so that heads and rows belong together while the writer goes on.
    connection.execute_batch("BEGIN")?;
    if let Some(what) = openings::disagreement(connection)? {
        report.broken_file = true;
        report.faults.push(file::told(&what));
    }
    let logs = events::logs(connection)?;
    for log in &logs {
        report.logs += 1;
        let branches = chain::check_branches(connection, log)?;
        report.faults.extend(branches.into_iter().map(|damage| format!("in a fork, {}", damage.text)));
        let first = match chain::check_log(connection, log, &mut step, &mut report.rows) {
            Ok(None) => continue,
            Ok(first) => first,
            Err(error) if stop.is_set() => return Err(error),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, log = %log.log, "a log can't be read through");
                None
            }
        };
        let mut damage = walk(connection, log, Mode::Full, |_| step())?;
        if damage.is_empty() {
            damage.extend(first);
        }
        report.faults.extend(damage.iter().map(|damage| damage.text.clone()));
        report.damage.extend(damage);
    }
    if let Err(error) = beside::check_beside(connection, &logs, report) {
        report.faults.push(unreadable("what stands beside the logs", &error));
    }
    connection.execute_batch("ROLLBACK")?;
    Ok(())
}
