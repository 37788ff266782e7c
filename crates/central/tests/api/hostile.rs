//! Calls that nobody means well with, against the running service over bare sockets. Each gets a clear refusal that names what
//! is wrong, and changes nothing: the rows are counted before and after.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use docket_central::api::limits::{REST_BODY_BYTES_MAX, REST_HEADER_MS};
use docket_testkit::ports::free_port;
use docket_testkit::postgres::{self, TestDatabase};
use serde_json::Value;
use sqlx::PgPool;

/// Whoever has not answered by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Calls of this test come faster than people's.
const RATE: &str = "100000/100000";
const COUNTS: &str = "SELECT (SELECT count(*) FROM central.orders) || ' ' || (SELECT count(*) FROM central.log_rows) || ' ' || \
    (SELECT count(*) FROM central.outbox) || ' ' || (SELECT count(*) FROM api.idempotency) || ' ' || \
    (SELECT count(*) FROM api.deliveries) || ' ' || (SELECT count(*) FROM central.documents)";

struct Service {
    running: Child,
    rest: u16,
    owner: PgPool,
    _database: TestDatabase,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn problem(&self) -> Value {
        assert!(self.head.to_ascii_lowercase().contains("content-type: application/problem+json"), "{}", self.head);
        let problem: Value = serde_json::from_str(&self.body).expect("a problem is JSON");
        assert_eq!(problem["status"], self.status, "{problem}");
        problem
    }

    fn fields(&self) -> Vec<String> {
        let problem = self.problem();
        let violations = problem["violations"].as_array().expect("a list").iter();
        violations.map(|violation| violation["field"].as_str().expect("a name").to_owned()).collect()
    }
}

impl Service {
    async fn start() -> Self {
        let (database, rest) = (postgres::database(), free_port());
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket-central"));
        command.args(["serve", "--dev"]).env_clear().env("DATABASE_URL", database.url());
        command.env("DOCKET_LISTEN", "127.0.0.1:0").env("DOCKET_HTTP_LISTEN", "127.0.0.1:0");
        command.env("DOCKET_GRPC_LISTEN", "127.0.0.1:0").env("DOCKET_API_LISTEN", format!("127.0.0.1:{rest}"));
        command.env("DOCKET_API_RATE_TOKEN", RATE).env("DOCKET_API_RATE_ADDRESS", RATE);
        let running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut tries = 0;
        while TcpStream::connect(("127.0.0.1", rest)).is_err() {
            tries += 1;
            assert!(tries < 6_000, "it does not listen");
            // The service says nothing to this test before it listens.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let owner = PgPool::connect(&database.url()).await.expect("the owner connects");
        Service { running, rest, owner, _database: database }
    }

    async fn counts(&self) -> String {
        sqlx::query_scalar(COUNTS).fetch_one(&self.owner).await.expect("it counts")
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.rest)).expect("it connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream
    }

    /// Sends bytes and reads all that comes until the service closes.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A service that has refused already may have closed.
        let _ = stream.write_all(bytes);
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said).into_owned();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn call(&self, line: &str, headers: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        self.raw(&[head.as_bytes(), body].concat())
    }

    fn order(&self, body: &[u8]) -> Answer {
        self.call("POST /api/v1/orders", "Content-Type: application/json\r\nIdempotency-Key: k\r\n", body)
    }
}

fn with_item(item: &str) -> Vec<u8> {
    format!("{{\"user_id\":\"user-123\",\"items\":[{item}]}}").into_bytes()
}

fn with_field(field: &str) -> Vec<u8> {
    format!("{{\"user_id\":\"user-123\",\"items\":[{{\"product_id\":\"prod-001\",\"quantity\":1}}],{field}}}")
        .into_bytes()
}

