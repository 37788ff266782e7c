//! The tape: everything that is done to the files of one folder, in the order in which the system was told.
//!
//! The file layer below SQLite writes it (`vfs`), and the calls of the standard library that matter for a small file
//! (`system`). One folder is on tape at a time; other files pass unseen.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One step. Files are named by their path below the folder, `""` is the folder itself.
#[derive(Debug, Clone)]
pub enum Op {
    /// A file that was not there, empty.
    Create(Arc<str>),
    /// Bytes at an offset.
    Write(Arc<str>, u64, Arc<[u8]>),
    /// A new length.
    Truncate(Arc<str>, u64),
    /// The file's content is durable once this has returned.
    Sync(Arc<str>),
    /// The sync failed: what was written since the last one may be lost, and a later sync does not bring it back.
    SyncFailed(Arc<str>),
    /// The name goes.
    Delete(Arc<str>),
    /// A folder was made.
    MakeFolder(Arc<str>),
    /// A small file's content, as its own sync found it.
    SyncWhole(Arc<str>, Arc<[u8]>),
    /// A small file takes the place of another; its content is as found then, synced or not.
    Rename(Arc<str>, Arc<str>, Arc<[u8]>),
    /// The names in a folder are durable.
    SyncFolder(Arc<str>),
}

struct Tape {
    root: PathBuf,
    ops: Vec<Op>,
}

static TAPE: Mutex<Option<Tape>> = Mutex::new(None);

fn tape() -> MutexGuard<'static, Option<Tape>> {
    TAPE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to record what is done below an empty folder.
pub fn begin(root: &Path) {
    *tape() = Some(Tape { root: root.to_owned(), ops: Vec::new() });
}

/// Ends the recording.
pub fn end() -> Vec<Op> {
    tape().take().map(|tape| tape.ops).unwrap_or_default()
}

/// How many steps there are so far. What was acknowledged before this call rests on these steps alone.
pub fn len() -> usize {
    tape().as_ref().map_or(0, |tape| tape.ops.len())
}

/// The name on tape of a path, if it lies in the recorded folder. SQLite's shared index is memory, not part of a disk.
pub fn name(path: &Path) -> Option<Arc<str>> {
    let tape = tape();
    let below = path.strip_prefix(&tape.as_ref()?.root).ok()?.to_str()?;
    (!below.ends_with("-shm")).then(|| below.into())
}

/// Adds a step.
pub fn note(op: Op) {
    if let Some(tape) = tape().as_mut() {
        tape.ops.push(op);
    }
}
