//! Where the power is cut: each class of moments of a recording gets its share.

use crate::disk::Disk;
use crate::rng::Rng;
use crate::tape::Op;
use crate::workload::Recording;

/// Classes of moments.
pub const CLASSES: [&str; 7] = [
    "just before a sync",
    "just after a sync",
    "inside a commit",
    "inside a checkpoint",
    "with a name not yet durable",
    "at an answer",
    "anywhere",
];

/// The moments of a recording by class, each as a number of steps.
#[derive(Debug, Default)]
pub struct Points([Vec<usize>; CLASSES.len()]);

impl Points {
    /// Finds them in one walk over the tape.
    pub fn of(recording: &Recording, rng: &mut Rng) -> Self {
        let mut points = Points::default();
        let [before, after, commit, checkpoint, names, answers, anywhere] = &mut points.0;
        let mut disk = Disk::after(&[], false, rng);
        for (at, op) in recording.ops.iter().enumerate() {
            if matches!(op, Op::Sync(_) | Op::SyncFailed(_) | Op::SyncFolder(_) | Op::SyncWhole(..)) {
                before.push(at);
                after.push(at + 1);
            }
            disk.apply(op, rng);
            anywhere.push(at + 1);
            if disk.is_pending("store.db") {
                checkpoint.push(at + 1);
            } else if disk.is_pending("-wal") {
                commit.push(at + 1);
            }
            if disk.has_open_names() {
                names.push(at + 1);
            }
        }
        answers.extend(recording.acts.iter().map(|act| act.answered));
        points
    }

    /// The moment of a cut, with its class.
    pub fn pick(&self, number: usize, rng: &mut Rng) -> (usize, usize) {
        let class = number % CLASSES.len();
        let class = if self.0[class].is_empty() { CLASSES.len() - 1 } else { class };
        (class, *rng.pick(&self.0[class]))
    }
}
