//! C8: a command over HTTP on loopback, against the same call inside of the process. For information.
//!
//! The server is the one of `docket-till serve`, in this process. The client keeps one connection and does no more than
//! it must, but what it does counts too: a browser would take longer.

use std::net::Ipv4Addr;

use docket_till::http::{Bundle, Server};
use docket_till::limits::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::anchor::one_caller;
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile};
use crate::measure::pressure::rounds;
use crate::measure::served::length;
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::sale::Seller;
use crate::stopwatch::Stopwatch;

/// Turns of a round, for each side.
const TURNS: u64 = 10;
/// Sales in one turn.
const TURN_SALES: u64 = 5;

/// Measures the row.
pub fn row(runtime: &Runtime, rig: &Rig, wanted: usize) -> Result<Row, BenchError> {
    let folder = rig.copy("http")?;
    let till = |error: String| BenchError::NotComparable(error);
    let (seller, server) = runtime.block_on(async {
        let seller = rig::open(&folder).await?;
        let bundle = Bundle::find(None).map_err(|error| till(error.to_string()))?;
        let server = Server::bind(seller.till().0, 0, bundle, Limits::PRODUCT).await;
        Ok::<_, BenchError>((seller, server.map_err(|error| till(error.to_string()))?))
    })?;
    let (port, token) = (server.port(), server.access().token().to_owned());
    let (end, ended) = oneshot::channel::<()>();
    let serving = runtime.spawn(server.run(async {
        // Who holds the other end may drop it as well.
        let _ = ended.await;
    }));
    let mut client = runtime.block_on(Client::connect(seller.clone(), port, &token))?;
    let done = rounds(wanted, || round(runtime, &mut client, &seller))?;
    drop((end, client));
    runtime.block_on(serving).map_err(|error| till(error.to_string()))?;
    runtime.block_on(seller.close());
    Ok(Row {
        id: "C8",
        measure: "command p50 over HTTP on loopback, against the call in process",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "µs",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::Printed,
    })
}

/// The medians of the two sides.
fn round(runtime: &Runtime, client: &mut Client, seller: &Seller) -> Result<(Figure, Figure), BenchError> {
    let (mut ours, mut anchor) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.extend(runtime.block_on(client.sell(TURN_SALES))?);
        anchor.extend(runtime.block_on(one_caller::sell(seller, TURN_SALES))?);
    }
    Ok((quantile(&mut ours, 50), quantile(&mut anchor, 50)))
}

/// A client with one connection that stays open.
struct Client {
    seller: Seller,
    stream: TcpStream,
    /// Head lines that are the same in each request.
    head: String,
}

impl Client {
    async fn connect(seller: Seller, port: u16, token: &str) -> Result<Self, BenchError> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(BenchError::socket)?;
        stream.set_nodelay(true).map_err(BenchError::socket)?;
        let session = seller.till().1.map(|session| session.to_string()).unwrap_or_default();
        let head = format!(
            "Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nDocket-Session: {session}\r\nContent-Type: application/json\r\n"
        );
        Ok(Self { seller, stream, head })
    }

    async fn sell(&mut self, sales: u64) -> Result<Vec<u64>, BenchError> {
        let mut nanos = Vec::new();
        for _ in 0..sales {
            for (name, request) in self.seller.script() {
                let body = serde_json::to_string(&request).expect("a request is JSON already");
                let head = &self.head;
                let text =
                    format!("POST /api/commands/{name} HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
                let watch = Stopwatch::start();
                self.stream.write_all(text.as_bytes()).await.map_err(BenchError::socket)?;
                let answer = self.answer().await.map_err(BenchError::socket)?;
                nanos.push(watch.nanos());
                if !answer.starts_with("HTTP/1.1 200 ") {
                    return Err(BenchError::NotComparable(format!("{name} over HTTP: {answer}")));
                }
            }
        }
        Ok(nanos)
    }

    /// Reads head and body of one answer.
    async fn answer(&mut self) -> std::io::Result<String> {
        let mut text = Vec::new();
        loop {
            if self.stream.read_buf(&mut text).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let answer = String::from_utf8_lossy(&text);
            if let Some((head, body)) = answer.split_once("\r\n\r\n")
                && body.len() >= length(head)
            {
                return Ok(answer.into_owned());
            }
        }
    }
}
