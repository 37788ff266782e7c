//! Which windows there are, how one is opened, and how it is put on its display.

use std::path::{Path, PathBuf};

use docket_contracts::{ApiError, ErrorCode};
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Manager, Monitor, PhysicalPosition, PhysicalSize, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};

use crate::arrangement::{Arrangement, Kept};
use crate::displays::{Display, place};

/// A window of the app. Its capability goes by its label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) label: &'static str,
    /// Which display is its own where nobody chose one.
    pub(crate) line: usize,
    title: &'static str,
    page: &'static str,
}

/// The till; the app lives as long as this window.
pub(crate) const CASHIER: Window = Window { label: "cashier", line: 0, title: "Docket", page: "index.html" };
/// The kitchen's screen, mostly on a monitor of its own.
pub(crate) const KITCHEN: Window =
    Window { label: "kitchen", line: 1, title: "Docket · Kitchen", page: "index.html#/kitchen" };
/// The board that the guests look at.
pub(crate) const BOARD: Window =
    Window { label: "board", line: 2, title: "Docket · Guests", page: "index.html#/board" };
/// Every window, the till's last, so that it is in front where they share a display.
pub(crate) const ALL: [Window; 3] = [BOARD, KITCHEN, CASHIER];

const USUAL: PhysicalSize<u32> = PhysicalSize::new(1280, 800);

/// The window that a screen asks for by its route.
pub(crate) fn by_route(route: &str) -> Result<Window, ApiError> {
    let found = [KITCHEN, BOARD].into_iter().find(|window| window.label == route);
    found
        .ok_or_else(|| ApiError::new(ErrorCode::BadInput, "route", "must be 'kitchen' or 'board', a window of its own"))
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
    let kept = app.state::<Arrangement>().now();
    let built = WebviewWindowBuilder::new(app, window.label, WebviewUrl::App(window.page.into()))
        .title(window.title)
        .inner_size(1280.0, 800.0)
        .visible(false)
        .data_directory(app.state::<Places>().engine.clone())
        // The page itself takes a menu file that is dropped on it.
        .disable_drag_drop_handler()
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    stand(app, window, &built, &kept)?;
    built.show()
}

pub(crate) fn is_open(app: &AppHandle, window: Window) -> bool {
    app.get_webview_window(window.label).is_some()
}

/// Puts a window where it is to stand, if it is open.
pub(crate) fn arrange(app: &AppHandle, window: Window, kept: &Kept) -> tauri::Result<()> {
    app.get_webview_window(window.label).map_or(Ok(()), |open| stand(app, window, &open, kept))
}

/// The displays that are plugged in, the system's first one first.
pub(crate) fn displays(app: &AppHandle) -> Vec<Display> {
    let found = app.available_monitors().and_then(|all| Ok((all, app.primary_monitor()?)));
    let (all, first) = found.unwrap_or_else(|error| {
        tracing::error!(%error, "the system does not say which displays there are");
        (Vec::new(), None)
    });
    let mut displays: Vec<_> = all.iter().zip(1..).map(|(monitor, number)| display(monitor, number)).collect();
    let first = first.map(|monitor| *monitor.position());
    // The sort is stable: the others stay in the system's order.
    displays.sort_by_key(|display| first != Some(PhysicalPosition::new(display.x, display.y)));
    displays
}

fn display(monitor: &Monitor, number: u32) -> Display {
    let (at, size) = (monitor.position(), monitor.size());
    let name = monitor.name().filter(|name| !name.trim().is_empty()).cloned();
    let name = name.unwrap_or_else(|| format!("display {number}"));
    Display { name, x: at.x, y: at.y, width: size.width, height: size.height }
}

fn stand(app: &AppHandle, window: Window, open: &WebviewWindow, kept: &Kept) -> tauri::Result<()> {
    let (wish, displays) = (kept.of(window.label), displays(app));
    let full = kept.kiosk || wish.full_screen;
    let Some(place) = place(wish, window.line, &displays) else { return open.set_fullscreen(full) };
    if let Some(missing) = place.missing {
        tracing::warn!(window = window.label, missing, instead = place.display.name, "the display is not there");
    }
    let Display { x, y, width, height, .. } = *place.display;
    let at = PhysicalPosition::new(x, y);
    open.set_decorations(!full)?;
    if full {
        // Position and size say it too: where there is no window manager, nobody else makes a window full screen.
        open.set_position(at)?;
        open.set_size(PhysicalSize::new(width, height))?;
        return open.set_fullscreen_on_monitor(at.cast());
    }
    open.set_fullscreen(false)?;
    // A window that someone moved stays where it is, as long as that is the right display.
    let stands_there = open.current_monitor()?.is_some_and(|monitor| *monitor.position() == at);
    if wish.display.is_some() || !stands_there || window.line > 0 {
        open.set_position(at)?;
    }
    open.set_size(PhysicalSize::new(USUAL.width.min(width), USUAL.height.min(height)))
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
