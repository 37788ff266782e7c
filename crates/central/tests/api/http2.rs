//! HTTP/2 at the REST door: it is spoken without a word before and by TLS's own choice, and its limits are those of HTTP/1.1.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Version};
use docket_central::api::limits::{REST_BODY_MS, REST_HEADER_BYTES_MAX, REST_HEADERS_MAX, REST_STREAMS_MAX};
use docket_central::api::rest::listener::{Listening, Patience, serve};
use docket_central::tls::Certificate;
use http_body_util::BodyExt as _;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::door::{Door, request};
use crate::house::House;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u8 = 7;
/// `:status: 431` as HPACK has it: the text in Huffman's code.
const STATUS_431: [u8; 3] = [0x69, 0x90, 0xff];

struct Served {
    door: Door,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Served {
    async fn open(listening: Listening) -> (House, Served) {
        let house = House::open().await;
        let door = Door::open(&house).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(serve(listener, listening, door.router.clone(), door.stop.clone()));
        (house, Served { door, address, serving })
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it connects")
    }

    /// A connection that has said what it speaks, and these frames.
    async fn raw(&self, frames: &[Vec<u8>]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(PREFACE).await.expect("sent");
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.expect("sent");
        // It may be cut off before all of it is sent.
        let _ = stream.write_all(&frames.concat()).await;
        stream
    }

    async fn end(self) {
        self.door.stop.ask();
        self.serving.await.expect("it ends in order");
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short one").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header that stands in no table.
fn literal(name: &str, value: &str) -> Vec<u8> {
    fn text(text: &str) -> Vec<u8> {
        let mut rest = text.len();
        if rest < 127 {
            return [&[u8::try_from(rest).expect("short")], text.as_bytes()].concat();
        }
        rest -= 127;
        let mut bytes = vec![127];
        while rest >= 128 {
            bytes.push(u8::try_from(rest % 128).expect("seven bits") | 128);
            rest /= 128;
        }
        bytes.push(u8::try_from(rest).expect("seven bits"));
        [&bytes, text.as_bytes()].concat()
    }
    [vec![0], text(name), text(value)].concat()
}

/// The head of a POST of an order.
fn post() -> Vec<u8> {
    let pairs = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/api/v1/orders"),
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
    ];
    pairs.iter().flat_map(|(name, value)| literal(name, value)).collect()
}

/// The next frame: kind, flags, stream and payload; none at the end.
async fn next(stream: &mut TcpStream) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).expect("a length")];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}

/// Reads to the end, which must come by the limits of time alone.
async fn shown_out(what: &str, mut stream: impl AsyncRead + Unpin) {
    let mut bytes = Vec::new();
    // A reset is an end as well; a door without limits would keep it open for ever.
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut bytes)).await;
    assert!(read.is_ok(), "{what}: the connection is still open");
}

async fn call(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Body>,
) -> (u16, Version, String) {
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(io)).await.expect("they agree");
    let driving = tokio::spawn(connection);
    let answer = sender.send_request(request).await.expect("an answer");
    let (status, version) = (answer.status().as_u16(), answer.version());
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    driving.abort();
    (status, version, String::from_utf8(body.to_vec()).expect("text"))
}

fn get() -> Request<Body> {
    request(axum::http::Method::GET, "http://localhost/api/v1/orders?page_size=1", &[], None)
}

