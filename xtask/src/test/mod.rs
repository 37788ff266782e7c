//! `cargo xtask test`: sets up what the suites need and runs every one of them, timed.
//!
//! A failed stage doesn't keep the later ones from running, so that one run tells everything;
//! only without its packages there is nothing to run.

mod count;
mod desktop;
mod named;
mod proofs;
mod stages;

pub use count::Count;
pub use proofs::{cut, simulated, sync_simulated};
pub use stages::{Setup, fuzzed, killed, playwright};

use crate::failure::Failure;
use crate::stopwatch::{Minutes, Stopwatch};
use crate::sweep;
use crate::workspace::Workspace;

/// What a stage does: it counts the tests that it ran, or says why it couldn't.
pub type StageRun = fn(&Setup) -> Result<Count, Failure>;

/// The stages in the order in which they run. The cheap and telling ones come first.
const STAGES: [(&str, StageRun); 11] = [
    ("packages", stages::packages),
    ("ui", stages::ui),
    ("rust", stages::rust),
    ("central", stages::central),
    ("kill", stages::kill),
    ("powercut", proofs::powercut),
    ("simulate", proofs::simulate),
    ("sync", proofs::simulate_sync),
    ("fuzz", stages::fuzz),
    ("browser", stages::browser),
    ("desktop", desktop::desktop),
];

/// Parts of a stage that can be asked for by themselves.
const PARTS: [(&str, StageRun); 1] = [("api", stages::api)];

struct Report {
    stage: &'static str,
    outcome: Result<Count, String>,
    took: Minutes,
}

/// Runs all stages, or those named.
pub fn test(workspace: &Workspace, only: &[String]) -> Result<(), Failure> {
    if only.is_empty() {
        return run_stages(&STAGES, workspace, only);
    }
    run_stages(&[&STAGES[..], &PARTS[..]].concat(), workspace, only)
}

/// Runs the stages of a table in their order, or those named, and prints how each went.
pub fn run_stages(all: &[(&'static str, StageRun)], workspace: &Workspace, only: &[String]) -> Result<(), Failure> {
    for name in only {
        if !all.iter().any(|(stage, _)| stage == name) {
            let known: Vec<&str> = all.iter().map(|(stage, _)| *stage).collect();
            return Err(Failure::said(format!("'{name}' is not a stage; the stages are {}", known.join(", "))));
        }
    }
    let setup = Setup::new(workspace, only.is_empty());
    let watch = Stopwatch::start();
    let mut reports = Vec::new();
    let named = |stage: &str| only.is_empty() || only.iter().any(|name| name == stage);
    for (stage, run) in all.iter().copied().filter(|(stage, _)| named(stage)) {
        let report = perform(stage, run, &setup)?;
        let nothing_to_run = stage == "packages" && report.outcome.is_err();
        reports.push(report);
        if nothing_to_run {
            break;
        }
    }
    summarise(&reports, watch.minutes(), only.is_empty())
}

fn perform(stage: &'static str, run: StageRun, setup: &Setup) -> Result<Report, Failure> {
    eprintln!("\nxtask: stage {stage}");
    let watch = Stopwatch::start();
    let outcome = run(setup).and_then(Count::judged);
    for name in sweep::end_descendants() {
        eprintln!("xtask: stage {stage} left {name} behind; it was ended");
    }
    let outcome = match outcome {
        Ok(count) => Ok(count),
        Err(Failure::Said(why)) => Err(why),
        Err(stopped) => return Err(stopped),
    };
    let took = watch.minutes();
    match &outcome {
        Ok(count) => eprintln!("xtask: stage {stage}: {count} in {took}"),
        Err(why) => eprintln!("xtask: stage {stage} FAILED after {took}: {why}"),
    }
    Ok(Report { stage, outcome, took })
}

fn summarise(reports: &[Report], took: Minutes, all: bool) -> Result<(), Failure> {
    println!("\nstage     result  tests      time");
    let mut sum = Count::default();
    let mut failed = Vec::new();
    for report in reports {
        let took = report.took.to_string();
        match &report.outcome {
            Ok(count) => {
                println!("{:<9} {:<6} {:>6}  {took:>9}", report.stage, "ok", count.passed);
                sum += count.clone();
            }
            Err(why) => {
                println!("{:<9} {:<6} {:>6}  {took:>9}", report.stage, "FAILED", "-");
                why.lines().for_each(|line| println!("          {line}"));
                failed.push(report.stage);
            }
        }
    }
    println!("{:<9} {:<6} {:>6}  {:>9}", "together", "", sum.passed, took.to_string());
    if !failed.is_empty() {
        return Err(Failure::said(format!("failed: {}", failed.join(", "))));
    }
    if all {
        println!("\n{} passed, 0 failed", sum.passed);
    }
    Ok(())
}
