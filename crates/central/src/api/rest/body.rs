//! Bodies in JSON: bounded in length and time, and refused with the path of what is wrong.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::api::fault::{Fault, FaultCode};
use crate::api::limits::{REST_BODY_BYTES_MAX, REST_BODY_MS};

/// A body.
pub(super) struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_json(kind) {
            let detail = "the body must be application/json, and the header Content-Type must say so";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length: usize| length > REST_BODY_BYTES_MAX) {
            return Err(too_large());
        }
        let reading = axum::body::to_bytes(request.into_body(), REST_BODY_BYTES_MAX);
        let bytes = match tokio::time::timeout(Duration::from_millis(REST_BODY_MS), reading).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) if is_length(&error) => return Err(too_large()),
            Ok(Err(_)) => return Err(Fault::field("body", "broke off").into()),
            Err(_) => {
                let detail = "the body did not come in time";
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail));
            }
        };
        read(&bytes).map(Json).map_err(Problem::from)
    }
}

fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn too_large() -> Problem {
    let mut fault = Fault::field("body", format!("must have at most {REST_BODY_BYTES_MAX} bytes"));
    fault.code = FaultCode::TooLarge;
    fault.into()
}

fn is_length(error: &axum::Error) -> bool {
    let first: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    std::iter::successors(first, |error| error.source()).any(|error| error.is::<http_body_util::LengthLimitError>())
}

/// Reads JSON.
///
/// # Errors
/// A fault that names the path and the rule.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let syntax = !inner.is_data();
        explained(&path, &inner.to_string(), syntax)
    })?;
    reader.end().map_err(|error| explained("", &error.to_string(), true))?;
    Ok(value)
}

/// What serde says, as field and rule.
pub(super) fn explained(path: &str, said: &str, syntax: bool) -> Fault {
    let base = path.trim_matches('.').trim_end_matches(".?").trim_end_matches('?');
    let plain = said.rsplit_once(" at line ").map_or(said, |(plain, _)| plain);
    if syntax {
        let field = if base.is_empty() { "body" } else { base };
        return Fault::field(field, format!("must be JSON: {said}"));
    }
    if let Some((name, rest)) = plain.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        return Fault::field(
            under(base, name),
            format!("is no field here{}", rest.replace(", expected", "; there are")),
        );
    }
    for (said, rule) in [("missing field `", "is required"), ("duplicate field `", "must be there once")] {
        if let Some((name, _)) = plain.strip_prefix(said).and_then(|rest| rest.split_once('`')) {
            return Fault::field(under(base, name), rule);
        }
    }
    Fault::field(if base.is_empty() { "body" } else { base }, format!("can't be read: {plain}"))
}

/// A field below a path; serde names the member itself in some of its paths.
fn under(base: &str, name: &str) -> String {
    match base {
        "" => name.to_owned(),
        base if base == name || base.ends_with(&format!(".{name}")) => base.to_owned(),
        base => format!("{base}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::order::{NewOrder, OrderPatch};

    fn wrong<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> (String, String) {
        let fault = read::<T>(text.as_bytes()).expect_err(text);
        assert_eq!(fault.code, FaultCode::InvalidArgument);
        (fault.violations[0].field.clone(), fault.violations[0].rule.clone())
    }

    fn field(text: &str) -> String {
        wrong::<NewOrder>(text).0
    }

    #[test]
    fn a_wrong_body_is_refused_with_the_path_of_what_is_wrong() {
        assert_eq!(field(r#"{"user_id":"u","items":[{"product_id":"p","quantity":1e300}]}"#), "items[0].quantity");
        assert_eq!(field(r#"{"user_id":"u","items":[{"product_id":"p","quantity":"2"}]}"#), "items[0].quantity");
        assert_eq!(field(r#"{"user_id":"u","items":[{"quantity":1}]}"#), "items[0].product_id");
        assert_eq!(field(r#"{"user_id":"u","items":[],"colour":1}"#), "colour");
        assert_eq!(field(r#"{"user_id":"u","items":[{"product_id":"p","quantity":1,"size":2}]}"#), "items[0].size");
        assert_eq!(field(r#"{"user_id":"u","user_id":"v","items":[]}"#), "user_id");
        assert_eq!(field(r#"{"user_id":"u","items":[],"store_id":"7"}"#), "store_id");
        assert_eq!(field(r#"{"items":[]}"#), "user_id");
        assert_eq!(field("[]"), "body");
        assert_eq!(wrong::<OrderPatch>(r#"{"expected_version":-1}"#).0, "expected_version");
    }

    #[test]
    fn what_is_no_json_is_refused_as_such() {
        for text in ["", "{", r#"{"user_id":"u","items":[]} x"#, "nul", "\u{feff}{}"] {
            let (_, rule) = wrong::<NewOrder>(text);
            assert!(rule.starts_with("must be JSON"), "{text}: {rule}");
        }
        let lone = wrong::<NewOrder>(r#"{"user_id":"\ud800","items":[]}"#);
        assert_eq!(lone.0, "user_id");
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        let within = format!(r#"{{"user_id":"u","items":{deep}}}"#);
        assert!(read::<NewOrder>(within.as_bytes()).is_err());
        assert!(read::<serde_json::Value>(deep.as_bytes()).is_err(), "depth has a bound");
    }

    #[test]
    fn json_is_told_from_what_only_looks_like_it() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/plain") && !is_json("application/jsonp") && !is_json(""));
    }
}
