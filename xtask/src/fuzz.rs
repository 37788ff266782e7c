//! `cargo xtask fuzz`: libFuzzer on every parser of foreign bytes, from the kept inputs on.
//!
//! It needs no nightly compiler: the coverage that libFuzzer is led by is a pass of LLVM that any rustc can be told to run.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::failure::{Failure, io};
use crate::files;
use crate::packages;
use crate::process::Task;
use crate::stop;
use crate::workspace::{Workspace, locked};

/// How long each target runs in the suite.
pub const SUITE_SECONDS: u32 = 30;
/// Targets that run at once. More would take turns on a small machine and find less in their time.
const AT_ONCE: usize = 2;
/// One input that takes longer is a finding: a debug build of it takes milliseconds.
const INPUT_SECONDS_MAX: u32 = 10;
/// A target that holds more memory than this is a finding. What one input may take is bounded by the target itself.
const MEMORY_MB_MAX: u32 = 1_024;
/// Bytes of the longest input that is tried: several bounds of the parsers lie above libFuzzer's own 4 KiB.
const INPUT_BYTES_MAX: u32 = 16 * 1024;

/// What rustc is told: to note which edges were taken and what was compared with what, and to leave every check on. By flags and
/// not by a profile of its own: so the targets share build scripts and macros, a third of their build, with the proofs.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
];

/// What to fuzz, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// For each target.
    pub seconds: u32,
    /// Only these targets; all if empty.
    pub only: Vec<String>,
    /// Whether what was found on the way joins the kept inputs, cut down to what reaches something new.
    pub keep: bool,
}

/// One target: its program and its folders.
struct Target {
    name: String,
    program: PathBuf,
    /// Inputs that reach all that is known to be reached.
    corpus: PathBuf,
    /// Inputs that once broke something.
    regressions: PathBuf,
    /// Inputs of this run.
    work: PathBuf,
    /// Inputs that break something now.
    findings: PathBuf,
    log: PathBuf,
}

/// Fuzzes and returns how many targets held. The first failure names the input that shows it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<u64, Failure> {
    packages::install(&["build-essential"])?;
    let targets = targets(workspace, &options.only)?;
    build(workspace)?;
    let waiting = Mutex::new(targets.iter().collect::<VecDeque<_>>());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let next = || waiting.lock().expect("no holder of this lock can panic").pop_front();
                while let Some(target) = next() {
                    if let Err(failure) = fuzz(target, options) {
                        failures.lock().expect("no holder of this lock can panic").push(failure);
                    }
                }
            });
        }
    });
    stop::unless_asked()?;
    let mut failures = failures.into_inner().expect("no holder of this lock can panic");
    if !failures.is_empty() {
        return Err(failures.swap_remove(0));
    }
    Ok(u64::try_from(targets.len()).expect("a handful"))
}

/// A folder of the kept inputs is a target.
fn targets(workspace: &Workspace, only: &[String]) -> Result<Vec<Target>, Failure> {
    let fuzz = workspace.root.join("fuzz");
    let corpus = fuzz.join("corpus");
    let unreadable = || io(format!("can't read {}", corpus.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&corpus).map_err(unreadable())? {
        names.push(entry.map_err(unreadable())?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
        return Err(Failure::said(format!("'{unknown}' is not a target; the targets are {}", names.join(", "))));
    }
    let wanted = names.into_iter().filter(|name| only.is_empty() || only.contains(name));
    let programs = workspace.target.join(host()?).join("proof");
    let made = workspace.target.join("fuzzing");
    wanted.map(|name| Target::prepared(name, &fuzz, &programs, &made)).collect()
}

impl Target {
    /// The target with empty folders for this run. Findings of earlier runs stay, for they may not be mended yet.
    fn prepared(name: String, fuzz: &Path, programs: &Path, made: &Path) -> Result<Self, Failure> {
        let target = Self {
            program: programs.join(format!("fuzz-{name}")),
            corpus: fuzz.join("corpus").join(&name),
            regressions: fuzz.join("regressions").join(&name),
            work: made.join("work").join(&name),
            findings: made.join("findings").join(&name),
            log: made.join(format!("{name}.log")),
            name,
        };
        if target.work.exists() {
            files::remove_inside(&target.work, made)?;
        }
        for folder in [&target.work, &target.findings] {
            make(folder)?;
        }
        Ok(target)
    }
}

fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(io(format!("can't make {}", folder.display())))
}

/// The machine's own target triple. Named to cargo, it keeps the coverage out of build scripts and macros.
fn host() -> Result<String, Failure> {
    let told = Task::new("rustc").arg("-vV").capture()?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::said("rustc -vV names no host"))
}

