//! One till's HTTP API, as `docs/HTTP.md` tells it.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Calls one till.
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    base: String,
    token: String,
    session: Option<String>,
}

impl Client {
    /// A client of the till at this port, with the token of its start and no session.
    #[must_use]
    pub fn new(port: u16, token: &str) -> Self {
        let pool = Pool::builder(TokioExecutor::new()).build_http();
        Client { pool, base: format!("http://127.0.0.1:{port}/api"), token: token.to_owned(), session: None }
    }

    /// From now on calls belong to this session.
    pub fn enter(&mut self, session: &str) {
        self.session = Some(session.to_owned());
    }

    /// `POST /api/commands/NAME` with a new command id: status and answer.
    ///
    /// # Panics
    /// If no answer comes, or one that is no JSON.
    pub async fn command(&self, name: &str, input: Value) -> (u16, Value) {
        let body = serde_json::json!({ "command_id": docket_acceptance::fresh(), "input": input });
        self.call(Method::POST, &format!("commands/{name}"), body.to_string()).await
    }

    /// `GET /api/queries/…`, the query string included: status and answer.
    ///
    /// # Panics
    /// If no answer comes, or one that is no JSON.
    pub async fn query(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, &format!("queries/{path}"), String::new()).await
    }

    async fn call(&self, method: Method, path: &str, body: String) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(format!("{}/{path}", self.base));
        request = request.header("Authorization", format!("Bearer {}", self.token));
        request = request.header("Content-Type", "application/json");
        if let Some(session) = &self.session {
            request = request.header("Docket-Session", session);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("the parts of a request are plain text");
        let answer = self.pool.request(request).await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let body = serde_json::from_slice(&body.to_bytes()).unwrap_or_else(|error| panic!("{path}: {error}"));
        (status, body)
    }
}
