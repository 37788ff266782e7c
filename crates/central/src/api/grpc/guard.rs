//! What stands before every call: who calls and how often is asked before a byte of the body is read, a body has an end, and so
//! has the time for an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Request, Response, header};
use http_body_util::{BodyExt as _, Limited};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

use super::connections::Peer;
use super::status::{status, with_reason};
use crate::api::auth::{Access, Admitted};
use crate::api::fault::Fault;
use crate::api::limits::{GRPC_BODY_BYTES_MAX, GRPC_CALL_MS};
use crate::api::watch::Door;

/// Puts [`Guarded`] around the services.
#[derive(Clone)]
pub struct GuardLayer {
    access: Access,
    /// Of a call, from its headers to its answer.
    time: Duration,
}

impl GuardLayer {
    /// With this guard.
    #[must_use]
    pub fn new(access: Access) -> Self {
        GuardLayer { access, time: Duration::from_millis(GRPC_CALL_MS) }
    }

    /// The same with another time for a call.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        GuardLayer { time, ..self }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, guard: self.clone() }
    }
}

/// Services that are guarded.
#[derive(Clone)]
pub struct Guarded<S> {
    inner: S,
    guard: GuardLayer,
}

type Answer = Response<Body>;

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Answer, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (guard, fresh) = (self.guard.clone(), self.inner.clone());
        // The one that said it is ready is the one that is called.
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            let answered = async {
                match admit(&guard.access, request).await {
                    Ok(request) => inner.call(request).await,
                    Err(fault) => Ok(status(&fault).into_http()),
                }
            };
            match tokio::time::timeout(guard.time, answered).await {
                Ok(answer) => answer,
                Err(_) => {
                    let message = format!("there was no answer within {} ms", guard.time.as_millis());
                    Ok(with_reason(Code::DeadlineExceeded, "call_too_long", &message).into_http())
                }
            }
        })
    }
}

/// Lets a call in: to orders with who calls, to health and reflection whoever it is.
async fn admit(access: &Access, request: Request<Body>) -> Result<Request<Body>, Fault> {
    let (mut parts, body) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().copied();
    let peer = peer.ok_or_else(|| Fault::new(crate::api::FaultCode::Internal, "the connection has no address"))?.0.ip();
    let caller = access.proxies().caller(peer, &parts.headers);
    if parts.uri.path().starts_with("/order.v1.") {
        let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let admitted: Admitted = access.admit(authorization, caller, Door::Grpc).await?;
        parts.extensions.insert(admitted);
    } else {
        access.count(caller, Door::Grpc).await?;
    }
    let body = Limited::new(body, GRPC_BODY_BYTES_MAX).map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            let message = format!("the body of a call has at most {GRPC_BODY_BYTES_MAX} bytes");
            return with_reason(Code::ResourceExhausted, "too_large", &message);
        }
        Status::from_error(error)
    });
    Ok(Request::from_parts(parts, Body::new(body)))
}
