//! M3: what the sync service keeps in memory with a hundred tills attached after a million events, against one till that
//! has brought its hundredth of them.

use std::sync::Arc;
use std::time::Duration;

use crate::error::BenchError;
use crate::figure::Figure;
use crate::office::events::Sold;
use crate::report::{Must, Row};
use crate::rows::head_office::Ground;
use crate::rows::ingest::{Sender, senders};

/// Tills that are attached.
const TILLS: u32 = 100;
/// Events of all of them.
const EVENTS: u64 = 1_000_000;

/// How long everything rests before the memory is read, on both sides.
const REST: Duration = Duration::from_secs(10);

/// Measures the row. Each side is a service that has just been started.
pub fn row(ground: &Ground<'_>, sold: &Arc<Sold>) -> Result<Row, BenchError> {
    let anchor = resident(ground, sold, 1)?;
    let ours = resident(ground, sold, TILLS)?;
    Ok(Row {
        id: "M3",
        measure: "resident memory of the sync service with 100 tills and 1,000,000 events, against 1 till and 10,000",
        ours,
        anchor,
        unit: "MiB",
        ratio: ours.over(anchor),
        must: Must::AtMostTimes(Figure(1_500)),
    })
}

fn resident(ground: &Ground<'_>, sold: &Arc<Sold>, tills: u32) -> Result<Figure, BenchError> {
    let office = ground.office(None)?;
    let each = ground.events(EVENTS) / u64::from(TILLS);
    ground.runtime.block_on(async {
        let tills = senders(&office, sold, tills).await?;
        let tasks: Vec<_> = tills.into_iter().map(|till| tokio::spawn(bring(till, each))).collect();
        let mut attached = Vec::new();
        for task in tasks {
            attached.push(task.await.map_err(|error| BenchError::NotComparable(error.to_string()))??);
        }
        // Each till says a word, as tills do every minute, and has no more to say.
        for till in &mut attached {
            till.line.show_life().await?;
        }
        tokio::time::sleep(REST).await;
        // The lines are open until it was read.
        let kib = status_kib(office.pid(), "VmRSS:");
        let most = status_kib(office.pid(), "VmHWM:").unwrap_or(0);
        eprintln!("M3: {} tills: {} KiB at rest, {most} KiB at most", attached.len(), kib.unwrap_or(0));
        drop(attached);
        let missing = || BenchError::NotComparable("the system does not tell the memory of a process".into());
        Ok(Figure::part(kib.ok_or_else(missing)?, 1_024))
    })
}

/// Rows are sealed as they go, because a million of them would fill the bench's own memory.
async fn bring(mut till: Sender, events: u64) -> Result<Sender, BenchError> {
    let mut sent = 0;
    while sent < events {
        let batch = till.log.batch()?;
        sent += u64::try_from(batch.rows.len()).unwrap_or(u64::MAX);
        till.line.send(batch).await?;
    }
    till.line.drain().await?;
    Ok(till)
}

fn status_kib(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().split(' ').next()?.parse().ok()
}
