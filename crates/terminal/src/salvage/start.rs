//! A start that finds its file damaged: it salvages once and starts again.

use std::path::Path;

use docket_contracts::{ApiError, ErrorCode};
use rusqlite::{Connection, OpenFlags};

use super::{DATABASE, FolderKeys, salvage, spare, take_place, with_end};
use crate::data::WitnessFile;
use crate::error::{StoreError, refuse};
use crate::store::{self, openings};
use crate::writer::{Opening, WriterParts};

/// Whether the folder holds a store, even if its file is gone.
pub(crate) fn was_here(data: &Path) -> bool {
    data.join(DATABASE).exists() || data.join(super::FILLED).exists() || spare::exists(data)
}

/// Opens the store for writing; a damaged file is salvaged first.
///
/// # Errors
/// As the store says, if it can't be opened and can't be salvaged.
pub(crate) async fn start(data: &Path, keys: &FolderKeys, witness: &WitnessFile) -> Result<WriterParts, ApiError> {
    take_place(data)?;
    let error = match open(data, keys, witness).await.and_then(|parts| lost_nothing(data, parts)) {
        Err(error) if error.is_damage_at_start() => error,
        other => return other.inspect(|parts| parts.writer.keep_spare()).map_err(store::open_refused),
    };
    let (folder, own_keys) = (data.to_owned(), keys.clone());
    let why = in_words(&error);
    blocking(move || salvage(&folder, &own_keys, &why)).await?;
    let parts = open(data, keys, witness).await.map_err(store::open_refused)?;
    parts.writer.keep_spare();
    Ok(parts)
}

/// People, PINs or a menu that can't be read: the spare has them. Without it the till opens and asks for a menu.
fn lost_nothing(data: &Path, parts: WriterParts) -> Result<WriterParts, StoreError> {
    spare::mend_pins(&parts.writer.connection, data)?;
    match spare::lost(&parts.writer.connection, data)? {
        Some(what) => Err(StoreError::Corrupt(what)),
        None => Ok(parts),
    }
}

/// An error with its cause: SQLite's own words are what a person can look up.
pub(crate) fn in_words(error: &StoreError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

async fn open(data: &Path, keys: &FolderKeys, witness: &WitnessFile) -> Result<WriterParts, StoreError> {
    look_for_file(data)?;
    let held = hold_open(data);
    store::migrate(data).await?;
    let (data, keys, witness) = (data.to_owned(), keys.clone(), witness.clone());
    blocking(move || {
        let _held = held;
        look_at_tables(&data)?;
        if let Some(what) = openings::disagreement(&Connection::open(data.join(DATABASE))?)? {
            return Err(StoreError::Corrupt(what));
        }
        let mut parts = Opening { data: &data, keys: &keys, witness: &witness, shared: None }.try_open()?;
        // Tables that are in the way, or are not there though the folder says so, are damage as well.
        crate::rebuild::prepare(&mut parts.writer).map_err(|error| match error.code {
            ErrorCode::StoreFailed => StoreError::Corrupt(format!("the read models can't be made: {error}")),
            _ => StoreError::Refused(error),
        })?;
        Ok(parts)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Refused(refuse(ErrorCode::StoreFailed, "data", error.to_string())))?
}

/// A spare without a database, or with an empty one: SQLite would make a new store there without a word.
fn look_for_file(data: &Path) -> Result<(), StoreError> {
    let database = data.join(DATABASE);
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    if spare::exists(data) && bytes(&database) == 0 && bytes(&with_end(&database, "-wal")) == 0 {
        return Err(StoreError::Corrupt("the store's file is missing or empty".into()));
    }
    Ok(())
}

/// A connection that does nothing. The last one to close folds the write-ahead log in, and after a kill that would be
/// the longest part of a start; while this one is open, those that a start opens and closes don't.
fn hold_open(data: &Path) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A file that can't be opened, or has no schema that can be read, is found and told of by those that need it.
    let held = Connection::open_with_flags(data.join(DATABASE), flags).ok()?;
    held.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).ok()?;
    Some(held)
}

/// Reads the first row of each table, which takes its first page: so most damage of a small table is found before the
/// first sale meets it. It costs the same whatever the store holds.
fn look_at_tables(data: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(data.join(DATABASE))?;
    let mut names =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        let quoted = name.replace('"', "\"\"");
        connection.prepare(&format!("SELECT * FROM \"{quoted}\" LIMIT 1"))?.query([])?.next()?;
    }
    Ok(())
}
