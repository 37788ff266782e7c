//! Small facts about the folder and counters that move with the facts they number.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::StoreError;

/// Reads a small fact of the folder.
///
/// # Errors
/// If the store fails.
pub fn folder(connection: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM folder WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Writes a small fact of the folder.
///
/// # Errors
/// If the store fails.
pub fn set_folder(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO folder (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    Ok(())
}

/// Reads a counter; 0 where there is none yet.
///
/// # Errors
/// If the store fails.
pub fn counter(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM counters WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Writes a counter.
///
/// # Errors
/// If the store fails.
pub fn set_counter(connection: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?
        .execute(params![name, value])?;
    Ok(())
}
