//! The figures of a run.

use crate::check::Verdict;
use crate::disk::Found;
use crate::points::CLASSES;
use crate::workload::Recording;

/// Everything that is counted.
#[derive(Debug, Default)]
pub struct Report {
    cuts: usize,
    classes: [usize; CLASSES.len()],
    recordings: usize,
    steps: usize,
    acts: usize,
    failed_calls: usize,
    failed_acts: usize,
    read_only: usize,
    with_pending: usize,
    with_names: usize,
    pending: usize,
    torn: usize,
    missing: usize,
    owed: usize,
    arrived: usize,
    vanished: usize,
    new_letters: usize,
    held: usize,
    /// Cuts and recordings in which something was wrong.
    pub failed: usize,
    /// Cuts on a disk that lies about its syncs.
    pub lies: usize,
    /// Those of them that were found out.
    pub found_out: usize,
}

impl Report {
    /// Counts a recording.
    pub fn recorded(&mut self, recording: &Recording) {
        self.recordings += 1;
        self.steps += recording.ops.len();
        self.acts += recording.acts.len();
        self.failed_calls += recording.failed_calls;
        self.failed_acts += recording.failed_acts;
        self.read_only += recording.read_only;
        self.failed += usize::from(!recording.faults.is_empty());
    }

    /// Counts a cut.
    pub fn cut(&mut self, class: usize, found: &Found, verdict: &Verdict) {
        self.cuts += 1;
        self.classes[class] += 1;
        self.with_pending += usize::from(found.pending > 0);
        self.with_names += usize::from(found.names > 0);
        self.pending += found.pending;
        self.torn += found.torn;
        self.missing += found.missing;
        self.owed += verdict.owed;
        self.arrived += verdict.arrived;
        self.vanished += verdict.vanished;
        self.new_letters += usize::from(verdict.new_letter);
        self.held += verdict.held;
        self.failed += usize::from(!verdict.problems.is_empty());
    }

    /// Whether the proof holds: no cut did harm, and the checks can tell.
    pub fn holds(&self) -> bool {
        self.failed == 0 && self.found_out * 2 >= self.lies && self.lies > 0
    }

    /// The figures, for people.
    pub fn print(&self) {
        println!("{} recordings of {} steps and {} acts", self.recordings, self.steps, self.acts);
        println!(
            "{} writes and syncs made to fail; {} answers said so; {} times the store could only be read until a restart",
            self.failed_calls, self.failed_acts, self.read_only
        );
        println!("{} cuts", self.cuts);
        for (class, count) in CLASSES.iter().zip(self.classes) {
            println!("  {count:>6} {class}");
        }
        println!("{} cuts with unsynced writes, {} with names not yet durable", self.with_pending, self.with_names);
        println!("{} unsynced writes: {} torn, {} missing whole", self.pending, self.torn, self.missing);
        println!("{} acknowledged acts looked for", self.owed);
        println!("{} acts under way at the cut are there whole, {} not at all", self.arrived, self.vanished);
        println!("{} new letters after a torn witness", self.new_letters);
        println!("{} checks held", self.held);
        println!("control: {} of {} cuts were found out when syncs lie", self.found_out, self.lies);
        println!("{} cuts without loss, {} with", self.cuts.saturating_sub(self.failed), self.failed);
    }
}
