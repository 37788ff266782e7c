//! The rows, each measured by its own file.

mod callers;
mod command;
mod http;
pub mod syncs;

use tokio::runtime::Runtime;

use crate::cli::Cli;
use crate::error::BenchError;
use crate::report::Row;
use crate::rig::Rig;

/// The ids of every row.
const IDS: [&str; 6] = ["C1", "C2", "C3", "C6", "C7", "C8"];

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
    rows.retain(|row| cli.wants(&[row.id]));
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}
