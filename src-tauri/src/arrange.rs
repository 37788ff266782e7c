//! What the till's window may ask about windows and displays. Who may is the terminal's answer: a manager arranges them,
//! and a manager's PIN leaves kiosk mode.

use docket_contracts::{ApiError, CommandOutcome, CommandRequest, ErrorCode};
use docket_terminal::Terminal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tauri::{AppHandle, State};

use crate::arrangement::Arrangement;
use crate::displays::{Display, Wish};
use crate::windows::{self, ALL, Window};

/// The station that a PIN is asked for at the end of kiosk mode.
const STATION: &str = "kiosk";

/// A window and where it stands.
#[derive(Serialize)]
pub(crate) struct Standing {
    window: &'static str,
    #[serde(flatten)]
    wish: Wish,
    open: bool,
    /// The display that it was to stand on, and that is not there: it stands on the first.
    missing: Option<String>,
}

/// Everything about windows and displays.
#[derive(Serialize)]
pub(crate) struct Standings {
    displays: Vec<Display>,
    windows: Vec<Standing>,
    kiosk: bool,
}

/// Which displays there are, and how the windows stand.
#[tauri::command]
pub(crate) async fn displays(app: AppHandle, arrangement: State<'_, Arrangement>) -> Result<Standings, ApiError> {
    let (displays, kept) = (windows::displays(&app), arrangement.now());
    let windows = ALL.iter().map(|window| {
        let wish = kept.of(window.label).clone();
        let place = crate::displays::place(&wish, window.line, &displays);
        let missing = place.and_then(|place| place.missing).map(str::to_owned);
        Standing { window: window.label, open: windows::is_open(&app, *window), missing, wish }
    });
    let windows = windows.collect();
    Ok(Standings { displays, windows, kiosk: kept.kiosk })
}

/// Says how a window is to stand; one that is open stands so at once.
#[tauri::command]
pub(crate) async fn arrange(
    app: AppHandle,
    terminal: State<'_, Terminal>,
    arrangement: State<'_, Arrangement>,
    session: Option<String>,
    window: String,
    wish: Wish,
) -> Result<(), ApiError> {
    must_be_manager(&terminal, session).await?;
    let window = by_label(&window)?;
    let kept = arrangement.change(|kept| *kept.of_mut(window.label) = wish).map_err(|error| not_kept(&error))?;
    windows::arrange(&app, window, &kept).map_err(|error| not_arranged(&error))
}

/// Enters kiosk mode: every window fills its display, and nobody closes one.
#[tauri::command]
pub(crate) async fn enter_kiosk(
    app: AppHandle,
    terminal: State<'_, Terminal>,
    arrangement: State<'_, Arrangement>,
    session: Option<String>,
) -> Result<(), ApiError> {
    must_be_manager(&terminal, session).await?;
    set_kiosk(&app, &arrangement, true)
}

/// Leaves kiosk mode by a manager's PIN, whoever is signed in at the window.
#[tauri::command]
pub(crate) async fn leave_kiosk(
    app: AppHandle,
    terminal: State<'_, Terminal>,
    arrangement: State<'_, Arrangement>,
    person_id: String,
    pin: String,
    command_id: String,
) -> Result<(), ApiError> {
    let request = |input: Value| {
        let request = CommandRequest::deserialize(json!({ "command_id": command_id, "input": input }));
        request.map_err(|error| ApiError::new(ErrorCode::BadInput, "request", error.to_string()))
    };
    let input = json!({ "person_id": person_id, "pin": pin, "station": STATION });
    let CommandOutcome { session, .. } = terminal.command(None, "sign_in", request(input)?).await?;
    let session = session.ok_or_else(|| ApiError::new(ErrorCode::StoreFailed, "", "sign-in gave no session"))?;
    // The PIN opens this one door; no session stays behind.
    let is_manager = session.person.role.as_str() == MANAGER;
    terminal.command(Some(session.session_id), "sign_out", request(json!({}))?).await?;
    if !is_manager {
        return Err(not_a_manager(session.person.role.as_str()));
    }
    set_kiosk(&app, &arrangement, false)
}

const MANAGER: &str = "manager";

fn set_kiosk(app: &AppHandle, arrangement: &Arrangement, kiosk: bool) -> Result<(), ApiError> {
    let kept = arrangement.change(|kept| kept.kiosk = kiosk).map_err(|error| not_kept(&error))?;
    tracing::info!(kiosk, "kiosk mode");
    ALL.iter().try_for_each(|window| windows::arrange(app, *window, &kept)).map_err(|error| not_arranged(&error))
}

async fn must_be_manager(terminal: &Terminal, session: Option<String>) -> Result<(), ApiError> {
    // What is no session's name is no session, and the terminal says so.
    let answer = terminal.query(session.and_then(|text| text.parse().ok()), "session", json!({})).await?;
    let role = answer["person"]["role"].as_str().unwrap_or_default();
    if role == MANAGER { Ok(()) } else { Err(not_a_manager(role)) }
}

fn not_a_manager(role: &str) -> ApiError {
    ApiError::new(ErrorCode::RoleNotAllowed, "", format!("a {role} may not do this; ask someone who may"))
}

fn by_label(label: &str) -> Result<Window, ApiError> {
    let found = ALL.iter().find(|window| window.label == label).copied();
    found.ok_or_else(|| ApiError::new(ErrorCode::BadInput, "window", "must be 'cashier', 'kitchen' or 'board'"))
}

fn not_kept(error: &std::io::Error) -> ApiError {
    let full = error.kind() == std::io::ErrorKind::StorageFull;
    let code = if full { ErrorCode::DiskFull } else { ErrorCode::StoreFailed };
    ApiError::new(code, "", format!("how the windows stand could not be kept: {error}"))
}

fn not_arranged(error: &tauri::Error) -> ApiError {
    tracing::error!(%error, "a window could not be arranged");
    ApiError::new(ErrorCode::StoreFailed, "window", format!("a window could not be arranged: {error}"))
}
