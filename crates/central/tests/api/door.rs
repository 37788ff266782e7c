//! The REST door of a house, asked without a line: requests in, answers out. Each answer is held against the OpenAPI document.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use docket_central::api::auth::settings::{KeySource, Rate, Rates};
use docket_central::api::auth::{Access, Trust};
use docket_central::api::caller::Caller;
use docket_central::api::customers::Customers;
use docket_central::api::feed::Feed;
use docket_central::api::rest::{self, Peer, RestState};
use docket_central::api::webhooks::{Targets, Webhooks};
use docket_central::db::{Database, Role};
use docket_central::telemetry::{Metrics, Stop};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::house::{House, secret};
use crate::issuer::{SigningKey, key_set, settings};

pub struct Door {
    pub router: Router,
    pub state: RestState,
    pub document: Value,
    pub admin: Caller,
    pub stop: Stop,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.ask();
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The code of a problem, after a look at its form.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status, "{self:?}");
        for member in ["type", "title", "detail", "code"] {
            assert!(json[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {self:?}");
        }
        json["code"].as_str().expect("a code").to_owned()
    }

    /// The first field that a problem names.
    pub fn field(&self) -> String {
        self.code();
        self.json()["violations"][0]["field"].as_str().unwrap_or_default().to_owned()
    }
}

impl Door {
    /// Whoever calls is the admin.
    pub async fn open(house: &House) -> Self {
        Self::trusting(house, Trust::Anybody(house.tenant)).await
    }

    /// Whoever calls has to show a token that this key has signed.
    pub async fn for_tokens_of(house: &House, key: &SigningKey) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.json");
        std::fs::write(&path, key_set(&[key]).to_string()).expect("written");
        let trust = Trust::open(&settings(KeySource::File(path)), Metrics::new()).await.expect("the keys are there");
        Self::trusting(house, trust).await
    }

    async fn trusting(house: &House, trust: Trust) -> Self {
        let url = house.server.url();
        let connect = async |role| Database::connect(&url, role, 4).await.expect("it connects");
        let (stop, metrics) = (Stop::new(), Metrics::new());
        let plenty = Rate { a_second: 10_000, burst: 10_000 };
        let rates = Rates { token: plenty, device: plenty, address: plenty };
        let access = Access::open(trust, rates, connect(Role::Access).await, metrics.clone(), &stop);
        let writes = house.logs.ingest().database().clone();
        let state = RestState {
            desk: house.desk.clone(),
            access,
            feed: Feed::open(connect(Role::Api).await, stop.clone()),
            customers: Customers::new(writes.clone()),
            webhooks: Webhooks::new(writes, secret(), Targets::Local),
            metrics,
        };
        let document = serde_json::to_value(rest::openapi()).expect("a document");
        Door { router: rest::router(state.clone()), state, document, admin: house.admin(), stop }
    }

    pub async fn send(&self, request: Request<Body>) -> Said {
        let said = self.answer(request).await;
        assert!(said.status < 500, "{said:?}");
        said
    }

    /// The same where a 5xx is what is looked for.
    pub async fn answer(&self, request: Request<Body>) -> Said {
        let mut request = request;
        request.extensions_mut().insert(Peer([127, 0, 0, 1].into()));
        self.call(request).await
    }

    /// The same for a request that says where it comes in from.
    pub async fn call(&self, request: Request<Body>) -> Said {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.router.clone().oneshot(request).await.expect("the door answers");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let said = Said {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).expect("text"),
        };
        self.documented(&method, &path, &said);
        said
    }

    /// An answer that the document does not have is a fault.
    fn documented(&self, method: &Method, path: &str, said: &Said) {
        let Some(operation) = self.operation(method, path) else { return };
        let known = operation["responses"].get(said.status.to_string());
        assert!(known.is_some(), "{method} {path} answered {}, which is not documented", said.status);
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let given: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == given.len() && parts.iter().zip(&given).all(|(part, is)| part.starts_with('{') || part == is)
        };
        let paths = self.document["paths"].as_object().expect("paths");
        let item = paths.iter().find(|(template, _)| fits(template))?.1;
        item.get(method.as_str().to_lowercase())
    }

    pub async fn get(&self, path: &str) -> Said {
        self.send(request(Method::GET, path, &[], None)).await
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Said {
        self.send(request(Method::POST, path, &[("idempotency-key", key)], Some(body.to_string()))).await
    }

    pub async fn patch(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Said {
        self.send(request(Method::PATCH, path, headers, Some(body.to_string()))).await
    }
}

/// A request; a body is JSON.
pub fn request(method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match body {
        Some(body) => request.header("content-type", "application/json").body(Body::from(body)),
        None => request.body(Body::empty()),
    }
    .expect("a request")
}

pub fn created(said: &Said) -> Value {
    assert_eq!(said.status, StatusCode::CREATED.as_u16(), "{said:?}");
    said.json()
}
