//! Where REST calls come in. A connection has little time to say what it wants, has a bounded number of headers, and no address
//! has more connections than it needs; whoever is slow holds up nobody.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::extract::Peer;
use crate::api::limits::{
    REST_CONNECTIONS_MAX, REST_CONNECTIONS_OF_ADDRESS_MAX, REST_HEADER_BYTES_MAX, REST_HEADER_MS, REST_HEADERS_MAX,
};
use crate::api::proxies::Proxies;
use crate::limits::{HANDSHAKE_MS, STOP_MS};
use crate::telemetry::Stop;
use crate::tls::Certificate;

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of an address's connections.
struct Seat {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// None where the address has as many as it may. A load balancer may have as many as there are: behind it are many callers.
    fn seat(&self, address: IpAddr, proxies: &Proxies) -> Option<Seat> {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = seats.entry(address).or_default();
        if *taken >= REST_CONNECTIONS_OF_ADDRESS_MAX && !proxies.trusts(address) {
            return None;
        }
        *taken += 1;
        drop(seats);
        Some(Seat { addresses: self.clone(), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.address);
            }
        }
    }
}

/// Serves HTTP/1.1 until it is asked to stop; calls that are under way then are answered within 10 seconds. Without a
/// certificate it speaks without TLS.
pub async fn serve(
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
    proxies: Proxies,
    router: Router,
    stop: Stop,
) {
    let (places, addresses) = (Arc::new(Semaphore::new(REST_CONNECTIONS_MAX)), Addresses::default());
    let mut connections = JoinSet::new();
    while !stop.is_asked() {
        while connections.try_join_next().is_some() {}
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            () = stop.asked() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // No file handles, for one: what is open goes on, and a little later there may be some.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(seat) = addresses.seat(peer.ip(), &proxies) else { continue };
        let (router, stop, config) = (router.clone(), stop.clone(), certificate.as_ref().map(|one| one.for_http1()));
        connections.spawn(async move {
            let _held = (place, seat);
            one(stream, peer, config, router, stop).await;
        });
    }
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(Duration::from_millis(STOP_MS), all).await.is_err() {
        tracing::warn!("connections that did not end were cut");
    }
}

async fn one(
    stream: TcpStream,
    peer: SocketAddr,
    config: Option<Arc<tokio_rustls::rustls::ServerConfig>>,
    router: Router,
    stop: Stop,
) {
    // Small answers go out at once; a peer that can't do that is served anyway.
    let _ = stream.set_nodelay(true);
    let Some(config) = config else { return speak(stream, peer, router, stop).await };
    match timeout(Duration::from_millis(HANDSHAKE_MS), TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(tls)) => speak(tls, peer, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    router: Router,
    stop: Stop,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(REST_HEADER_MS))
        .max_headers(REST_HEADERS_MAX)
        .max_buf_size(REST_HEADER_BYTES_MAX);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.asked() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
