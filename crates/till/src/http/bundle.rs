//! The screens: the built UI as files. They hold no data, so they need no token; everything they show comes from `/api`.

use std::path::{Path, PathBuf};

use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use tower_http::services::ServeDir;

use super::Shared;
use crate::host::Host;

/// Where the screens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bundle {
    /// A folder with `index.html` in it.
    Folder(PathBuf),
    /// There is none: `/` says so.
    Missing,
}

/// Why a folder can't be the bundle.
#[derive(Debug, PartialEq, Eq)]
pub struct BundleError {
    /// The folder asked for.
    pub folder: PathBuf,
}

impl std::fmt::Display for BundleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the folder {} holds no index.html", self.folder.display())
    }
}

impl std::error::Error for BundleError {}

impl Bundle {
    /// The folder that was asked for, or where the screens lie beside this program.
    ///
    /// # Errors
    /// [`BundleError`] if a folder was asked for and holds no screens.
    pub fn find(asked: Option<PathBuf>) -> Result<Self, BundleError> {
        if let Some(folder) = asked {
            return if holds_screens(&folder) { Ok(Bundle::Folder(folder)) } else { Err(BundleError { folder }) };
        }
        let program = std::env::current_exe().ok();
        let found =
            program.iter().flat_map(|program| beside(program)).chain(in_development()).find(|at| holds_screens(at));
        Ok(found.map_or(Bundle::Missing, Bundle::Folder))
    }
}

/// `ui` next to the program, or `ui/dist` of the workspace that the program was built in.
fn beside(program: &Path) -> Vec<PathBuf> {
    let next_to_it = program.parent().map(|folder| folder.join("ui"));
    let workspace =
        program.ancestors().find(|folder| folder.join("Cargo.toml").is_file() && folder.join("ui").is_dir());
    next_to_it.into_iter().chain(workspace.map(|folder| folder.join("ui/dist"))).collect()
}

/// A debug build may lie outside its workspace; a release build must not know where it was made.
#[cfg(debug_assertions)]
fn in_development() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist"))
}

#[cfg(not(debug_assertions))]
fn in_development() -> Option<PathBuf> {
    None
}

fn holds_screens(folder: &Path) -> bool {
    folder.join("index.html").is_file()
}

/// `GET /`: trades the one-time token for the cookie, else gives the first page.
pub(super) async fn index<H: Host>(
    State(app): State<Shared<H>>,
    method: Method,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Response {
    match raw.as_deref().and_then(one_time_token) {
        // A HEAD request, which some programs send to look at an address, must not use the token up.
        Some(_) if method != Method::GET => StatusCode::NO_CONTENT.into_response(),
        Some(shown) => trade(&app, &shown, &headers),
        None => first_page(&app.bundle).await,
    }
}

fn one_time_token(raw: &str) -> Option<String> {
    form_urlencoded::parse(raw.as_bytes()).find(|(key, _)| key == "token").map(|(_, value)| value.into_owned())
}

fn trade<H: Host>(app: &Shared<H>, shown: &str, headers: &HeaderMap) -> Response {
    if let Some(cookie) = app.access.trade(shown).and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        let mut response = Redirect::to("/").into_response();
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    if app.access.has_cookie(headers) {
        // The same browser opened the printed address again.
        return Redirect::to("/").into_response();
    }
    let text = "This address has been used, or is not of this start. The till prints a new one each time it starts.\n";
    (StatusCode::UNAUTHORIZED, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

async fn first_page(bundle: &Bundle) -> Response {
    let page = match bundle {
        Bundle::Folder(folder) => tokio::fs::read(folder.join("index.html")).await.ok(),
        Bundle::Missing => None,
    };
    let page = page.unwrap_or_else(|| include_bytes!("no_screens.html").to_vec());
    ([(header::CACHE_CONTROL, "no-cache")], Html(page)).into_response()
}

/// Every other path: a file of the bundle, or 404. There is no fall-back to the first page, so a wrong path shows.
pub(super) async fn file<H: Host>(State(app): State<Shared<H>>, request: Request) -> Response {
    let not_found = || (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    let Bundle::Folder(folder) = &app.bundle else { return not_found() };
    // Vite names what lies in `assets` by its content.
    let cache = if request.uri().path().starts_with("/assets/") { "max-age=31536000, immutable" } else { "no-cache" };
    let mut files = ServeDir::new(folder).append_index_html_on_directories(false);
    match files.try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => not_found(),
        Ok(response) => {
            let mut response = response.into_response();
            if response.status().is_success() {
                response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "a file of the screens can't be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
