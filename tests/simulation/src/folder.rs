//! Folders as a whole.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where memory is a disk, on systems that have such a place.
const MEMORY_DISK: &str = "/dev/shm";

/// A folder of its own, in memory where the system has a disk there: syncs cost nothing, and what is on trial is what
/// is in the files, not the disk under them.
pub fn scratch() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("docket-simulation-");
    let memory = Path::new(MEMORY_DISK);
    if memory.is_dir()
        && let Ok(folder) = builder.tempdir_in(memory)
    {
        return Ok(folder);
    }
    builder.tempdir()
}

/// Copies a folder's files as they are at this instant. The index of the write-ahead log lives in memory only as far as
/// a crash is concerned, so it stays behind.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

/// Puts a copy in the place of a folder.
pub fn replace(with: &Path, folder: &Path) -> io::Result<()> {
    std::fs::remove_dir_all(folder)?;
    copy(with, folder)
}

/// The write-ahead log of a data folder.
pub fn write_ahead_log(data: &Path) -> PathBuf {
    data.join(format!("{}-wal", docket_terminal::data::DATABASE))
}
