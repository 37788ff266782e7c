//! The data folder: its lock, its device key, its secret, and the witness that stands outside of it.

mod head_office;
mod key;
pub(crate) mod spare;
mod witness;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use docket_contracts::{ApiError, ErrorCode};

use crate::error::{StoreError, file_error, refuse};

pub(crate) use head_office::HeadOffice;
pub use key::{FolderKeys, open_keys, read_public};
pub use witness::{Continuity, Witness, WitnessFile};

/// Name of the database inside the folder.
pub const DATABASE: &str = "store.db";

/// The platform's folder for application data, with `docket` in it.
#[must_use]
pub fn default_folder() -> PathBuf {
    platform_folder("XDG_DATA_HOME", ".local/share", "Library/Application Support", "APPDATA")
}

/// The platform's folder for state that is not the data itself; the witness lies there.
#[must_use]
pub fn default_witness_folder() -> PathBuf {
    platform_folder("XDG_STATE_HOME", ".local/state", "Library/Preferences", "LOCALAPPDATA").join("witness")
}

fn platform_folder(unix_variable: &str, unix: &str, mac: &str, windows_variable: &str) -> PathBuf {
    let home = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let from_env = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        from_env(windows_variable).unwrap_or_else(home)
    } else if cfg!(target_os = "macos") {
        home().join(mac)
    } else {
        from_env(unix_variable).unwrap_or_else(|| home().join(unix))
    };
    base.join("docket")
}

/// Holds the folder for this process; dropped, it lets go.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Makes the folder if it is missing and takes its lock.
///
/// # Errors
/// `store_locked` if another process has it, `store_read_only` if it can't be written.
pub fn lock_folder(data: &Path) -> Result<FolderLock, ApiError> {
    make_folder(data).map_err(|error| folder_error(data, &error))?;
    let path = data.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| folder_error(data, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(refuse(
            ErrorCode::StoreLocked,
            "data",
            format!("another Docket process has the store in {} open; end it first", data.display()),
        )),
        Err(TryLockError::Error(error)) => Err(folder_error(data, &error)),
    }
}

fn folder_error(data: &Path, error: &std::io::Error) -> ApiError {
    let code = match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => ErrorCode::StoreReadOnly,
        std::io::ErrorKind::StorageFull => ErrorCode::DiskFull,
        _ => ErrorCode::StoreFailed,
    };
    refuse(code, "data", format!("the folder {} can't be written: {error}", data.display()))
}

/// Writes a small file so that it is whole or not there: a temporary file, synced, then renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], sync: bool) -> Result<(), StoreError> {
    use std::io::Write as _;
    let temporary = path.with_extension("new");
    let failed = |what: &str| file_error(format!("{what} {}", path.display()));
    let mut file = open_private(&temporary).map_err(failed("can't write"))?;
    file.write_all(bytes).map_err(failed("can't write"))?;
    if sync {
        file.sync_all().map_err(failed("can't sync"))?;
    }
    std::fs::rename(&temporary, path).map_err(failed("can't replace"))?;
    if sync && let Some(folder) = path.parent() {
        sync_folder(folder);
    }
    Ok(())
}

/// Opens an empty file that nobody else on this machine can read.
pub(crate) fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes a folder and those above it where they are missing. Its own name must survive a power cut as well, or all that
/// was stored in it goes with it.
pub(crate) fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make_folder(above)?;
    }
    // Another process may make it at the same time; what else is in the way is an error.
    std::fs::create_dir(folder).or_else(|error| if folder.is_dir() { Ok(()) } else { Err(error) })?;
    sync_folder(above.unwrap_or(Path::new(".")));
    Ok(())
}

/// Makes names in a folder survive a power cut; not every platform lets a folder be opened.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
