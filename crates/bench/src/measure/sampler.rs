//! The samplers of the screens: programs in `ui/bench` that drive a browser or a window and print what they measured.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use docket_terminal::DemoPin;
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::measure::served;

/// The built samplers.
const PROGRAM: &str = "DOCKET_SAMPLERS";

/// What a sampler is asked for.
#[derive(Debug, Serialize)]
pub struct Ask<'a> {
    /// The row's id.
    pub row: &'a str,
    /// Tills' folders.
    pub folders: &'a [PathBuf],
    /// Samples of each side; for M1, orders.
    pub samples: usize,
    /// Who can sign in.
    pub pins: &'a [DemoPin],
    /// Where it may leave files.
    pub scratch: &'a Path,
}

/// Microseconds, KiB, bytes or nodes, as the row has it.
#[derive(Debug, Deserialize)]
pub struct Samples {
    /// Of the till.
    pub ours: Vec<u64>,
    /// Of the anchor; empty where that is a number.
    pub anchor: Vec<u64>,
}

/// Takes the samples of one round.
pub fn sample(ask: &Ask<'_>) -> Result<Samples, BenchError> {
    let failed = || BenchError::file("run", Path::new("node"));
    let mut command = Command::new("node");
    command.arg(variable(PROGRAM)?).arg(serde_json::to_string(ask).expect("paths of this run are text"));
    // Errors are shown; what is measured comes on the other stream.
    command.env("DOCKET_TILL", served::program()?).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(failed())?;
    let row = ask.row;
    if !output.status.success() {
        return Err(BenchError::NotComparable(format!("{row} could not be sampled: {}", output.status)));
    }
    let samples: Samples = serde_json::from_slice(&output.stdout)
        .map_err(|error| BenchError::NotComparable(format!("the sampler of {row}: {error}")))?;
    if samples.ours.is_empty() { Err(BenchError::NotComparable(format!("{row} has no sample"))) } else { Ok(samples) }
}

/// A path that `cargo xtask bench` tells.
pub fn variable(name: &'static str) -> Result<PathBuf, BenchError> {
    std::env::var_os(name).map(PathBuf::from).ok_or(BenchError::NotSet(name))
}
