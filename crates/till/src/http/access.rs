//! Who may talk to this host: programs of this machine that hold the start's token, and the browser that traded the
//! printed one-time address for a cookie. Who the person is, and what they may do, is the terminal's question.

use std::sync::Mutex;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use docket_contracts::{ApiError, ErrorCode};

use super::problem::Problem;
use super::secret::Secret;
use super::{App, Shared};
use crate::host::Host;

/// The secrets of one start, and the port that Host and Origin must name.
#[derive(Debug)]
pub struct Access {
    port: u16,
    token: Secret,
    cookie: Secret,
    /// Gone once a browser has traded it.
    one_time: Mutex<Option<Secret>>,
}

impl Access {
    /// Fresh secrets for a listener on this port.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Access { port, token: Secret::random(), cookie: Secret::random(), one_time: Mutex::new(Some(Secret::random())) }
    }

    /// The token for `Authorization: Bearer`.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.text()
    }

    /// The address for a browser; it opens once. None after that.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let one_time = self.one_time.lock().expect("no holder of this lock can panic");
        one_time.as_ref().map(|secret| format!("http://127.0.0.1:{}/?token={}", self.port, secret.text()))
    }

    /// Trades the one-time token for the `Set-Cookie` value.
    pub(super) fn trade(&self, shown: &str) -> Option<String> {
        let mut one_time = self.one_time.lock().expect("no holder of this lock can panic");
        one_time.take_if(|secret| secret.matches(shown))?;
        Some(format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), self.cookie.text()))
    }

    /// Cookies are shared by all ports of a host, so the name tells two tills on one machine apart.
    fn cookie_name(&self) -> String {
        format!("docket_{}", self.port)
    }

    pub(super) fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(key, value)| key == name && self.cookie.matches(value))
    }

    fn has_bearer(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            shown.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        token.is_some_and(|(_, token)| self.token.matches(token.trim()))
    }

    /// A page of another site that had its name pointed at 127.0.0.1 still sends its own name as Host.
    fn check_host(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let allowed = match (hosts.next(), hosts.next()) {
            (Some(host), None) => self.is_own_authority(host.as_bytes()),
            _ => false,
        };
        if allowed {
            return Ok(());
        }
        let rule = format!("must be 127.0.0.1:{0} or localhost:{0}", self.port);
        Err(ApiError::new(ErrorCode::HostNotAllowed, "Host", rule))
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let host = headers.get(header::HOST).map(|host| host.as_bytes());
        let same = |origin: &[u8]| origin.strip_prefix(b"http://").is_some_and(|authority| Some(authority) == host);
        if headers.get_all(header::ORIGIN).iter().all(|origin| same(origin.as_bytes())) {
            return Ok(());
        }
        Err(ApiError::new(ErrorCode::OriginNotAllowed, "Origin", "must be this host's own address, or absent"))
    }

    fn is_own_authority(&self, host: &[u8]) -> bool {
        [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)]
            .iter()
            .any(|own| own.as_bytes() == host)
    }
}

/// Every route: the request was meant for this host and comes from no other site.
pub(super) async fn same_machine_and_origin<H: Host>(
    State(app): State<Shared<H>>,
    request: Request,
    next: Next,
) -> Response {
    let App { access, .. } = &*app;
    match access.check_host(request.headers()).and_then(|()| access.check_origin(request.headers())) {
        Ok(()) => next.run(request).await,
        Err(error) => Problem(error).into_response(),
    }
}

/// Every route below `/api`, an unknown one included: nothing is said to a stranger.
pub(super) async fn token_required<H: Host>(State(app): State<Shared<H>>, request: Request, next: Next) -> Response {
    if app.access.has_bearer(request.headers()) || app.access.has_cookie(request.headers()) {
        return next.run(request).await;
    }
    let rule = "must be `Bearer` with the token of this start, or the cookie that the printed address gives";
    Problem(ApiError::new(ErrorCode::TokenRequired, "Authorization", rule)).into_response()
}
