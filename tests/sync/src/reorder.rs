//! A line between a till and head office on which batches overtake each other. It knows gRPC's frames and one tag of the
//! protocol, and nothing of what is in them.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::{Channel, Endpoint, Server};
use tower::{Service as _, ServiceExt as _};

/// Bytes before each message of gRPC: whether it is compressed, and how long it is.
const HEADER: usize = 5;
/// The first byte of a till's message that has rows: field 2, with a length.
const ROWS: u8 = 0x12;
/// How long a batch waits to be overtaken.
const WAIT: Duration = Duration::from_millis(300);
/// Messages that wait for head office.
const WAITING: usize = 16;

/// The line. Every connection goes to the same address.
#[derive(Debug)]
pub struct Reordering {
    // The line is served as long as this is here.
    _runtime: Runtime,
    port: u16,
    overtaken: Arc<AtomicUsize>,
}

impl Reordering {
    /// A line to an address such as `http://127.0.0.1:7443`.
    ///
    /// # Panics
    /// If there is no port.
    #[must_use]
    pub fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener of the runtime does not block");
        let port = listener.local_addr().expect("an address").port();
        let overtaken = Arc::new(AtomicUsize::new(0));
        let runtime = Runtime::new().expect("a runtime");
        let (address, counted) = (address.to_owned(), overtaken.clone());
        runtime.spawn(async move {
            // Head office may be away: each call dials again then.
            let far = Endpoint::try_from(address).expect("an address").connect_lazy();
            let carry = move |request: Request| carry(far.clone(), counted.clone(), request);
            let mut routes = tonic::service::Routes::default();
            *routes.axum_router_mut() = Router::new().fallback(carry);
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let server = Server::builder().add_routes(routes);
            server.serve_with_incoming(TcpListenerStream::new(listener)).await.expect("it serves until the test ends");
        });
        Reordering { _runtime: runtime, port, overtaken }
    }

    /// Where tills reach it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Batches that a later one of their till has overtaken.
    #[must_use]
    pub fn overtaken(&self) -> usize {
        self.overtaken.load(Ordering::SeqCst)
    }
}

/// Hands a call on; what the till says goes through [`overtake`], what it hears comes as it is.
async fn carry(mut far: Channel, overtaken: Arc<AtomicUsize>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (sender, messages) = mpsc::channel(WAITING);
    tokio::spawn(overtake(body, sender, overtaken));
    let body = Body::from_stream(ReceiverStream::new(messages).map(Ok::<_, std::convert::Infallible>));
    let request = Request::from_parts(parts, tonic::body::Body::new(body));
    let answer = match far.ready().await {
        Ok(far) => far.call(request).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => answer.map(Body::new),
        Err(_) => tonic::Status::unavailable("head office is not there").into_http::<Body>().into_response(),
    }
}

/// Holds each batch back until the next one has gone, or none came for a while.
async fn overtake(body: Body, sender: mpsc::Sender<Bytes>, overtaken: Arc<AtomicUsize>) {
    let mut chunks = body.into_data_stream();
    let (mut come, mut held) = (Vec::new(), None::<Bytes>);
    loop {
        while let Some(message) = cut(&mut come) {
            let is_batch = message.get(HEADER) == Some(&ROWS);
            let sent = match held.take() {
                Some(before) if is_batch => {
                    overtaken.fetch_add(1, Ordering::SeqCst);
                    let first = sender.send(message).await;
                    first.and(sender.send(before).await)
                }
                None if is_batch => {
                    held = Some(message);
                    Ok(())
                }
                still => {
                    held = still;
                    sender.send(message).await
                }
            };
            if sent.is_err() {
                return;
            }
        }
        let chunk = match held {
            None => chunks.next().await,
            Some(_) => match tokio::time::timeout(WAIT, chunks.next()).await {
                Ok(chunk) => chunk,
                Err(_) => {
                    let _ = sender.send(held.take().unwrap_or_default()).await;
                    continue;
                }
            },
        };
        match chunk {
            Some(Ok(chunk)) => come.extend_from_slice(&chunk),
            // The till has gone, or has said all: what is held goes last.
            _ => {
                if let Some(held) = held {
                    let _ = sender.send(held).await;
                }
                return;
            }
        }
    }
}

/// Takes the next whole message off the front.
fn cut(come: &mut Vec<u8>) -> Option<Bytes> {
    let length = u32::from_be_bytes(come.get(1..HEADER)?.try_into().ok()?);
    let end = HEADER + usize::try_from(length).ok()?;
    (come.len() >= end).then(|| come.drain(..end).collect())
}
