//! What is wrong with a call. The doors translate it: REST into `application/problem+json`, gRPC into a status with
//! details.

use std::time::Duration;

/// The kind of a fault. Its text is part of the API and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// Fields break rules: the violations name them.
    InvalidArgument,
    /// A header that is required is not there.
    MissingHeader,
    /// No usable token.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// `expected_version` is not the version any more.
    VersionConflict,
    /// The tag of `If-Match` is not the tag any more.
    PreconditionFailed,
    /// Price or name is another one in the catalogue now.
    PriceChanged,
    /// The product can't be sold now.
    Unavailable,
    /// The state of the order or of the customer does not allow it.
    FailedPrecondition,
    /// The first call with this key is still being worked on.
    KeyInUse,
    /// The key came with another request before.
    KeyMismatch,
    /// More than is taken: bytes, items, page, header.
    TooLarge,
    /// Too many calls.
    RateLimited,
    /// There is no page to pay at: another house's payment service is not there, or is not believed. The order can be paid at the
    /// store.
    NoPaymentPage,
    /// The service can't work now; the same call may pass later.
    Busy,
    /// A fault of the service.
    Internal,
}

impl FaultCode {
    /// The text that callers see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FaultCode::InvalidArgument => "invalid_argument",
            FaultCode::MissingHeader => "missing_header",
            FaultCode::Unauthenticated => "unauthenticated",
            FaultCode::Forbidden => "forbidden",
            FaultCode::NotFound => "not_found",
            FaultCode::VersionConflict => "version_conflict",
            FaultCode::PreconditionFailed => "precondition_failed",
            FaultCode::PriceChanged => "price_changed",
            FaultCode::Unavailable => "product_unavailable",
            FaultCode::FailedPrecondition => "failed_precondition",
            FaultCode::KeyInUse => "idempotency_key_in_use",
            FaultCode::KeyMismatch => "idempotency_key_mismatch",
            FaultCode::TooLarge => "too_large",
            FaultCode::RateLimited => "rate_limited",
            FaultCode::NoPaymentPage => "payment_unavailable",
            FaultCode::Busy => "busy",
            FaultCode::Internal => "internal",
        }
    }

    /// The status of HTTP.
    #[must_use]
    pub const fn http(self) -> u16 {
        match self {
            FaultCode::InvalidArgument | FaultCode::MissingHeader => 400,
            FaultCode::Unauthenticated => 401,
            FaultCode::Forbidden => 403,
            FaultCode::NotFound => 404,
            FaultCode::VersionConflict
            | FaultCode::PriceChanged
            | FaultCode::Unavailable
            | FaultCode::FailedPrecondition
            | FaultCode::KeyInUse => 409,
            FaultCode::PreconditionFailed => 412,
            FaultCode::TooLarge => 413,
            FaultCode::KeyMismatch => 422,
            FaultCode::RateLimited => 429,
            FaultCode::Internal => 500,
            FaultCode::Busy | FaultCode::NoPaymentPage => 503,
        }
    }
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `items[0].quantity`.
    pub field: String,
    /// What it must be.
    pub rule: String,
    /// The value that would be right, where there is one: the price or name in the catalogue.
    pub valid: Option<String>,
}

/// Why a call was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", code.as_str())]
pub struct Fault {
    /// What kind of fault.
    pub code: FaultCode,
    /// One sentence for people.
    pub detail: String,
    /// The fields, if fields are at fault.
    pub violations: Vec<Violation>,
    /// When the same call may pass.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// A fault without fields.
    #[must_use]
    pub fn new(code: FaultCode, detail: impl Into<String>) -> Self {
        Fault { code, detail: detail.into(), violations: Vec::new(), retry_after: None }
    }

    /// One field that breaks a rule.
    #[must_use]
    pub fn field(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Fault::fields(
            FaultCode::InvalidArgument,
            vec![Violation { field: field.into(), rule: rule.into(), valid: None }],
        )
    }

    /// Fields with one kind of fault.
    #[must_use]
    pub fn fields(code: FaultCode, violations: Vec<Violation>) -> Self {
        let detail = violations.first().map_or_else(String::new, |first| format!("{} {}", first.field, first.rule));
        Fault { code, detail, violations, retry_after: None }
    }

    /// The same, to be tried again after some time.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        Fault { retry_after: Some(after), ..self }
    }

    /// A fault of the service itself. What went wrong stands in its log and not in the answer.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a call could not be answered");
        Fault::new(FaultCode::Internal, "the service failed; the call may be repeated with the same key")
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database can't be reached");
                Fault::new(FaultCode::Busy, "the database can't be reached").retry_after(Duration::from_secs(1))
            }
            other => Fault::internal(&other),
        }
    }
}
