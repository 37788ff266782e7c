//! Lines of a file of anybody's making: each is read whole or passed over, and none fills the memory.

use std::io::{self, BufRead};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_log::limits::LINE_BYTES_MAX;
use docket_log::wire::{self, Line as LogLine, WireError};
use serde::{Deserialize, Serialize};

use crate::limits::IMPORT_LINE_BYTES_MAX;
use crate::store::documents;
use crate::store::peers::Link;

/// What a line holds.
pub(super) enum Line {
    /// A row or a stub.
    Link(Link),
    /// A document, whose bytes match its hash.
    Document(Vec<u8>),
    /// An order as its sender folded it: the facts say the same.
    Order,
    /// Nothing.
    Blank,
    /// Something that is not taken, and why.
    Faulty(String),
}

/// Documents begin their line with this, so that only they may be long.
const DOCUMENT: &[u8] = br#"{"kind":"document","#;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentText<'a> {
    kind: &'a str,
    hash: &'a str,
    body: &'a str,
}

/// The line of a document, without its line feed.
pub(crate) fn document_line(body: &[u8]) -> String {
    let (hash, body) = (hex::encode(documents::hash(body)), STANDARD.encode(body));
    serde_json::to_string(&DocumentText { kind: "document", hash: &hash, body: &body }).expect("texts make JSON")
}

/// Reads the lines of a file one by one into one buffer.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Lines { reader, buffer: Vec::new(), number: 0 }
    }

    /// The next line with its number, from 1; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Line)>> {
        self.buffer.clear();
        let Some(too_long) = self.fill()? else { return Ok(None) };
        self.number += 1;
        let line = if too_long {
            Line::Faulty(format!(
                "a line has at most {LINE_BYTES_MAX} bytes, that of a document {IMPORT_LINE_BYTES_MAX}"
            ))
        } else {
            read(&self.buffer)
        };
        Ok(Some((self.number, line)))
    }

    /// Fills the buffer with one line; says whether it was too long, in which case the rest of it is passed over.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        let mut too_long = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok((too_long || !self.buffer.is_empty()).then_some(too_long));
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let used = end.map_or(chunk.len(), |end| end + 1);
            let known = self.buffer.len().min(DOCUMENT.len());
            let document = self.buffer[..known] == DOCUMENT[..known];
            let limit = if document { IMPORT_LINE_BYTES_MAX } else { LINE_BYTES_MAX };
            if too_long || self.buffer.len() + part.len() > limit {
                too_long = true;
                self.buffer.clear();
            } else {
                self.buffer.extend_from_slice(part);
            }
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(too_long));
            }
        }
    }
}

fn read(bytes: &[u8]) -> Line {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return Line::Faulty("the line is not UTF-8".into()) };
    if text.trim().is_empty() {
        return Line::Blank;
    }
    if bytes.starts_with(DOCUMENT) {
        return document(text).map_or_else(|rule| Line::Faulty(rule.to_owned()), Line::Document);
    }
    match wire::parse_line(text) {
        Ok(LogLine::Row(row)) => Line::Link(Link::Row(row)),
        Ok(LogLine::Stub(stub)) => Line::Link(Link::Stub(stub)),
        Err(WireError::Kind { kind }) if kind == "order" => Line::Order,
        Err(error) => Line::Faulty(error.to_string()),
    }
}

fn document(text: &str) -> Result<Vec<u8>, &'static str> {
    let read: DocumentText<'_> =
        serde_json::from_str(text).map_err(|_| "a document is one object of kind, hash and body")?;
    let body = STANDARD.decode(read.body).map_err(|_| "body: is Base64")?;
    if hex::encode(documents::hash(&body)) != read.hash {
        return Err("hash: is not that of the document's bytes");
    }
    Ok(body)
}
