//! Which version of a thing its caller had seen: of an order and of a customer alike.

use super::Violation;
use super::fault::{Fault, FaultCode};

/// What an act was decided on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DecidedOn {
    /// The version of `If-Match`.
    pub matching: Option<u64>,
    /// `expected_version`.
    pub expected: Option<u64>,
}

impl DecidedOn {
    /// Whether it is still the one of the caller.
    ///
    /// # Errors
    /// [`FaultCode::PreconditionFailed`], [`FaultCode::VersionConflict`]; both say the version that it has now.
    pub fn check(&self, version: u64) -> Result<(), Fault> {
        if self.matching.is_some_and(|matching| matching != version) {
            return Err(Fault::new(FaultCode::PreconditionFailed, format!("its version is {version} now")));
        }
        if self.expected.is_some_and(|expected| expected != version) {
            let rule = format!("is not its version, which is {version} now");
            let violation = Violation { field: "expected_version".into(), rule, valid: Some(version.to_string()) };
            return Err(Fault::fields(FaultCode::VersionConflict, vec![violation]));
        }
        Ok(())
    }
}
