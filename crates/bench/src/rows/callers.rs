//! C7: what sixteen callers at once get through, against one. Commands that are ready together share a commit.

use tokio::runtime::Runtime;

use crate::anchor::one_caller;
use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::measure::pressure::rounds;
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::sale::{COMMANDS, Seller};
use crate::stopwatch::Stopwatch;

const CALLERS: u64 = 16;
/// Sales of each caller in a round.
const CALLER_SALES: u64 = 15;
/// Sales of the single caller in a round.
const SINGLE_SALES: u64 = 60;

/// Measures the row.
pub fn row(runtime: &Runtime, rig: &Rig, wanted: usize) -> Result<Row, BenchError> {
    let seller = runtime.block_on(rig::open(&rig.copy("callers")?))?;
    // Both warm up.
    round(runtime, &seller)?;
    let done = rounds(wanted, || round(runtime, &seller))?;
    runtime.block_on(seller.close());
    Ok(Row {
        id: "C7",
        measure: "commands a second, 16 callers at once against one",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "commands/s",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(1_500)),
    })
}

/// Commands a second of all callers, then of one.
fn round(runtime: &Runtime, seller: &Seller) -> Result<(Figure, Figure), BenchError> {
    let watch = Stopwatch::start();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let seller = seller.clone();
            runtime.spawn(async move { seller.sell(CALLER_SALES).await })
        })
        .collect();
    for caller in callers {
        joined(runtime.block_on(caller))??;
    }
    let all = per_second(CALLERS * CALLER_SALES * COMMANDS, watch);
    let watch = Stopwatch::start();
    let single = seller.clone();
    joined(runtime.block_on(runtime.spawn(async move { one_caller::sell(&single, SINGLE_SALES).await })))??;
    Ok((all, per_second(SINGLE_SALES * COMMANDS, watch)))
}

fn joined<T>(result: Result<T, tokio::task::JoinError>) -> Result<T, BenchError> {
    result.map_err(|error| BenchError::NotComparable(error.to_string()))
}

fn per_second(commands: u64, watch: Stopwatch) -> Figure {
    Figure::part(commands.saturating_mul(1_000_000), watch.nanos() / 1_000)
}
