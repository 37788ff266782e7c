//! The listener of the REST door against peers that are slow, or send too much.

use docket_central::api::rest::listener::{Listening, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::door::Door;
use crate::house::House;

async fn read_all(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_is_cut_off_and_others_are_served_meanwhile() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(serve(listener, Listening::default(), door.router.clone(), door.stop.clone()));
    let connect = async || TcpStream::connect(address).await.expect("it connects");
    let silent = connect().await;
    let mut dripping = connect().await;
    dripping.write_all(b"GET /api/v1/orders HTTP/1.1\r\nHost: a\r\nX-One: ").await.expect("sent");
    let mut bodiless = connect().await;
    bodiless
        .write_all(b"POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        .await
        .expect("sent");
    let mut quick = connect().await;
    quick.write_all(b"GET /api/v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
    assert!(read_all(quick).await.starts_with("HTTP/1.1 200"));
    let mut crowded = connect().await;
    let headers: String = (0..100).map(|number| format!("X-{number}: 1\r\n")).collect();
    crowded
        .write_all(format!("GET /api/v1/orders HTTP/1.1\r\nHost: a\r\n{headers}\r\n").as_bytes())
        .await
        .expect("sent");
    assert!(read_all(crowded).await.starts_with("HTTP/1.1 431"));
    let mut long = connect().await;
    let header = "x".repeat(64 * 1024);
    // It may be cut off before all of it is sent.
    let _ =
        long.write_all(format!("GET /api/v1/orders HTTP/1.1\r\nHost: a\r\nX-Long: {header}\r\n\r\n").as_bytes()).await;
    let said = read_all(long).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    // These end by the time limits alone.
    let (silent, dripping, bodiless) = tokio::join!(read_all(silent), read_all(dripping), read_all(bodiless));
    assert!(silent.is_empty() || silent.starts_with("HTTP/1.1 408"), "{silent}");
    assert!(dripping.is_empty() || dripping.starts_with("HTTP/1.1 408"), "{dripping}");
    assert!(bodiless.starts_with("HTTP/1.1 408") && bodiless.contains("request_timeout"), "{bodiless}");
    door.stop.ask();
    serving.await.expect("it ends in order");
}
