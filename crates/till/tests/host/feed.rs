//! The change feed.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::Running;
use crate::client::Request;

/// Reads on until the text has been seen.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut seen = String::new();
    let mut buffer = [0; 1024];
    while !seen.contains(text) {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the feed ended after {seen:?}");
        seen.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    seen
}

async fn first_event(request: Request) -> String {
    let mut stream = request.open(0).await;
    let seen = read_until(&mut stream, "heartbeat").await;
    assert!(seen.to_lowercase().contains("content-type: text/event-stream"), "{seen}");
    seen
}

#[tokio::test]
async fn a_feed_begins_with_a_reset_and_beats() {
    let till = Running::start().await;
    let seen = first_event(till.request("GET", "/api/changes")).await;
    assert!(seen.contains("id: 7-0\n"), "{seen}");
    assert!(seen.contains(r#"data: {"kind":"reset","position":"7-0"}"#), "{seen}");
    assert!(seen.contains(r#"data: {"kind":"heartbeat","at_ms":2}"#), "{seen}");
}

#[tokio::test]
async fn a_feed_resumes_from_the_address_and_rather_from_the_header() {
    let till = Running::start().await;
    let seen = first_event(till.request("GET", "/api/changes?after=7-3")).await;
    assert!(seen.contains("id: 7-3+1\n"), "{seen}");
    let seen = first_event(till.request("GET", "/api/changes?after=7-3").header("Last-Event-ID", "7-9")).await;
    assert!(seen.contains("id: 7-9+1\n"), "{seen}");
    let unknown = till.request("GET", "/api/changes?since=7").send().await;
    assert_eq!(unknown.problem(), (400, "bad_input".into()));
}

#[tokio::test]
async fn the_end_of_the_program_ends_the_feed_in_good_order() {
    let till = Running::start().await;
    let mut stream = till.request("GET", "/api/changes").open(0).await;
    read_until(&mut stream, "heartbeat").await;
    till.end().await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "the last chunk is an empty one: {rest:?}");
}
