//! The stages that prove that nothing is lost.

use super::count::Count;
use super::stages::{Setup, proofs_built};
use crate::failure::Failure;
use crate::process::Task;
use crate::workspace::locked;

/// How often the power is cut in this suite; more is a flag of its program.
const CUTS: &str = "200";

/// How many seeds of the simulation run in this suite; more is a flag of its program.
const SEEDS: &str = "2000";

/// The power is cut under the store, on disks that forget or tear what was not synced.
pub fn powercut(setup: &Setup) -> Result<Count, Failure> {
    cut(setup, CUTS)
}

/// So many cuts.
pub fn cut(setup: &Setup, cuts: &str) -> Result<Count, Failure> {
    let built = proofs_built(setup)?;
    setup.proof(Task::new(built.join("docket-powercut")).args(["--cuts", cuts]))
}

/// Up to five tills of one shop in virtual time: random acts, crashes, old copies, exchanges that break off.
pub fn simulate(setup: &Setup) -> Result<Count, Failure> {
    simulated(setup, SEEDS)
}

/// Tills, head office, relay, broker and consumer in virtual time. It counts once every planted fault was caught.
pub fn simulate_sync(setup: &Setup) -> Result<Count, Failure> {
    sync_simulated(setup, SEEDS)
}

/// So many seeds of the simulation of sync.
pub fn sync_simulated(setup: &Setup, seeds: &str) -> Result<Count, Failure> {
    let cargo = |verb| Task::cargo().args([verb, "--package", "docket-sync-simulation"]).args(locked());
    let mut count = setup.cargo_test(cargo("test"))?;
    let planted = cargo("run").args(["--quiet", "--features", "planted-faults", "--target-dir"]);
    // A folder of its own, so that the next build of anything else does not begin anew without the feature.
    let planted = planted.arg(setup.workspace.target.join("planted"));
    count += setup.proof(planted.args(["--", "--planted", "--seeds", "400"]))?;
    count += setup.proof(cargo("run").args(["--quiet", "--", "--seeds", seeds]))?;
    Ok(count)
}

/// So many seeds.
pub fn simulated(setup: &Setup, seeds: &str) -> Result<Count, Failure> {
    let cargo =
        |verb| Task::cargo().args([verb, "--profile", "proof", "--package", "docket-simulation"]).args(locked());
    let mut count = setup.cargo_test(cargo("test"))?;
    count += setup.proof(cargo("run").args(["--quiet", "--", "--seeds", seeds]))?;
    Ok(count)
}
