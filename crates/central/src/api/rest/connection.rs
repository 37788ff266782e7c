//! One connection of the REST door, in HTTP/1.1 or HTTP/2, as its first bytes say. Whatever it speaks, it is kept for as long as calls
//! come whole: who says nothing, or a byte now and then, or does not read its answers, is shown out.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, Version};
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use super::extract::Peer;
use crate::api::limits::{
    REST_ANSWER_MS, REST_HEADER_BYTES_MAX, REST_HEADER_MS, REST_HEADERS_MAX, REST_STREAM_WINDOW_BYTES,
    REST_STREAMS_MAX, REST_WINDOW_BYTES,
};
use crate::telemetry::Stop;

/// How long a connection is waited for; the product has [`Patience::default`].
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the headers of a call, and for the next call.
    pub headers: Duration,
    /// For the last answers to be read, once no call comes any more. A peer that speaks HTTP/2 as it is written down is gone by then:
    /// it answers the ping that says farewell.
    pub answers: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Patience { headers: ms(REST_HEADER_MS), answers: ms(REST_ANSWER_MS) }
    }
}

/// The calls of a connection that are under way. A change tells whoever waits that one has begun or ended.
#[derive(Debug, Clone)]
struct Calls(watch::Sender<usize>);

/// A call that is under way until this is dropped.
struct UnderWay(Calls);

impl Calls {
    fn begin(&self) -> UnderWay {
        self.0.send_modify(|calls| *calls += 1);
        UnderWay(self.clone())
    }

    /// Ends when no call was under way, and none came whole, for so long.
    async fn quiet(&self, time: Duration) {
        let mut calls = self.0.subscribe();
        loop {
            // The sender is this value's own, so there is always one.
            let _ = calls.wait_for(|calls| *calls == 0).await;
            if timeout(time, calls.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|calls| *calls -= 1);
    }
}

fn builder(patience: Patience) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_headers(REST_HEADERS_MAX)
        .max_buf_size(REST_HEADER_BYTES_MAX);
    http.http2()
        .max_concurrent_streams(REST_STREAMS_MAX)
        .max_header_list_size(u32::try_from(REST_HEADER_BYTES_MAX).unwrap_or(u32::MAX))
        .initial_stream_window_size(REST_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(REST_WINDOW_BYTES);
    http
}

/// Serves a connection until it ends, is quiet for too long, or `stop` is asked.
pub(super) async fn speak(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    patience: Patience,
    router: Router,
    stop: Stop,
) {
    let calls = Calls(watch::Sender::new(0));
    let counted = calls.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, call) = (router.clone(), counted.begin());
        async move {
            let answered = answer(router, peer, request).await;
            drop(call);
            answered
        }
    });
    let http = builder(patience);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = calls.quiet(patience.headers) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = sleep(patience.answers) => {
                    tracing::debug!("a peer did not read its answers");
                    Ok(())
                }
            }
        }
        () = stop.asked() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &*error, "a connection broke off");
    }
}

async fn answer(router: Router, peer: SocketAddr, mut request: Request<Incoming>) -> Result<Response, Infallible> {
    // HTTP/2 bounds the bytes of headers by itself and not their number, as HTTP/1.1 does.
    if request.version() == Version::HTTP_2 && request.headers().len() > REST_HEADERS_MAX {
        return Ok(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response());
    }
    request.extensions_mut().insert(Peer(peer.ip()));
    router.oneshot(request.map(Body::new)).await
}
