//! The socket: accepts connections on loopback only, drives them within the limits, and ends them in good order.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::download::Tickets;
use super::stall::Unstalled;
use super::{Access, App, Bundle, Shared, router};
use crate::host::Host;
use crate::limits::Limits;

/// Out of file descriptors and the like: a pause lets connections end, instead of a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why the host can't listen.
#[derive(Debug)]
pub struct ServerError {
    /// The port asked for; 0 means any.
    pub port: u16,
    /// What the system said.
    pub source: std::io::Error,
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "can't listen on 127.0.0.1:{}", self.port)
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A host that is bound and ready to run.
pub struct Server<H> {
    listener: TcpListener,
    port: u16,
    app: Shared<H>,
    ending: watch::Sender<bool>,
}

impl<H: Host> Server<H> {
    /// Binds 127.0.0.1 and makes the secrets of this start. Port 0 takes a free one.
    ///
    /// # Errors
    /// [`ServerError`] if the port is taken.
    pub async fn bind(host: H, port: u16, bundle: Bundle, limits: Limits) -> Result<Self, ServerError> {
        let error = |source| ServerError { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(error)?;
        let bound = listener.local_addr().map_err(error)?.port();
        let (ending, seen) = watch::channel(false);
        let app = Arc::new(App {
            host,
            access: Access::new(bound),
            bundle,
            limits,
            tickets: Tickets::default(),
            ending: seen,
        });
        Ok(Server { listener, port: bound, app, ending })
    }

    /// The port that is bound.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The secrets of this start.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.app.access
    }

    /// Serves one connection that came another way than through the socket, until its client or a limit ends it.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) {
        drive(stream, router(self.app.clone()), self.app.limits, self.ending.subscribe()).await;
    }

    /// Serves until `end` resolves; then feeds end, open requests are given the drain time, the rest is cut.
    pub async fn run(self, end: impl Future<Output = ()> + Send) {
        let Server { listener, app, ending, .. } = self;
        let limits = app.limits;
        let routes = router(app);
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let mut connections = JoinSet::new();
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => break,
                (stream, place) = accept(&listener, &places) => {
                    // Answers are small and a person waits for each one.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "nagle's algorithm stays on");
                    }
                    let drive = drive(stream, routes.clone(), limits, ending.subscribe());
                    connections.spawn(async move {
                        drive.await;
                        drop(place);
                    });
                }
                Some(ended) = connections.join_next(), if !connections.is_empty() => log_panic(ended),
            }
        }
        drop(listener);
        ending.send_replace(true);
        let drained = timeout(limits.drain_timeout, async {
            while let Some(ended) = connections.join_next().await {
                log_panic(ended);
            }
        });
        if drained.await.is_err() {
            tracing::warn!(connections = connections.len(), "connections were cut");
        }
        connections.shutdown().await;
    }
}

/// A place first, then a connection: above the limit, clients wait in the system's backlog.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // A change of the kitchen must not wait until the screen has confirmed the one before it.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection waits for confirmations");
                }
                return (stream, place);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn drive<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    routes: Router,
    limits: Limits,
    mut ending: watch::Receiver<bool>,
) {
    let stream = TokioIo::new(Unstalled::new(stream, limits.stalled_write_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.headers_max)
        .max_buf_size(limits.head_bytes_max)
        .serve_connection(stream, TowerToHyperService::new(routes));
    let end = async move { drop(ending.wait_for(|ending| *ending).await) };
    tokio::pin!(connection, end);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = &mut end => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        // The client's doing: it left, was too slow, or sent no HTTP.
        tracing::debug!(%error, "a connection ended early");
    }
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a request ended in a bug; its connection was closed");
    }
}
