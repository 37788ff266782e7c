//! The shop as a pure function of the facts in its stream: the same on every device that holds the same facts and
//! documents, whoever wrote them and however they came.

use docket_domain::catalog::document::Manifest;
use docket_domain::ids::{LogId, StoreId};
use docket_domain::order::fact::DeviceClass;
use docket_domain::shop::{DocumentKind, SetUp, ShopEvent};
use rusqlite::Connection;

use super::shop_change::read_details;
use super::store_acts::{index_products, load_catalogue, load_shop, read_staff};
use crate::error::StoreError;
use crate::shared::Shop;
use crate::store::events::{self, Author};
use crate::store::{documents, histories, meta};

/// How a fact ranks among those about the same thing. A version counts on from the one that its author had in effect,
/// so the edit that saw the other is higher; of two that did not see each other the later clock wins, then the hash.
type Rank = (u32, u64, [u8; 32]);

/// What the facts of a store's stream say.
#[derive(Default)]
struct Stated {
    set_up: Option<(u64, [u8; 32], SetUp)>,
    documents: Vec<(DocumentKind, Rank, [u8; 32])>,
}

/// Puts into effect what the facts say, as far as the documents are held, and gives the shop.
///
/// # Errors
/// If the store fails.
pub(super) fn settle(
    connection: &Connection,
    store: StoreId,
    author: impl Fn(LogId) -> Option<Author>,
) -> Result<Shop, StoreError> {
    let mut stated = read(connection, store, author)?;
    if let Some((_, _, set_up)) = &stated.set_up {
        let text = serde_json::to_string(set_up).expect("a set-up holds texts and numbers");
        meta::set_folder(connection, "shop", &text)?;
    }
    stated.documents.sort_by_key(|(_, rank, _)| std::cmp::Reverse(*rank));
    for kind in DocumentKind::ALL {
        let before = documents::current(connection, kind)?;
        for (_, (version, _, _), hash) in stated.documents.iter().filter(|(of, _, _)| *of == kind) {
            if take_effect(connection, kind, hash, *version, before)? {
                break;
            }
        }
    }
    load_shop(connection)
}

/// Documents that the facts name first and that are not held, parts of a catalogue among them.
///
/// # Errors
/// If the store fails.
pub(super) fn wanted(
    connection: &Connection,
    store: StoreId,
    author: impl Fn(LogId) -> Option<Author>,
) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut stated = read(connection, store, author)?.documents;
    stated.sort_by_key(|(_, rank, _)| std::cmp::Reverse(*rank));
    let mut wanted = Vec::new();
    for kind in DocumentKind::ALL {
        let Some((_, _, hash)) = stated.iter().find(|(of, _, _)| *of == kind) else { continue };
        match documents::get(connection, hash) {
            Ok(None) => wanted.push(*hash),
            Ok(Some(body)) if kind == DocumentKind::Catalogue => wanted.extend(missing_parts(connection, body)),
            // One that is damaged here is told of where it is read.
            Ok(Some(_)) | Err(StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(wanted)
}

fn missing_parts(connection: &Connection, manifest: Vec<u8>) -> Vec<[u8; 32]> {
    let Ok(manifest) = Manifest::parse(manifest) else { return Vec::new() };
    let parts = manifest.parts().iter().map(|part| part.sha256.0);
    let mut missing: Vec<_> = parts.filter(|hash| matches!(documents::get(connection, hash), Ok(None))).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// Puts a document into effect if all of it is held; says whether it is.
fn take_effect(
    connection: &Connection,
    kind: DocumentKind,
    hash: &[u8; 32],
    version: u32,
    before: Option<([u8; 32], u32)>,
) -> Result<bool, StoreError> {
    if before == Some((*hash, version)) {
        return Ok(true);
    }
    match kind {
        DocumentKind::Staff => {
            if read_staff(connection, hash)?.is_none() {
                return Ok(false);
            }
        }
        DocumentKind::Shop => {
            if read_details(connection, hash)?.is_none() {
                return Ok(false);
            }
        }
        DocumentKind::Catalogue => match load_catalogue(connection, hash) {
            Ok(catalogue) => index_products(connection, &catalogue)?,
            Err(error) => {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "a catalogue is published and not held here yet"
                );
                return Ok(false);
            }
        },
    }
    documents::set_current(connection, kind, hash, version)?;
    Ok(true)
}

fn read(
    connection: &Connection,
    store: StoreId,
    author: impl Fn(LogId) -> Option<Author>,
) -> Result<Stated, StoreError> {
    let mut stated = Stated::default();
    let cut_offs = histories::cut_offs(connection)?;
    for row in events::stream(connection, store.0)? {
        // A kitchen screen has no authority over the shop, and a revoked device has none any more.
        let counts =
            |author: Author| author.class != DeviceClass::Kitchen && cut_offs.counts(author.device, row.log, row.seq);
        if !author(row.log).is_some_and(counts) {
            continue;
        }
        match ShopEvent::decode(&row.event_type, row.schema_version, &row.payload) {
            Ok(Some(ShopEvent::SetUp(set_up))) => {
                let rank = (row.clock, row.hash.0);
                if stated.set_up.as_ref().is_none_or(|(clock, hash, _)| rank < (*clock, *hash)) {
                    stated.set_up = Some((rank.0, rank.1, set_up));
                }
            }
            Ok(Some(ShopEvent::DocumentPublished(fact))) => {
                let mut hash = [0; 32];
                if hex::decode_to_slice(&fact.hash, &mut hash).is_ok() {
                    stated.documents.push((fact.kind, (fact.version, row.clock, row.hash.0), hash));
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, log = %row.log, seq = row.seq, "a fact about the shop can't be read"),
        }
    }
    Ok(stated)
}
