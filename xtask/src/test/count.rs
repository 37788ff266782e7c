//! How many tests ran and which of them failed, read from what each runner reports. Nothing is
//! guessed: a report that can't be read is a failure, and so is a test that was left out.

use std::fmt;
use std::ops::AddAssign;
use std::path::Path;

use serde_json::Value;

use super::named;
use crate::failure::{Failure, io};

/// Failed tests beyond these are counted, not named.
const NAMED_MAX: usize = 40;

/// Tests of one stage.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Count {
    /// Ran and held.
    pub passed: u64,
    /// Ran and did not hold.
    pub failed: u64,
    /// Were there but did not run.
    pub left_out: u64,
    /// The failed ones: title, file, and the first line of what went wrong.
    pub named: Vec<String>,
}

impl Count {
    /// A stage that is one test by itself and held.
    pub const ONE: Self = Self { passed: 1, failed: 0, left_out: 0, named: Vec::new() };

    /// A stage that is one test by itself and did not hold, with what it said about it.
    pub fn one_failed(named: Vec<String>) -> Self {
        Self { failed: 1, named, ..Self::default() }
    }

    /// Refuses a stage in which a test failed or was left out. Each failed test has a line of its
    /// own, because a job's log is read from its end.
    pub fn judged(self) -> Result<Self, Failure> {
        if self.failed > 0 {
            let mut said = format!("{} of {} tests failed", self.failed, self.passed + self.failed);
            for name in self.named.iter().take(NAMED_MAX) {
                said.push_str("\n  ");
                said.push_str(name);
            }
            if self.named.len() > NAMED_MAX {
                said.push_str(&format!("\n  and {} more", self.named.len() - NAMED_MAX));
            }
            return Err(Failure::said(said));
        }
        if self.left_out > 0 {
            return Err(Failure::said(format!("{} tests were left out; every test runs or goes", self.left_out)));
        }
        Ok(self)
    }

    /// The summary line of one Rust test binary; other lines are none.
    pub fn of_cargo_line(line: &str) -> Option<Self> {
        let (_, summary) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let number = |what: &str| {
            let part = summary.split(';').map(str::trim).find(|part| part.ends_with(what))?;
            part.split_whitespace().next()?.parse().ok()
        };
        let (passed, failed, left_out) = (number("passed")?, number("failed")?, number("ignored")?);
        Some(Self { passed, failed, left_out, named: Vec::new() })
    }

    /// Vitest's JSON report; a file that could not be loaded counts as one failed test.
    pub fn of_vitest(report: &Path, root: &Path) -> Result<Self, Failure> {
        Self::of_vitest_report(&read(report)?, root)
    }

    fn of_vitest_report(report: &Value, root: &Path) -> Result<Self, Failure> {
        let left_out = number(report, "numPendingTests")? + number(report, "numTodoTests")?;
        let failed = number(report, "numFailedTests")? + named::vitest_unloaded(report);
        Ok(Self { passed: number(report, "numPassedTests")?, failed, left_out, named: named::vitest(report, root) })
    }

    /// Playwright's JSON report. A test that held only when repeated did not hold; an error outside
    /// of every test counts as a failed one.
    pub fn of_playwright(report: &Path) -> Result<Self, Failure> {
        Self::of_playwright_report(&read(report)?)
    }

    fn of_playwright_report(report: &Value) -> Result<Self, Failure> {
        let stats = &report["stats"];
        let outside = named::playwright_outside(report);
        let failed = number(stats, "unexpected")? + number(stats, "flaky")? + outside;
        let (passed, left_out) = (number(stats, "expected")?, number(stats, "skipped")?);
        Ok(Self { passed, failed, left_out, named: named::playwright(report) })
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_out += other.left_out;
        self.named.extend(other.named);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed == 0 { f.write_str("done") } else { write!(f, "{} passed", self.passed) }
    }
}

fn read(report: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(report).map_err(io(format!("no report in {}", report.display())))?;
    serde_json::from_str(&text).map_err(|error| Failure::said(format!("{} is no report: {error}", report.display())))
}

fn number(report: &Value, key: &str) -> Result<u64, Failure> {
    report[key].as_u64().ok_or_else(|| Failure::said(format!("the report has no number '{key}'")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cargo_summary_is_counted() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s";
        assert_eq!(Count::of_cargo_line(line), Some(Count { passed: 12, left_out: 1, ..Count::default() }));
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(Count::of_cargo_line(line), Some(Count { passed: 3, failed: 2, ..Count::default() }));
        assert_eq!(Count::of_cargo_line("test a_sale_is_kept ... ok"), None);
    }

    #[test]
    fn a_test_left_out_fails_its_stage() {
        assert!(Count { passed: 5, left_out: 1, ..Count::default() }.judged().is_err());
        assert!(Count { passed: 5, failed: 1, ..Count::default() }.judged().is_err());
        assert!(Count::ONE.judged().is_ok());
    }

    #[test]
    fn a_failed_stage_names_its_failed_tests_and_no_more_than_fit() {
        let named: Vec<String> = (0..NAMED_MAX + 2).map(|number| format!("test {number}")).collect();
        let count = Count { passed: 3, failed: 42, named, ..Count::default() };
        let said = count.judged().expect_err("tests failed").to_string();
        assert!(said.starts_with("42 of 45 tests failed\n  test 0\n"), "{said}");
        assert!(said.ends_with("\n  test 39\n  and 2 more"), "{said}");
    }

    #[test]
    fn a_file_that_vitest_could_not_load_is_a_failed_test() {
        let unloaded =
            json!({ "name": "/r/a.test.ts", "status": "failed", "message": "no such module", "assertionResults": [] });
        let report = json!({ "numPassedTests": 2, "numFailedTests": 0, "numPendingTests": 0, "numTodoTests": 0, "testResults": [unloaded] });
        let count = Count::of_vitest_report(&report, Path::new("/r")).expect("a whole report");
        assert_eq!((count.passed, count.failed), (2, 1));
        assert_eq!(count.named, ["a.test.ts could not be loaded: no such module"]);
    }

    #[test]
    fn a_repeated_test_and_an_error_outside_of_every_test_count_as_failed() {
        let stats = json!({ "expected": 4, "unexpected": 1, "flaky": 1, "skipped": 0 });
        let report = json!({ "stats": stats, "suites": [], "errors": [{ "message": "no tests found" }] });
        let count = Count::of_playwright_report(&report).expect("a whole report");
        assert_eq!((count.passed, count.failed), (4, 3));
        assert_eq!(count.named, ["outside of every test: no tests found"]);
    }
}
