//! Asking the service of another house: one POST of JSON, with a time limit for each try and for all of them, further
//! tries with back-off where a repeat can't do anything twice, and a circuit breaker around every try.

use std::task::{Context, Poll};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use futures_util::future::BoxFuture;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tower::{Service, ServiceExt as _};
use tower_resilience_circuitbreaker::{CircuitBreaker, CircuitBreakerError, CircuitBreakerLayer, DefaultClassifier};

use super::limits::{
    PORT_ALL_TRIES_MS, PORT_ANSWER_BYTES_MAX, PORT_FAILURES_MAX, PORT_FURTHER_TRIES, PORT_PAUSE_MS, PORT_PROBE_MS,
    PORT_TRY_MS,
};
use super::{Said, Unreached};

/// Why a port can't be opened. The port is named and not its address, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum HouseFault {
    /// The address is none.
    #[error("the address of the {0} service is no http or https address")]
    Address(&'static str),
    /// The client can't be made.
    #[error("no client for the {0} service")]
    Client(&'static str, #[source] reqwest::Error),
    /// The breaker can't be made.
    #[error("no circuit breaker for the {0} service: {1}")]
    Breaker(&'static str, String),
}

/// Whether a text is an address that a port takes.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    web_address(text).is_some()
}

pub(super) fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// How long a port waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one try.
    pub one_try: Duration,
    /// For all tries of one call with their pauses.
    pub all_tries: Duration,
    /// With an open circuit, until one call is let through.
    pub probe_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            one_try: Duration::from_millis(PORT_TRY_MS),
            all_tries: Duration::from_millis(PORT_ALL_TRIES_MS),
            probe_after: Duration::from_millis(PORT_PROBE_MS),
        }
    }
}

/// What may be repeated by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A question: it changes nothing over there.
    Always,
    /// An act: only where no connection came about, so that the first try can't have done anything.
    IfNotSent,
}

/// A failed try, and whether the request may have reached the other side.
#[derive(Debug, Clone, Copy)]
struct Failed {
    why: Unreached,
    sent: bool,
}

/// One try, under way once it is awaited.
struct Try<T>(BoxFuture<'static, Result<T, Failed>>);

/// The innermost service under the breaker: a try is a future, and calling it is awaiting it.
#[derive(Debug, Clone, Copy)]
struct Awaiting;

impl<T: 'static> Service<Try<T>> for Awaiting {
    type Response = T;
    type Error = Failed;
    type Future = BoxFuture<'static, Result<T, Failed>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Try<T>) -> Self::Future {
        request.0
    }
}

/// A service of another house.
pub(super) struct House {
    name: &'static str,
    url: Url,
    client: Client,
    patience: Patience,
    breaker: CircuitBreaker<Awaiting, DefaultClassifier>,
}

impl House {
    /// Makes ready to ask; nothing is sent yet.
    pub(super) fn open(name: &'static str, url: &str, patience: Patience) -> Result<Self, HouseFault> {
        let url = web_address(url).ok_or(HouseFault::Address(name))?;
        // A redirect would lead the question to a house that nobody configured.
        let client = Client::builder().redirect(Policy::none()).timeout(patience.one_try).no_proxy().build();
        let client = client.map_err(|error| HouseFault::Client(name, error))?;
        let layer = CircuitBreakerLayer::builder()
            .name(name)
            .consecutive_failures(PORT_FAILURES_MAX)
            .wait_duration_in_open(patience.probe_after)
            .permitted_calls_in_half_open(1)
            .on_state_transition(move |from, to| tracing::warn!(port = name, ?from, ?to, "the circuit has changed"))
            .build()
            .map_err(|error| HouseFault::Breaker(name, error.to_string()))?;
        Ok(House { name, url, client, patience, breaker: layer.layer_fn(Awaiting) })
    }

    /// Asks, and checks what comes back: `check` gives none for an answer that can't be true, which counts as a failure
    /// of the service like any other.
    pub(super) async fn ask<Q, A, T>(
        &self,
        question: &Q,
        key: Option<String>,
        repeat: Repeat,
        check: impl Fn(A) -> Option<T> + Clone + Send + 'static,
    ) -> Said<T>
    where
        Q: Serialize,
        A: DeserializeOwned + 'static,
        T: Send + 'static,
    {
        // Ids and texts always serialize; were it not so, the question could not be asked.
        let Ok(body) = serde_json::to_vec(question) else { return Said::Unreached(Unreached::Refused) };
        let once = || {
            let request = self.request(body.clone(), key.as_deref());
            let check = check.clone();
            let call = Try(Box::pin(async move {
                let bytes = answer(request).await?;
                let read = serde_json::from_slice::<A>(&bytes).ok().and_then(check);
                read.ok_or(Failed { why: Unreached::Untrue, sent: true })
            }));
            let breaker = self.breaker.clone();
            async move {
                breaker.oneshot(call).await.map_err(|error| match error {
                    CircuitBreakerError::OpenCircuit => Failed { why: Unreached::OpenCircuit, sent: true },
                    CircuitBreakerError::Inner(failed) => failed,
                })
            }
        };
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(PORT_PAUSE_MS))
            .with_max_times(PORT_FURTHER_TRIES)
            .with_jitter();
        let again = move |failed: &Failed| may_repeat(repeat, *failed);
        match timeout(self.patience.all_tries, once.retry(pauses).when(again)).await {
            Ok(Ok(answer)) => Said::Answered(answer),
            Ok(Err(failed)) => self.unreached(failed.why),
            Err(_) => self.unreached(Unreached::Late),
        }
    }

    fn unreached<T>(&self, why: Unreached) -> Said<T> {
        tracing::warn!(port = self.name, why = why.as_str(), "another house gave no answer; the fallback is taken");
        Said::Unreached(why)
    }

    fn request(&self, body: Vec<u8>, key: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.client.post(self.url.clone()).header("content-type", "application/json").body(body);
        match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        }
    }
}

/// Whether a further try is allowed. What was refused or untrue would be so again; an open circuit is not asked.
fn may_repeat(repeat: Repeat, failed: Failed) -> bool {
    match failed.why {
        Unreached::Unreachable | Unreached::Late => repeat == Repeat::Always || !failed.sent,
        Unreached::Refused | Unreached::Untrue | Unreached::OpenCircuit => false,
    }
}

/// The body of a successful answer.
async fn answer(request: reqwest::RequestBuilder) -> Result<Vec<u8>, Failed> {
    let mut response = request.send().await.map_err(|error| broken(&error))?;
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Failed { why: Unreached::Unreachable, sent: true });
    }
    if !status.is_success() {
        return Err(Failed { why: Unreached::Refused, sent: true });
    }
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&part);
        if bytes.len() > PORT_ANSWER_BYTES_MAX {
            return Err(Failed { why: Unreached::Untrue, sent: true });
        }
    }
    Ok(bytes)
}

fn broken(error: &reqwest::Error) -> Failed {
    let why = if error.is_timeout() { Unreached::Late } else { Unreached::Unreachable };
    Failed { why, sent: !error.is_connect() }
}
