//! A real client over loopback.

use std::net::SocketAddr;
use std::time::Duration;

use docket_central::config::Listening;
use docket_central::server::{ServeError, SyncServerParts};
use docket_central::token::Token;
use docket_domain::ids::TenantId;
use docket_domain::shop::{DocumentKind, DocumentPublished, ShopEvent};
use docket_log::Row;
use docket_log::replication::PeerHead;
use docket_sync::v1::sync_client::SyncClient;
use docket_sync::v1::{CentralHello, FromCentral, FromTill, TillHello, from_central, from_till};
use docket_sync::{DOCUMENT_PART_BYTES, MESSAGE_BYTES_MAX, PROTOCOL, head_from, head_to, rows_to, v1};
use docket_testkit::samples::pay;
use sha2::Digest as _;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status, Streaming};

use crate::office::Office;
use crate::till::{Till, create, items, order_id};

/// What a test waits for at most; it is reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);
pub const TOKEN_LIFE: Duration = Duration::from_secs(90 * 86_400);

pub struct Service {
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    running: JoinHandle<Result<(), ServeError>>,
}

impl Service {
    pub async fn start(office: &Office) -> Self {
        Self::start_with(office, &Listening::Plain).await
    }

    pub async fn start_with(office: &Office, listening: &Listening) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let parts = SyncServerParts::bind(any, listening, office.database.clone(), TOKEN_LIFE).await.expect("it binds");
        let address = parts.address().expect("an address");
        let (stop, stopping) = watch::channel(false);
        Service { address, stop, running: tokio::spawn(parts.serve(stopping)) }
    }

    pub async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address))
            .expect("an address")
            .connect()
            .await
            .expect("it connects")
    }

    pub fn ask_to_stop(&self) {
        self.stop.send(true).expect("it runs");
    }

    pub async fn stop(self) {
        self.ask_to_stop();
        self.running.await.expect("no panic").expect("it ends in order");
    }
}

pub struct Stream {
    pub hello: CentralHello,
    out: mpsc::Sender<FromTill>,
    answers: Streaming<FromCentral>,
}

/// Attaches with a token and says hello with these heads.
pub async fn attach(channel: &Channel, token: &str, heads: &[PeerHead]) -> Result<Stream, Status> {
    let hello = TillHello {
        protocol: PROTOCOL,
        app_version: "test".into(),
        fold_version: 5,
        wall_time_ms: docket_central::clock::wall_ms(),
        heads: heads.iter().map(head_to).collect(),
    };
    let (out, mut answers) = open(channel, token, hello).await?;
    match next(&mut answers).await? {
        from_central::Message::Hello(hello) => Ok(Stream { hello, out, answers }),
        other => panic!("hello comes first, not {other:?}"),
    }
}

async fn open(
    channel: &Channel,
    token: &str,
    hello: TillHello,
) -> Result<(mpsc::Sender<FromTill>, Streaming<FromCentral>), Status> {
    let (out, stream) = mpsc::channel(64);
    let mut request = Request::new(ReceiverStream::new(stream));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("ASCII"));
    let first = FromTill { message: Some(from_till::Message::Hello(hello)) };
    out.send(first).await.expect("the stream is open");
    let mut client = SyncClient::new(channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX);
    Ok((out, client.attach(request).await?.into_inner()))
}

async fn next(answers: &mut Streaming<FromCentral>) -> Result<from_central::Message, Status> {
    let message = tokio::time::timeout(PATIENCE, answers.message()).await.expect("an answer in time")?;
    message.and_then(|message| message.message).ok_or_else(|| Status::cancelled("the stream ended"))
}

impl Stream {
    pub async fn send(&self, message: from_till::Message) {
        // A stream that was ended takes nothing; the test sees it in the answers.
        let _ = self.out.send(FromTill { message: Some(message) }).await;
    }

    pub async fn send_rows(&self, rows: &[Row]) {
        let rows = rows_to(rows[0].log, &items(rows), String::new());
        self.send(from_till::Message::Rows(rows)).await;
    }

    /// The next message but for what is asked of the till beside.
    pub async fn answer(&mut self) -> Result<from_central::Message, Status> {
        loop {
            match next(&mut self.answers).await? {
                from_central::Message::TallyWanted(_) => {}
                message => return Ok(message),
            }
        }
    }

    /// The next head that is held, but for rows that a till gets because its hello did not name them.
    pub async fn held(&mut self) -> Option<PeerHead> {
        loop {
            match self.answer().await.expect("an answer") {
                from_central::Message::Held(heads) => return Some(head_from(&heads.heads[0]).expect("a head")),
                from_central::Message::Rows(_) => {}
                other => panic!("held comes next, not {other:?}"),
            }
        }
    }
}

/// A token for a device that is enrolled in the database.
pub async fn token(office: &Office, till: &Till) -> String {
    let token = Token::try_new(till.tenant, till.device).expect("randomness");
    sqlx::query(
        "UPDATE central.devices SET token_hash = $1, token_expires_at = now() + interval '80 days' WHERE device = $2",
    )
    .bind(&token.hash()[..])
    .bind(till.device.0)
    .execute(&office.owner)
    .await
    .expect("the token is kept");
    token.to_text()
}

