//! Connections of the gRPC door: so many and no more, each heard of within its time. Who opens connections and says nothing, or
//! a byte now and then, loses them.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use crate::api::limits::{GRPC_CONNECTIONS_MAX, GRPC_CONNECTIONS_OF_ADDRESS_MAX, GRPC_PREFACE_MS, GRPC_SILENCE_MS};
use crate::api::proxies::Proxies;
use crate::clock::moment;
use crate::limits::HANDSHAKE_MS;
use crate::tls::Certificate;

/// Bytes of HTTP/2's preface with the head of the frame that must follow it.
const PREFACE_BYTES: usize = 24 + 9;

/// How long a connection may be quiet; the product has [`Patience::default`].
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until it has said what it speaks.
    pub preface: Duration,
    /// Between two bytes.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Patience { preface: ms(GRPC_PREFACE_MS), silence: ms(GRPC_SILENCE_MS) }
    }
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Places {
    /// A place for one more; none if the address or the door has its share. A load balancer has no share: behind it are many.
    fn take(&self, address: IpAddr, proxies: &Proxies) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= GRPC_CONNECTIONS_MAX {
            return None;
        }
        let own = taken.entry(address).or_default();
        if *own >= GRPC_CONNECTIONS_OF_ADDRESS_MAX && !proxies.trusts(address) {
            return None;
        }
        *own += 1;
        Some(Place { places: self.clone(), address })
    }
}

/// A connection's place, free again when this is dropped.
#[derive(Debug)]
struct Place {
    places: Places,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[derive(Debug)]
enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that is heard of within its time.
#[derive(Debug)]
pub struct Connection {
    io: Io,
    peer: Peer,
    heard: usize,
    patience: Patience,
    limit: Pin<Box<Sleep>>,
    _place: Place,
}

impl Connection {
    fn new(io: Io, peer: Peer, patience: Patience, place: Place) -> Self {
        let limit = Box::pin(tokio::time::sleep(patience.preface));
        Connection { io, peer, heard: 0, patience, limit, _place: place }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_read(context, buffer),
            Io::Tls(io) => Pin::new(io.as_mut()).poll_read(context, buffer),
        };
        let new = buffer.filled().len() - before;
        if new > 0 {
            self.heard = self.heard.saturating_add(new);
            // Before the preface is whole, a byte buys no time.
            if self.heard >= PREFACE_BYTES {
                let next = Instant::from_std(moment() + self.patience.silence);
                self.limit.as_mut().reset(next);
            }
        }
        if read.is_pending() && self.limit.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other side is silent")));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_write(context, bytes),
            Io::Tls(io) => Pin::new(io.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_flush(context),
            Io::Tls(io) => Pin::new(io.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_shutdown(context),
            Io::Tls(io) => Pin::new(io.as_mut()).poll_shutdown(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(io) => Pin::new(io).poll_write_vectored(context, parts),
            Io::Tls(io) => Pin::new(io.as_mut()).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(io) => io.is_write_vectored(),
            Io::Tls(io) => io.is_write_vectored(),
        }
    }
}

/// Takes connections, and does their handshakes side by side, each within its time; whoever has its share is hung up on.
pub fn incoming(
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
    patience: Patience,
    proxies: Proxies,
) -> ReceiverStream<io::Result<Connection>> {
    let (ready, stream) = mpsc::channel(16);
    let places = Places::default();
    tokio::spawn(async move {
        while !ready.is_closed() {
            let taken = tokio::select! {
                taken = listener.accept() => taken,
                () = ready.closed() => return,
            };
            let (tcp, address) = match taken {
                Ok(taken) => taken,
                Err(error) => {
                    // No file handles, for one: what is open goes on, and a little later there may be some.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Some(place) = places.take(address.ip(), &proxies) else {
                tracing::debug!(%address, "too many connections");
                continue;
            };
            let config = certificate.as_ref().map(|certificate| certificate.current());
            let ready = ready.clone();
            tokio::spawn(async move {
                // Small answers go out at once; a peer that can't do that is served anyway.
                let _ = tcp.set_nodelay(true);
                let io = match config {
                    None => Io::Plain(tcp),
                    Some(config) => {
                        let handshake = TlsAcceptor::from(config).accept(tcp);
                        match timeout(Duration::from_millis(HANDSHAKE_MS), handshake).await {
                            Ok(Ok(tls)) => Io::Tls(Box::new(tls)),
                            Ok(Err(error)) => return tracing::debug!(%error, "a handshake failed"),
                            Err(_) => return tracing::debug!("a handshake took too long"),
                        }
                    }
                };
                // Nobody takes it any more: the door closes.
                let _ = ready.send(Ok(Connection::new(io, Peer(address), patience, place))).await;
            });
        }
    });
    ReceiverStream::new(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let (places, none) = (Places::default(), Proxies::default());
        let address = |last| IpAddr::from([192, 0, 2, last]);
        let balancer = Proxies::parse("192.0.2.1").unwrap();
        let held: Vec<Place> =
            (0..GRPC_CONNECTIONS_OF_ADDRESS_MAX).filter_map(|_| places.take(address(1), &none)).collect();
        assert_eq!(held.len(), GRPC_CONNECTIONS_OF_ADDRESS_MAX);
        assert!(places.take(address(1), &none).is_none());
        assert!(places.take(address(2), &none).is_some());
        assert!(places.take(address(1), &balancer).is_some(), "behind a balancer are many");
        drop(held);
        assert!(places.take(address(1), &none).is_some());
        assert!(places.0.lock().unwrap().is_empty(), "nothing is kept of whoever has gone");
    }
}
