//! G3 and D2: how fast the outbox gets to Kafka, held against the ingest that filled it, and what an event takes on the
//! disk of head office once its messages are gone from there.

use std::sync::Arc;
use std::time::Duration;

use docket_testkit::kafka::Kafka;
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use crate::anchor::lean;
use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::measure::pressure::rounds;
use crate::office::events::Sold;
use crate::office::{Office, database};
use crate::report::{Must, Row};
use crate::rows::head_office::Ground;
use crate::rows::ingest::{Sender, load, per_second, send, senders};
use crate::stopwatch::Stopwatch;

/// Tills that fill the outbox.
const TILLS: u32 = 8;
/// Events of a round.
const EVENTS: u64 = 80_000;
/// Between two looks at the outbox.
const LOOK: Duration = Duration::from_millis(10);
/// How long the outbox may take.
const PATIENCE: Duration = Duration::from_secs(120);

const WAITING: &str = "SELECT count(*) FROM central.outbox WHERE published_at IS NULL";
const KEPT: &str = "SELECT count(*) FROM central.outbox";

/// Measures the two rows.
pub fn rows(ground: &Ground<'_>, sold: &Arc<Sold>) -> Result<Vec<Row>, BenchError> {
    let kafka = Kafka::start();
    let mut office = ground.office(Some(kafka.brokers()))?;
    let mut tills = ground.runtime.block_on(senders(&office, sold, TILLS))?;
    let mut connection = ground.runtime.block_on(database::connect(&office.url()))?;
    // Topics are made, connections opened, plans found.
    round(ground, &mut office, &mut tills, &mut connection)?;
    let done = rounds(ground.rounds, || round(ground, &mut office, &mut tills, &mut connection))?;
    let mut rows = vec![Row {
        id: "G3",
        measure: "messages a second from the outbox to Kafka, against those that the ingest writes",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "messages/s",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(1_500)),
    }];
    if ground.cli.wants(&["D2"]) {
        rows.push(size(ground, &mut office, &mut connection)?);
    }
    Ok(rows)
}

/// Messages a second out of the outbox and into it.
fn round(
    ground: &Ground<'_>,
    office: &mut Office,
    tills: &mut Vec<Sender>,
    connection: &mut PgConnection,
) -> Result<(Figure, Figure), BenchError> {
    let load = load(tills, ground.events(EVENTS))?;
    ground.runtime.block_on(database::settle(connection))?;
    let (back, nanos) = ground.runtime.block_on(send(std::mem::take(tills), load.batches))?;
    *tills = back;
    let waiting = ground.runtime.block_on(database::number(connection, WAITING))?;
    ground.runtime.block_on(database::settle(connection))?;
    office.start_relay()?;
    let published = ground.runtime.block_on(drained(connection, waiting));
    office.stop_relay();
    Ok((published?, per_second(waiting, nanos)))
}

/// Messages a second from the first page that left to the last one; what came before is the relay's start.
async fn drained(connection: &mut PgConnection, waiting: u64) -> Result<Figure, BenchError> {
    let begun = fallen_below(connection, WAITING, waiting).await?;
    let watch = Stopwatch::start();
    fallen_below(connection, WAITING, 1).await?;
    Ok(per_second(begun, watch.nanos()))
}

/// Waits until a count is lower, and gives it.
async fn fallen_below(connection: &mut PgConnection, sql: &'static str, limit: u64) -> Result<u64, BenchError> {
    let watch = Stopwatch::start();
    loop {
        let count = database::number(connection, sql).await?;
        if count < limit {
            return Ok(count);
        }
        if watch.elapsed() > PATIENCE {
            return Err(BenchError::NotComparable(format!("{count} messages stay in the outbox")));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Sizes don't vary, so what the rounds have brought is looked at once.
fn size(ground: &Ground<'_>, office: &mut Office, connection: &mut PgConnection) -> Result<Row, BenchError> {
    // A week passes, after which the relay prunes.
    let aged = "UPDATE central.outbox SET published_at = published_at - interval '8 days'";
    ground.runtime.block_on(connection.execute(aged))?;
    office.start_relay()?;
    ground.runtime.block_on(fallen_below(connection, KEPT, 1))?;
    office.stop_relay();
    let (events, ours, anchor) = ground.runtime.block_on(lean::sizes(connection))?;
    let (ours, anchor) = (Figure::part(ours, events), Figure::part(anchor, events));
    Ok(Row {
        id: "D2",
        measure: "bytes an event at head office, outbox drained and pruned, after VACUUM FULL",
        ours,
        anchor,
        unit: "bytes",
        ratio: ours.over(anchor),
        must: Must::AtMostTimes(Figure(1_800)),
    })
}
