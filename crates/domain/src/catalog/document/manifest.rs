//! The manifest: header and parts of a catalogue's document.

use serde::{Deserialize, Serialize};

use super::{DocumentError, DocumentHash};
use crate::catalog::CatalogueHeader;
use crate::catalog::limits::MAX_MANIFEST_BYTES;

const FORMAT: &str = "docket.catalogue/1";
/// Characters of a foreign format that a message quotes.
const FORMAT_CHARS_SHOWN: usize = 60;

/// A part as the manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRef {
    /// Hash of the part's bytes.
    pub sha256: DocumentHash,
    /// Size of the part in bytes.
    pub bytes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestBody {
    format: String,
    header: CatalogueHeader,
    parts: Vec<PartRef>,
}

/// Header and parts of a catalogue, under the hash that a fact names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    body: ManifestBody,
    bytes: Vec<u8>,
    hash: DocumentHash,
}

impl Manifest {
    pub(super) fn new(header: CatalogueHeader, parts: Vec<PartRef>) -> Self {
        let body = ManifestBody { format: FORMAT.to_owned(), header, parts };
        let bytes = serde_json::to_vec(&body).expect("a header holds only texts, numbers and lists");
        Self { hash: DocumentHash::of(&bytes), body, bytes }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`], [`DocumentError::Malformed`], [`DocumentError::UnknownFormat`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(DocumentError::TooLarge { what: "manifest", size: bytes.len(), max: MAX_MANIFEST_BYTES });
        }
        let malformed = |source| DocumentError::Malformed { what: "manifest", source };
        // The format is read first: a later one may have fields that this program must not trip over.
        let Format { format } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if format != FORMAT {
            return Err(DocumentError::UnknownFormat { format: format.chars().take(FORMAT_CHARS_SHOWN).collect() });
        }
        let body = serde_json::from_slice(&bytes).map_err(malformed)?;
        Ok(Self { hash: DocumentHash::of(&bytes), body, bytes })
    }

    /// SHA-256 of the manifest's bytes: the identity of the document.
    #[must_use]
    pub fn hash(&self) -> DocumentHash {
        self.hash
    }

    /// The bytes: JSON.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Size of the whole document in bytes, manifest and parts.
    #[must_use]
    pub fn size(&self) -> u64 {
        let own = u64::try_from(self.bytes.len()).expect("a length fits into 64 bits");
        own + self.body.parts.iter().map(|part| u64::from(part.bytes)).sum::<u64>()
    }

    /// What holds for all products.
    #[must_use]
    pub fn header(&self) -> &CatalogueHeader {
        &self.body.header
    }

    /// The parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[PartRef] {
        &self.body.parts
    }
}

#[derive(Deserialize)]
struct Format {
    format: String,
}
