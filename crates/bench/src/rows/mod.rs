//! The rows, each measured by its own file.

mod api;
mod callers;
mod catch_up;
mod command;
mod crowd;
mod head_office;
mod http;
mod ingest;
mod lists;
mod memory;
mod package;
mod rebuild;
mod relay;
mod screens;
mod search;
mod size;
mod start;
pub mod syncs;
mod tap;
mod verify;

use tokio::runtime::Runtime;

use crate::cli::Cli;
use crate::error::BenchError;
use crate::history::History;
use crate::report::Row;
use crate::rig::Rig;
use crate::rows::screens::Screens;

/// The ids of every row.
const IDS: [&str; 40] = [
    "C1", "C2", "C3", "C6", "C7", "C8", "R1", "V1", "S2", "S3", "Q1", "Q2", "D1", "M2", "U1", "U2", "U3a", "U3b", "U4",
    "K2", "S1", "M1", "B1a", "B1b", "G1", "G2", "G3", "Y1", "Y2", "Y3", "K3", "D2", "M3", "A1", "A2", "A3a", "A3b",
    "A4", "A5", "A6",
];
/// Rows over a million events take so long that no more rounds than these are worth their time.
const LONG_ROUNDS: usize = 3;

/// Measures the rows that are wanted.
pub fn measure(runtime: &Runtime, cli: &Cli) -> Result<Vec<Row>, BenchError> {
    if let Some(unknown) = cli.only.iter().find(|wanted| !IDS.iter().any(|id| wanted.eq_ignore_ascii_case(id))) {
        return Err(BenchError::UnknownRow(unknown.clone(), IDS.join(", ")));
    }
    let rig = Rig::try_new(runtime, &cli.dir)?;
    let rounds = usize::try_from(cli.rounds).unwrap_or(1);
    let mut rows = Vec::new();
    if cli.wants(&["C1", "C2", "C6"]) {
        rows.extend(command::rows(runtime, &rig, rounds)?);
    }
    if cli.wants(&["C3"]) {
        rows.extend(syncs::row(&cli.dir)?);
    }
    if cli.wants(&["C7"]) {
        rows.push(callers::row(runtime, &rig, rounds)?);
    }
    if cli.wants(&["C8"]) {
        rows.push(http::row(runtime, &rig, rounds)?);
    }
    if cli.wants(&["Q1"]) {
        rows.push(search::row(runtime, &rig, rounds)?);
    }
    if cli.wants(&["S3"]) {
        rows.push(start::after_a_kill(&rig, rounds.min(LONG_ROUNDS))?);
    }
    let screens = Screens { runtime, cli, rig: &rig };
    if cli.wants(&screens::FRESH) {
        rows.extend(screens.rows()?);
    }
    if cli.wants(&["B1a"]) {
        rows.push(package::row()?);
    }
    if cli.wants(&head_office::IDS) {
        rows.extend(head_office::rows(runtime, cli, &rig, rounds.min(LONG_ROUNDS))?);
    }
    if cli.wants(&api::IDS) {
        rows.extend(api::rows(runtime, cli, &rig, rounds.min(LONG_ROUNDS))?);
    }
    if cli.wants(&["R1", "V1", "S2", "Q2", "D1", "M2", "U3a", "U3b", "S1"]) {
        rows.extend(with_a_past(&screens, rounds)?);
    }
    rows.retain(|row| cli.wants(&[row.id]));
    rows.sort_by_key(|row| IDS.iter().position(|id| *id == row.id));
    Ok(rows)
}

/// The rows that need a long past, which is made once. Those that only read come before those that write.
fn with_a_past(screens: &Screens<'_>, rounds: usize) -> Result<Vec<Row>, BenchError> {
    let Screens { runtime, cli, rig } = *screens;
    let mut rows = Vec::new();
    if cli.wants(&screens::LONG) && cli.smoke {
        return screens.with_a_past(&History::thousand_orders(runtime, rig.folder())?);
    }
    let long = History::long(runtime, rig.folder())?;
    let short = History::short(runtime, rig.folder())?;
    if cli.wants(&["D1"]) {
        rows.push(size::row(rig.folder(), &long)?);
    }
    if cli.wants(&["V1"]) {
        rows.push(verify::row(&long, rounds.min(LONG_ROUNDS))?);
    }
    if cli.wants(&["S2"]) {
        rows.push(start::with_a_past(&long, &short, rounds)?);
    }
    if cli.wants(&["M2"]) {
        rows.extend(memory::row(&long, &short, rounds.min(LONG_ROUNDS))?);
    }
    if cli.wants(&["R1"]) {
        rows.push(rebuild::row(runtime, rig.folder(), &long, rounds.min(LONG_ROUNDS))?);
    }
    if cli.wants(&["Q2"]) {
        let thousand = History::thousand_orders(runtime, rig.folder())?;
        rows.push(lists::row(runtime, &long, &thousand, rounds)?);
    }
    if cli.wants(&screens::LONG) {
        rows.extend(screens.with_a_past(&long)?);
    }
    Ok(rows)
}
