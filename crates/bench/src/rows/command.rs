//! C1, C2 and C6: one command after the other, against the replay of the same statements.
//!
//! A round has three copies of one store. On the first, the till sells with nothing recorded: those commands are timed.
//! On the second, it sells the same script once more and its statements are recorded. On the third, they are replayed
//! and timed, in turns with the first. All three must end with equal row counts and bytes in every table. So the
//! recorder's own cost (it writes each value as text) falls on neither side.

use tokio::runtime::Runtime;

use crate::anchor::replay::{self, Recording, Replay};
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile};
use crate::measure::pressure::rounds;
use crate::measure::{switches, tables};
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::sale::{COMMANDS, EVENTS};

/// Sales before the watch runs.
const WARM_SALES: u64 = 20;
/// Turns of a round.
const TURNS: u64 = 30;
/// Sales in one turn.
const TURN_SALES: u64 = 5;

/// One side of a round.
#[derive(Default)]
struct Side {
    nanos: Vec<u64>,
    switches: u64,
}

struct Round {
    ours: Side,
    anchor: Side,
}

impl Side {
    fn turn(&mut self, work: impl FnOnce() -> Result<Vec<u64>, BenchError>) -> Result<(), BenchError> {
        let before = switches::voluntary();
        self.nanos.extend(work()?);
        self.switches += switches::voluntary().saturating_sub(before);
        Ok(())
    }

    fn switches(&self) -> Figure {
        Figure::part(self.switches, u64::try_from(self.nanos.len()).unwrap_or(u64::MAX))
    }
}

/// Measures the three rows.
pub fn rows(runtime: &Runtime, rig: &Rig, wanted: usize) -> Result<[Row; 3], BenchError> {
    let mut done = rounds(wanted, || round(runtime, rig))?;
    let at = |done: &mut [Round], percent| -> (Figure, Figure, Figure) {
        let pairs: Vec<(Figure, Figure)> = done
            .iter_mut()
            .map(|round| (quantile(&mut round.ours.nanos, percent), quantile(&mut round.anchor.nanos, percent)))
            .collect();
        let ratio = median(pairs.iter().map(|(ours, anchor)| ours.over(*anchor)));
        (median(pairs.iter().map(|pair| pair.0)), median(pairs.iter().map(|pair| pair.1)), ratio)
    };
    let (p50, p99) = (at(&mut done, 50), at(&mut done, 99));
    let ours = median(done.iter().map(|round| round.ours.switches()));
    let anchor = median(done.iter().map(|round| round.anchor.switches()));
    let times = |id, measure, (ours, anchor, ratio), limit| Row {
        id,
        measure,
        ours,
        anchor,
        unit: "µs",
        ratio,
        must: Must::AtMostTimes(Figure(limit)),
    };
    Ok([
        times("C1", "command p50, a sale of 6 commands and 10 events", p50, 1_500),
        times("C2", "command p99, the same sale", p99, 1_600),
        Row {
            id: "C6",
            measure: "voluntary context switches per command, all threads",
            ours,
            anchor,
            unit: "switches",
            ratio: ours.over(anchor),
            must: Must::AtMostMore(Figure(4_000)),
        },
    ])
}

fn round(runtime: &Runtime, rig: &Rig) -> Result<Round, BenchError> {
    let recorded = rig.copy("recorded")?;
    let statements = docket_terminal::record::next_store();
    let seller = runtime.block_on(rig::open(&recorded))?;
    let replayed = rig.copy_store(&recorded, "replayed")?;
    // What was said until now belongs to the start.
    statements.try_iter().for_each(drop);
    let sales = WARM_SALES + TURNS * TURN_SALES;
    runtime.block_on(seller.sell(sales))?;
    let recording = Recording::read(statements.try_iter())?;
    if u64::try_from(recording.commands()) != Ok(sales * COMMANDS) {
        return Err(BenchError::NotComparable(format!(
            "{} transactions were recorded for {} commands",
            recording.commands(),
            sales * COMMANDS
        )));
    }
    runtime.block_on(seller.close());
    let timed = rig.copy("timed")?;
    let round = turns(runtime, &timed, &replayed, &recording)?;
    let (past, ours) = (tables::content(&rig::database(&rig.copy("past")?))?, tables::content(&rig::database(&timed))?);
    let anchor = tables::content(&replayed)?;
    tables::same("recorded and replayed", &tables::content(&rig::database(&recorded))?, &anchor)?;
    tables::same("timed and replayed", &ours, &anchor)?;
    // Row 1 of the run's own log comes on top.
    let events = tables::rows_of(&ours, "events") - tables::rows_of(&past, "events") - 1;
    if u64::try_from(events) != Ok(sales * EVENTS) {
        return Err(BenchError::NotComparable(format!("{sales} sales wrote {events} events")));
    }
    Ok(round)
}

fn turns(
    runtime: &Runtime,
    timed: &std::path::Path,
    replayed: &std::path::Path,
    recording: &Recording,
) -> Result<Round, BenchError> {
    let connection = replay::open(replayed)?;
    let mut replay = Replay::try_new(&connection, recording)?;
    let seller = runtime.block_on(rig::open(timed))?;
    // In a task of its own, as the hosts call, and not on the thread that waits for it.
    let sell = |sales| {
        let seller = seller.clone();
        let task = runtime.spawn(async move { seller.sell(sales).await });
        runtime.block_on(task).unwrap_or_else(|error| Err(BenchError::NotComparable(error.to_string())))
    };
    sell(WARM_SALES)?;
    replay.commands(WARM_SALES * COMMANDS)?;
    let mut round = Round { ours: Side::default(), anchor: Side::default() };
    for turn in 0..TURNS {
        if turn % 2 == 0 {
            round.ours.turn(|| sell(TURN_SALES))?;
            round.anchor.turn(|| replay.commands(TURN_SALES * COMMANDS))?;
        } else {
            round.anchor.turn(|| replay.commands(TURN_SALES * COMMANDS))?;
            round.ours.turn(|| sell(TURN_SALES))?;
        }
    }
    drop(replay);
    connection.close().map_err(|(_, error)| error)?;
    runtime.block_on(seller.close());
    Ok(round)
}
