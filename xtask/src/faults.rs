//! `cargo xtask faults`: shows that the proofs can go red.
//!
//! One build of the product holds every fault of `crates/domain/src/planted.rs`; the variable `DOCKET_FAULT` chooses
//! one at a run. Each suite must hold without a fault, or its red would say nothing, and must fail with each fault that
//! it is meant to notice. The table of what noticed what becomes `docs/FAULTS.md`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::failure::{Failure, io};
use crate::files;
use crate::process::Task;
use crate::workspace::{Workspace, locked};

/// The variable that chooses the fault.
const CHOICE: &str = "DOCKET_FAULT";

/// A suite, and how it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suite {
    /// Cargo's tests of one package, or those of it whose names hold the second word.
    Tests(&'static str, &'static str),
    /// A program with the arguments that make a short run of it.
    Program(&'static str, &'static [&'static str]),
}

const DOMAIN: Suite = Suite::Tests("docket-domain", "");
const LOG: Suite = Suite::Tests("docket-log", "");
const RETRY: Suite = Suite::Tests("docket-acceptance", "sent_again");
const IMPORT: Suite = Suite::Tests("docket-acceptance", "import");
const PEOPLE: Suite = Suite::Tests("docket-acceptance", "wrong_pins");
const VERSION: Suite = Suite::Tests("docket-acceptance", "version");
const DEVICES: Suite = Suite::Tests("docket-devices", "");
const KILL: Suite = Suite::Program("docket-killtest", &["--kills", "20"]);
const SIMULATION: Suite = Suite::Program("docket-simulate", &["--seeds", "60"]);
const POWER_CUT: Suite = Suite::Program("docket-powercut", &["--cuts", "60"]);

/// A fault, what it breaks in words, and the suite that is meant to notice it.
struct Planted {
    name: &'static str,
    breaks: &'static str,
    suite: Suite,
}

const fn planted(name: &'static str, breaks: &'static str, suite: Suite) -> Planted {
    Planted { name, breaks, suite }
}

const FAULTS: [Planted; 18] = [
    planted("sync_off", "the store's file is never synced", POWER_CUT),
    planted("answer_before_commit", "a command is answered before its transaction commits", POWER_CUT),
    planted("outbox_outside", "outbox rows are written in a transaction of their own, after the facts", SIMULATION),
    planted("group_torn_apart", "facts commit before their receipt and read models do", POWER_CUT),
    planted("receipt_missing", "no receipt is kept of a command that wrote", RETRY),
    planted("retry_applied_twice", "a command that comes again is carried out again", RETRY),
    planted("projection_skipped", "read models miss changes behind an order's first ones", KILL),
    planted("counters_forgotten", "the counters of receipts and order numbers are not kept with the facts", SIMULATION),
    planted("torn_tail_accepted", "rows without the signature that ends their group are taken in", IMPORT),
    planted("signature_unchecked", "a false signature passes", LOG),
    planted("fork_dropped", "a second history of a log is dropped instead of kept", IMPORT),
    planted("seen_ignored", "the fold takes every fact of another log for concurrent", DEVICES),
    planted("recall_ignored", "a recall has no effect", DOMAIN),
    planted("clock_decides_money", "of several payments only the latest by clock counts", DEVICES),
    planted("tie_by_position", "between concurrent edits the place in the log decides", DEVICES),
    planted("authority_ignored", "a device without authority has its facts counted", DOMAIN),
    planted("pin_lock_forgotten", "wrong PINs earn no lock", PEOPLE),
    planted("stale_version_accepted", "a command that names an old version is carried out", VERSION),
];

/// Words of a finding that the table shows.
const WORDS_SHOWN: usize = 16;

/// Runs every fault, or those named; all of them also write the table.
pub fn faults(workspace: &Workspace, only: &[String]) -> Result<(), Failure> {
    for name in only {
        if !FAULTS.iter().any(|fault| fault.name == name) {
            let known: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
            return Err(Failure::said(format!("'{name}' is not a fault; the faults are {}", known.join(", "))));
        }
    }
    let bench = Bench::build(workspace)?;
    let chosen: Vec<&Planted> =
        FAULTS.iter().filter(|fault| only.is_empty() || only.iter().any(|name| name == fault.name)).collect();
    let mut controlled: Vec<Suite> = Vec::new();
    for fault in &chosen {
        if !controlled.contains(&fault.suite) {
            let noticed = bench.run(fault.suite, None)?;
            if let Some(what) = noticed {
                return Err(Failure::said(format!("{} fails without any fault: {what}", bench.name(fault.suite))));
            }
            controlled.push(fault.suite);
        }
    }
    let mut rows = Vec::new();
    let mut unnoticed = Vec::new();
    for fault in chosen {
        let noticed = bench.run(fault.suite, Some(fault.name))?;
        println!("{:<24} {:<18} {}", fault.name, bench.name(fault.suite), noticed.as_deref().unwrap_or("NOT NOTICED"));
        match noticed {
            Some(what) => {
                rows.push(format!("| `{}` | {} | {} | {what} |", fault.name, fault.breaks, bench.name(fault.suite)))
            }
            None => unnoticed.push(fault.name),
        }
    }
    if !unnoticed.is_empty() {
        return Err(Failure::said(format!("not noticed: {}", unnoticed.join(", "))));
    }
    if only.is_empty() { write_table(workspace, &rows) } else { Ok(()) }
}

/// The test build with every fault in it, apart from the ordinary one.
struct Bench<'a> {
    workspace: &'a Workspace,
    target: PathBuf,
}

