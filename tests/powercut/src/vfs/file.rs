//! An open file of the layer: a head of ours, and behind it the file of the layer below.

use std::ffi::{c_int, c_void};
use std::sync::Arc;

use rusqlite::ffi::{self, sqlite3_file};

use crate::fault;
use crate::tape::{self, Op};

/// The head. SQLite gives the room and sees only the first member.
#[repr(C)]
pub struct TapFile {
    base: sqlite3_file,
    /// The file's name on tape; null for a file that is not recorded.
    name: *mut Arc<str>,
}

impl TapFile {
    /// The file of the layer below.
    ///
    /// # Safety
    /// `file` has room for our head and, behind it, for a file of the layer below.
    pub unsafe fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
        // SAFETY: the room behind the head is there, and a head is a multiple of a pointer's size, so it is aligned.
        unsafe { file.cast::<TapFile>().add(1).cast() }
    }

    /// Fills the head of a file that was just opened, or that could not be.
    ///
    /// # Safety
    /// `file` has room for a head.
    pub unsafe fn begin(file: *mut TapFile, name: Option<Arc<str>>, opened: bool) {
        let name = name.map_or(std::ptr::null_mut(), |name| Box::into_raw(Box::new(name)));
        // A file without methods is not closed by SQLite.
        let methods: *const ffi::sqlite3_io_methods = if opened { &METHODS } else { std::ptr::null() };
        // SAFETY: the caller gives the room.
        unsafe { file.write(TapFile { base: sqlite3_file { pMethods: methods }, name }) };
    }
}

/// # Safety
/// `file` is one that [`TapFile::begin`] filled and that is not closed.
unsafe fn name(file: *mut sqlite3_file) -> Option<Arc<str>> {
    // SAFETY: the head is filled; the name is null or lives until the file is closed.
    unsafe { (*file.cast::<TapFile>()).name.as_ref().cloned() }
}

/// Passes a call on to the layer below.
macro_rules! pass {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: the file is open, so the file behind its head is open too and has the methods of its layer; the
        // arguments are SQLite's own.
        unsafe {
            let inner = TapFile::inner($file);
            ((*(*inner).pMethods).$method.expect("the system's file layer has it"))(inner $(, $argument)*)
        }
    }};
}

/// Methods that are passed on and nothing more.
macro_rules! passed_on {
    ($($name:ident: $method:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?;)+) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) $(-> $answer)? {
            pass!(file, $method $(, $argument)*)
        }
    )+};
}

passed_on! {
    read: xRead(into: *mut c_void, amount: c_int, offset: i64) -> c_int;
    file_size: xFileSize(size: *mut i64) -> c_int;
    lock: xLock(level: c_int) -> c_int;
    unlock: xUnlock(level: c_int) -> c_int;
    check_reserved: xCheckReservedLock(out: *mut c_int) -> c_int;
    control: xFileControl(op: c_int, argument: *mut c_void) -> c_int;
    sector_size: xSectorSize() -> c_int;
    characteristics: xDeviceCharacteristics() -> c_int;
    shm_map: xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock: xShmLock(offset: c_int, n: c_int, flags: c_int) -> c_int;
    shm_barrier: xShmBarrier();
    shm_unmap: xShmUnmap(delete: c_int) -> c_int;
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let code = pass!(file, xClose);
    let head = file.cast::<TapFile>();
    // SAFETY: SQLite closes a file once; the name was boxed when it was opened, and nobody uses it from here on.
    unsafe {
        let name = std::mem::replace(&mut (*head).name, std::ptr::null_mut());
        if !name.is_null() {
            drop(Box::from_raw(name));
        }
    }
    code
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite writes to an open file.
    let name = unsafe { name(file) };
    let Some(name) = name else { return pass!(file, xWrite, from, amount, offset) };
    let fault = fault::write();
    // A device that fails in the middle of a write has done a part of it; a full disk refuses the whole.
    let done = match fault {
        None => amount,
        Some(ffi::SQLITE_FULL) => return ffi::SQLITE_FULL,
        Some(_) => amount / 2,
    };
    let code = pass!(file, xWrite, from, done, offset);
    if code == ffi::SQLITE_OK {
        let length = usize::try_from(done).expect("SQLite writes no less than nothing");
        // SAFETY: SQLite gives at least `amount` readable bytes, and nobody changes them during the call.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), length) };
        tape::note(Op::Write(name, u64::try_from(offset).expect("an offset is not below zero"), bytes.into()));
    }
    fault.unwrap_or(code)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite truncates an open file.
    let name = unsafe { name(file) };
    let code = pass!(file, xTruncate, size);
    if let (ffi::SQLITE_OK, Some(name)) = (code, name) {
        tape::note(Op::Truncate(name, u64::try_from(size).expect("a size is not below zero")));
    }
    code
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite syncs an open file.
    let name = unsafe { name(file) };
    // A folder that is not on tape is thrown away after its check: no disk has to hold it.
    let Some(name) = name else { return ffi::SQLITE_OK };
    if let Some(fault) = fault::sync() {
        tape::note(Op::SyncFailed(name));
        return fault;
    }
    let code = pass!(file, xSync, flags);
    if code == ffi::SQLITE_OK {
        tape::note(Op::Sync(name));
    }
    code
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 2 has shared memory and no memory-mapped reads, so that no change of a file can pass unseen.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
