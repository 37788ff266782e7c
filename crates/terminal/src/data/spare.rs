//! The spare: what the store can't make again from its log, kept a second time in a file beside the database. With it a
//! till whose database is beyond reading still knows its shop, its people, their PINs and its menu.
//!
//! It is written when one of these changes, which is rare, and it holds nothing that the database doesn't: PINs only as
//! verifiers, no sale and no guest.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use docket_domain::catalog::document::Manifest;
use docket_domain::ids::PersonId;
use docket_domain::shop::DocumentKind;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::write_whole;
use crate::error::StoreError;
use crate::pins::is_whole;
use crate::store::documents;

const FILE: &str = "store.spare";

/// Small facts of the folder that don't move with each run.
const NAMES: &str = "'device', 'store', 'tenant', 'letters', 'receipt_series', 'public_key', 'shop', 'device_settings', \
     'former_tenants', 'former_stores', 'central_key'";

#[derive(Serialize, Deserialize)]
struct State {
    folder: BTreeMap<String, String>,
    /// Person, hex, and verifier.
    pins: Vec<(String, String)>,
    /// Kind, hash, hex, and version of each document in effect.
    heads: Vec<(String, String, u32)>,
    /// Hash, hex, and length of each document behind the state, in their order.
    documents: Vec<(String, u64)>,
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Whether the folder has one: then there was a store.
pub(crate) fn exists(data: &Path) -> bool {
    path(data).exists()
}

/// Writes the spare if it is not as the store says.
///
/// # Errors
/// If the store can't be read or the file can't be written.
pub(crate) fn keep(connection: &Connection, data: &Path) -> Result<(), StoreError> {
    let (state, bodies) = state(connection)?;
    let text = serde_json::to_string(&state).expect("a state holds texts and numbers");
    let sum = hex::encode(documents::hash(text.as_bytes()));
    if first_line(data).is_some_and(|line| line.trim_end() == sum) {
        return Ok(());
    }
    let mut content = format!("{sum}\n{text}\n").into_bytes();
    bodies.iter().for_each(|body| content.extend_from_slice(body));
    write_whole(&path(data), &content, true)
}

fn first_line(data: &Path) -> Option<String> {
    let mut line = String::new();
    BufReader::new(std::fs::File::open(path(data)).ok()?).read_line(&mut line).ok()?;
    Some(line)
}

fn state(connection: &Connection) -> Result<(State, Vec<Vec<u8>>), StoreError> {
    let mut names = connection.prepare(&format!("SELECT name, value FROM folder WHERE name IN ({NAMES})"))?;
    let folder = names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut pins = connection.prepare("SELECT hex(person_id), verifier FROM pin_verifiers ORDER BY person_id")?;
    let pins = pins.query_map([], |row| Ok((row.get(0)?, verifier_at(row, 1)?)))?;
    // One that was changed on the disk is as if there was none.
    let pins = pins.filter(|pin| pin.as_ref().map_or(true, |(_, verifier): &(String, String)| is_whole(verifier)));
    let pins = pins.collect::<Result<_, _>>()?;
    let mut state = State { folder, pins, heads: Vec::new(), documents: Vec::new() };
    let mut bodies = Vec::new();
    for kind in DocumentKind::ALL {
        let Some((hash, version)) = documents::current(connection, kind)? else { continue };
        // A body that is gone or was changed is as if there was none.
        let Some(body) = held(connection, &hash)? else { continue };
        state.heads.push((kind.as_str().to_owned(), hex::encode(hash), version));
        if kind == DocumentKind::Catalogue
            && let Ok(manifest) = Manifest::parse(body.clone())
        {
            let count = bodies.len();
            for part in manifest.parts() {
                bodies.extend(held(connection, &part.sha256.0)?);
            }
            if bodies.len() - count < manifest.parts().len() {
                state.heads.pop();
                bodies.truncate(count);
                continue;
            }
        }
        bodies.push(body);
    }
    let length = |body: &Vec<u8>| u64::try_from(body.len()).expect("a document fits memory");
    state.documents = bodies.iter().map(|body| (hex::encode(documents::hash(body)), length(body))).collect();
    Ok((state, bodies))
}

fn held(connection: &Connection, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    match documents::get(connection, hash) {
        Err(StoreError::Corrupt(_)) => Ok(None),
        other => other,
    }
}

/// The spare's state, and the file at its first document; `None` if there is none or it does not match its own sum.
fn open(data: &Path) -> Option<(State, BufReader<std::fs::File>)> {
    let mut file = BufReader::new(std::fs::File::open(path(data)).ok()?);
    let (mut sum, mut text) = (Vec::new(), Vec::new());
    file.read_until(b'\n', &mut sum).and_then(|_| file.read_until(b'\n', &mut text)).ok()?;
    let text = text.trim_ascii_end();
    if hex::encode(documents::hash(text)).as_bytes() != sum.trim_ascii_end() {
        tracing::error!("the spare does not match its own sum; it is left aside");
        return None;
    }
    Some((serde_json::from_slice(text).ok()?, file))
}

/// A person's PIN verifier as the spare has it.
pub(crate) fn verifier(data: &Path, person: PersonId) -> Option<String> {
    let (state, _) = open(data)?;
    let wanted = hex::encode_upper(person.0.as_bytes());
    state.pins.into_iter().find(|(person, _)| *person == wanted).map(|(_, verifier)| verifier)
}

/// A verifier as it stands in a row: text of any kind, since nothing but its own sum says that it is whole.
///
/// # Errors
/// If there is no such column.
pub(crate) fn verifier_at(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<String> {
    Ok(row.get_ref(index)?.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default())
}

/// Puts the spare's verifiers in the place of those that were changed on the disk.
///
/// # Errors
/// If the store can't be read or written.
pub(crate) fn mend_pins(connection: &Connection, data: &Path) -> Result<(), StoreError> {
    let mut stored = connection.prepare("SELECT hex(person_id), verifier FROM pin_verifiers")?;
    let stored = stored.query_map([], |row| Ok((row.get::<_, String>(0)?, verifier_at(row, 1)?)))?;
    let stored: Vec<_> = stored.collect::<Result<_, _>>()?;
    let mut changed = stored.into_iter().filter(|(_, verifier)| !is_whole(verifier)).peekable();
    if changed.peek().is_none() {
        return Ok(());
    }
    let Some((spare, _)) = open(data) else { return Ok(()) };
    for (person, _) in changed {
        let Some((_, verifier)) = spare.pins.iter().find(|(other, _)| *other == person) else { continue };
        tracing::error!(person, "a PIN verifier was changed on the disk; the spare takes its place");
        let id = hex::decode(person).unwrap_or_default();
        connection.execute("UPDATE pin_verifiers SET verifier = ?2 WHERE person_id = ?1", params![id, verifier])?;
    }
    Ok(())
}

/// What the spare has and a store lacks: a document that was in effect, a small fact of the folder, or a person's PIN.
/// None is ever taken away, so the store has lost it.
///
/// # Errors
/// If the store can't be read.
pub(crate) fn lost(connection: &Connection, data: &Path) -> Result<Option<String>, StoreError> {
    let Some((spare, _)) = open(data) else { return Ok(None) };
    let (held, _) = state(connection)?;
    let head = spare.heads.iter().find(|(kind, ..)| !held.heads.iter().any(|(other, ..)| other == kind));
    if let Some((kind, ..)) = head {
        return Ok(Some(format!("the {kind} in effect can't be read")));
    }
    let name = spare.folder.keys().find(|name| !held.folder.contains_key(*name));
    if let Some(name) = name {
        return Ok(Some(format!("the folder's {name} can't be read")));
    }
    let pin = spare.pins.iter().any(|(person, _)| !held.pins.iter().any(|(other, _)| other == person));
    Ok(pin.then(|| "a person's PIN can't be read".to_owned()))
}

/// Puts into a store what it lacks and the spare has.
///
/// # Errors
/// If the store can't be written. A spare that is missing or damaged gives what it can.
pub(crate) fn restore(connection: &Connection, data: &Path) -> Result<(), StoreError> {
    let Some((state, mut file)) = open(data) else { return Ok(()) };
    for (name, value) in &state.folder {
        connection.execute("INSERT INTO folder VALUES (?1, ?2) ON CONFLICT DO NOTHING", [name, value])?;
    }
    for (person, verifier) in &state.pins {
        let person = hex::decode(person).unwrap_or_default();
        let sql = "INSERT INTO pin_verifiers (person_id, verifier) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        connection.execute(sql, params![person, verifier])?;
    }
    for (hash, bytes) in &state.documents {
        let mut body = Vec::new();
        let read = file.by_ref().take(*bytes).read_to_end(&mut body);
        if read.is_ok() && hex::encode(documents::hash(&body)) == *hash {
            documents::put(connection, &body)?;
        }
    }
    for (kind, hash, version) in &state.heads {
        let sql = "INSERT INTO document_heads (kind, hash, version) SELECT ?1, hash, ?3 FROM documents WHERE hash = ?2 \
                   ON CONFLICT DO NOTHING";
        connection.execute(sql, params![kind, hex::decode(hash).unwrap_or_default(), version])?;
    }
    Ok(())
}
