//! Which windows there are, and how one is opened.

use std::path::{Path, PathBuf};

use docket_contracts::{ApiError, ErrorCode};
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder};

/// A window of the app. Its capability goes by its label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) label: &'static str,
    title: &'static str,
    page: &'static str,
}

/// The till; the app lives as long as this window.
pub(crate) const CASHIER: Window = Window { label: "cashier", title: "Docket", page: "index.html" };
/// The kitchen's screen, mostly on a monitor of its own.
pub(crate) const KITCHEN: Window = Window { label: "kitchen", title: "Docket · Kitchen", page: "index.html#/kitchen" };

/// The window that a screen asks for by its route.
pub(crate) fn by_route(route: &str) -> Result<Window, ApiError> {
    if route == KITCHEN.label {
        return Ok(KITCHEN);
    }
    Err(ApiError::new(ErrorCode::BadInput, "route", "must be 'kitchen', the one screen with a window of its own"))
}

/// Where the web engine keeps what it keeps.
pub(crate) struct Places {
    engine: PathBuf,
}

impl Places {
    /// Inside the data folder: a till in another folder shares nothing with this one.
    pub(crate) fn beside(data: &Path) -> Self {
        Self { engine: data.join("windows") }
    }
}

/// Opens a window, or brings it to the front where it is open.
pub(crate) fn open(app: &AppHandle, window: Window) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(window.label) {
        open.unminimize()?;
        open.show()?;
        return open.set_focus();
    }
    WebviewWindowBuilder::new(app, window.label, WebviewUrl::App(window.page.into()))
        .title(window.title)
        .inner_size(1280.0, 800.0)
        .min_inner_size(1024.0, 600.0)
        .data_directory(app.state::<Places>().engine.clone())
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// A window shows the screens that were compiled in, and nothing else.
fn is_ours(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        // Where a scheme of its own is not to be had, Tauri serves the screens under this name.
        "http" | "https" => address.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Whether there is a screen to open windows on. GTK would end the program without a clear word.
#[cfg(target_os = "linux")]
pub(crate) fn check_window_system() -> Result<(), ApiError> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        return Ok(());
    }
    let rule = "there is no window system; start docket-till serve for the same screens in a browser";
    Err(ApiError::new(ErrorCode::BadInput, "DISPLAY", rule))
}

/// The system is a window system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn check_window_system() -> Result<(), ApiError> {
    Ok(())
}
