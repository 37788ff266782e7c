//! The health pages, over a real socket.

use std::net::SocketAddr;

use docket_central::health::{self, Checks};
use docket_central::telemetry::{Metrics, Stop};
use docket_testkit::postgres;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    (status, text.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[tokio::test]
async fn ready_says_what_is_missing_and_draining_says_so() {
    let database = postgres::database();
    let (metrics, stop, end) = (Metrics::new(), Stop::new(), Stop::new());
    let listening = health::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listening.address().unwrap();
    let checks = Checks::new().with_database(&database.url());
    let ended = end.clone();
    let serving =
        tokio::spawn(listening.serve(checks, metrics.clone(), stop.clone(), async move { ended.asked().await }));

    assert_eq!(get(address, "/health/live").await, (200, "alive\n".to_owned()));
    let (status, text) = get(address, "/health/ready").await;
    assert_eq!(status, 503);
    assert!(text.contains("run docket-central migrate"), "{text}");
    docket_central::db::migrate(&database.url()).await.unwrap();
    assert_eq!(get(address, "/health/ready").await, (200, "ready\n".to_owned()));
    assert!(health::probe(address).await.is_ok());

    metrics.published(3);
    let (status, text) = get(address, "/metrics").await;
    assert_eq!(status, 200);
    assert!(text.lines().any(|line| line == "docket_relay_published_total 3"), "{text}");

    stop.ask();
    let (status, text) = get(address, "/health/ready").await;
    assert_eq!(status, 503);
    assert!(text.starts_with("draining"), "{text}");
    assert!(health::probe(address).await.is_err());
    assert_eq!(get(address, "/health/live").await.0, 200, "it still works");
    end.ask();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_database_and_a_broker_that_are_away_are_each_named() {
    let listening = health::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listening.address().unwrap();
    let checks =
        Checks::new().with_database("postgres://nobody@127.0.0.1:1/none").with_brokers(&"127.0.0.1:1".into()).unwrap();
    let end = Stop::new();
    let ended = end.clone();
    let serving =
        tokio::spawn(listening.serve(checks, Metrics::new(), Stop::new(), async move { ended.asked().await }));
    let (status, text) = get(address, "/health/ready").await;
    assert_eq!(status, 503);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("database: ") && lines[1].starts_with("Kafka: "), "{text}");
    end.ask();
    serving.await.unwrap().unwrap();
}
