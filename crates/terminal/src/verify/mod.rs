//! Verification: every log from its first row to its head, and the store against them.

mod beside;
mod chain;
mod damage;
mod patrol;

use std::path::Path;

use docket_contracts::view::ProgressView;
use docket_contracts::{ApiError, CommandOutcome};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::store::{self, events, meta};
use crate::terminal::Terminal;

pub(crate) use chain::check_range;
pub(crate) use damage::BadRow;
pub(crate) use patrol::patrol;

/// Rows that are read between two words about progress.
const PROGRESS_EVERY: u64 = 20_000;

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
    beside::check_witness(&connection, data, witness, &mut report)?;
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
            verify(&connection, |done, _| {
                progress.set_progress(Some(ProgressView { work: "verify".into(), done, total: total.max(done) }))
            })
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
        let kept = terminal
            .inner
            .writer
            .task(move |writer| meta::set_folder(&writer.connection, "last_verify", &stored))
            .await;
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
            Some(first) => {
                format!("{} faults in {} rows of {} logs; the first: {first}", self.faults.len(), self.rows, self.logs)
            }
        }
    }
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
        let damage = chain::check_log(
            connection,
            log,
            &mut |rows| {
                count = rows;
                if rows % PROGRESS_EVERY == 0 {
                    progress(rows, 0);
                }
            },
            &mut report.rows,
        )?;
        if let Some(damage) = damage {
            report.faults.push(damage.text.clone());
            report.damage.push(damage);
        }
    }
    beside::check_beside(connection, &logs, &mut report)?;
    connection.execute_batch("ROLLBACK")?;
    Ok(report)
}
