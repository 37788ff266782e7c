//! V1: `verify` of a million events, against one core that checks the same hashes and signatures and nothing else.

use docket_terminal::verify::verify_store;

use crate::anchor::check;
use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::history::History;
use crate::measure::pressure::rounds;
use crate::report::{Must, Row};
use crate::rig;
use crate::stopwatch::Stopwatch;

/// Measures the row.
pub fn row(history: &History, wanted: usize) -> Result<Row, BenchError> {
    let done = rounds(wanted, || round(history))?;
    Ok(Row {
        id: "V1",
        measure: "verify of 1,000,000 events, events a second",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "events/s",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(600)),
    })
}

fn round(history: &History) -> Result<(Figure, Figure), BenchError> {
    let (data, witness) = (history.folder.join("data"), history.folder.join("witness"));
    let watch = Stopwatch::start();
    let report = verify_store(&data, Some(&witness)).map_err(BenchError::refused("verify"))?;
    let ours = watch.nanos();
    if let Some(fault) = report.faults.first() {
        return Err(BenchError::NotComparable(format!("the store of the bench is not sound: {fault}")));
    }
    let watch = Stopwatch::start();
    let rows = check::rows(&rig::database(&history.folder))?;
    let anchor = watch.nanos();
    if rows != report.rows {
        return Err(BenchError::NotComparable(format!("verify read {} rows, the anchor {rows}", report.rows)));
    }
    let per_second = |nanos: u64| Figure::part(rows.saturating_mul(1_000_000), nanos / 1_000);
    Ok((per_second(ours), per_second(anchor)))
}
