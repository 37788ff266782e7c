//! An export as a file for a browser: the session trades for a ticket, the ticket for the bytes, each once.

use std::path::Path;
use std::time::Duration;

use docket_terminal::Download;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Running;

const SESSION: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn waits(till: &Running, folder: &Path, text: &str) -> Download {
    let path = folder.join("docket.jsonl");
    std::fs::write(&path, text).unwrap();
    let bytes = u64::try_from(text.len()).unwrap();
    let download = Download { path, name: "docket-2026-11-21-170000.jsonl".into(), bytes };
    *till.host.waiting.lock().unwrap() = Some(download.clone());
    download
}

async fn ticket(till: &Running) -> Value {
    let answer = till.request("POST", "/api/downloads").header("Docket-Session", SESSION).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn path_of(ticket: &Value) -> String {
    format!("/api/downloads/{}", ticket["ticket"].as_str().unwrap())
}

#[tokio::test]
async fn a_ticket_brings_the_whole_file_once_and_the_host_hears_of_it() {
    let till = Running::start().await;
    let folder = tempfile::tempdir().unwrap();
    // More than the pieces that it is read in, and no whole number of them.
    let text = "{\"kind\":\"row\"}\n".repeat(20_000);
    waits(&till, folder.path(), &text);
    let given = ticket(&till).await;
    assert_eq!((&given["name"], &given["bytes"]), (&json!("docket-2026-11-21-170000.jsonl"), &json!(text.len())));

    // A browser that saves a file sends its cookie, and no session.
    let answer = till.request("GET", &path_of(&given)).send().await;
    assert_eq!((answer.status, answer.body == text), (200, true));
    let disposition = "attachment; filename=\"docket-2026-11-21-170000.jsonl\"";
    assert_eq!(answer.header("Content-Disposition"), Some(disposition));
    assert_eq!(answer.header("Content-Length"), Some(text.len().to_string().as_str()));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(till.host.calls(), [json!({ "downloaded": "docket-2026-11-21-170000.jsonl" })]);

    let again = till.request("GET", &path_of(&given)).send().await;
    assert_eq!(again.problem(), (409, "nothing_to_do".to_owned()));
    till.end().await;
}

#[tokio::test]
async fn without_a_session_a_file_or_the_last_ticket_there_is_nothing() {
    let till = Running::start().await;
    let folder = tempfile::tempdir().unwrap();
    let refused = |status: u16, code: &str| (status, code.to_owned());
    let none = till.request("POST", "/api/downloads").header("Docket-Session", SESSION).send().await;
    assert_eq!(none.problem(), refused(409, "nothing_to_do"));
    let download = waits(&till, folder.path(), "{}\n");
    let nobody = till.request("POST", "/api/downloads").send().await;
    assert_eq!(nobody.problem(), refused(401, "session_required"));
    let (first, second) = (ticket(&till).await, ticket(&till).await);
    let stranger = till.stranger("GET", &path_of(&second)).send().await;
    assert_eq!(stranger.problem(), refused(401, "token_required"));
    for path in [path_of(&first), "/api/downloads/00".to_owned()] {
        let answer = till.request("GET", &path).send().await;
        assert_eq!(answer.problem(), refused(409, "nothing_to_do"), "{path}");
    }
    std::fs::remove_file(&download.path).unwrap();
    let gone = till.request("GET", &path_of(&second)).send().await;
    assert_eq!(gone.problem(), refused(409, "nothing_to_do"));
    assert!(till.host.calls().is_empty());
    till.end().await;
}

#[tokio::test]
async fn a_file_that_breaks_off_on_its_way_can_be_fetched_again() {
    let till = Running::start().await;
    let folder = tempfile::tempdir().unwrap();
    // More than the sockets of both sides hold.
    let text = "x".repeat(32 << 20);
    waits(&till, folder.path(), &text);
    let given = ticket(&till).await;
    let mut stream = till.request("GET", &path_of(&given)).open(0).await;
    let mut some = [0; 4_096];
    stream.read_exact(&mut some).await.unwrap();
    stream.shutdown().await.unwrap();
    drop(stream);
    let answer = till.request("GET", &path_of(&ticket(&till).await)).send().await;
    assert_eq!(answer.body.len(), text.len());
    // Ending waits for every connection, so nothing is told afterwards.
    let host = till.host.clone();
    tokio::time::timeout(Duration::from_secs(10), till.end()).await.unwrap();
    assert_eq!(host.calls().len(), 1, "only the one that came whole is told of");
}
