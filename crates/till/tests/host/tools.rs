//! The program itself, as a shell sees it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const LATTE: &str = r#"{"currency":{"code":"EUR"},"lines":[{"name":"Latte","unit_price":"3.80","qty":"2"}]}"#;
const FAULTY: &str = r#"{"currency":{"code":"EUR"},"lines":[{"name":"Latte","qty":"2"}]}"#;

fn program(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket-till"));
    command.args(words).arg("--data").arg(folder.join("data")).arg("--witness").arg(folder.join("witness"));
    command
}

fn run(folder: &TempDir, words: &[&str]) -> Output {
    program(folder.path(), words).stdin(Stdio::null()).output().unwrap()
}

fn price(input: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path(), &["price", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!folder.path().join("data").exists(), "pricing opens no store");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn price_prints_the_totals_of_an_order() {
    let (code, totals) = price(LATTE);
    assert_eq!((code, &totals["total"]), (Some(0), &json!("7.60")));
}

#[test]
fn price_prints_an_array_for_an_array_and_fails_if_one_order_is_faulty() {
    let (code, totals) = price(&format!("[{LATTE},{FAULTY},{LATTE}]"));
    assert_eq!(code, Some(1));
    assert_eq!(totals.as_array().unwrap().len(), 3);
    assert_eq!(totals[2]["total"], "7.60");
    for key in ["code", "field", "rule"] {
        assert!(totals[1]["error"][key].is_string(), "{key} in {totals}");
    }
}

#[test]
fn price_names_what_is_wrong_with_text_that_is_no_order() {
    let (code, answer) = price("not json");
    assert_eq!(code, Some(1));
    assert!(answer["error"]["rule"].is_string(), "{answer}");
}

#[test]
fn a_file_that_is_missing_is_one_line_on_standard_error_and_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    for tool in ["price", "import-menu"] {
        let output = run(&folder, &[tool, "no-such-file.json"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{tool}");
        let words = text(&output.stderr);
        assert!(words.starts_with("bad_input: FILE: ") && words.lines().count() == 1, "{tool}: {words}");
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["fly"][..], &["serve", "--port", "70000"], &["play"], &["price"]] {
        assert_eq!(run(&folder, words).status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn a_menu_with_a_fault_names_field_and_place_and_imports_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let menu = folder.path().join("menu.json");
    fs::write(&menu, r#"{"id":"x","name":"X","currency":"EUR","items":7}"#).unwrap();
    let output = run(&folder, &["import-menu", menu.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("items: "), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("menu_fault"), "{}", text(&output.stderr));
}

#[test]
fn a_till_that_played_some_orders_verifies_rebuilds_and_exports() {
    let folder = tempfile::tempdir().unwrap();
    let played = run(&folder, &["play", "--orders", "5", "--seed", "3"]);
    assert_eq!(played.status.code(), Some(0), "{}", text(&played.stderr));

    let verified = run(&folder, &["verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
    assert!(text(&verified.stdout).starts_with("sound: "), "{}", text(&verified.stdout));

    let rebuilt = run(&folder, &["rebuild"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{}", text(&rebuilt.stdout));
    let digest = |key| text(&rebuilt.stdout).lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
    assert_eq!(digest("before"), digest("after"));

    let file = folder.path().join("out.jsonl");
    let exported = run(&folder, &["export", "--out", file.to_str().unwrap()]);
    assert_eq!(exported.status.code(), Some(0), "{}", text(&exported.stderr));
    let printed = run(&folder, &["export"]);
    let lines = fs::read_to_string(&file).unwrap();
    assert!(lines.lines().count() > 5);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert_eq!(text(&printed.stdout).lines().count(), lines.lines().count());
}

/// The shell sets a limit on the size of a file, which ends the export midway as a full disk would.
#[cfg(unix)]
#[test]
fn an_export_that_breaks_off_leaves_the_one_before_and_no_half_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.jsonl");
    assert_eq!(run(&folder, &["play", "--orders", "30"]).status.code(), Some(0));
    let words = ["export", "--out", file.to_str().unwrap()];
    assert_eq!(run(&folder, &words).status.code(), Some(0));
    let before = fs::read(&file).unwrap();
    assert!(before.len() > 160 * 1024, "{} bytes", before.len());

    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 128; trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_docket-till")]);
    limited.args(words).arg("--data").arg(folder.path().join("data"));
    let output = limited.arg("--witness").arg(folder.path().join("witness")).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("can't be written"), "{}", text(&output.stderr));
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!folder.path().join("out.jsonl.part").exists());
    assert_eq!(run(&folder, &words).status.code(), Some(0));
}
