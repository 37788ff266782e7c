//! How many tests ran, read from what each runner reports. Nothing is guessed: a report that
//! can't be read is a failure, and so is a test that was left out.

use std::fmt;
use std::ops::AddAssign;
use std::path::Path;

use serde_json::Value;

use crate::failure::{Failure, io};

/// Tests of one stage.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Ran and held.
    pub passed: u64,
    /// Ran and did not hold.
    pub failed: u64,
    /// Were there but did not run.
    pub left_out: u64,
}

impl Count {
    /// A stage that is one test by itself and held.
    pub const ONE: Self = Self { passed: 1, failed: 0, left_out: 0 };

    /// Refuses a stage in which a test failed or was left out.
    pub fn judged(self) -> Result<Self, Failure> {
        if self.failed > 0 {
            return Err(Failure::said(format!("{} of {} tests failed", self.failed, self.passed + self.failed)));
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
        Some(Self { passed: number("passed")?, failed: number("failed")?, left_out: number("ignored")? })
    }

    /// Vitest's JSON report.
    pub fn of_vitest(report: &Path) -> Result<Self, Failure> {
        let report = read(report)?;
        let left_out = number(&report, "numPendingTests")? + number(&report, "numTodoTests")?;
        Ok(Self { passed: number(&report, "numPassedTests")?, failed: number(&report, "numFailedTests")?, left_out })
    }

    /// Playwright's JSON report. A test that held only when repeated did not hold.
    pub fn of_playwright(report: &Path) -> Result<Self, Failure> {
        let stats = &read(report)?["stats"];
        let failed = number(stats, "unexpected")? + number(stats, "flaky")?;
        Ok(Self { passed: number(stats, "expected")?, failed, left_out: number(stats, "skipped")? })
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_out += other.left_out;
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
    use super::*;

    #[test]
    fn a_cargo_summary_is_counted() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s";
        assert_eq!(Count::of_cargo_line(line), Some(Count { passed: 12, failed: 0, left_out: 1 }));
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(Count::of_cargo_line(line), Some(Count { passed: 3, failed: 2, left_out: 0 }));
        assert_eq!(Count::of_cargo_line("test a_sale_is_kept ... ok"), None);
    }

    #[test]
    fn a_test_left_out_fails_its_stage() {
        assert!(Count { passed: 5, failed: 0, left_out: 1 }.judged().is_err());
        assert!(Count { passed: 5, failed: 1, left_out: 0 }.judged().is_err());
        assert!(Count::ONE.judged().is_ok());
    }
}
