//! What a salvage leaves for the log that opens next: it is told there, in the transaction that takes it away.

use docket_domain::shop::{DamageFound, ShopEvent};
use docket_log::limits::DAMAGED_ROWS_MAX;
use docket_log::{DamagedRow, LogId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::limits::DAMAGE_FACTS_MAX;
use crate::store::meta;
use crate::verify::BadRow;

/// Name of the small fact of the folder that holds it.
const NAME: &str = "salvaged";

/// What a salvage found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Why the file was given up.
    pub(crate) why: String,
    /// The damaged file's name.
    pub(crate) file: String,
    /// Why numbers may have been given away that the new file doesn't know.
    pub(crate) unproven: Option<String>,
    /// Rows of logs that came back.
    pub(crate) rows: u64,
    /// Rows that did not, or not as they were.
    pub(crate) lost: u64,
    /// The first of each run of them.
    damaged: Vec<DamagedRow>,
    /// How many each run has.
    runs: Vec<u64>,
}

impl Told {
    pub(super) fn of(why: &str, file: String) -> Self {
        let (damaged, runs) = (Vec::new(), Vec::new());
        Told { why: why.to_owned(), file, unproven: None, rows: 0, lost: 0, damaged, runs }
    }

    pub(super) fn add(&mut self, bad: &BadRow) {
        self.lost = self.lost.saturating_add(bad.rows);
        if self.damaged.len() < DAMAGED_ROWS_MAX {
            let hash = bad.stub.map(|stub| stub.hash);
            self.damaged.push(DamagedRow { log: bad.log, seq: bad.seq, hash, reason: bad.reason });
            self.runs.push(bad.rows);
        }
    }

    pub(super) fn keep(&self, connection: &Connection) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).expect("it holds texts and numbers");
        meta::set_folder(connection, NAME, &text)
    }

    /// What the last salvage left, if it was not told yet.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn read(connection: &Connection) -> Result<Option<Told>, StoreError> {
        Ok(meta::folder(connection, NAME)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Takes it away, in the transaction that tells it.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn take_away(connection: &Connection) -> Result<(), StoreError> {
        connection.execute("DELETE FROM folder WHERE name = ?1", [NAME])?;
        Ok(())
    }

    /// The rows that the next log lists in its first row.
    pub(crate) fn damaged(&self) -> &[DamagedRow] {
        &self.damaged
    }

    /// The facts that tell the manager: of the file first, as row 0 of `log`, then of the rows.
    pub(crate) fn facts(&self, log: LogId) -> Vec<ShopEvent> {
        let Told { why, file, rows, lost, .. } = self;
        let reason = format!("{why}; kept as {file}, {rows} rows salvaged, {lost} damaged");
        let whole = DamageFound { log: log.to_string(), seq: 0, reason };
        let rows = self.damaged.iter().zip(&self.runs).take(DAMAGE_FACTS_MAX).map(|(row, run)| DamageFound {
            log: row.log.to_string(),
            seq: row.seq,
            reason: match run {
                0 | 1 => reason_text(row),
                run => format!("{}, {run} rows from here", reason_text(row)),
            },
        });
        std::iter::once(whole).chain(rows).map(ShopEvent::DamageFound).collect()
    }
}

fn reason_text(row: &DamagedRow) -> String {
    format!("{:?}", row.reason).to_lowercase()
}
