//! An error as a client sees it: `application/problem+json` (RFC 9457) with our closed code, field and rule.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use docket_contracts::view::MenuRemark;
use docket_contracts::{ApiError, ErrorCode, Params};
use serde::Serialize;

/// The one way in which the API refuses.
#[derive(Debug)]
pub struct Problem(pub ApiError);

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: ErrorCode,
    field: &'a str,
    rule: &'a str,
    retryable: bool,
    details: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    faults: &'a [MenuRemark],
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a Params>,
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Problem(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem(error) = self;
        let document = Document {
            kind: format!("urn:docket:error:{}", error.code.as_str()),
            title: error.code.meaning().trim(),
            status: error.code.http_status(),
            code: error.code,
            field: &error.field,
            rule: &error.rule,
            retryable: error.retryable,
            details: &error.details,
            faults: &error.faults,
            params: error.params.as_deref(),
        };
        let body = serde_json::to_vec(&document).expect("a document of texts and numbers serializes");
        let status = StatusCode::from_u16(error.code.http_status()).expect("the code list holds valid statuses");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if error.code == ErrorCode::TokenRequired {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_becomes_an_answer_with_its_own_status_and_a_title() {
        for code in ErrorCode::ALL {
            let response = Problem(ApiError::new(*code, "field", "rule")).into_response();
            assert_eq!(response.status().as_u16(), code.http_status(), "{}", code.as_str());
            assert!(response.status().is_client_error() || response.status().is_server_error());
            assert!(!code.meaning().trim().is_empty());
        }
    }
}
