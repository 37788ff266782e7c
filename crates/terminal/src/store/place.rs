//! Whether the store's file still lies where it was opened.
//!
//! A disk that is unmounted and a folder that is removed leave an open file that takes writes, and syncs them, into
//! nowhere: the next start would find none of them. So each commit looks first, and is taken back if the path leads
//! elsewhere. Once it leads to the same file again, commits go on.

use std::io;
use std::path::Path;

use rusqlite::Connection;

use crate::error::{StoreError, file_error};

/// What a refusal says when the file is not in its place.
pub(crate) const GONE: &str = "the store's file is no longer in its place; nothing was written, put the disk or the \
                               folder back, or end the program";

/// Makes every commit of this connection look.
///
/// # Errors
/// If the file can't be looked at now.
pub(super) fn guard(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let opened = identity(path).map_err(file_error(format!("can't look at {}", path.display())))?;
    let path = path.to_owned();
    // The hook says whether the commit is to become a rollback.
    connection.commit_hook(Some(move || identity(&path).ok() != Some(opened)))?;
    Ok(())
}

/// Device and number of the file: another file under the same path has others.
#[cfg(unix)]
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

/// Elsewhere an open file can't be removed or replaced; its disk can go.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<()> {
    std::fs::metadata(path).map(drop)
}
