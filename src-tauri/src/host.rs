//! The terminal's command list over Tauri's IPC. Each command here forwards; what may be done is asked in the terminal.

use docket_contracts::query::ByOrder;
use docket_contracts::{ApiError, Change, ChangePosition, CommandOutcome, CommandRequest, ErrorCode};
use docket_terminal::Terminal;
use serde::Deserialize;
use serde_json::Value;
use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, State, WebviewWindow, Wry};
use tracing::{Instrument, field, info_span};

use crate::feeds::Feeds;
use crate::{arrange, windows};

/// The commands that a window can be granted; `src-tauri/permissions` names each.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        command,
        query,
        changes,
        open_window,
        arrange::displays,
        arrange::arrange,
        arrange::enter_kiosk,
        arrange::leave_kiosk
    ]
}

/// Runs a command. It is done and durable when this answers.
#[tauri::command]
async fn command(
    terminal: State<'_, Terminal>,
    name: String,
    session: Option<String>,
    request: Value,
) -> Result<CommandOutcome, ApiError> {
    let request = CommandRequest::deserialize(request).map_err(|error| unreadable("request", &error))?;
    // The command id is the correlation id: the terminal stamps it on the facts, so a log line leads to its rows.
    let span = info_span!("command", command = name, correlation_id = %request.command_id, order_id = field::Empty);
    if let Some(order) = order_of(&request.input) {
        span.record("order_id", field::display(order.order_id));
    }
    let session = session.map(|text| text.parse().map_err(|_| no_session())).transpose()?;
    async {
        let result = terminal.command(session, &name, request).await;
        log(&result);
        result
    }
    .instrument(span)
    .await
}

/// Answers a query.
#[tauri::command]
async fn query(
    terminal: State<'_, Terminal>,
    name: String,
    session: Option<String>,
    input: Value,
) -> Result<Value, ApiError> {
    let session = session.map(|text| text.parse().map_err(|_| no_session())).transpose()?;
    let result = terminal.query(session, &name, input).await;
    if let Err(error) = &result
        && error.code.http_status() >= 500
    {
        tracing::error!(query = name, code = error.code.as_str(), rule = error.rule, "query failed");
    }
    result
}

/// Follows the change feed from a position on; without one, or with one that can't be resumed, it begins with a reset.
#[tauri::command]
async fn changes(
    window: WebviewWindow,
    terminal: State<'_, Terminal>,
    feeds: State<'_, Feeds>,
    after: Option<String>,
    channel: Channel<Change>,
) -> Result<(), ApiError> {
    let feed = terminal.changes(after.map(ChangePosition).as_ref());
    feeds.start(window.label(), feed, channel);
    Ok(())
}

/// Opens the window of a screen that has its own, or brings it to the front.
#[tauri::command]
async fn open_window(app: AppHandle, route: String) -> Result<(), ApiError> {
    windows::open(&app, windows::by_route(&route)?).map_err(|error| {
        tracing::error!(%error, route, "the window could not be opened");
        ApiError::new(ErrorCode::StoreFailed, "route", format!("the window could not be opened: {error}"))
    })
}

fn log(result: &Result<CommandOutcome, ApiError>) {
    match result {
        Ok(outcome) => tracing::info!(applied = outcome.applied, "command done"),
        Err(error) if error.code.http_status() >= 500 => {
            tracing::error!(code = error.code.as_str(), field = error.field, rule = error.rule, "command failed");
        }
        // A rejection's rule may repeat what a person typed; code and field say enough here.
        Err(error) => tracing::info!(code = error.code.as_str(), field = error.field, "command refused"),
    }
}

/// Only a well-formed id is written to the logs, never a text that a screen put in its place.
fn order_of(input: &Value) -> Option<ByOrder> {
    Some(ByOrder { order_id: input.get("order_id")?.as_str()?.parse().ok()? })
}

fn no_session() -> ApiError {
    ApiError::new(ErrorCode::SessionRequired, "session", "must be the session_id that sign_in returned")
}

fn unreadable(field: &str, error: &serde_json::Error) -> ApiError {
    ApiError::new(ErrorCode::BadInput, field, error.to_string())
}