impl<'a> Bench<'a> {
    fn build(workspace: &'a Workspace) -> Result<Self, Failure> {
        let bench = Self { workspace, target: workspace.target.join("faults") };
        let programs = ["docket-till", "docket-killtest", "docket-powercut", "docket-simulation"];
        let programs = programs.iter().flat_map(|package| ["--package", package]);
        bench
            .cargo("build")
            .args(programs)
            .args(["--features", "docket-till/planted-faults"])
            .output_to_stderr()
            .run()?;
        let left = bench.left();
        files::remove_inside(&left, &bench.target)?;
        std::fs::create_dir_all(&left).map_err(io(format!("can't make {}", left.display())))?;
        Ok(bench)
    }

    fn cargo(&self, verb: &str) -> Task {
        let task = Task::cargo().arg(verb).args(locked()).dir(&self.workspace.root);
        task.env("CARGO_TARGET_DIR", &self.target).env("DOCKET_TILL", self.program("docket-till"))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// Where the programs keep the folders that they found broken.
    fn left(&self) -> PathBuf {
        self.target.join("left")
    }

    fn name(&self, suite: Suite) -> String {
        match suite {
            Suite::Tests(package, "") => package.to_owned(),
            Suite::Tests(package, named) => format!("{package} {named}"),
            Suite::Program(program, arguments) => format!("{program} {}", arguments.join(" ")),
        }
    }

    /// Runs a suite; what it noticed, or nothing if it held.
    fn run(&self, suite: Suite, fault: Option<&str>) -> Result<Option<String>, Failure> {
        let task = match suite {
            Suite::Tests(package, named) => {
                let all = ["--no-fail-fast", "--lib", "--tests", "--package", package, "--features", feature(package)];
                let task = self.cargo("test").args(all);
                let task = if named.is_empty() { task } else { task.args(["--", named]) };
                task.without_errors()
            }
            Suite::Program(program, arguments) => Task::new(self.program(program))
                .args(arguments)
                .env("DOCKET_TILL", self.program("docket-till"))
                .env("TMPDIR", self.left())
                .dir(&self.workspace.root)
                .without_errors(),
        };
        let task = match fault {
            Some(fault) => task.env(CHOICE, fault),
            None => task,
        };
        let mut failed = BTreeSet::new();
        let mut said = None;
        let status = task.read_lines_to_end(|line| {
            if let Some(reason) = line.strip_prefix("FAILED: ") {
                said.get_or_insert_with(|| in_short(reason));
            }
            failed.extend(
                line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")).map(str::to_owned),
            );
        })?;
        crate::stop::unless_asked()?;
        Ok(match (status.success(), failed.first()) {
            (true, _) => None,
            (false, None) => Some(said.unwrap_or_else(|| "the run fails".to_owned())),
            (false, Some(first)) if failed.len() == 1 => Some(format!("`{first}`")),
            (false, Some(first)) => Some(format!("`{first}` and {} more", failed.len() - 1)),
        })
    }
}

/// What a program found, without what is another in each run: seed and step, ids and sums.
fn in_short(reason: &str) -> String {
    let found =
        ["steps): ", "seed "].iter().find_map(|start| reason.split_once(start)).map_or(reason, |(_, rest)| rest);
    let found =
        found.split_once(": ").filter(|(number, _)| number.parse::<u64>().is_ok()).map_or(found, |(_, rest)| rest);
    let changes = |word: &str| word.len() > 3 && word.chars().filter(char::is_ascii_digit).count() > 1;
    let words = found.split(' ').take_while(|word| !word.starts_with(['{', '[']) && !word.contains('"'));
    let words: Vec<&str> = words.map(|word| if changes(word) { "…" } else { word }).take(WORDS_SHOWN).collect();
    words.join(" ").replace('|', "/")
}

/// The feature as the package names it: its own, or that of a crate that it builds on.
fn feature(package: &str) -> &'static str {
    match package {
        "docket-domain" | "docket-log" => "planted-faults",
        _ => "docket-domain/planted-faults",
    }
}

fn write_table(workspace: &Workspace, rows: &[String]) -> Result<(), Failure> {
    let head = "# The proofs can go red\n\nMade by `cargo xtask faults`. Each fault is planted in one test build \
                (`crates/domain/src/planted.rs`), chosen at run time,\nand turns the suite meant for it red; without a \
                fault the same runs hold.\n\n| fault | what it breaks | suite | noticed by |\n|---|---|---|---|\n";
    let path = workspace.root.join("docs").join("FAULTS.md");
    std::fs::write(&path, format!("{head}{}\n", rows.join("\n"))).map_err(io(format!("can't write {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::in_short;

    #[test]
    fn what_a_program_found_is_told_without_its_ids() {
        for (said, kept) in [
            ("seed 8: S14 does not hold: 5 own events, 4 wait", "S14 does not hold: 5 own events, 4 wait"),
            (
                "seed 1, cut 2, inside a commit (1066 steps): LOST: send 01a1fdab-2ea8-74ce was acknowledged and is not there",
                "LOST: send … was acknowledged and is not there",
            ),
            ("by day the events say {(20261121, \"A\"): 1}", "by day the events say"),
        ] {
            assert_eq!(in_short(said), kept);
        }
    }
}
