//! A fault as gRPC says it: a code, a sentence, and details that a program reads (`google.rpc`): which fields, when again, and
//! our own code, which REST gives too.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::api::fault::{Fault, FaultCode, Violation};
use crate::api::limits::{GRPC_DETAIL_CHARS_MAX, GRPC_DETAILS_BYTES_MAX};

/// The domain of our codes in `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "docket.api";

/// The status of a fault.
#[must_use]
pub fn status(fault: &Fault) -> Status {
    let mut shown = fault.violations.len();
    loop {
        let status = with_details(fault, &fault.violations[..shown]);
        // A client takes so many bytes of trailers and no more; what does not fit is left out from the end.
        if status.details().len() <= GRPC_DETAILS_BYTES_MAX || shown == 0 {
            return status;
        }
        shown /= 2;
    }
}

/// A status for what no door but this one knows.
#[must_use]
pub fn with_reason(code: Code, reason: &str, message: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

fn with_details(fault: &Fault, violations: &[Violation]) -> Status {
    let mut details = ErrorDetails::new();
    let valid =
        violations.iter().filter_map(|violation| Some((violation.field.clone(), cut(violation.valid.as_deref()?))));
    details.set_error_info(fault.code.as_str(), DOMAIN, valid.collect::<HashMap<_, _>>());
    if !violations.is_empty() {
        let fields = violations.iter().map(|found| FieldViolation::new(cut(&found.field), cut(&found.rule)));
        details.set_bad_request(fields.collect::<Vec<_>>());
    }
    if let Some(after) = fault.retry_after {
        details.set_retry_info(Some(after));
    }
    Status::with_error_details(code(fault.code), cut(&fault.detail), details)
}

fn cut(text: &str) -> String {
    text.chars().take(GRPC_DETAIL_CHARS_MAX).collect()
}

const fn code(code: FaultCode) -> Code {
    match code {
        FaultCode::InvalidArgument | FaultCode::MissingHeader | FaultCode::KeyMismatch => Code::InvalidArgument,
        FaultCode::Unauthenticated => Code::Unauthenticated,
        FaultCode::Forbidden => Code::PermissionDenied,
        FaultCode::NotFound => Code::NotFound,
        // To be read anew and tried again by whoever decided.
        FaultCode::VersionConflict | FaultCode::PreconditionFailed | FaultCode::KeyInUse => Code::Aborted,
        FaultCode::PriceChanged | FaultCode::Unavailable | FaultCode::FailedPrecondition => Code::FailedPrecondition,
        FaultCode::TooLarge | FaultCode::RateLimited => Code::ResourceExhausted,
        FaultCode::Busy | FaultCode::NoPaymentPage => Code::Unavailable,
        FaultCode::Internal => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fault_names_its_fields_its_code_and_when_to_come_again() {
        let violation = Violation {
            field: "items[0].unit_price".into(),
            rule: "is 12.50 in the catalogue".into(),
            valid: Some("12.50".into()),
        };
        let fault = Fault::fields(FaultCode::PriceChanged, vec![violation]).retry_after(Duration::from_secs(2));
        let status = status(&fault);
        assert_eq!(status.code(), Code::FailedPrecondition);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("price_changed", DOMAIN));
        assert_eq!(info.metadata.get("items[0].unit_price").map(String::as_str), Some("12.50"));
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, "items[0].unit_price");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_secs(2)));
    }

    #[test]
    fn details_fit_into_the_trailers_of_any_client() {
        let long = |number: usize| Violation {
            field: format!("items[{number}].{}", "f".repeat(1_000)),
            rule: "r".repeat(10_000),
            valid: Some("v".repeat(10_000)),
        };
        let status = status(&Fault::fields(FaultCode::InvalidArgument, (0..200).map(long).collect()));
        assert!(status.details().len() <= GRPC_DETAILS_BYTES_MAX);
        assert!(status.message().len() <= GRPC_DETAIL_CHARS_MAX);
        assert!(status.get_error_details().error_info().is_some());
    }
}