#[tokio::test]
async fn a_call_in_http2_is_answered_without_a_word_before() {
    let (_house, served) = Served::open(Listening::default()).await;
    let order = serde_json::json!({ "user_id": "u", "items": [{ "product_id": "prod-001", "quantity": 1 }] });
    for number in 0..2 {
        let headers = [("idempotency-key", format!("k{number}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = "http://localhost/api/v1/orders";
        let placed = request(axum::http::Method::POST, path, &headers, Some(order.to_string()));
        let (status, version, body) = call(served.connect().await, placed).await;
        assert_eq!((status, version), (201, Version::HTTP_2), "{body}");
    }
    let (status, version, body) = call(served.connect().await, get()).await;
    assert_eq!((status, version), (200, Version::HTTP_2), "{body}");
    assert!(body.contains("next_page_token"), "{body}");
    let mut crowded = get();
    for number in 0..=REST_HEADERS_MAX {
        let name: axum::http::HeaderName = format!("x-{number}").parse().expect("a name");
        crowded.headers_mut().insert(name, "1".parse().expect("a value"));
    }
    assert_eq!(call(served.connect().await, crowded).await.0, 431);
    let tunnel = Request::connect("localhost:80").body(Body::empty()).expect("a request");
    let (status, ..) = call(served.connect().await, tunnel).await;
    assert!(matches!(status, 400..=499), "nobody is led through: {status}");
    let large = request(
        axum::http::Method::POST,
        "http://localhost/api/v1/orders",
        &[("idempotency-key", "l")],
        Some(format!("\"{}\"", "x".repeat(1024 * 1024))),
    );
    assert_eq!(call(served.connect().await, large).await.0, 413);
    served.end().await;
}

#[tokio::test]
async fn headers_that_are_too_long_are_refused_before_the_door_sees_them() {
    let (_house, served) = Served::open(Listening::default()).await;
    let long = [post(), literal("x-long", &"x".repeat(REST_HEADER_BYTES_MAX + 1))].concat();
    let (first, rest) = long.split_at(16_000);
    let frames = [frame(HEADERS, END_STREAM, 1, first), frame(CONTINUATION, END_HEADERS, 1, rest)];
    let mut stream = served.raw(&frames).await;
    loop {
        match next(&mut stream).await {
            Some((HEADERS, _, 1, payload)) => {
                assert!(payload.windows(3).any(|part| part == STATUS_431), "{payload:?}");
                break;
            }
            Some((RESET, ..)) | None => break,
            Some(_) => {}
        }
    }
    let text = served.door.state.metrics.render().expect("text");
    assert!(!text.contains(r#"docket_api_requests_total{code="#), "the door saw it: {text}");
    served.end().await;
}

#[tokio::test]
async fn a_connection_has_so_many_calls_at_a_time_and_no_more() {
    let (_house, served) = Served::open(Listening::default()).await;
    // Bodies that do not come keep calls under way.
    let streams = (0..=REST_STREAMS_MAX).map(|number| 1 + 2 * number);
    let frames: Vec<Vec<u8>> = streams.map(|stream| frame(HEADERS, END_HEADERS, stream, &post())).collect();
    let mut stream = served.raw(&frames).await;
    let refused = async {
        loop {
            match next(&mut stream).await {
                Some((RESET, _, stream, why)) if why.last() == Some(&REFUSED_STREAM) => return Some(stream),
                Some(_) => {}
                None => return None,
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_millis(REST_BODY_MS / 2), refused).await;
    assert_eq!(refused, Ok(Some(1 + 2 * REST_STREAMS_MAX)), "the one that is too many, and at once");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_in_http2_is_shown_out_and_others_are_served_meanwhile() {
    let patience = Patience { headers: Duration::from_secs(1), answers: Duration::from_secs(2) };
    let (_house, served) = Served::open(Listening { patience, ..Listening::default() }).await;
    let mut half = served.connect().await;
    half.write_all(&PREFACE[..10]).await.expect("sent");
    let quiet = served.connect().await;
    let silent = served.raw(&[]).await;
    let unfinished = served.raw(&[frame(HEADERS, 0, 1, &post())]).await;
    let cut_short = served.raw(&[frame(HEADERS, END_HEADERS, 1, &post())[..20].to_vec()]).await;
    let bodiless = served.raw(&[frame(HEADERS, END_HEADERS, 1, &post()), frame(DATA, 0, 1, b"{")]).await;
    // A byte now and then buys no time.
    let (dripping, drops) = served.raw(&[frame(HEADERS, 0, 1, &post())]).await.into_split();
    let (pinging, pings) = served.raw(&[]).await.into_split();
    let drip = tokio::spawn(again_and_again(drops, frame(CONTINUATION, 0, 1, &literal("x", "1"))));
    let ping = tokio::spawn(again_and_again(pings, frame(PING, 0, 0, &[0; 8])));
    assert_eq!(call(served.connect().await, get()).await.0, 200);
    tokio::join!(
        shown_out("nothing", quiet),
        shown_out("half a preface", half),
        shown_out("no call", silent),
        shown_out("headers without an end", unfinished),
        shown_out("half a frame", cut_short),
        shown_out("no body", bodiless),
        shown_out("headers by drops", dripping),
        shown_out("pings", pinging),
    );
    drip.abort();
    ping.abort();
    served.end().await;
}

async fn again_and_again(mut half: OwnedWriteHalf, bytes: Vec<u8>) {
    while half.write_all(&bytes).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A certificate in files, and what trusts it.
fn certificate(folder: &tempfile::TempDir) -> (Arc<Certificate>, RootCertStore) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (cert, key): (PathBuf, PathBuf) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(made.cert.der().to_vec())).expect("a root");
    (Arc::new(Certificate::try_open(&cert, &key).expect("a certificate")), roots)
}

#[tokio::test]
async fn with_tls_the_peers_agree_on_what_they_speak() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, roots) = certificate(&folder);
    let (_house, served) = Served::open(Listening { certificate: Some(certificate), ..Listening::default() }).await;
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connect = async |protocols: &[&[u8]]| {
        let mut config = config.clone();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = served.connect().await;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
    };
    let both = connect(&[b"h2", b"http/1.1"]).await;
    assert_eq!(both.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(call(both, get()).await.0, 200);
    for protocols in [&[&b"http/1.1"[..]][..], &[]] {
        let mut old = connect(protocols).await;
        old.write_all(b"GET /api/v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
        let mut said = Vec::new();
        // A peer that closes without TLS's own word is an end as well.
        let _ = old.read_to_end(&mut said).await;
        assert!(said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
    }
    served.end().await;
}
