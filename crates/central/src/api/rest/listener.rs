//! Where REST calls come in. A connection has little time to say what it wants, has a bounded number of headers, and no address
//! has more connections than it needs; whoever is slow holds up nobody.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

pub use super::connection::Patience;
use super::connection::speak;
use crate::api::limits::{REST_CONNECTIONS_MAX, REST_CONNECTIONS_OF_ADDRESS_MAX};
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

/// How the door listens. By default plainly, without a load balancer, and for as long as the product waits.
#[derive(Debug, Clone, Default)]
pub struct Listening {
    /// None speaks without TLS.
    pub certificate: Option<Arc<Certificate>>,
    /// Load balancers, which may open as many connections as there are.
    pub proxies: Proxies,
    /// How long a connection is waited for.
    pub patience: Patience,
}

/// Serves HTTP/1.1 and HTTP/2 until it is asked to stop; calls that are under way then are answered within 10 seconds.
pub async fn serve(listener: TcpListener, listening: Listening, router: Router, stop: Stop) {
    let Listening { certificate, proxies, patience } = listening;
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
        let (router, stop, config) = (router.clone(), stop.clone(), certificate.as_ref().map(|one| one.for_web()));
        connections.spawn(async move {
            let _held = (place, seat);
            one(stream, peer, config, patience, router, stop).await;
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
    patience: Patience,
    router: Router,
    stop: Stop,
) {
    // Small answers go out at once; a peer that can't do that is served anyway.
    let _ = stream.set_nodelay(true);
    let Some(config) = config else { return speak(stream, peer, patience, router, stop).await };
    match timeout(Duration::from_millis(HANDSHAKE_MS), TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(tls)) => speak(tls, peer, patience, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}
