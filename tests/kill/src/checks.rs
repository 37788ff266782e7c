//! What was checked, and what did not hold.

/// Failed checks beyond these are counted, not printed.
const FAILED_PRINTED_MAX: u64 = 20;
/// Of one check, so many faults are printed.
const FAULTS_PRINTED_MAX: usize = 5;

/// The count of checks.
#[derive(Debug, Default)]
pub struct Checks {
    /// Checks that held.
    pub passed: u64,
    /// Checks that did not.
    pub failed: u64,
}

impl Checks {
    /// One check: no fault, or what is wrong.
    pub fn expect(&mut self, faults: impl IntoIterator<Item = String>) {
        let mut faults = faults.into_iter().peekable();
        if faults.peek().is_none() {
            self.passed += 1;
            return;
        }
        self.failed += 1;
        if self.failed <= FAILED_PRINTED_MAX {
            faults.take(FAULTS_PRINTED_MAX).for_each(|fault| println!("FAILED: {fault}"));
        }
    }

    /// One check that an act worked, which gives its answer on.
    pub fn worked<T>(&mut self, result: Result<T, String>) -> Option<T> {
        match result {
            Ok(value) => {
                self.passed += 1;
                Some(value)
            }
            Err(fault) => {
                self.expect([fault]);
                None
            }
        }
    }
}
