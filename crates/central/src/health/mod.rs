//! What operators and their tools ask: whether the process lives, whether it can work, and what it counts. On an address
//! of its own, so that it is reachable while the service is busy and never from where tills are.

mod checks;
mod probe;
mod process;

pub use checks::Checks;
pub use probe::probe;
pub use process::{FrameError, Needs, work};

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::telemetry::{Metrics, Stop};

/// What the answers are made of.
#[derive(Clone)]
struct Health {
    checks: Checks,
    metrics: Metrics,
    stop: Stop,
}

/// Listens on the address; [`Listening::serve`] answers. The address may name port 0.
///
/// # Errors
/// If the address is taken or not of this machine.
pub async fn listen(address: SocketAddr) -> std::io::Result<Listening> {
    Ok(Listening { listener: TcpListener::bind(address).await? })
}

/// A socket that nobody answers on yet.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
}

impl Listening {
    /// The address, with its port.
    ///
    /// # Errors
    /// If the system does not say it.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `end` resolves. While the service drains, `/health/ready` says so: `stop` was asked then already.
    ///
    /// # Errors
    /// If the socket fails.
    pub async fn serve(
        self,
        checks: Checks,
        metrics: Metrics,
        stop: Stop,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let health = Health { checks, metrics, stop };
        let router = Router::new()
            .route("/health/live", get(|| async { "alive\n" }))
            .route("/health/ready", get(ready))
            .route("/metrics", get(metrics_text))
            .with_state(health);
        axum::serve(self.listener, router).with_graceful_shutdown(end).await
    }
}

async fn ready(State(health): State<Health>) -> Response {
    if health.stop.is_asked() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining: the service is about to end\n").into_response();
    }
    match health.checks.faults().await {
        faults if faults.is_empty() => "ready\n".into_response(),
        faults => {
            let lines: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
            (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
        }
    }
}

async fn metrics_text(State(health): State<Health>) -> Response {
    match health.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics can't be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
