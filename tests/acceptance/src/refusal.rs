//! The committed table of refusals: every refusal that a test provokes has its row there.

use std::io::Write as _;
use std::path::Path;

use docket_contracts::ApiError;
use serde_json::{Value, json};

/// The table, from this package's folder.
pub const REFUSALS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../browser/refusals.json");

/// Names a file that takes one JSON line for each refusal seen, to write the table from.
const RECORD: &str = "DOCKET_RECORD_REFUSALS";

/// The rows of the table.
///
/// # Panics
/// If it can't be read.
#[must_use]
pub fn rows() -> Vec<Value> {
    let text = std::fs::read_to_string(REFUSALS).expect("the table of refusals");
    serde_json::from_str(&text).expect("the table is a JSON array")
}

/// Holds a refusal against the table.
pub fn seen(command: &str, error: &ApiError) {
    if let Some(path) = std::env::var_os(RECORD) {
        return record(Path::new(&path), command, error);
    }
    let code = error.code.as_str();
    let known = rows().iter().any(|row| row["command"] == command && row["code"] == code);
    assert!(known, "tests/browser/refusals.json has no row for {command} × {code}: {}", error.rule);
}

fn record(path: &Path, command: &str, error: &ApiError) {
    let thread = std::thread::current();
    let test = format!("acceptance: {}", thread.name().unwrap_or("main"));
    let row = json!({ "command": command, "code": error.code, "test": test, "sentence": error.rule });
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(format!("{row}\n").as_bytes())).expect("a line of the record");
}
