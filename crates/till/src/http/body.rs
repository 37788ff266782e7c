//! Reads a command's body within its limits, and the session header.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use docket_contracts::{ApiError, CommandRequest, ErrorCode};
use docket_domain::ids::SessionId;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::limits::Limits;

/// The header that names the session of the window that calls.
pub(super) const SESSION_HEADER: &str = "docket-session";

/// A command as it arrived.
///
/// # Errors
/// `bad_input`, or `body_too_large` before the rest is read.
pub(super) async fn command_request(
    name: &str,
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<CommandRequest, ApiError> {
    if !is_json(headers) {
        return Err(ApiError::new(ErrorCode::BadInput, "Content-Type", "must be application/json"));
    }
    let with_file = ["import_menu", "check_menu", "set_up_shop", "change_shop", "import_part"].contains(&name);
    let bytes_max = if with_file { limits.menu_body_bytes_max } else { limits.body_bytes_max };
    let bytes = read(headers, body, bytes_max, limits).await?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let request = typed(&mut reader)?;
    reader.end().map_err(|error| ApiError::new(ErrorCode::BadInput, "", error.to_string()))?;
    Ok(request)
}

/// Deserializes, and names the field where that fails.
pub(super) fn typed<'de, T: DeserializeOwned>(reader: impl serde::Deserializer<'de>) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let rule = error.into_inner().to_string();
        let field = if path == "." || path == "?" { field_in(&rule).to_owned() } else { path };
        ApiError::new(ErrorCode::BadInput, field, rule)
    })
}

/// A field that is missing or said twice has no place of its own; serde names it in words only.
fn field_in(rule: &str) -> &str {
    let words = ["missing field `", "duplicate field `", "unknown field `"];
    let rest = words.iter().find_map(|word| rule.strip_prefix(word));
    rest.and_then(|rest| rest.split('`').next()).unwrap_or_default()
}

/// The session that the caller names. A malformed one is no session.
///
/// # Errors
/// `session_required`.
pub(super) fn session(headers: &HeaderMap) -> Result<Option<SessionId>, ApiError> {
    let Some(value) = headers.get(SESSION_HEADER) else { return Ok(None) };
    let session = value.to_str().ok().and_then(|text| text.parse().ok());
    session.map(Some).ok_or_else(|| {
        ApiError::new(ErrorCode::SessionRequired, "Docket-Session", "must be the session_id that sign_in returned")
    })
}

async fn read(headers: &HeaderMap, body: Body, bytes_max: usize, limits: &Limits) -> Result<Vec<u8>, ApiError> {
    let too_large = || ApiError::new(ErrorCode::BodyTooLarge, "", format!("a body may have at most {bytes_max} bytes"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| usize::try_from(bytes).map_or(true, |bytes| bytes > bytes_max)) {
        return Err(too_large());
    }
    match timeout(limits.body_timeout, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::new(ErrorCode::BadInput, "", "the body broke off")),
        Err(_) => {
            let rule = format!("a body must arrive within {} s", limits.body_timeout.as_secs());
            Err(ApiError::new(ErrorCode::BadInput, "", rule))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
