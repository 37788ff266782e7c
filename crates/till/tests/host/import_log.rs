//! `import-log` as a shell sees it: folders that become one shop and show one digest.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Runs a tool on the till of this name.
fn run(home: &TempDir, till: &str, words: &[&str]) -> Output {
    command(home.path(), till, words).stdin(Stdio::null()).output().unwrap()
}

fn command(home: &Path, till: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket-till"));
    command.args(words).arg("--data").arg(home.join(till)).arg("--witness").arg(home.join("witness"));
    command
}

/// Standard output of a run that must end with this code.
fn said(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn export(home: &TempDir, till: &str) -> String {
    let file = home.path().join(format!("{till}.jsonl"));
    let file = file.to_str().unwrap().to_owned();
    said(&run(home, till, &["export", "--out", &file]), 0);
    file
}

/// The lines by which two folders are compared.
fn summary(home: &TempDir, till: &str) -> Vec<String> {
    let text = said(&run(home, till, &["verify"]), 0);
    let wanted = ["digest ", "order_count ", "event_count "];
    let lines: Vec<String> =
        text.lines().filter(|line| wanted.iter().any(|word| line.starts_with(word))).map(str::to_owned).collect();
    assert_eq!(lines.len(), wanted.len(), "{text}");
    lines
}

#[test]
fn an_empty_folder_joins_the_shop_of_an_export_and_both_come_to_one_digest() {
    let home = tempfile::tempdir().unwrap();
    said(&run(&home, "a", &["play", "--orders", "4", "--seed", "3"]), 0);
    let first = export(&home, "a");
    let joined = said(&run(&home, "b", &["import-log", &first]), 0);
    assert!(joined.contains("joins the shop") && joined.contains("signs in with PIN 1111"), "{joined}");
    assert_eq!(summary(&home, "b"), summary(&home, "a"));

    said(&run(&home, "b", &["play", "--orders", "3", "--seed", "4"]), 0);
    let second = export(&home, "b");
    // The other way through a pipe, which is read like a file.
    let mut child =
        command(home.path(), "a", &["import-log", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(&second).unwrap()).unwrap();
    let piped = said(&child.wait_with_output().unwrap(), 0);
    assert!(!piped.contains("PIN"), "a PIN is set once: {piped}");
    assert_eq!(summary(&home, "a"), summary(&home, "b"));

    let again = said(&run(&home, "a", &["import-log", &second, &first, &second]), 0);
    assert!(again.contains(" 0 stored, ") && again.contains(" 0 refused; 0 new logs, 0 orders"), "{again}");
    let rebuilt = said(&run(&home, "b", &["rebuild"]), 0);
    assert!(rebuilt.contains(&summary(&home, "a")[0]), "{rebuilt}");
}

#[test]
fn what_is_refused_is_named_and_the_exit_code_is_1() {
    let home = tempfile::tempdir().unwrap();
    said(&run(&home, "a", &["play", "--orders", "2", "--seed", "3"]), 0);
    said(&run(&home, "other", &["play", "--orders", "1", "--seed", "3"]), 0);
    let stranger = export(&home, "other");
    let text = said(&run(&home, "a", &["import-log", &stranger]), 1);
    assert!(text.contains("store: this log belongs to another shop"), "{text}");
    let own = export(&home, "a");
    let text = said(&run(&home, "b", &["import-log", &own]), 0);
    assert!(text.contains("0 refused"), "{text}");
    let cut = home.path().join("cut.jsonl");
    fs::write(&cut, &fs::read(&own).unwrap()[..3_000]).unwrap();
    let text = said(&run(&home, "b", &["import-log", cut.to_str().unwrap()]), 1);
    assert!(text.contains("refused: line "), "{text}");
}

#[test]
fn files_of_two_shops_or_of_none_leave_no_store_behind() {
    let home = tempfile::tempdir().unwrap();
    for till in ["a", "other"] {
        said(&run(&home, till, &["play", "--orders", "1", "--seed", "3"]), 0);
    }
    let (first, second) = (export(&home, "a"), export(&home, "other"));
    let empty = home.path().join("empty.jsonl");
    fs::write(&empty, "").unwrap();
    for files in [vec![first.as_str(), second.as_str()], vec![empty.to_str().unwrap()], vec!["no-such-file.jsonl"]] {
        let output = run(&home, "new", &[vec!["import-log"], files.clone()].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{files:?}: {text}");
        assert!(text.starts_with("bad_input: FILE: "), "{files:?}: {text}");
        assert!(!home.path().join("new").join("store.db").exists(), "{files:?}");
    }
}
