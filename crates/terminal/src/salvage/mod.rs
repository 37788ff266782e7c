//! Salvage: where SQLite can't read its file any more, every record that still stands on a page is put into a new one,
//! and the till sells on. The damaged file is put aside and never deleted.
//!
//! The file is read without SQLite, page by page, so that neither a lost header nor a lost schema nor a bent tree
//! matters. Rows of the log prove themselves by their hashes; documents do too; counters are raised to what the log
//! says; the rest is taken as found, or from the spare (`data::spare`). Read models are made anew.

mod assemble;
mod cells;
mod logs;
mod pages;
mod running;
mod scan;
mod shapes;
mod start;
mod told;

use std::fs::File;
use std::path::{Path, PathBuf};

use docket_contracts::ErrorCode;
use rusqlite::Connection;

use self::cells::Cells;
use self::pages::Pages;
use crate::data::{DATABASE, FolderKeys, spare, sync_folder};
use crate::error::{StoreError, file_error, refuse};
use crate::limits::DAMAGED_FILES_MAX;
use crate::store;

pub(crate) use start::{in_words, start, was_here};
pub(crate) use told::Told;

/// The new file while it is being filled. One that is found at a start was not finished.
const FILLING: &str = "store.salvaging";
/// The new file when it is whole, until it has taken the old one's place.
const FILLED: &str = "store.salvaged";

/// Puts what can be read of the folder's store into a new file and the old one aside; `why` is told in the log.
///
/// # Errors
/// If the folder can't be written or is full. The old file is where it was then.
pub(crate) fn salvage(data: &Path, keys: &FolderKeys, why: &str) -> Result<(), StoreError> {
    tracing::error!(why, "the store's file is damaged: what can be read is salvaged into a new one");
    let aside = aside(data)?;
    let filling = data.join(FILLING);
    for end in ["", "-wal", "-shm", "-journal"] {
        remove(&with_end(&filling, end))?;
    }
    store::migrate_file(&filling)?;
    let database = data.join(DATABASE);
    let mut cells = Cells::new(Pages::open(&database, &with_end(&database, "-wal")));
    let mut into = Connection::open(&filling)?;
    // Nothing of the new file counts before it has its name, and it is synced before that.
    into.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;")?;
    into.pragma_update(None, "cache_size", -65_536)?;
    let transaction = into.transaction()?;
    let twins = scan::scan(&mut cells, &transaction)?;
    let file = aside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    assemble::assemble(&transaction, data, keys, twins, Told::of(why, file))?;
    transaction.commit()?;
    into.close().map_err(|(_, error)| error)?;
    File::open(&filling).and_then(|file| file.sync_all()).map_err(file_error("can't sync the salvaged store"))?;
    rename(&filling, &data.join(FILLED))?;
    sync_folder(data);
    take_place(data)
}

/// Ends a salvage that was cut short after its file was whole.
///
/// # Errors
/// If the folder can't be written.
pub(crate) fn take_place(data: &Path) -> Result<(), StoreError> {
    let filled = data.join(FILLED);
    if !filled.exists() {
        return Ok(());
    }
    let (database, aside) = (data.join(DATABASE), aside(data)?);
    // The write-ahead log goes first: beside the new file it would be taken for its own.
    for end in ["-wal", ""] {
        let from = with_end(&database, end);
        if from.exists() {
            rename(&from, &with_end(&aside, end))?;
        }
    }
    remove(&with_end(&database, "-shm"))?;
    rename(&filled, &database)?;
    sync_folder(data);
    Ok(())
}

/// The name under which the damaged file is kept.
fn aside(data: &Path) -> Result<PathBuf, StoreError> {
    (1..=DAMAGED_FILES_MAX)
        .map(|number| data.join(format!("{DATABASE}.damaged-{number}")))
        .find(|path| !path.exists())
        .ok_or_else(|| {
            let rule = format!("{DAMAGED_FILES_MAX} damaged files were put aside already: this disk is to be replaced");
            refuse(ErrorCode::StoreFailed, "data", rule).into()
        })
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(file_error(format!("can't rename {}", from.display())))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(file_error(format!("can't remove {}", path.display()))(error))
        }
        _ => Ok(()),
    }
}
