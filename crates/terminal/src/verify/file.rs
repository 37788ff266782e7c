//! The database file itself: whether its pages hold together. Rows have hashes; what stands around them does not, so
//! SQLite is asked.

use std::path::Path;

use crate::limits::{CHECK_STEPS, FILE_FAULTS_MAX};
use crate::store;
use crate::work::Stop;

/// How damage of the file is told.
pub(super) fn told(what: &str) -> String {
    format!("the store's file: {what}")
}

/// What SQLite finds wrong with the structure of the file, its indexes among it; nothing if it is whole. A check that is
/// told to stop says that it was broken off.
pub(super) fn check_file(data: &Path, stop: &Stop) -> Vec<String> {
    let Ok(connection) = store::open_reader(data) else { return vec![told("it can't be opened")] };
    let stop = stop.clone();
    let check = || -> rusqlite::Result<Vec<String>> {
        connection.progress_handler(CHECK_STEPS, Some(move || stop.is_set()))?;
        let mut statement = connection.prepare(&format!("PRAGMA integrity_check({FILE_FAULTS_MAX})"))?;
        let lines = statement.query_map([], |row| row.get(0))?;
        lines.collect()
    };
    match check() {
        // SQLite puts several findings into one line of its answer.
        Ok(lines) => lines
            .iter()
            .flat_map(|line| line.lines())
            .filter(|line| *line != "ok" && !line.starts_with("***"))
            .map(told)
            .collect(),
        Err(error) => vec![told(&error.to_string())],
    }
}
