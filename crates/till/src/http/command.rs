//! `POST /api/commands/NAME`.

use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use docket_contracts::{ApiError, COMMANDS, CommandOutcome, CommandRequest, ErrorCode};
use docket_domain::ids::{OrderId, SessionId};
use serde_json::Value;
use tokio::time::timeout;
use tracing::{Instrument, field, info_span};

use super::problem::Problem;
use super::{Name, Shared, body, name_of};
use crate::host::Host;

pub(super) async fn command<H: Host>(
    State(app): State<Shared<H>>,
    name: Name,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CommandOutcome>, Problem> {
    let name = name_of(name);
    if !COMMANDS.iter().any(|entry| entry.name == name) {
        return Err(Problem(ApiError::new(ErrorCode::UnknownCommand, "name", "there is no such command")));
    }
    let session = body::session(&headers)?;
    let request = body::command_request(&name, &headers, body, &app.limits).await?;
    // The command id is the correlation id: the terminal stamps it on the facts, so a log line leads to its rows.
    let span = info_span!("call", command = name, correlation_id = %request.command_id, order_id = field::Empty);
    if let Some(order_id) = order_of(&request.input) {
        span.record("order_id", field::display(order_id));
    }
    let outcome = run(&app, session, &name, request).instrument(span).await?;
    Ok(Json(outcome))
}

#[allow(clippy::disallowed_methods, reason = "the log says how long a command took; nothing is decided by it")]
async fn run<H: Host>(
    app: &Shared<H>,
    session: Option<SessionId>,
    name: &str,
    request: CommandRequest,
) -> Result<CommandOutcome, ApiError> {
    let begun = Instant::now();
    let answer = timeout(app.limits.request_timeout, app.host.command(session, name, request)).await;
    let result = answer.unwrap_or_else(|_| {
        let rule = "no answer in time; it may still take effect, so repeat it with the same command_id";
        Err(ApiError::new(ErrorCode::Busy, "", rule))
    });
    let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    match &result {
        Ok(outcome) => tracing::info!(applied = outcome.applied, took_us, "command done"),
        Err(error) if error.code.http_status() >= 500 => {
            tracing::error!(
                code = error.code.as_str(),
                field = error.field,
                rule = error.rule,
                took_us,
                "command failed"
            );
        }
        // A rejection's rule may repeat what a person typed; code and field say enough here.
        Err(error) => tracing::info!(code = error.code.as_str(), field = error.field, took_us, "command refused"),
    }
    result
}

/// Only a well-formed id is written to the logs, never a text that a client put in its place.
fn order_of(input: &Value) -> Option<OrderId> {
    input.get("order_id")?.as_str()?.parse().ok()
}
