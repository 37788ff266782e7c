//! Content-addressed documents: catalogue, staff list and the shop's details, kept by the SHA-256 of their bytes.

use aws_lc_rs::digest::{SHA256, digest};
use docket_domain::catalog::document::Manifest;
use docket_domain::shop::DocumentKind;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::StoreError;

/// SHA-256 of a document.
#[must_use]
pub fn hash(body: &[u8]) -> [u8; 32] {
    digest(&SHA256, body).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Keeps a document under its hash; one that is there already stays.
///
/// # Errors
/// If the store fails.
pub fn put(connection: &Connection, body: &[u8]) -> Result<[u8; 32], StoreError> {
    let hash = hash(body);
    connection
        .prepare_cached("INSERT INTO documents (hash, body) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING")?
        .execute(params![&hash[..], body])?;
    Ok(hash)
}

/// Reads a document and checks that it is the one asked for.
///
/// # Errors
/// If the store fails, or what it holds does not match its hash.
pub fn get(connection: &Connection, wanted: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT body FROM documents WHERE hash = ?1")?;
    let body: Option<Vec<u8>> = statement.query_row([&wanted[..]], |row| row.get(0)).optional()?;
    match body {
        Some(body) if hash(&body) != *wanted => {
            Err(StoreError::Corrupt(format!("document {} does not match its hash", hex::encode(wanted))))
        }
        other => Ok(other),
    }
}

/// The bytes of every document in effect, a catalogue's manifest behind its parts. What is not whole is left out.
///
/// # Errors
/// If the store fails.
pub fn in_effect(connection: &Connection) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut bodies = Vec::new();
    for kind in DocumentKind::ALL {
        let Some((hash, _)) = current(connection, kind)? else { continue };
        let Ok(Some(body)) = get(connection, &hash) else { continue };
        if kind == DocumentKind::Catalogue
            && let Ok(manifest) = Manifest::parse(body.clone())
        {
            for part in manifest.parts() {
                bodies.extend(get(connection, &part.sha256.0).ok().flatten());
            }
        }
        bodies.push(body);
    }
    Ok(bodies)
}

/// Puts a document into effect.
///
/// # Errors
/// If the store fails.
pub fn set_current(
    connection: &Connection,
    kind: DocumentKind,
    hash: &[u8; 32],
    version: u32,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO document_heads (kind, hash, version) VALUES (?1, ?2, ?3) \
             ON CONFLICT (kind) DO UPDATE SET hash = excluded.hash, version = excluded.version",
        )?
        .execute(params![kind.as_str(), &hash[..], version])?;
    Ok(())
}

/// The document of a kind that is in effect, with its version.
///
/// # Errors
/// If the store fails.
pub fn current(connection: &Connection, kind: DocumentKind) -> Result<Option<([u8; 32], u32)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT hash, version FROM document_heads WHERE kind = ?1")?;
    let found = statement.query_row([kind.as_str()], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?))).optional()?;
    found
        .map(|(hash, version)| {
            let hash = hash.try_into().map_err(|_| StoreError::Corrupt("a document's hash has 32 bytes".into()))?;
            Ok((hash, version))
        })
        .transpose()
}
