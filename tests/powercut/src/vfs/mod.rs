//! A file layer below SQLite that passes everything on to the system's own and writes on tape what changes a file.
//!
//! It is registered as the default before the first store is opened, so that the till itself, its migrations and its
//! readers go through it and know nothing of it.

mod file;

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use rusqlite::ffi;

use crate::tape::{self, Op};
use file::TapFile;

/// Registers the layer as SQLite's default.
///
/// # Panics
/// If SQLite has no layer of its own or takes none.
pub fn install() {
    // SAFETY: without a name SQLite gives its default layer, which it never frees.
    let below = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    assert!(!below.is_null(), "SQLite has a file layer of its own");
    // SAFETY: it is not null, and SQLite's layers are plain tables that stay as they are.
    let mut layer = unsafe { *below };
    let own = c_int::try_from(size_of::<TapFile>()).expect("a file's head is small");
    layer.szOsFile += own;
    layer.zName = c"docket-tape".as_ptr();
    layer.pNext = std::ptr::null_mut();
    // The layer below looks into this for its own use, so each call that needs it is passed on with its own table.
    layer.pAppData = below.cast();
    layer.xOpen = Some(open);
    layer.xDelete = Some(delete);
    layer.xAccess = Some(access);
    layer.xFullPathname = Some(full_path);
    // SAFETY: the table lives as long as the program, as SQLite asks.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(layer)), 1) };
    assert_eq!(code, ffi::SQLITE_OK, "SQLite takes the layer");
}

/// The layer below.
///
/// # Safety
/// `vfs` is the table that [`install`] registered.
unsafe fn below(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: `install` put the layer below there, and the table never changes.
    unsafe { (*vfs).pAppData.cast() }
}

/// # Safety
/// `name` is null or a C string.
unsafe fn path(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the string.
    let text = unsafe { CStr::from_ptr(name) };
    Some(PathBuf::from(OsStr::from_bytes(text.to_bytes())))
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes null for a temporary file, else a C string.
    let path = unsafe { path(name) };
    let on_tape = path.as_deref().and_then(tape::name);
    let fresh = path.as_deref().is_some_and(|path| !path.exists());
    let tap = file.cast::<TapFile>();
    // SAFETY: SQLite gives `szOsFile` bytes: our head, and behind it the room of the layer below, for which the table
    // below is the right one.
    let code = unsafe {
        let below = below(vfs);
        let inner = TapFile::inner(file);
        let open = (*below).xOpen.expect("every layer opens files");
        let code = open(below, name, inner, flags, out);
        TapFile::begin(tap, if code == ffi::SQLITE_OK { on_tape.clone() } else { None }, code == ffi::SQLITE_OK);
        code
    };
    if let (ffi::SQLITE_OK, true, Some(name)) = (code, fresh, on_tape) {
        tape::note(Op::Create(name));
    }
    code
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite passes a C string.
    let path = unsafe { path(name) };
    // On tape before it is done, because the layer below syncs the folder inside this very call.
    if let Some(path) = path.filter(|path| path.exists())
        && let Some(name) = tape::name(&path)
    {
        tape::note(Op::Delete(name));
    }
    // SAFETY: the arguments are SQLite's own, passed on to the table that they are meant for.
    unsafe {
        let below = below(vfs);
        (*below).xDelete.expect("every layer deletes files")(below, name, sync)
    }
}

unsafe extern "C" fn access(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: the arguments are SQLite's own, passed on to the table that they are meant for.
    unsafe {
        let below = below(vfs);
        (*below).xAccess.expect("every layer looks for files")(below, name, flags, out)
    }
}

unsafe extern "C" fn full_path(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: the arguments are SQLite's own, passed on to the table that they are meant for.
    unsafe {
        let below = below(vfs);
        (*below).xFullPathname.expect("every layer knows full paths")(below, name, room, out)
    }
}
