//! The HTTP host: routes, access, errors, the change feed, the screens' files.
//!
//! `docs/HTTP.md` is the contract; its prose lies in `http.md` of this crate.

mod access;
mod body;
mod bundle;
mod changes;
mod command;
mod download;
mod headers;
mod listener;
mod problem;
mod query;
mod secret;
mod stall;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::Method;
use axum::middleware;
use axum::routing::{get, post};
use docket_contracts::{ApiError, ErrorCode};
use tokio::sync::watch;

pub use self::access::Access;
pub use self::bundle::{Bundle, BundleError};
pub use self::listener::{Server, ServerError};
pub use self::problem::Problem;
use crate::host::Host;
use crate::limits::Limits;

/// What every handler may use.
pub(crate) struct App<H> {
    host: H,
    access: Access,
    bundle: Bundle,
    limits: Limits,
    tickets: download::Tickets,
    /// Turns true when the program ends; feeds end with it.
    ending: watch::Receiver<bool>,
}

type Shared<H> = Arc<App<H>>;

fn router<H: Host>(app: Shared<H>) -> Router {
    let api = Router::new()
        .route("/commands/{name}", post(command::command::<H>))
        .route("/queries/{name}", get(query::query::<H>))
        .route("/changes", get(changes::changes::<H>))
        .route("/downloads", post(download::ticket::<H>))
        .route("/downloads/{ticket}", get(download::file::<H>))
        .fallback(no_such_call)
        .method_not_allowed_fallback(no_such_call)
        .layer(middleware::map_response(headers::of_the_api))
        .layer(middleware::from_fn_with_state(app.clone(), access::token_required::<H>));
    Router::new()
        .nest("/api", api)
        .route("/", get(bundle::index::<H>))
        .fallback(bundle::file::<H>)
        .layer(middleware::from_fn_with_state(app.clone(), access::same_machine_and_origin::<H>))
        .layer(middleware::map_response(headers::of_every_answer))
        .with_state(app)
}

/// The NAME of a call.
type Name = Result<Path<String>, PathRejection>;

/// A name that is no text is on no list, and is answered like any other unknown name.
fn name_of(name: Name) -> String {
    name.map(|Path(name)| name).unwrap_or_default()
}

/// Below `/api` everything else, a wrong method included.
async fn no_such_call(request: Request) -> Problem {
    let code = if request.method() == Method::POST { ErrorCode::UnknownCommand } else { ErrorCode::UnknownQuery };
    let rule = "there is no such call: use POST /api/commands/NAME, GET /api/queries/NAME or GET /api/changes";
    Problem(ApiError::new(code, "path", rule))
}