fn build(workspace: &Workspace) -> Result<(), Failure> {
    building(Task::cargo())?.dir(&workspace.root).output_to_stderr().run()
}

/// What builds the targets.
pub fn building(cargo: Task) -> Result<Task, Failure> {
    let task = cargo.args(["build", "--package", "docket-fuzz", "--features", "libfuzzer", "--bins"]);
    let task = task.args(["--profile", "proof", "--target", &host()?]).args(locked());
    // Cargo prefers this variable to every other that could hold flags.
    Ok(task.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f")))
}

fn fuzz(target: &Target, options: &Options) -> Result<(), Failure> {
    let log = File::create(&target.log).map_err(io(format!("can't write {}", target.log.display())))?;
    let mut task = Task::new(&target.program).quiet().errors_to(log);
    for (flag, value) in [
        ("max_total_time", options.seconds),
        ("timeout", INPUT_SECONDS_MAX),
        ("rss_limit_mb", MEMORY_MB_MAX),
        ("max_len", INPUT_BYTES_MAX),
        ("print_final_stats", 1),
    ] {
        task = task.arg(format!("-{flag}={value}"));
    }
    task = task.arg(format!("-artifact_prefix={}/", target.findings.display())).arg(&target.work).arg(&target.corpus);
    if target.regressions.is_dir() {
        task = task.arg(&target.regressions);
    }
    let status = task.status()?;
    let log = std::fs::read_to_string(&target.log).unwrap_or_default();
    println!("fuzz {}: {}", target.name, summary(&log));
    if !status.success() {
        let found = log.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, path)| path);
        let why = log.lines().find(|line| line.contains("panicked at") || line.contains("ERROR: libFuzzer"));
        return Err(Failure::said(format!(
            "fuzz {}: {} ({}); the log is {}",
            target.name,
            found.unwrap_or("no input was kept"),
            why.unwrap_or("it ended without a word").trim(),
            target.log.display()
        )));
    }
    if options.keep { keep(target) } else { Ok(()) }
}

/// Tries, edges and inputs as libFuzzer counted them.
fn summary(log: &str) -> String {
    let number = |name: &str| {
        let line = log.lines().rev().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
        line.map_or("?", str::trim)
    };
    let edges = log.lines().rev().find_map(|line| line.split_once(" cov: ")?.1.split(' ').next());
    format!(
        "{} executions, {} edges, {} new inputs, at most {} MB",
        number("number_of_executed_units"),
        edges.unwrap_or("?"),
        number("new_units_added"),
        number("peak_rss_mb")
    )
}

/// Replaces the kept inputs by the fewest of old and new that reach as much.
fn keep(target: &Target) -> Result<(), Failure> {
    let merged = target.work.with_extension("merged");
    make(&merged)?;
    let task = Task::new(&target.program).quiet().arg("-set_cover_merge=1").arg(&merged);
    task.arg(&target.corpus).arg(&target.work).without_errors().run()?;
    let fence = target.corpus.parent().expect("it lies in the folder of all");
    files::remove_inside(&target.corpus, fence)?;
    make(&target.corpus)?;
    for entry in std::fs::read_dir(&merged).map_err(io("the merge left nothing"))?.flatten() {
        std::fs::copy(entry.path(), target.corpus.join(entry.file_name())).map_err(io("can't keep an input"))?;
    }
    files::remove_inside(&merged, target.work.parent().expect("it lies in the folder of all"))
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn the_summary_is_what_libfuzzer_counted() {
        let log = "#12\tINITED cov: 12 ft: 13\n#99\tDONE   cov: 310 ft: 500 corp: 7/1Kb\n\
                   stat::number_of_executed_units: 99\nstat::new_units_added:          5\nstat::peak_rss_mb:              48\n";
        assert_eq!(summary(log), "99 executions, 310 edges, 5 new inputs, at most 48 MB");
        assert_eq!(summary("killed"), "? executions, ? edges, ? new inputs, at most ? MB");
    }
}
