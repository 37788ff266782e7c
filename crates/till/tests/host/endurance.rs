//! Clients that are slow, endless or greedy cost little and stop nobody.

use std::time::Duration;

use docket_till::http::Bundle;
use docket_till::limits::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Running;
use crate::client::Response;

const SOON: Duration = Duration::from_secs(5);

fn impatient() -> Limits {
    Limits {
        head_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        stalled_write_timeout: Duration::from_millis(200),
        ..Limits::PRODUCT
    }
}

/// Waits until the other side closes, and fails if it doesn't.
async fn closed(mut stream: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await;
    // A reset is a close too.
    drop(read.expect("the connection should have been closed"));
    rest
}

#[tokio::test]
async fn a_hundred_connections_that_say_nothing_stop_nobody() {
    let till = Running::start().await;
    let mut silent = Vec::new();
    for number in 0..100 {
        let mut stream = TcpStream::connect(("127.0.0.1", till.port)).await.unwrap();
        if number % 2 == 0 {
            stream.write_all(b"POST /api/commands/send HTTP/1.1\r\nHost: ").await.unwrap();
        }
        silent.push(stream);
    }
    let answer = tokio::time::timeout(SOON, till.request("GET", "/api/queries/shop").send()).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut() {
    let till = Running::with(Bundle::Missing, impatient()).await;
    let mut stream = TcpStream::connect(("127.0.0.1", till.port)).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: 127").await.unwrap();
    closed(stream).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let till = Running::with(Bundle::Missing, impatient()).await;
    let mut stream = TcpStream::connect(("127.0.0.1", till.port)).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", till.port);
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = String::from_utf8(closed(stream).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_refused_and_cut() {
    let till = Running::with(Bundle::Missing, impatient()).await;
    let mut stream =
        till.request("POST", "/api/commands/send").header("Content-Type", "application/json").open(1_000).await;
    stream.write_all(b"{\"command_id\":").await.unwrap();
    let answer = String::from_utf8(closed(stream).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(till.host.calls().is_empty());
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_is_refused_before_it_is_read() {
    let till = Running::start().await;
    let request = till.request("POST", "/api/commands/send").header("Content-Type", "application/json");
    let stream = request.open(100 << 20).await;
    let answer = tokio::time::timeout(SOON, Response::read(stream)).await.unwrap();
    assert_eq!(answer.problem(), (413, "body_too_large".into()));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_no_further_than_the_limit() {
    let till = Running::start().await;
    let request = till
        .request("POST", "/api/commands/send")
        .header("Content-Type", "application/json")
        .header("Transfer-Encoding", "chunked");
    let mut stream = request.open(0).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut sent = 0_usize;
    while sent < 100 << 20 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 32 << 20, "{sent} bytes were taken");
    assert!(till.host.calls().is_empty());
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let till = Running::start().await;
    let answer = till.request("GET", "/").header("X-Long", &"x".repeat(64 << 10)).send().await;
    assert_eq!(answer.status, 431);
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection() {
    let till = Running::with(Bundle::Missing, impatient()).await;
    let mut stream = till.request("GET", "/api/queries/status").open(0).await;
    // The answer is larger than what the system buffers, and none of it is read. A write tells when the line is cut.
    let cut = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(SOON, cut).await.expect("the connection should have been cut");
}

#[tokio::test]
async fn ending_waits_for_an_open_call_no_longer_than_the_drain_time() {
    let limits = Limits { drain_timeout: Duration::from_millis(100), ..Limits::PRODUCT };
    let till = Running::with(Bundle::Missing, limits).await;
    let body = r#"{"command_id":"01890a5d-ac96-774b-bcce-b302099a8057","input":{}}"#;
    let mut stream = till.command("rebuild", "").open(body.len()).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    while till.host.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(SOON, till.end()).await.unwrap();
    closed(stream).await;
}
