//! The format is frozen: the same key, nonce and columns give the same bytes for ever.

use crate::fixture::{golden_log, key, nonce, seed, verify};
use docket_log::hash::hash_input;
use docket_log::wire::{Line, parse_line, row_line};
use docket_log::{ChainVerifier, Mode, Prev, Row};
use serde_json::json;
use std::collections::BTreeMap;

const LINES: &str = include_str!("../golden/log-v1.jsonl");
const VECTORS: &str = include_str!("../golden/log-v1.json");
const SCRIPT: &str = include_str!("../../../../docs/log_example.py");
const GUIDE: &str = include_str!("../../../../docs/LOG.md");

fn prevs(rows: &[Row]) -> impl Iterator<Item = Prev> + '_ {
    std::iter::once(Prev::Nothing).chain(rows.iter().map(Prev::from))
}

fn vectors(rows: &[Row]) -> String {
    let inputs: Vec<String> =
        rows.iter().zip(prevs(rows)).map(|(row, prev)| hex::encode(hash_input(&prev, row))).collect();
    let vectors = BTreeMap::from([
        ("key_seed", json!(hex::encode(seed()))),
        ("public_key", json!(key().public())),
        ("nonce", json!(hex::encode(nonce()))),
        ("log", json!(rows[0].log)),
        ("hash_inputs", json!(inputs)),
    ]);
    serde_json::to_string_pretty(&vectors).expect("texts only") + "\n"
}

#[test]
fn the_same_key_nonce_and_columns_give_the_same_bytes_for_ever() {
    let rows = golden_log();
    let lines: String = rows.iter().map(|row| row_line(row) + "\n").collect();
    assert_eq!(lines, LINES);
    assert_eq!(vectors(&rows), VECTORS);
}

#[test]
fn the_stored_lines_read_back_into_rows_that_verify_with_the_key_that_row_1_states() {
    let rows: Vec<Row> = LINES
        .lines()
        .map(|line| match parse_line(line) {
            Ok(Line::Row(row)) => *row,
            other => panic!("not a row: {other:?}"),
        })
        .collect();
    assert_eq!(rows, golden_log());
    let mut verifier = ChainVerifier::from_opening(&rows[0], Mode::Full).expect("row 1 opens the log");
    rows.iter().for_each(|row| verifier.push(row).expect("the golden log is whole"));
    assert_eq!(verifier.finish(), verify(&rows, Mode::Batch));
}

#[test]
fn the_guide_shows_the_script_that_was_run_and_the_figures_of_the_golden_log() {
    assert!(GUIDE.contains(SCRIPT.trim_end()), "docs/LOG.md and docs/log_example.py differ");
    let rows = golden_log();
    let example = hex::encode(hash_input(&Prev::from(&rows[3]), &rows[4]));
    let shown: String = GUIDE.split_whitespace().collect();
    assert!(shown.contains(&example), "the bytes of row 5 are not in docs/LOG.md");
    for figure in [rows[4].hash.to_string(), rows[4].signature.expect("row 5 is signed").to_string()] {
        assert!(shown.contains(&figure), "{figure} is not in docs/LOG.md");
    }
}
