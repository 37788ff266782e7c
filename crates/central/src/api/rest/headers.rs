//! What stands in headers: the key of an act, the tag that an order must have, and what the caller reads.

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, LINK, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use super::query::next_link;
use crate::api::fault::Fault;
use crate::api::idempotency::{Given, Key};

/// The name of the key's header.
pub(super) const KEY: &str = "Idempotency-Key";
/// Says that an answer is the repeat of an earlier one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A version that nothing has, for a tag that is none of ours: it can't match.
const NO_VERSION: u64 = u64::MAX;

/// The key of an act that needs one.
pub(super) struct Keyed(pub Key);

/// The key of an act that may have one.
pub(super) struct MaybeKeyed(pub Option<Key>);

/// The version of `If-Match`; none where it is not there, or is `*`.
pub(super) struct Matching(pub Option<u64>);

/// The one value of a header; an empty one is as good as none.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Fault::field(name, "must be there once").into());
    }
    let text = first.to_str().map_err(|_| Problem::from(Fault::field(name, "must have visible ASCII characters")))?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()))
}

impl<S: Sync> FromRequestParts<S> for MaybeKeyed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let named = |mut fault: Fault| {
            fault.violations.iter_mut().for_each(|violation| KEY.clone_into(&mut violation.field));
            fault.detail = fault.detail.replace("idempotency_key", KEY);
            Problem::from(fault)
        };
        one(&parts.headers, KEY)?.map(Key::parse).transpose().map(MaybeKeyed).map_err(named)
    }
}

impl<S: Sync> FromRequestParts<S> for Keyed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let MaybeKeyed(key) = MaybeKeyed::from_request_parts(parts, state).await?;
        key.map(Keyed).ok_or_else(|| Problem::no_header(KEY, "is required: a name of your own for this act"))
    }
}

impl<S: Sync> FromRequestParts<S> for Matching {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Matching(matching(one(&parts.headers, IF_MATCH.as_str())?)?))
    }
}

fn matching(given: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = given.filter(|text| *text != "*") else { return Ok(None) };
    let quoted = |text: &str| text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    let tag = text.strip_prefix("W/").unwrap_or(text);
    if !quoted(tag) || tag[1..tag.len() - 1].contains(['"', ',']) {
        return Err(Fault::field("If-Match", "must be one tag in quotes, as the header ETag gave it, or *").into());
    }
    // Weak tags never match (RFC 9110, 13.1.1), and neither does one that we did not give.
    let ours = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|text| text.parse().ok());
    Ok(Some(ours.unwrap_or(NO_VERSION)))
}

/// Whether the caller reads JSON.
pub(super) fn accepts(headers: &HeaderMap) -> Result<(), Problem> {
    let mut ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if ranges.peek().is_none() {
        return Ok(());
    }
    let fits = |range: &str| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let kind = parts.next().unwrap_or_default();
        let refused = parts.any(|part| matches!(part.as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        !refused && matches!(kind.as_str(), "*/*" | "application/*" | "application/json" | "text/*" | "text/html")
    };
    if ranges.flat_map(|list| list.split(',')).any(|range| fits(range.trim())) {
        return Ok(());
    }
    let detail = "the answer is application/json, and the header Accept does not take that";
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail))
}

/// JSON that is written already.
pub(super) fn json(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A value as JSON.
pub(super) fn shown(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    serde_json::to_string(value).map(|body| json(status, body)).map_err(|error| Fault::internal(&error).into())
}

/// Adds the tag of a version.
pub(super) fn tagged(mut response: Response, version: u64) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// Adds where the thing is.
pub(super) fn placed(mut response: Response, place: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(place) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// Says whether it is a repeat.
pub(super) fn repeated(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Adds the link to the next page: the same query with the parameter `name`.
pub(super) fn linked(mut response: Response, uri: &Uri, name: &str, next: Option<&str>) -> Response {
    let link = next.map(|value| next_link(uri.path(), uri.query(), name, value));
    if let Some(value) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, value);
    }
    response
}

/// The answer to an act, as it was given the first time.
pub(super) fn given(given: Given) -> Response {
    let answer = given.answer;
    let mut response = json(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK), answer.body);
    for (name, text) in [(ETAG, answer.etag), (LOCATION, answer.location)] {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    repeated(response, given.replayed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_and_a_foreign_or_weak_one_matches_nothing() {
        assert_eq!(matching(None), Ok(None));
        assert_eq!(matching(Some("*")), Ok(None));
        assert_eq!(matching(Some("\"7\"")), Ok(Some(7)));
        for text in ["W/\"7\"", "\"x\"", "\"\"", "\"-1\""] {
            assert_eq!(matching(Some(text)), Ok(Some(NO_VERSION)), "{text}");
        }
        for text in ["7", "\"7", "\"", "\"1\", \"2\""] {
            let problem = matching(Some(text)).expect_err("no tag");
            assert_eq!((problem.status, problem.violations[0].field.as_str()), (400, "If-Match"), "{text}");
        }
    }

    #[test]
    fn who_reads_no_json_is_told_so() {
        let accept = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(text));
            accepts(&headers).map_err(|problem| problem.status)
        };
        for text in ["*/*", "application/json", "image/png, application/*;q=0.1", "Application/JSON; charset=utf-8"] {
            assert_eq!(accept(text), Ok(()), "{text}");
        }
        for text in ["image/png", "application/json;q=0", "application/xml"] {
            assert_eq!(accept(text), Err(406), "{text}");
        }
        assert_eq!(accepts(&HeaderMap::new()), Ok(()));
    }
}
