//! G1 and G2: what it costs head office to take events in, and whether a hundred tills at once cost more than one.
//!
//! Devices without a till bring signed logs over the real protocol to the real service. Processor time is that of the
//! service, of its database's backends and of the writer of the database's log; the devices' own is not in it.

use docket_sync::v1::Rows;

use crate::anchor::copied::{self, Copied};
use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::measure::pressure::rounds;
use crate::measure::processor::Spent;
use crate::office::device::Device;
use crate::office::events::{Log, Sold};
use crate::office::line::Line;
use crate::office::{Office, database};
use crate::report::{Must, Row};
use crate::rows::head_office::Ground;
use crate::stopwatch::Stopwatch;

use std::sync::Arc;

/// Tills of the crowd.
const CROWD: u32 = 100;
/// Of them, those that bring the events of G1.
const FEW: usize = 8;
/// Events of one round of G1, all tills together.
const COST_EVENTS: u64 = 80_000;
/// Events of one round of G2, on either side.
const CROWD_EVENTS: u64 = 80_000;

/// A device with its log and its line.
pub struct Sender {
    pub log: Log,
    pub line: Line,
}

/// So many devices, each attached.
pub async fn senders(office: &Office, sold: &Arc<Sold>, count: u32) -> Result<Vec<Sender>, BenchError> {
    let mut senders = Vec::new();
    for device in Device::some(office, count).await? {
        senders.push(Sender { log: Log::open(&device, sold)?, line: Line::attach(office, &device).await? });
    }
    Ok(senders)
}

/// What some devices will send, written and encoded beforehand.
pub struct Load {
    pub batches: Vec<Vec<Rows>>,
    pub events: u64,
}

/// Writes about `events` events, in equal parts.
pub fn load(senders: &mut [Sender], events: u64) -> Result<Load, BenchError> {
    let each = events / u64::try_from(senders.len()).unwrap_or(1);
    let mut load = Load { batches: Vec::new(), events: 0 };
    for sender in senders {
        let (batches, count) = sender.log.batches(each)?;
        load.batches.push(batches);
        load.events += count;
    }
    Ok(load)
}

/// All send at once; gives the nanoseconds until the last answer.
pub async fn send(senders: Vec<Sender>, batches: Vec<Vec<Rows>>) -> Result<(Vec<Sender>, u64), BenchError> {
    let watch = Stopwatch::start();
    let sending = senders
        .into_iter()
        .zip(batches)
        .map(|(mut sender, batches)| tokio::spawn(async move { sender.line.push(batches).await.map(|()| sender) }));
    let sending: Vec<_> = sending.collect();
    let mut back = Vec::new();
    for task in sending {
        back.push(task.await.map_err(|error| BenchError::NotComparable(error.to_string()))??);
    }
    Ok((back, watch.nanos()))
}

/// Events a second.
pub fn per_second(events: u64, nanos: u64) -> Figure {
    Figure::part(events.saturating_mul(1_000_000), nanos / 1_000)
}

/// Measures the two rows.
pub fn rows(ground: &Ground<'_>, sold: &Arc<Sold>) -> Result<Vec<Row>, BenchError> {
    let office = ground.office(None)?;
    let mut crowd = ground.runtime.block_on(senders(&office, sold, CROWD + 1))?;
    let mut rows = Vec::new();
    if ground.cli.wants(&["G1"]) {
        rows.push(cost(ground, &office, &mut crowd)?);
    }
    if ground.cli.wants(&["G2"]) {
        rows.push(together(ground, &mut crowd)?);
    }
    Ok(rows)
}

fn cost(ground: &Ground<'_>, office: &Office, crowd: &mut Vec<Sender>) -> Result<Row, BenchError> {
    let others = crowd.split_off(FEW);
    let mut few = std::mem::take(crowd);
    let mut anchor = ground.runtime.block_on(Copied::prepare(office))?;
    let mut round = |few: &mut Vec<Sender>| {
        let load = load(few, ground.events(COST_EVENTS))?;
        let (back, ours) = ground.runtime.block_on(taken_in(office, std::mem::take(few), load.batches.clone()))?;
        *few = back;
        let slices = ground.runtime.block_on(anchor.slices(&load.batches))?;
        let spent = copied::run(office, &slices)?;
        let figure = |micros| Figure::part(load.events.saturating_mul(1_000_000), micros);
        Ok::<_, BenchError>((figure(ours), figure(spent)))
    };
    // Connections are opened and plans are made on both sides.
    round(&mut few)?;
    let done = rounds(ground.rounds, || round(&mut few))?;
    few.extend(others);
    *crowd = few;
    Ok(Row {
        id: "G1",
        measure: "ingest, events a second of processor time of service, backends and WAL writer",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "events/s",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(400)),
    })
}

/// Microseconds of processor time that head office spends until the last answer.
async fn taken_in(
    office: &Office,
    few: Vec<Sender>,
    batches: Vec<Vec<Rows>>,
) -> Result<(Vec<Sender>, u64), BenchError> {
    let mut connection = database::connect(&office.url()).await?;
    database::settle(&mut connection).await?;
    let before = Spent::by(&database::of_service(office, &mut connection).await?);
    let service = Spent::by(&[office.pid()]);
    let (few, _) = send(few, batches).await?;
    let after = Spent::by(&database::of_service(office, &mut connection).await?);
    let (all, own) = (after.micros_since(&before), Spent::by(&[office.pid()]).micros_since(&service));
    eprintln!("G1: {own} µs of processor time in the service, {} in the database", all.saturating_sub(own));
    Ok((few, all))
}

fn together(ground: &Ground<'_>, crowd: &mut Vec<Sender>) -> Result<Row, BenchError> {
    let mut single = crowd.split_off(CROWD as usize);
    let turn = |senders: &mut Vec<Sender>| {
        let load = load(senders, ground.events(CROWD_EVENTS))?;
        let (back, nanos) = ground.runtime.block_on(send(std::mem::take(senders), load.batches))?;
        *senders = back;
        Ok::<_, BenchError>(per_second(load.events, nanos))
    };
    turn(&mut single)?;
    turn(crowd)?;
    let done = rounds(ground.rounds, || Ok::<_, BenchError>((turn(crowd)?, turn(&mut single)?)))?;
    Ok(Row {
        id: "G2",
        measure: "events a second of 100 tills at once, against one till",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "events/s",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(800)),
    })
}
