//! `cargo xtask soak`: the proofs that don't fit into a job of half an hour, at full length.
//!
//! They are the programs of the suites with more to do; this only runs them in order and prints how each went.

use crate::failure::Failure;
use crate::fresh;
use crate::test::{Count, Setup, StageRun, cut, fuzzed, killed, run_stages, simulated, sync_simulated};
use crate::workspace::Workspace;

const KILLS: &str = "5000";
const CUTS: &str = "5000";
const SEEDS: &str = "100000";
const FUZZ_SECONDS: u32 = 20 * 60;

/// In the order in which they run. The fresh machines come last, as they take the network.
const STEPS: [(&str, StageRun); 7] = [
    ("kill", |setup| killed(setup, KILLS)),
    ("powercut", |setup| cut(setup, CUTS)),
    ("simulate", |setup| simulated(setup, SEEDS)),
    ("sync", |setup| sync_simulated(setup, SEEDS)),
    ("fuzz", |setup| fuzzed(setup, FUZZ_SECONDS)),
    ("fresh12", |setup| on_a_fresh_machine(setup, "12")),
    ("fresh13", |setup| on_a_fresh_machine(setup, "13")),
];

/// Runs all steps, or those named.
pub fn soak(workspace: &Workspace, only: &[String]) -> Result<(), Failure> {
    run_stages(&STEPS, workspace, only)
}

fn on_a_fresh_machine(setup: &Setup, release: &str) -> Result<Count, Failure> {
    let options = fresh::Options { releases: vec![release.to_owned()], ..fresh::Options::default() };
    fresh::fresh(setup.workspace, &options).map(|()| Count::ONE)
}