/// Bodies with the one field that is at fault, and the statuses that say so.
fn bodies() -> Vec<(&'static str, Vec<u8>, &'static str, u16)> {
    let quantity = |text: &str| with_item(&format!("{{\"product_id\":\"prod-001\",\"quantity\":{text}}}"));
    let price =
        |text: &str| with_item(&format!("{{\"product_id\":\"prod-001\",\"quantity\":1,\"unit_price\":{text}}}"));
    let name =
        |text: &str| with_item(&format!("{{\"product_id\":\"prod-001\",\"quantity\":1,\"product_name\":{text}}}"));
    let long = format!("\"{}\"", "x".repeat(REST_BODY_BYTES_MAX - 4_096));
    let (items, quantity_of, price_of) = ("items", "items[0].quantity", "items[0].unit_price");
    let name_of = "items[0].product_name";
    let item = "{\"product_id\":\"prod-001\",\"quantity\":1},".repeat(10_000);
    vec![
        ("quantity 0", quantity("0"), quantity_of, 400),
        ("quantity -1", quantity("-1"), quantity_of, 400),
        ("quantity 1e300", quantity("1e300"), quantity_of, 400),
        ("quantity 1.5", quantity("1.5"), quantity_of, 400),
        ("quantity as a text", quantity("\"2\""), quantity_of, 400),
        ("quantity null", quantity("null"), quantity_of, 400),
        ("quantity beyond int32", quantity("2147483648"), quantity_of, 400),
        ("quantity 1000", quantity("1000"), quantity_of, 400),
        ("a price with 12 decimals", price("\"12.500000000001\""), price_of, 400),
        ("a price of 1e300", price("\"1e300\""), price_of, 400),
        ("a price that is a number", price("12.5"), price_of, 400),
        ("a price below nothing", price("\"-12.50\""), price_of, 409),
        ("a price that is none", price("\"NaN\""), price_of, 400),
        ("a price in other digits", price("\"١٢.٥٠\""), price_of, 400),
        ("a name with NUL", name("\"Marg\\u0000herita\""), name_of, 400),
        ("a name with a lone surrogate", name("\"\\ud800\""), name_of, 400),
        ("a name as long as a body", name(&long), name_of, 400),
        (
            "a product that is SQL",
            with_item("{\"product_id\":\"'; DROP TABLE central.orders; --\",\"quantity\":1}"),
            "items[0].product_id",
            400,
        ),
        ("an unknown field", with_field("\"price\":1"), "price", 400),
        ("a store that is none", with_field("\"store_id\":\"../../etc/passwd\""), "store_id", 400),
        ("a type that is none", with_field("\"order_type\":\"drone\""), "order_type", 400),
        ("an address with NUL", with_field("\"shipping_address\":\"\\u0000\""), "shipping_address", 400),
        ("no items", b"{\"user_id\":\"user-123\",\"items\":[]}".to_vec(), items, 400),
        ("10,000 items", with_item(item.trim_end_matches(',')), items, 400),
        ("no user", b"{\"items\":[{\"product_id\":\"prod-001\",\"quantity\":1}]}".to_vec(), "user_id", 400),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_refused_by_the_field_at_fault_and_leaves_no_row() {
    let service = Service::start().await;
    let before = service.counts().await;
    for (what, body, field, status) in bodies() {
        let answer = service.order(&body);
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        assert!(answer.fields().iter().any(|found| found.contains(field)), "{what}: {}", answer.body);
        assert!(answer.body.len() < 8_192, "{what}: the refusal does not echo what came");
    }
    assert_eq!(service.counts().await, before);
    let placed = service.order(&with_field("\"shipping_address\":\"1'; DROP TABLE central.orders; --\""));
    assert_eq!(placed.status, 201, "a text is a text: {}", placed.body);
    assert!(placed.body.contains("1'; DROP TABLE central.orders; --"), "{}", placed.body);
    assert_ne!(service.counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_of_an_order_is_refused_whatever_it_is() {
    let service = Service::start().await;
    let before = service.counts().await;
    let deep = "[".repeat(200_000).into_bytes();
    let deep_inside = with_field(&format!("\"note\":{}", "{\"a\":".repeat(50_000)));
    let not_text = [b"{\"user_id\":\"", &[0xff, 0xfe, 0x80][..], b"\"}"].concat();
    let bodies: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("deep JSON", &deep),
        ("deep JSON inside", &deep_inside),
        ("no UTF-8", &not_text),
        ("a list", b"[]"),
        ("half an object", b"{\"user_id\":"),
        ("two objects", b"{}{}"),
        ("a number without an end", b"{\"items\":[{\"quantity\":1e999999999}]}"),
    ];
    for (what, body) in bodies {
        let answer = service.order(body);
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        assert!(answer.problem()["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{what}");
    }
    let large = vec![b' '; REST_BODY_BYTES_MAX + 1];
    assert_eq!(service.order(&large).status, 413);
    let forms = service.call("POST /api/v1/orders", "Content-Type: text/plain\r\nIdempotency-Key: k\r\n", b"{}");
    assert_eq!(forms.status, 415, "{}", forms.body);
    // A length that is promised and not sent, and one that grows without an end.
    let promised = service.raw(
        b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n{",
    );
    assert_eq!(promised.status, 413, "{}", promised.body);
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x1_0000], b"\r\n".to_vec()].concat();
    let endless = [
        b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        chunk.repeat(64),
    ];
    let endless = service.raw(&endless.concat());
    assert!(matches!(endless.status, 413 | 0), "{}: {}", endless.status, endless.body);
    assert_eq!(service.counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_bounded_and_carry_nothing_further() {
    let service = Service::start().await;
    let before = service.counts().await;
    let body = with_item("{\"product_id\":\"prod-001\",\"quantity\":1}");
    let keyed = |key: &str| {
        let headers = format!("Content-Type: application/json\r\nIdempotency-Key: {key}\r\n");
        service.call("POST /api/v1/orders", &headers, &body)
    };
    for key in ["", "k\u{1}", "k\tk", "ключ", &"k".repeat(256)] {
        let answer = keyed(key);
        assert_eq!(answer.status, 400, "{key:?}: {}", answer.body);
    }
    // What would be a header of its own in the answer, or in a request behind the door.
    let split = service.call("GET /api/v1/orders/%0d%0aSet-Cookie:%20a=b", "", b"");
    assert!(matches!(split.status, 400 | 404), "{}", split.status);
    assert!(!split.head.to_ascii_lowercase().contains("set-cookie"), "{}", split.head);
    let many = "X-A: b\r\n".repeat(5_000);
    assert_eq!(service.call("GET /api/v1/orders", &many, b"").status, 431);
    let long = format!("X-A: {}\r\n", "b".repeat(1024 * 1024));
    let long = service.call("GET /api/v1/orders", &long, b"");
    assert!(matches!(long.status, 431 | 0), "{}", long.status);
    for tag in ["1", "\"x\"", "\"18446744073709551616\"", "W/\"1\"", "\"1", "'; --"] {
        let at = "PATCH /api/v1/orders/01a200ea-37e0-7227-9762-2518944c128c";
        let headers = format!("Content-Type: application/json\r\nIf-Match: {tag}\r\n");
        let answer = service.call(at, &headers, b"{\"order_type\":\"counter\"}");
        assert!(matches!(answer.status, 400 | 404 | 412), "{tag}: {} {}", answer.status, answer.body);
    }
    assert_eq!(service.counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_refused_by_its_name() {
    let service = Service::start().await;
    for key in ["one", "two"] {
        let key = format!("Content-Type: application/json\r\nIdempotency-Key: {key}\r\n");
        let body = with_item("{\"product_id\":\"prod-001\",\"quantity\":1}");
        assert_eq!(service.call("POST /api/v1/orders", &key, &body).status, 201);
    }
    let before = service.counts().await;
    let page = service.call("GET /api/v1/orders?page_size=1", "", b"");
    let page: Value = serde_json::from_str(&page.body).expect("a page");
    let token = page["next_page_token"].as_str().expect("there is a second page").to_owned();
    let own = service.call(&format!("GET /api/v1/orders?page_size=1&page_token={token}"), "", b"");
    assert_eq!(own.status, 200, "{}", own.body);
    let other = format!("status=confirmed&page_token={token}");
    let (far, long) = ("from=9999999999999-01-01T00:00:00Z", format!("page_token={}", "A".repeat(3_000)));
    for (query, field) in [
        (other.as_str(), "page_token"),
        ("page_token=%00", "page_token"),
        ("page_token=", "page_token"),
        (&long, "page_token"),
        ("page_size=201", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=1e300", "page_size"),
        ("status=eaten", "status"),
        ("type=drone", "type"),
        ("store=1%20OR%201=1", "store"),
        ("customer=%27%3B--", "customer"),
        ("from=yesterday", "from"),
        (far, "from"),
        ("to=2026-02-30T00:00:00Z", "to"),
    ] {
        let answer = service.call(&format!("GET /api/v1/orders?{query}"), "", b"");
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert_eq!(answer.fields(), [field], "{query}: {}", answer.body);
    }
    for path in ["orders/1", "orders/%00", "orders/..%2f..%2fetc", "orders/'%20OR%20'1", "customers/x", "webhooks/x"] {
        let answer = service.call(&format!("GET /api/v1/{path}"), "", b"");
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        answer.problem();
    }
    let method = service.call("PUT /api/v1/orders", "", b"");
    assert_eq!(method.status, 405, "{}", method.body);
    assert_eq!(service.counts().await, before);
}

#[allow(clippy::disallowed_methods, reason = "a test times the service; nothing of it reaches the log")]
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_loris_holds_up_nobody_and_is_shown_out() {
    let service = Service::start().await;
    let slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = service.connect();
            stream.write_all(b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nX-A: ").expect("it takes the beginning");
            stream
        })
        .collect();
    let watch = tokio::time::Instant::now();
    let placed = service.order(&with_item("{\"product_id\":\"prod-001\",\"quantity\":1}"));
    assert_eq!(placed.status, 201, "{}", placed.body);
    for mut stream in slow {
        let mut said = Vec::new();
        // Closed without a word, or told that the time is over; a stream that stays open fails at the end of the patience.
        let ended = stream.read_to_end(&mut said);
        let waits =
            ended.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
        assert!(!waits, "a connection is still open: {ended:?}");
        let _ = stream.shutdown(Shutdown::Both);
    }
    assert!(watch.elapsed() < Duration::from_millis(REST_HEADER_MS) + PATIENCE / 2, "they are shown out in time");
    assert_eq!(
        service.order(&with_item("{\"product_id\":\"prod-002\",\"quantity\":1}")).status,
        422,
        "the key is used"
    );
}
