//! The committed table of refusals against the list and against these tests.

use std::collections::HashSet;
use std::path::Path;

use docket_acceptance::rows;
use docket_contracts::{COMMANDS, ErrorCode};

#[test]
fn every_command_and_every_code_has_a_row_and_no_row_stands_twice() {
    let rows = rows();
    let text = |field: &str| rows.iter().map(|row| row[field].as_str().expect("a text")).collect::<Vec<_>>();
    let (commands, codes) = (text("command"), text("code"));
    let lacking: Vec<_> = COMMANDS.iter().map(|entry| entry.name).filter(|name| !commands.contains(name)).collect();
    assert!(lacking.is_empty(), "no row for {lacking:?}");
    let lacking: Vec<_> =
        ErrorCode::ALL.iter().map(|code| code.as_str()).filter(|code| !codes.contains(code)).collect();
    assert!(lacking.is_empty(), "no row for {lacking:?}");
    let distinct: HashSet<_> = commands.iter().zip(&codes).collect();
    assert_eq!(distinct.len(), rows.len());
    assert!(text("sentence").iter().all(|sentence| !sentence.trim().is_empty()));
}

/// Where the tests of a suite that rows name lie, from the root of the repository.
fn folder_of(suite: &str) -> &str {
    if suite == "acceptance" { "tests/acceptance/tests/it" } else { suite }
}

#[test]
fn a_row_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for row in rows() {
        let test = row["test"].as_str().expect("a text");
        let (suite, path) = test.split_once(": ").unwrap_or_else(|| panic!("{test} names no suite"));
        let path = path.split_whitespace().next().expect("a path");
        if suite == "browser" {
            assert!(root.join("tests/browser").join(path).is_file(), "{test}: there is no such file");
            continue;
        }
        let (module, name) = path.rsplit_once("::").expect("module::test");
        let file = root.join(folder_of(suite)).join(format!("{}.rs", module.replace("::", "/")));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{test}: {}: {error}", file.display()));
        assert!(text.contains(&format!("fn {name}(")), "{test}: there is no such test");
    }
}
