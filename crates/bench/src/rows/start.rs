//! S2 and S3: how long `docket-till serve` takes from its call to its ready line, with a long past and after SIGKILL.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::history::History;
use crate::measure::pressure::rounds;
use crate::measure::served::{Client, Served};
use crate::report::{Must, Row};
use crate::rig::Rig;
use crate::sale;

/// Starts of each side in a round of S2.
const STARTS: usize = 5;
/// Runs of each side in a round of S3.
const RUNS: usize = 3;
/// Callers that sell at once before a run ends.
const CALLERS: usize = 4;
/// How long they sell, in milliseconds.
const SELLING_MS: u64 = 400;

/// S2: with a million events, against the same with a thousand. Both folders end clean before each start.
pub fn with_a_past(long: &History, short: &History, wanted: usize) -> Result<Row, BenchError> {
    let done = rounds(wanted, || {
        let (mut many, mut few) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            many.push(start(&long.folder)?);
            few.push(start(&short.folder)?);
        }
        Ok::<_, BenchError>((median(many), median(few)))
    })?;
    Ok(row("S2", "start of serve to its ready line with 1,000,000 events, against 1,000", &done, 1_100))
}

/// S3: after SIGKILL while four callers sell, against a start after a clean end of the same selling.
pub fn after_a_kill(rig: &Rig, wanted: usize) -> Result<Row, BenchError> {
    let folder = rig.copy("killed")?;
    let done = rounds(wanted, || {
        let (mut killed, mut clean) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            sell(&folder, true)?;
            killed.push(start(&folder)?);
            sell(&folder, false)?;
            clean.push(start(&folder)?);
        }
        Ok::<_, BenchError>((median(killed), median(clean)))
    })?;
    Ok(row("S3", "start of serve after SIGKILL in full write, against a clean start", &done, 1_150))
}

fn row(id: &'static str, measure: &'static str, done: &[(Figure, Figure)], limit: i64) -> Row {
    Row {
        id,
        measure,
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "ms",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtMostTimes(Figure(limit)),
    }
}

/// Milliseconds of one start; the till ends clean behind it.
fn start(folder: &Path) -> Result<Figure, BenchError> {
    let (served, nanos) = Served::start(folder)?;
    served.end()?;
    Ok(Figure::part(nanos, 1_000_000))
}

/// Sells for a while and ends the till: by SIGKILL in the middle of it, or when the last call was answered.
fn sell(folder: &Path, kill: bool) -> Result<(), BenchError> {
    let (served, _) = Served::start(folder)?;
    let clients = (0..CALLERS).map(|_| served.client()).collect::<Result<Vec<_>, _>>()?;
    let stop = AtomicBool::new(false);
    let (served, calls) = std::thread::scope(|scope| {
        let callers: Vec<_> = clients.into_iter().map(|client| scope.spawn(|| call(client, &stop))).collect();
        std::thread::sleep(Duration::from_millis(SELLING_MS));
        let served = if kill { served.kill().map(|()| None) } else { Ok(Some(served)) };
        stop.store(true, Ordering::Relaxed);
        let calls = callers.into_iter().map(|caller| caller.join().expect("a caller doesn't panic"));
        (served, calls.collect::<Vec<_>>())
    });
    let Some(served) = served? else { return Ok(()) };
    for call in calls {
        call?;
    }
    served.end()
}

/// Sells until it is told to stop or nobody answers.
fn call(mut client: Client, stop: &AtomicBool) -> Result<(), BenchError> {
    let page = client.ask("products")?;
    let products = sale::plain_products(&page)?;
    while !stop.load(Ordering::Relaxed) {
        for (name, request) in sale::script(&products) {
            let body = serde_json::to_value(&request).expect("a request is JSON already");
            client.command(name, &body)?;
        }
    }
    Ok(())
}