#[tokio::test]
async fn a_till_attaches_sends_rows_and_is_answered_with_the_head_it_then_sees_in_hello() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let token = token(&office, &till).await;
    let mut stream = attach(&channel, &token, &[]).await.expect("it attaches");
    assert!(stream.hello.heads.is_empty());
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    stream.send_rows(&till.rows).await;
    let held = stream.held().await.expect("a head");
    assert_eq!((held.seq, held.hash), (till.head_seq(), till.rows.last().expect("rows").hash));
    drop(stream);
    let stream = attach(&channel, &token, &[]).await.expect("it attaches again");
    assert_eq!(stream.hello.heads, [head_to(&held)]);
    assert_eq!(office.count("devices WHERE last_seen_at IS NOT NULL AND app_version = 'test'").await, 1);
    service.stop().await;
}

#[tokio::test]
async fn gaps_forks_and_false_rows_are_told_and_other_logs_go_on() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    stream.send_rows(&till.rows[1..]).await;
    let wanted = v1::Wanted { log_id: till.log().0.to_vec().into(), seq: 1 };
    assert_eq!(stream.answer().await.expect("an answer"), from_central::Message::Wanted(wanted));
    let mut false_rows = till.rows.clone();
    false_rows.last_mut().expect("rows").payload = "{}".into();
    stream.send_rows(&false_rows).await;
    let answer = stream.answer().await.expect("an answer");
    assert!(matches!(&answer, from_central::Message::Refused(refused) if refused.seq == till.head_seq()), "{answer:?}");
    let copy = till.clone();
    till.run(order_id(1), &pay(1, 1_000));
    stream.send_rows(&till.rows).await;
    stream.held().await;
    let mut copy = copy;
    copy.run(order_id(2), &create(order_id(2), "B-002", 1));
    stream.send_rows(&copy.rows).await;
    let answer = stream.answer().await.expect("an answer");
    assert!(matches!(&answer, from_central::Message::Forked(_)), "{answer:?}");
    assert_eq!(stream.held().await.map(|head| head.hash), copy.rows.last().map(|row| row.hash));
    service.stop().await;
}

#[tokio::test]
async fn published_documents_are_asked_for_put_together_and_checked() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    let body = vec![b'x'; DOCUMENT_PART_BYTES + 10];
    let hash: [u8; 32] = sha2::Sha256::digest(&body).into();
    let size = u64::try_from(body.len()).expect("small");
    till.write_shop(&ShopEvent::DocumentPublished(DocumentPublished {
        kind: DocumentKind::Staff,
        hash: docket_log::Hash(hash).to_string(),
        size,
        version: 1,
    }));
    stream.send_rows(&till.rows).await;
    stream.held().await;
    for offset in [0, DOCUMENT_PART_BYTES] {
        let answer = stream.answer().await.expect("an answer");
        let from_central::Message::DocumentWanted(wanted) = answer else { panic!("not {answer:?}") };
        assert_eq!((&wanted.hash[..], wanted.offset), (&hash[..], u64::try_from(offset).expect("small")));
        let part = body[offset..(offset + DOCUMENT_PART_BYTES).min(body.len())].to_vec().into();
        let document = v1::Document { hash: wanted.hash, size, offset: wanted.offset, part };
        stream.send(from_till::Message::Document(document)).await;
    }
    let wanted = v1::DocumentWanted { hash: hash.to_vec().into(), offset: 0 };
    stream.send(from_till::Message::DocumentWanted(wanted)).await;
    let answer = stream.answer().await.expect("an answer");
    let from_central::Message::Document(document) = answer else { panic!("not {answer:?}") };
    assert_eq!((document.size, document.part.len()), (size, DOCUMENT_PART_BYTES));
    assert_eq!(office.count(&format!("documents WHERE length(body) = {size}")).await, 1);
    service.stop().await;
}

#[tokio::test]
async fn strangers_are_refused_at_the_door() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let till = office.till(1).await;
    let good = token(&office, &till).await;
    let guessed = Token::try_new(till.tenant, till.device).expect("randomness").to_text();
    let foreign = Token::try_new(TenantId(order_id(1).0), till.device).expect("randomness").to_text();
    for text in ["", "x", guessed.as_str(), foreign.as_str()] {
        let refused = attach(&channel, text, &[]).await.err().expect("it is refused");
        assert_eq!(refused.code(), Code::Unauthenticated, "{text}");
    }
    let hello = TillHello { protocol: PROTOCOL + 1, ..TillHello::default() };
    let (_out, mut answers) = open(&channel, &good, hello).await.expect("it attaches");
    assert_eq!(next(&mut answers).await.expect_err("another protocol").code(), Code::FailedPrecondition);
    service.stop().await;
}

