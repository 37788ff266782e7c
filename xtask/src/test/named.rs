//! The failed tests by name, each in one line: title, file, and the first line of what went wrong.

use std::path::Path;

use serde_json::Value;

/// What went wrong is cut after so many characters; the log above has all of it.
const WHY_CHARS_MAX: usize = 160;

/// Reads what `cargo test` prints and keeps the names of tests that failed.
#[derive(Debug, Default)]
pub struct CargoReader {
    failed: Vec<Failed>,
    /// The test whose output is being read, by its place.
    at: Option<usize>,
    /// The next line is the message of that test's panic.
    message_next: bool,
}

#[derive(Debug)]
struct Failed {
    title: String,
    place: Option<String>,
    why: Option<String>,
}

impl CargoReader {
    /// Takes one more line.
    pub fn read(&mut self, line: &str) {
        if let Some(title) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            let title = title.trim_end_matches(" - should panic").to_owned();
            self.failed.push(Failed { title, place: None, why: None });
        } else if let Some(title) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            // The newest of that name: another crate's test may have the same one.
            self.at = self.failed.iter().rposition(|failed| failed.title == title);
            self.message_next = false;
        } else if line.starts_with("test result: ") {
            self.at = None;
        } else if let Some(failed) = self.at.and_then(|at| self.failed.get_mut(at)) {
            if std::mem::take(&mut self.message_next) {
                failed.why = Some(line.to_owned());
            } else if failed.place.is_none() && line.starts_with("thread '") {
                failed.place =
                    line.split_once(" panicked at ").map(|(_, place)| place.trim_end_matches(':').to_owned());
                self.message_next = failed.place.is_some();
            }
        }
    }

    /// The failed tests so far.
    pub fn named(self) -> Vec<String> {
        let tell = |failed: Failed| {
            let place = failed.place.map_or_else(String::new, |place| format!(" ({place})"));
            format!("{}{place}{}", failed.title, why(failed.why.as_deref()))
        };
        self.failed.into_iter().map(tell).collect()
    }
}

/// The failed tests of Vitest's JSON report, files relative to `root`.
pub fn vitest(report: &Value, root: &Path) -> Vec<String> {
    let mut named = Vec::new();
    for file in each(&report["testResults"]) {
        let path = Path::new(text(&file["name"]));
        let path = path.strip_prefix(root).unwrap_or(path).display();
        if unloaded(file) {
            named.push(format!("{path} could not be loaded{}", why(file["message"].as_str())));
        }
        for test in each(&file["assertionResults"]).filter(|test| test["status"] == "failed") {
            named.push(format!("{} ({path}){}", text(&test["fullName"]), why(test["failureMessages"][0].as_str())));
        }
    }
    named
}

/// How many files of Vitest's report failed without a failed test in them.
pub fn vitest_unloaded(report: &Value) -> u64 {
    each(&report["testResults"]).filter(|file| unloaded(file)).map(|_| 1).sum()
}

fn unloaded(file: &Value) -> bool {
    file["status"] == "failed" && each(&file["assertionResults"]).all(|test| test["status"] != "failed")
}

/// The failed tests of Playwright's JSON report.
pub fn playwright(report: &Value) -> Vec<String> {
    let mut named = Vec::new();
    each(&report["suites"]).for_each(|suite| playwright_suite(suite, "", &mut named));
    let outside = each(&report["errors"]);
    named.extend(outside.map(|error| format!("outside of every test{}", why(error["message"].as_str()))));
    named
}

/// How many errors Playwright met outside of every test.
pub fn playwright_outside(report: &Value) -> u64 {
    each(&report["errors"]).map(|_| 1).sum()
}

fn playwright_suite(suite: &Value, above: &str, named: &mut Vec<String>) {
    for spec in each(&suite["specs"]) {
        for test in each(&spec["tests"]) {
            let held_later = if test["status"] == "flaky" { ", held when repeated" } else { "" };
            if test["status"] != "unexpected" && held_later.is_empty() {
                continue;
            }
            let (title, file, line) = (text(&spec["title"]), text(&spec["file"]), &spec["line"]);
            let error = each(&test["results"]).find_map(|result| result["error"]["message"].as_str());
            named.push(format!("{above}{title} ({file}:{line}{held_later}){}", why(error)));
        }
    }
    for inner in each(&suite["suites"]) {
        playwright_suite(inner, &format!("{above}{} > ", text(&inner["title"])), named);
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `: ` and the first line that says something, without colours; nothing where nothing was said.
fn why(message: Option<&str>) -> String {
    let plain = without_colours(message.unwrap_or_default());
    let first = plain.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if first.is_empty() {
        String::new()
    } else {
        format!(": {}", first.chars().take(WHY_CHARS_MAX).collect::<String>())
    }
}

fn without_colours(message: &str) -> String {
    let mut parts = message.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A colour is `[`, numbers, and the letter m.
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_rust_test_is_named_with_the_place_and_the_words_of_its_panic() {
        let mut reader = CargoReader::default();
        let printed = "running 3 tests\n\
            test money::a_split_sums_back ... ok\n\
            test money::a_cent_is_kept ... FAILED\n\
            test crates/log/src/lib.rs - seal (line 3) ... FAILED\n\
            failures:\n\
            ---- money::a_cent_is_kept stdout ----\n\
            a word of the test itself\n\
            thread 'money::a_cent_is_kept' (4711) panicked at crates/domain/src/money.rs:12:9:\n\
            assertion `left == right` failed\n\
            \x20 left: 1\n\
            failures:\n\
            \x20   money::a_cent_is_kept\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        printed.lines().for_each(|line| reader.read(line));
        let place = "money::a_cent_is_kept (crates/domain/src/money.rs:12:9): assertion `left == right` failed";
        assert_eq!(reader.named(), [place, "crates/log/src/lib.rs - seal (line 3)"]);
    }

    #[test]
    fn a_failed_test_of_the_screens_is_named_with_its_file() {
        let held = json!({ "status": "passed", "fullName": "adds", "failureMessages": [] });
        let failed = json!({ "status": "failed", "fullName": "keypad takes a digit", "failureMessages": ["\u{1b}[31mAssertionError\u{1b}[39m: 1 is not 2\n at x"] });
        let file =
            json!({ "name": "/r/ui/src/keypad.test.ts", "status": "failed", "assertionResults": [held, failed] });
        let report = json!({ "testResults": [file] });
        let told = "keypad takes a digit (ui/src/keypad.test.ts): AssertionError: 1 is not 2";
        assert_eq!(vitest(&report, Path::new("/r")), [told]);
        assert_eq!(vitest_unloaded(&report), 0);
    }

    #[test]
    fn a_failed_test_in_the_browser_is_named_also_inside_a_group() {
        let spec = |title: &str, status: &str| {
            let result = json!({ "error": { "message": "\u{1b}[2mexpect(\u{1b}[22mlocator) failed\nmore" } });
            json!({ "title": title, "file": "sale.spec.ts", "line": 7, "tests": [{ "status": status, "results": [result] }] })
        };
        let inner = json!({ "title": "1280x800", "specs": [spec("sells", "unexpected"), spec("pays", "flaky")] });
        let report =
            json!({ "suites": [{ "title": "sale.spec.ts", "specs": [spec("opens", "expected")], "suites": [inner] }] });
        let told = [
            "1280x800 > sells (sale.spec.ts:7): expect(locator) failed",
            "1280x800 > pays (sale.spec.ts:7, held when repeated): expect(locator) failed",
        ];
        assert_eq!(playwright(&report), told);
    }
}
