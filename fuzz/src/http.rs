//! The HTTP host: bytes of a connection, from the request line to the body.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use docket_contracts::{ApiError, Change, ChangePosition, Command, CommandOutcome, CommandRequest, ErrorCode, Query};
use docket_domain::ids::SessionId;
use docket_till::host::Host;
use docket_till::http::{Bundle, Server};
use docket_till::limits::Limits;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

use crate::refusal;

/// What stands in an input for the secret and the port of this start, which no kept input can know.
const TOKEN: &str = "$TOKEN";
const PORT: &str = "$PORT";
/// Bytes that the pipe between client and server holds.
const PIPE_BYTES: usize = 64 * 1024;

/// Small limits, so that small inputs reach them.
const LIMITS: Limits = Limits {
    body_bytes_max: 1_024,
    menu_body_bytes_max: 4_096,
    head_bytes_max: 8_192,
    headers_max: 16,
    ..Limits::PRODUCT
};

/// A till that reads each call as the terminal does, and answers that it is done.
#[derive(Clone, Default)]
struct StandIn {
    calls: Arc<AtomicUsize>,
}

impl Host for StandIn {
    async fn command(
        &self,
        _session: Option<SessionId>,
        name: &str,
        request: CommandRequest,
    ) -> Result<CommandOutcome, ApiError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let bytes_max = if name == "import_menu" { LIMITS.menu_body_bytes_max } else { LIMITS.body_bytes_max };
        let texts = texts_in(&request.input);
        assert!(texts <= bytes_max, "{name} came with {texts} bytes of text, more than a body may have");
        Command::parse(name, request.input)?;
        Ok(CommandOutcome::plain(true))
    }

    async fn query(&self, _session: Option<SessionId>, name: &str, input: Value) -> Result<Value, ApiError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let read = Query::parse(name, input);
        let query = read.unwrap_or_else(|error| panic!("the host passed on what is no query: {error:?}"));
        Ok(serde_json::to_value(query).expect("a query is plain data"))
    }

    fn changes(&self, after: Option<&ChangePosition>) -> BoxStream<'static, Change> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let position = after.cloned().unwrap_or(ChangePosition("1-0".to_owned()));
        stream::iter([Change::Reset { position }]).boxed()
    }
}

/// Bytes of all texts, which no writing of JSON can make shorter than they are.
fn texts_in(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(texts_in).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + texts_in(value)).sum(),
        _ => 0,
    }
}

struct Rig {
    runtime: Runtime,
    server: Server<StandIn>,
    host: StandIn,
}

static RIG: LazyLock<Rig> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let host = StandIn::default();
    let server = runtime.block_on(Server::bind(host.clone(), 0, Bundle::Missing, LIMITS)).expect("a free port");
    Rig { runtime, server, host }
});

/// Sends the bytes as a client would and then ends: the host answers in HTTP, never by a fault of its own, refuses by
/// code, field and rule, and passes nothing on for a stranger.
pub fn check(data: &[u8]) {
    let Rig { runtime, server, host } = &*RIG;
    let before = host.calls.load(Ordering::Relaxed);
    let sent = filled_in(data, server);
    let answer = runtime.block_on(exchange(server, &sent));
    let calls = host.calls.load(Ordering::Relaxed) - before;
    let knows_token = contains(&sent, server.access().token().as_bytes());
    assert!(calls == 0 || knows_token, "a stranger's call was passed on");
    if !answer.is_empty() {
        answered(&answer);
    }
}

/// Gives the placeholders their values.
fn filled_in(data: &[u8], server: &Server<StandIn>) -> Vec<u8> {
    let mut rest = data;
    let mut filled = Vec::with_capacity(data.len() + 256);
    while let Some((&first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(TOKEN.as_bytes()) {
            filled.extend_from_slice(server.access().token().as_bytes());
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix(PORT.as_bytes()) {
            filled.extend_from_slice(server.port().to_string().as_bytes());
            rest = behind;
        } else {
            filled.push(first);
            rest = behind;
        }
    }
    filled
}

async fn exchange(server: &Server<StandIn>, sent: &[u8]) -> Vec<u8> {
    let (client, near) = tokio::io::duplex(PIPE_BYTES);
    let (mut incoming, mut outgoing) = tokio::io::split(client);
    let send = async {
        // The host may hang up before it has read everything; that is an answer too.
        if outgoing.write_all(sent).await.is_ok() {
            drop(outgoing.shutdown().await);
        }
    };
    let receive = async {
        let mut answer = Vec::new();
        drop(incoming.read_to_end(&mut answer).await);
        answer
    };
    tokio::join!(server.serve(near), send, receive).2
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Holds the first answer of the connection to the contract.
fn answered(answer: &[u8]) {
    let text = String::from_utf8_lossy(answer);
    // `100 Continue` only invites the body; the answer comes behind it, unless the client leaves before its body is whole.
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    if text.is_empty() {
        return;
    }
    let (head, rest) = text.split_once("\r\n\r\n").expect("an answer has a head");
    let status: u16 = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("an answer has a status");
    assert!(head.starts_with("HTTP/1.") && (200..500).contains(&status), "{head}");
    let header = |name: &str| {
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    };
    let Some(length) = header("content-length").and_then(|value| value.parse::<usize>().ok()) else { return };
    // A HEAD request is answered without the body that its length speaks of.
    if header("content-type") == Some("application/problem+json") && rest.starts_with('{') && rest.len() >= length {
        problem(status, &serde_json::from_str(&rest[..length]).expect("a problem is JSON"));
    }
}

fn problem(status: u16, problem: &Value) {
    let part = |name: &str| problem[name].as_str().expect("a problem has texts");
    let code = ErrorCode::ALL.iter().find(|code| code.as_str() == part("code")).expect("a code of the list");
    assert_eq!((code.http_status(), &problem["status"]), (status, &Value::from(status)));
    refusal::check(part("field"), part("rule"));
}