#[tokio::test]
async fn a_peer_that_keeps_sending_what_is_false_is_let_go() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    let mut refusals = 0;
    let ended = loop {
        let rows = v1::Rows { log_id: vec![1; 3].into(), ..v1::Rows::default() };
        stream.send(from_till::Message::Rows(rows)).await;
        match stream.answer().await {
            Ok(from_central::Message::Refused(_)) => refusals += 1,
            Ok(other) => panic!("not {other:?}"),
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), refusals), (Code::ResourceExhausted, docket_central::limits::BAD_MESSAGES_MAX));
    assert_eq!(office.count("evidence").await, 1, "a repeat is kept once");
    service.stop().await;
}

#[tokio::test]
async fn a_message_larger_than_allowed_ends_the_stream_and_the_service_goes_on() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let token = token(&office, &till).await;
    let mut stream = attach(&channel, &token, &[]).await.expect("it attaches");
    let part = vec![0; MESSAGE_BYTES_MAX + 1].into();
    let huge = v1::Document { hash: vec![0; 32].into(), size: 1, offset: 0, part };
    stream.send(from_till::Message::Document(huge)).await;
    assert_eq!(stream.answer().await.expect_err("it ends").code(), Code::OutOfRange);
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    let mut stream = attach(&channel, &token, &[]).await.expect("it attaches again");
    stream.send_rows(&till.rows).await;
    assert!(stream.held().await.is_some());
    service.stop().await;
}

#[tokio::test]
async fn a_stop_answers_the_batch_in_hand_and_ends_the_streams() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    // The batch waits for a lock, of a table that nothing else of a stream reads, when the service is asked to stop.
    let mut held = office.owner.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE central.orders IN ACCESS EXCLUSIVE MODE").execute(&mut *held).await.expect("it is held");
    stream.send_rows(&till.rows).await;
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&office.owner).await.expect("it reads") == 0 {
        tokio::task::yield_now().await;
    }
    service.ask_to_stop();
    held.rollback().await.expect("it is let go");
    assert_eq!(stream.held().await.map(|head| head.seq), Some(till.head_seq()));
    assert_eq!(stream.answer().await.expect_err("it ends").code(), Code::Unavailable);
    drop((stream, channel));
    service.running.await.expect("no panic").expect("it ends in order");
}

#[tokio::test]
async fn a_revoked_device_is_told_and_delivers_what_has_no_effect() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let token = token(&office, &till).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    office.bring(&till, 0).await;
    docket_central::tenants::revoke(&office.database, office.tenant, till.device).await.expect("it is revoked");
    let mut stream = attach(&channel, &token, &[]).await.expect("it attaches");
    let answer = stream.answer().await.expect("an answer");
    let from_central::Message::Revoked(heads) = answer else { panic!("not {answer:?}") };
    assert_eq!(heads.heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [till.head_seq()]);
    till.run(order_id(1), &pay(1, 1_000));
    stream.send_rows(&till.rows).await;
    assert_eq!(stream.held().await.map(|head| head.seq), Some(till.head_seq()));
    assert_eq!(office.order(order_id(1)).await.captured_minor, Some(0));
    service.stop().await;
}

#[tokio::test]
async fn a_device_that_is_revoked_while_it_is_attached_is_told_at_once() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    stream.send_rows(&till.rows).await;
    stream.held().await;
    docket_central::tenants::revoke(&office.database, office.tenant, till.device).await.expect("it is revoked");
    let answer = stream.answer().await.expect("an answer");
    let from_central::Message::Revoked(heads) = answer else { panic!("not {answer:?}") };
    assert_eq!(heads.heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [till.head_seq()]);
    service.stop().await;
}

fn certificate(folder: &std::path::Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    // The key first: as long as the two don't fit, the pair before is shown.
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).expect("written");
    made.cert.pem()
}

async fn over_tls(address: SocketAddr, root: &str) -> Result<Channel, tonic::transport::Error> {
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(root)).domain_name("localhost");
    Endpoint::from_shared(format!("https://{address}"))?.tls_config(tls)?.connect().await
}

#[tokio::test]
async fn tls_shows_the_certificate_of_its_file_and_a_replaced_one_from_the_next_connection_on() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let first = certificate(folder.path());
    let files = Listening::Tls { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    let service = Service::start_with(&office, &files).await;
    let till = office.till(1).await;
    let token = token(&office, &till).await;
    let channel = over_tls(service.address, &first).await.expect("it connects");
    let stream = attach(&channel, &token, &[]).await.expect("it attaches over TLS");
    let second = certificate(folder.path());
    over_tls(service.address, &first).await.expect_err("the certificate before is shown no more");
    let other = over_tls(service.address, &second).await.expect("it connects");
    attach(&other, &token, &[]).await.expect("it attaches");
    std::fs::write(folder.path().join("cert.pem"), "no certificate").expect("written");
    over_tls(service.address, &second).await.expect("one that can't be used changes nothing");
    drop((stream, channel, other));
    service.stop().await;
}
