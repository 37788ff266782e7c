//! What is wrong with a call, as `application/problem+json` (RFC 9457).

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::fault::{Fault, FaultCode};
use crate::api::limits::VIOLATIONS_MAX;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:docket:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// Status of HTTP.
    pub status: u16,
    /// One sentence for people.
    pub detail: String,
    /// What programs branch on; it never changes.
    pub code: String,
    /// The fields, if fields are at fault.
    pub violations: Vec<ProblemField>,
    /// Seconds after which the same call may pass; the header Retry-After says it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// Path of the field, such as `items[0].quantity`; the name of a header or of a member of the query otherwise.
    pub field: String,
    /// What it must be.
    pub rule: String,
    /// The value that would be right, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<String>,
}

impl Problem {
    /// A refusal without fields.
    pub(super) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Problem {
            kind: format!("urn:docket:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            violations: Vec::new(),
            retry_after_s: None,
        }
    }

    /// One header that is not there.
    pub(super) fn no_header(name: &str, rule: &str) -> Self {
        let mut fault = Fault::field(name, rule);
        fault.code = FaultCode::MissingHeader;
        Problem::from(fault)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let status = StatusCode::from_u16(fault.code.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let field = |violation: crate::api::fault::Violation| ProblemField {
            field: violation.field,
            rule: violation.rule,
            valid: violation.valid,
        };
        Problem {
            violations: fault.violations.into_iter().take(VIOLATIONS_MAX).map(field).collect(),
            retry_after_s: fault
                .retry_after
                .map(|after| after.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)),
            ..Problem::new(status, fault.code.as_str(), fault.detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
