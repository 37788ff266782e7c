//! `GET /api/changes`: the change feed as server-sent events. Each event's data is one `Change`; its id is the position
//! to resume from, which a browser gives back by itself as `Last-Event-ID`.

use std::convert::Infallible;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use docket_contracts::{ApiError, Change, ChangePosition, ErrorCode};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;

use super::problem::Problem;
use super::{Shared, body};
use crate::host::Host;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    #[serde(default)]
    after: Option<String>,
}

pub(super) async fn changes<H: Host>(
    State(app): State<Shared<H>>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let after = position(raw.as_deref().unwrap_or_default(), &headers)?;
    let mut ending = app.ending.clone();
    // A failed wait means that the server is gone, which ends the feed as well.
    let end = async move { drop(ending.wait_for(|ending| *ending).await) };
    let events = app.host.changes(after.as_ref()).take_until(Box::pin(end)).map(|change| Ok(event(&change)));
    Ok(Sse::new(events))
}

/// The header wins: a browser that reconnects sends it along with the address of its first call.
fn position(raw: &str, headers: &HeaderMap) -> Result<Option<ChangePosition>, ApiError> {
    let input: Input = body::typed(serde_urlencoded::Deserializer::new(form_urlencoded::parse(raw.as_bytes())))?;
    let Some(resumed) = headers.get("last-event-id") else { return Ok(input.after.map(ChangePosition)) };
    let text =
        resumed.to_str().map_err(|_| ApiError::new(ErrorCode::BadInput, "Last-Event-ID", "must be plain text"))?;
    Ok(Some(ChangePosition(text.to_owned())))
}

fn event(change: &Change) -> Event {
    let data = serde_json::to_string(change).expect("a change is plain data");
    match change {
        Change::Changed { position, .. } | Change::Reset { position } => Event::default().id(&position.0).data(data),
        Change::Heartbeat { .. } => Event::default().data(data),
    }
}
