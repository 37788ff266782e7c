//! The program itself among clients that mean no good: a cashier sells on, memory and threads stay bounded, and the
//! store holds the cashier's sales and nothing else.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::client::{Request, Response};

/// Clients of each kind.
const OF_EACH: usize = 25;
/// Sales while they hold their connections.
const SALES: usize = 20;
/// What all of them may cost: a connection's buffers are some KiB, and 100 of them are far from this.
const MEMORY_KIB_MAX: u64 = 48 * 1024;
/// Workers, readers, the writer, and what the system's own calls borrow for a moment.
const THREADS_MAX: u64 = 64;
const MEGABYTE: usize = 1 << 20;
/// For what must come to pass, however busy the machine is.
const IN_THE_END: Duration = Duration::from_secs(120);

/// A till that runs as a program, ended when dropped.
struct Till {
    folder: TempDir,
    child: Child,
    port: u16,
    token: String,
    session: String,
    product: String,
}

impl Drop for Till {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn id() -> String {
    // A counter is as good as chance here: the folder is new.
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("01890a5d-ac96-774b-bcce-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Till {
    /// Starts the demo shop and signs its manager in.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket-till"));
        command.args(["serve", "--demo", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        command.arg("--data").arg(folder.path().join("data")).arg("--witness").arg(folder.path().join("witness"));
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line:?}"));
        let port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        let token = ready["token"].as_str().unwrap().to_owned();
        let mut till = Till { folder, child, port, token, session: String::new(), product: String::new() };
        let pin = ready["demo_pins"].as_array().unwrap().iter().find(|pin| pin["role"] == "manager").unwrap();
        let people = till.request("GET", "/api/queries/shop").send().await.json()["people"].clone();
        let person = people.as_array().unwrap().iter().find(|entry| entry["person"]["name"] == pin["name"]).unwrap();
        let person = &person["person"]["person_id"];
        let signed_in = till.act("sign_in", json!({ "person_id": person, "pin": pin["pin"], "station": "till" })).await;
        till.session = signed_in["session"]["session_id"].as_str().unwrap().to_owned();
        let found = till.ask("products?text=Espresso").await;
        till.product = found["rows"][0]["product_id"].as_str().unwrap().to_owned();
        till
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(self.port, method, path);
        let request = request.header("Authorization", &format!("Bearer {}", self.token));
        if self.session.is_empty() { request } else { request.header("Docket-Session", &self.session) }
    }

    fn command(&self, name: &str) -> Request {
        self.request("POST", &format!("/api/commands/{name}")).header("Content-Type", "application/json")
    }

    /// Sends a command that must be accepted.
    async fn act(&self, name: &str, input: Value) -> Value {
        let body = json!({ "command_id": id(), "input": input }).to_string();
        let answer = self.request("POST", &format!("/api/commands/{name}")).json(&body).send().await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        answer.json()
    }

    async fn ask(&self, query: &str) -> Value {
        let answer = self.request("GET", &format!("/api/queries/{query}")).send().await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        answer.json()
    }

    async fn sell(&self) {
        let order = id();
        let line = json!({ "line_id": id(), "product_id": self.product });
        self.act("create_order", json!({ "order_id": order, "order_type": "counter", "lines": [line] })).await;
        self.act("pay_cash", json!({ "order_id": order, "payment_id": id() })).await;
    }

    async fn orders(&self) -> usize {
        self.ask("orders?limit=200").await["rows"].as_array().unwrap().len()
    }

    /// A figure of `/proc/PID/status`: KiB or a count.
    fn figure(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Ends the program and has its own tool verify the store.
    fn must_verify(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut verify = Command::new(env!("CARGO_BIN_EXE_docket-till"));
        verify.arg("verify").arg("--data").arg(self.folder.path().join("data"));
        let output = verify.arg("--witness").arg(self.folder.path().join("witness")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Sends bytes one by one and never comes to an end, until the other side hangs up.
fn drip(mut stream: TcpStream) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(200));
        let mut buffer = [0; 1024];
        loop {
            tokio::select! {
                read = stream.read(&mut buffer) => if matches!(read, Ok(0) | Err(_)) { return },
                _ = pace.tick() => if stream.write_all(b"x").await.is_err() { return },
            }
        }
    })
}

/// Asks and asks, and reads no answer, until the other side hangs up or takes no more.
async fn asks_and_never_reads(till: &Till) -> TcpStream {
    let question = till.request("GET", "/api/queries/products?limit=500").head(0).replace("Connection: close\r\n", "");
    let mut stream = TcpStream::connect(("127.0.0.1", till.port)).await.unwrap();
    stream.write_all(question.repeat(50).as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_clients_that_never_end_cost_little_while_a_cashier_sells() {
    let till = Till::start().await;
    till.sell().await;
    let before = till.figure("VmRSS");
    let (mut dripping, mut holding) = (Vec::new(), Vec::new());
    for _ in 0..OF_EACH {
        let mut head = TcpStream::connect(("127.0.0.1", till.port)).await.unwrap();
        head.write_all(b"POST /api/commands/send HTTP/1.1\r\nHost: ").await.unwrap();
        dripping.push(drip(head));
        dripping.push(drip(till.command("send").open(200_000).await));
        holding.push(asks_and_never_reads(&till).await);
        holding.push(till.request("GET", "/api/changes").open(0).await);
    }
    for _ in 0..SALES {
        till.sell().await;
    }
    assert_eq!(till.orders().await, SALES + 1);
    let (grown, threads) = (till.figure("VmRSS").saturating_sub(before), till.figure("Threads"));
    assert!(grown <= MEMORY_KIB_MAX, "{grown} KiB for {} clients", 4 * OF_EACH);
    assert!(threads <= THREADS_MAX, "{threads} threads");
    // Whoever is slow with a head or a body is hung up on; the feeds may stay.
    for client in dripping {
        tokio::time::timeout(IN_THE_END, client).await.expect("the connection should have been closed").unwrap();
    }
    till.sell().await;
    drop(holding);
    assert_eq!(till.orders().await, SALES + 2);
    till.must_verify();
}

/// Sends a head and then a hundred megabytes, as far as they are taken; gives the answer's first line.
async fn flood(request: Request, length: usize, chunked: bool) -> String {
    let stream = request.open(length).await;
    let (mut incoming, mut outgoing) = stream.into_split();
    let sending = tokio::spawn(async move {
        let block = "x".repeat(MEGABYTE);
        let block = if chunked { format!("{MEGABYTE:x}\r\n{block}\r\n") } else { block };
        for _ in 0..100 {
            if outgoing.write_all(block.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    let mut answer = vec![0; 64];
    // A client that is hung up on while it sends may lose the answer to a reset; that is a refusal too.
    let read = tokio::time::timeout(IN_THE_END, incoming.read(&mut answer)).await.expect("an answer or an end");
    drop(incoming);
    tokio::time::timeout(IN_THE_END, sending).await.expect("nobody takes a hundred megabytes").unwrap();
    String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_a_hundred_megabytes_are_refused_early_and_cost_little() {
    let till = Till::start().await;
    till.sell().await;
    let events = till.ask("status").await["events"].clone();
    let before = till.figure("VmHWM");
    for name in ["create_order", "import_menu"] {
        let announced = flood(till.command(name), 100 * MEGABYTE, false).await;
        assert!(announced.is_empty() || announced.starts_with("HTTP/1.1 413"), "{name}: {announced}");
        let chunked = flood(till.command(name).header("Transfer-Encoding", "chunked"), 0, true).await;
        assert!(chunked.is_empty() || chunked.starts_with("HTTP/1.1 413"), "{name}: {chunked}");
        // Announced as small: what comes behind the body is no request.
        let lying = flood(till.command(name), 10, false).await;
        assert!(lying.is_empty() || lying.starts_with("HTTP/1.1 400"), "{name}: {lying}");
    }
    // Only the head is sent, so the answer can't be lost.
    let answer = Response::read(till.command("import_menu").open(100 * MEGABYTE).await).await;
    assert_eq!(answer.problem(), (413, "body_too_large".into()));
    let grown = till.figure("VmHWM").saturating_sub(before);
    assert!(grown <= MEMORY_KIB_MAX, "{grown} KiB at the height of it");
    assert_eq!(till.ask("status").await["events"], events, "nothing was written");
    till.sell().await;
    assert_eq!(till.orders().await, 2);
    till.must_verify();
}
