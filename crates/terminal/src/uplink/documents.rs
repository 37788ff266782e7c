//! Documents on their way down, part by part, and parts of own ones on their way up.

use std::collections::{HashMap, HashSet};

use docket_sync::DOCUMENT_PART_BYTES;
use docket_sync::v1::{Document, DocumentWanted};
use prost::bytes::Bytes;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENTS_OPEN_MAX};
use crate::store::documents;

/// Documents that come down on this connection.
#[derive(Default)]
pub(super) struct Documents {
    open: HashMap<[u8; 32], Vec<u8>>,
    /// Those that turned out to be other than their hash says: they are not asked for again on this connection.
    false_ones: HashSet<[u8; 32]>,
}

/// What a part leads to.
pub(super) enum Part {
    /// Another part is needed.
    More(DocumentWanted),
    /// The document is whole, and is what its hash says.
    Whole(Vec<u8>),
    /// Nobody asked for it, or it is not what was asked for.
    Refused(&'static str),
}

impl Documents {
    /// Of the documents that are missing, those to ask for now.
    pub(super) fn ask(&mut self, missing: Vec<[u8; 32]>) -> Vec<DocumentWanted> {
        let mut asked = Vec::new();
        for hash in missing {
            if self.open.len() < DOCUMENTS_OPEN_MAX
                && !self.open.contains_key(&hash)
                && !self.false_ones.contains(&hash)
            {
                self.open.insert(hash, Vec::new());
                asked.push(DocumentWanted { hash: Bytes::copy_from_slice(&hash), offset: 0 });
            }
        }
        asked
    }

    /// Takes a part in.
    pub(super) fn take(&mut self, part: &Document) -> Part {
        let Ok(hash) = <[u8; 32]>::try_from(&part.hash[..]) else { return Part::Refused("hash: has 32 bytes") };
        let Some(body) = self.open.get_mut(&hash) else { return Part::Refused("hash: not asked for") };
        let held = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let end = held.saturating_add(u64::try_from(part.part.len()).unwrap_or(u64::MAX));
        if part.offset < held {
            return Part::Refused("offset: that part is here");
        }
        if part.offset != held
            || end > part.size
            || part.size > DOCUMENT_BYTES_MAX
            || part.part.is_empty() && end < part.size
        {
            self.open.remove(&hash);
            self.false_ones.insert(hash);
            return Part::Refused("offset: not the next part of a document of its size");
        }
        body.extend_from_slice(&part.part);
        if end < part.size {
            return Part::More(DocumentWanted { hash: part.hash.clone(), offset: end });
        }
        let body = self.open.remove(&hash).unwrap_or_default();
        if documents::hash(&body) == hash {
            return Part::Whole(body);
        }
        self.false_ones.insert(hash);
        Part::Refused("hash: not that of the document")
    }
}

/// A part of a document that is held here; none if it is not.
///
/// # Errors
/// If the store fails.
pub(super) fn part_of(connection: &Connection, wanted: &DocumentWanted) -> Result<Option<Document>, StoreError> {
    let Ok(hash) = <[u8; 32]>::try_from(&wanted.hash[..]) else { return Ok(None) };
    let Some(body) = documents::get(connection, &hash)? else { return Ok(None) };
    let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let from = usize::try_from(wanted.offset).unwrap_or(usize::MAX).min(body.len());
    let to = from.saturating_add(DOCUMENT_PART_BYTES).min(body.len());
    let part = Bytes::copy_from_slice(&body[from..to]);
    Ok(Some(Document { hash: wanted.hash.clone(), size, offset: u64::try_from(from).unwrap_or(u64::MAX), part }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(body: &[u8], range: std::ops::Range<usize>) -> Document {
        Document {
            hash: Bytes::copy_from_slice(&documents::hash(body)),
            size: u64::try_from(body.len()).unwrap(),
            offset: u64::try_from(range.start).unwrap(),
            part: Bytes::copy_from_slice(&body[range]),
        }
    }

    #[test]
    fn a_document_comes_in_parts_and_is_taken_when_it_is_what_its_hash_says() {
        let body = b"a document in two parts";
        let mut documents = Documents::default();
        assert_eq!(documents.ask(vec![super::documents::hash(body)]).len(), 1);
        assert!(matches!(documents.take(&part(body, 0..10)), Part::More(wanted) if wanted.offset == 10));
        assert!(matches!(documents.take(&part(body, 0..10)), Part::Refused(_)), "that part is here");
        assert!(matches!(documents.take(&part(body, 10..23)), Part::Whole(whole) if whole == body));
    }

    #[test]
    fn what_nobody_asked_for_and_what_is_another_document_is_refused() {
        let body = b"a document";
        let mut documents = Documents::default();
        assert!(matches!(documents.take(&part(body, 0..10)), Part::Refused("hash: not asked for")));
        let hash = super::documents::hash(body);
        documents.ask(vec![hash]);
        let other = Document { part: Bytes::from_static(b"a documenT"), ..part(body, 0..10) };
        assert!(matches!(documents.take(&other), Part::Refused(_)));
        assert!(documents.ask(vec![hash]).is_empty(), "who sent a false one is not asked again on this connection");
    }
}
