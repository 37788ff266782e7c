//! The run: a recording for every so many cuts, the cuts, and the control.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::check::{Verdict, check};
use crate::disk::{Disk, Found};
use crate::flags::Flags;
use crate::points::{CLASSES, Points};
use crate::report::Report;
use crate::rng::Rng;
use crate::workload::{Recording, record};

/// Cuts that share a recording.
const CUTS_PER_RECORDING: usize = 100;
/// For each of so many cuts, one more on a disk that lies about its syncs.
const CONTROL_EVERY: usize = 20;
/// Problems of one cut that are printed.
const PROBLEMS_SHOWN: usize = 5;

/// What one cut needs.
struct Cut<'a> {
    recording: &'a Recording,
    seed: u64,
    number: usize,
    steps: usize,
    lies: bool,
}

/// Runs it all; whether the proof holds.
pub async fn run(flags: &Flags) -> bool {
    let mut report = Report::default();
    for first in (0..flags.cuts).step_by(CUTS_PER_RECORDING) {
        let cuts = first..flags.cuts.min(first + CUTS_PER_RECORDING);
        if flags.only.is_some_and(|only| !cuts.contains(&only)) {
            continue;
        }
        let batch = first / CUTS_PER_RECORDING;
        let recording = recorded(flags.seed, batch, &mut report).await;
        let points = Points::of(&recording, &mut Rng::new(flags.seed, 0));
        for number in cuts.filter(|number| flags.only.is_none_or(|only| only == *number)) {
            let (class, steps) = points.pick(number, &mut Rng::new(flags.seed, number_of(number)));
            let cut = Cut { recording: &recording, seed: flags.seed, number, steps, lies: false };
            let (found, verdict) = cut.make(flags.keep.as_deref()).await;
            report.cut(class, &found, &verdict);
            tell(&cut, class, &verdict);
            if number % CONTROL_EVERY == 0 {
                let control = Cut { lies: true, steps: last_answer(&recording), ..cut };
                let (_, verdict) = control.make(None).await;
                report.lies += 1;
                report.found_out += usize::from(!verdict.problems.is_empty());
            }
        }
        eprintln!("{} cuts", flags.cuts.min(first + CUTS_PER_RECORDING));
    }
    report.print();
    report.holds()
}

async fn recorded(seed: u64, batch: usize, report: &mut Report) -> Recording {
    let home = folder();
    // The layer below SQLite sees full paths without links.
    let root = home.path().canonicalize().expect("the folder is there");
    let recording = record(&root, seed.wrapping_add(number_of(batch)), batch % 2 == 1).await;
    report.recorded(&recording);
    for fault in &recording.faults {
        println!("seed {seed}, recording {batch}: {fault}");
    }
    recording
}

fn last_answer(recording: &Recording) -> usize {
    recording.acts.iter().map(|act| act.answered).max().unwrap_or(0)
}

fn number_of(number: usize) -> u64 {
    u64::try_from(number).expect("a number of cuts fits 64 bits")
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("docket-powercut-").tempdir().expect("the system has room for temporary files")
}

fn tell(cut: &Cut<'_>, class: usize, verdict: &Verdict) {
    let [first, others @ ..] = &verdict.problems[..] else { return };
    println!("FAILED: seed {}, cut {}, {} ({} steps): {first}", cut.seed, cut.number, CLASSES[class], cut.steps);
    for problem in others.iter().take(PROBLEMS_SHOWN) {
        println!("  {problem}");
    }
    if others.len() > PROBLEMS_SHOWN {
        println!("  and {} more", others.len() - PROBLEMS_SHOWN);
    }
}

impl Cut<'_> {
    /// Builds the folder twice, once for the till and once to be kept if the till does not hold.
    async fn make(&self, keep: Option<&Path>) -> (Found, Verdict) {
        let home = folder();
        let found = self.put(home.path());
        let mut rng = Rng::new(self.seed ^ 0xc0de, number_of(self.number));
        let verdict = check(home.path(), self.recording, self.steps, &mut rng).await;
        if !self.lies && !verdict.problems.is_empty() {
            let kept = self.kept(keep);
            self.put(&kept);
            println!("the folder as the cut left it: {}", kept.display());
        }
        (found, verdict)
    }

    fn put(&self, at: &Path) -> Found {
        let mut rng = Rng::new(self.seed, number_of(self.number) << 8);
        Disk::after(&self.recording.ops[..self.steps], self.lies, &mut rng).put(at, &mut rng)
    }

    fn kept(&self, keep: Option<&Path>) -> PathBuf {
        let Some(keep) = keep else { return folder().keep() };
        let kept = keep.join(format!("seed-{}-cut-{}", self.seed, self.number));
        if kept.exists() {
            std::fs::remove_dir_all(&kept).expect("an older folder goes");
        }
        std::fs::create_dir_all(&kept).expect("the folder to keep can be made");
        kept
    }
}
