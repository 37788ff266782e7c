//! The calls by which the standard library makes a small file durable, taken on their way to the system: this
//! program's `fsync`, `fdatasync`, `rename` and `mkdir` stand before those of the C library. So the tape shows what the
//! till really asks for beside SQLite: its keys, its witness, its folders, and the syncs of folders that SQLite asks for.

use std::ffi::{CStr, OsStr, c_char, c_int, c_long};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::tape::{self, Op};

/// Files that the layer below SQLite records itself.
fn is_sqlite(name: &str) -> bool {
    name.contains(".db")
}

fn path_of(fd: c_int) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()
}

fn content(path: &Path) -> Arc<[u8]> {
    std::fs::read(path).unwrap_or_default().into()
}

fn synced(path: &Path, name: Arc<str>) {
    if path.is_dir() {
        tape::note(Op::SyncFolder(name));
    } else if !is_sqlite(&name) {
        tape::note(Op::SyncWhole(name, content(path)));
    }
}

fn call(number: c_long, fd: c_int) -> c_int {
    // A folder that is not on tape is thrown away after its check: no disk has to hold it.
    let Some((path, name)) = path_of(fd).and_then(|path| tape::name(&path).map(|name| (path, name))) else { return 0 };
    // SAFETY: both system calls take a file descriptor and touch no memory; a bad one gives an error.
    let code = unsafe { libc::syscall(number, fd) };
    if code == 0 {
        synced(&path, name);
    }
    c_int::try_from(code).unwrap_or(-1)
}

/// Stands before the C library's `fsync`.
#[unsafe(no_mangle)]
pub extern "C" fn fsync(fd: c_int) -> c_int {
    call(libc::SYS_fsync, fd)
}

/// Stands before the C library's `fdatasync`.
#[unsafe(no_mangle)]
pub extern "C" fn fdatasync(fd: c_int) -> c_int {
    call(libc::SYS_fdatasync, fd)
}

/// # Safety
/// The caller passes a C string, as the C library's own functions ask.
unsafe fn path_from(text: *const c_char) -> PathBuf {
    // SAFETY: the caller vouches for the string.
    let text = unsafe { CStr::from_ptr(text) };
    PathBuf::from(OsStr::from_bytes(text.to_bytes()))
}

/// Stands before the C library's `rename`.
///
/// # Safety
/// Both are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller passes C strings, which live through the call.
    let code = unsafe { libc::syscall(libc::SYS_renameat, libc::AT_FDCWD, from, libc::AT_FDCWD, to) };
    if code == 0 {
        // SAFETY: the same strings.
        let (from, to) = unsafe { (path_from(from), path_from(to)) };
        if let (Some(old), Some(new)) = (tape::name(&from), tape::name(&to)) {
            tape::note(Op::Rename(old, new, content(&to)));
        }
    }
    c_int::try_from(code).unwrap_or(-1)
}

/// Stands before the C library's `mkdir`.
///
/// # Safety
/// The path is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: libc::mode_t) -> c_int {
    // SAFETY: the caller passes a C string, which lives through the call.
    let code = unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, mode) };
    if code == 0 {
        // SAFETY: the same string.
        let path = unsafe { path_from(path) };
        if let Some(name) = tape::name(&path) {
            tape::note(Op::MakeFolder(name));
        }
    }
    c_int::try_from(code).unwrap_or(-1)
}
