//! K3: from a tap at the till to its message in a consumer's hands, on a machine that does nothing else: the till's own
//! command, the line, the ingest, the relay and the broker.

use docket_terminal::EnrolOptions;
use docket_testkit::kafka::Kafka;

use crate::anchor::round_trip::{Listener, RoundTrip};
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile};
use crate::measure::pressure::rounds;
use crate::office::Office;
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::rows::catch_up::emptied;
use crate::rows::head_office::Ground;
use crate::sale::Seller;
use crate::stopwatch::Stopwatch;

/// The topic of orders.
const TOPIC: &str = "docket.orders.v1";
/// Taps before the watch runs.
const WARM: u64 = 20;
/// Taps of a round.
const TAPS: u64 = 200;
/// Bytes of a message of ours, about.
const BODY: [u8; 1_024] = [b'x'; 1_024];

/// Enrols a till and waits until head office has answered its hello.
pub async fn enrol(seller: &Seller, address: String, code: String) -> Result<(), BenchError> {
    let (terminal, session) = seller.till();
    let options = EnrolOptions { url: address, code, ca: None, plain: true };
    terminal.enrol(options).await.map_err(BenchError::refused("enrol"))?;
    loop {
        let status = terminal.query(session, "status", serde_json::json!({})).await;
        let status = status.map_err(BenchError::refused("status"))?;
        if status["head_office"]["connected"] == true {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Measures the row.
pub fn row(ground: &Ground<'_>) -> Result<Row, BenchError> {
    let Ground { runtime, rig, .. } = *ground;
    let kafka = Kafka::start();
    let mut office = ground.office(Some(kafka.brokers()))?;
    office.start_relay()?;
    let mut bare = RoundTrip::open(runtime, &kafka.brokers())?;
    let seller = open(ground, rig, &office)?;
    // The relay makes the topics when it starts, which takes a moment.
    let listener = Listener::open(&kafka.brokers(), TOPIC)?;
    for _ in 0..WARM {
        tap(ground, &seller, &listener)?;
        bare.once(&BODY)?;
    }
    let taps = ground.events(TAPS);
    let done = rounds(ground.rounds, || {
        let (mut ours, mut anchor) = (Vec::new(), Vec::new());
        for _ in 0..taps {
            ours.push(tap(ground, &seller, &listener)?);
            anchor.push(bare.once(&BODY)?);
        }
        Ok::<_, BenchError>((quantile(&mut ours, 99), quantile(&mut anchor, 99)))
    })?;
    runtime.block_on(seller.close());
    Ok(Row {
        id: "K3",
        measure: "tap at the till to its message read from Kafka, p99, against a bare round trip",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "µs",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtMostTimes(Figure(10_000)),
    })
}

fn open(ground: &Ground<'_>, rig: &Rig, office: &Office) -> Result<Seller, BenchError> {
    let folder = rig.copy("tapped")?;
    let code = office.code()?;
    ground.runtime.block_on(async {
        let seller = rig::open(&folder).await?;
        enrol(&seller, office.address(), code).await?;
        Ok(seller)
    })
}

/// Opens an order, of which nobody is told yet. When head office has it and everything rests, a tap places it, and its
/// message is waited for.
fn tap(ground: &Ground<'_>, seller: &Seller, listener: &Listener) -> Result<u64, BenchError> {
    let (terminal, session) = seller.till();
    let mut script = seller.script().into_iter();
    let mut next = || script.next().expect("a sale has six commands");
    let (name, request) = next();
    let order = request.input["order_id"].as_str().unwrap_or_default().to_owned();
    ground.runtime.block_on(async {
        terminal.command(session, name, request).await.map_err(BenchError::refused(name))?;
        emptied(seller).await
    })?;
    let (name, request) = next();
    let watch = Stopwatch::start();
    ground.runtime.block_on(terminal.command(session, name, request)).map_err(BenchError::refused(name))?;
    listener.wait_for(&order)?;
    Ok(watch.nanos())
}
