//! Failures of the disk that are put in on purpose: a write or a sync on the recorded folder says no.

use std::ffi::c_int;
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi;

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A write, by a device error; a part of it may have been done.
    Write,
    /// A write, because the disk is full.
    Full,
    /// A sync, by a device error.
    Sync,
}

/// Every kind.
pub const KINDS: [Kind; 3] = [Kind::Write, Kind::Full, Kind::Sync];

/// Calls of a kind that fail.
#[derive(Debug)]
struct Plan {
    kind: Kind,
    skip: usize,
    burst: usize,
}

static PLAN: Mutex<Option<Plan>> = Mutex::new(None);
static MADE: Mutex<usize> = Mutex::new(0);

/// After `skip` more calls of this kind, `burst` of them fail.
pub fn plan(kind: Kind, skip: usize, burst: usize) {
    *PLAN.lock().unwrap_or_else(PoisonError::into_inner) = Some(Plan { kind, skip, burst });
}

/// The disk is well again; gives how many calls have failed since this was last asked.
pub fn heal() -> usize {
    *PLAN.lock().unwrap_or_else(PoisonError::into_inner) = None;
    std::mem::take(&mut *MADE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether this write fails, and how.
pub fn write() -> Option<c_int> {
    fails(&[Kind::Write, Kind::Full])
}

/// Whether this sync fails, and how.
pub fn sync() -> Option<c_int> {
    fails(&[Kind::Sync])
}

fn fails(kinds: &[Kind]) -> Option<c_int> {
    let mut plan = PLAN.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = plan.as_mut().filter(|plan| kinds.contains(&plan.kind) && plan.burst > 0)?;
    if plan.skip > 0 {
        plan.skip -= 1;
        return None;
    }
    plan.burst -= 1;
    *MADE.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    Some(match plan.kind {
        Kind::Write => ffi::SQLITE_IOERR_WRITE,
        Kind::Full => ffi::SQLITE_FULL,
        Kind::Sync => ffi::SQLITE_IOERR_FSYNC,
    })
}
