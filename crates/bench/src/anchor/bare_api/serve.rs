//! The bare service: axum, the check of the token, and SQL. It is a process of its own, as ours is.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;
use sqlx::postgres::{PgPool, PgPoolOptions};
use uuid::Uuid;

use super::rows::Statements;
use crate::api::keys::{AUDIENCE, ISSUER};
use crate::error::BenchError;

/// Connections, as many as ours has by default.
const CONNECTIONS: u32 = 10;

struct Bare {
    key: DecodingKey,
    validation: Validation,
    pool: PgPool,
    statements: Statements,
}

/// Serves until it is killed; the port is its first line.
pub async fn serve(url: &str, keys: &PathBuf) -> Result<(), BenchError> {
    let unfit = |error: String| BenchError::NotComparable(error);
    let text = std::fs::read_to_string(keys).map_err(BenchError::file("read", keys))?;
    let set: JwkSet = serde_json::from_str(&text).map_err(|error| unfit(error.to_string()))?;
    let jwk = set.keys.first().ok_or_else(|| unfit("an empty key set".into()))?;
    let key = DecodingKey::from_jwk(jwk).map_err(|error| unfit(error.to_string()))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud"]);
    validation.validate_nbf = true;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false).connect(url).await?;
    let statements = Statements::read(&pool).await?;
    let bare = Arc::new(Bare { key, validation, pool, statements });
    let router =
        Router::new().route("/api/v1/orders", post(create)).route("/api/v1/orders/{id}", get(one)).with_state(bare);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::socket)?;
    let port = listener.local_addr().map_err(BenchError::socket)?.port();
    let mut out = std::io::stdout();
    writeln!(out, "{port}").and_then(|()| out.flush()).map_err(BenchError::socket)?;
    axum::serve(listener, router).await.map_err(BenchError::socket)
}

fn known(bare: &Bare, headers: &HeaderMap) -> bool {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    token.is_some_and(|token| decode::<Value>(token, &bare.key, &bare.validation).is_ok())
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

#[allow(clippy::disallowed_methods, reason = "the anchor draws ids as anybody would")]
async fn create(State(bare): State<Arc<Bare>>, headers: HeaderMap, body: Bytes) -> Response {
    if !known(&bare, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if serde_json::from_slice::<Value>(&body).is_err() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match bare.statements.run(&bare.pool, Uuid::now_v7()).await {
        Ok(body) => json(StatusCode::CREATED, body),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(error.to_string())).into_response(),
    }
}

async fn one(State(bare): State<Arc<Bare>>, headers: HeaderMap, Path(id): Path<Uuid>) -> Response {
    if !known(&bare, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let sql = "SELECT told FROM central.orders WHERE order_id = $1";
    match sqlx::query_scalar::<_, Option<String>>(sql).bind(id).fetch_optional(&bare.pool).await {
        Ok(Some(Some(told))) => json(StatusCode::OK, told),
        Ok(_) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(error.to_string())).into_response(),
    }
}
