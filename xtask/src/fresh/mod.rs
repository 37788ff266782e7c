//! `cargo xtask fresh`: both commands of the README on a machine that has only Rust.
//!
//! The machine is a Debian made by debootstrap under `target/fresh`, entered with mounts and processes of its own, so
//! that nothing of either stays behind. It gets this machine's toolchain, a C compiler to link with and git to clone
//! with; all else is for the two commands to bring.

mod machine;
mod mirror;

use machine::Machine;

use crate::failure::Failure;
use crate::stopwatch::{Minutes, Stopwatch};
use crate::workspace::Workspace;

/// Debian's releases that the README promises.
pub const RELEASES: [(&str, &str); 2] = [("12", "bookworm"), ("13", "trixie")];

/// What to prove.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Releases by number; none means all.
    pub releases: Vec<String>,
    /// Stages of the suites; none means all.
    pub stages: Vec<String>,
    /// Leaves the machine where it is.
    pub keep: bool,
}

struct Step {
    name: String,
    outcome: Result<(), String>,
    took: Minutes,
}

/// Makes each machine, runs both commands in it and prints how that went.
pub fn fresh(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let unknown = |release: &&String| !RELEASES.iter().any(|(number, _)| number == release);
    if let Some(release) = options.releases.iter().find(unknown) {
        return Err(Failure::said(format!("Debian {release} is not known; 12 and 13 are")));
    }
    let mut steps = Vec::new();
    for (number, suite) in RELEASES {
        if options.releases.is_empty() || options.releases.iter().any(|release| release == number) {
            one(workspace, (number, suite), options, &mut steps)?;
        }
    }
    println!("\nstep                        result       time");
    for step in &steps {
        let result = if step.outcome.is_ok() { "ok" } else { "FAILED" };
        println!("{:<26}  {result:<6}  {:>9}", step.name, step.took.to_string());
        step.outcome.as_ref().err().iter().for_each(|why| println!("    {why}"));
    }
    match steps.iter().filter(|step| step.outcome.is_err()).count() {
        0 => Ok(()),
        failed => Err(Failure::said(format!("{failed} of {} steps failed", steps.len()))),
    }
}

/// One machine; what fails keeps the later steps on it from running.
fn one(
    workspace: &Workspace,
    (number, suite): (&str, &str),
    options: &Options,
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let mut machine = None;
    let mut go_on = timed(steps, format!("Debian {number}: machine"), || {
        machine = Some(Machine::make(workspace, number, suite)?);
        Ok(())
    })?;
    let Some(machine) = machine else { return Ok(()) };
    if go_on {
        go_on = timed(steps, format!("Debian {number}: run"), || machine.run())?;
    }
    if go_on {
        let name = match options.stages.as_slice() {
            [] => format!("Debian {number}: test"),
            stages => format!("Debian {number}: test {}", stages.join(",")),
        };
        timed(steps, name, || machine.test(&options.stages))?;
    }
    if options.keep {
        eprintln!("xtask: the machine stays in {}", machine.root().display());
        return Ok(());
    }
    machine.remove(workspace)
}

/// Whether it worked; only being told to end breaks off.
fn timed(steps: &mut Vec<Step>, name: String, act: impl FnOnce() -> Result<(), Failure>) -> Result<bool, Failure> {
    eprintln!("\nxtask: {name}");
    let watch = Stopwatch::start();
    let outcome = match act() {
        Ok(()) => Ok(()),
        Err(Failure::Said(why)) => Err(why),
        Err(stopped) => return Err(stopped),
    };
    let worked = outcome.is_ok();
    steps.push(Step { name, outcome, took: watch.minutes() });
    Ok(worked)
}
