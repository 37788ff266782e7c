//! The catalogue as a content-addressed document: a manifest that names parts by hash.
//!
//! A fact of the log names a catalogue by the SHA-256 of its manifest, its size and its version. The manifest holds
//! the header and, for each part, SHA-256 and size; a part holds modifier groups and products in the order of the
//! screen. Equal catalogues give equal bytes: fields stand in the order of their types, without white space, and what
//! has its default is left out.
//!
//! **How it is cut.** Where a part ends depends on the ids around the place alone, never on a count from the start
//! (see the module `chunking`). Changing a product therefore changes one part. Adding or removing one changes the
//! part it stands in, which may split in two or join its neighbour; all others keep their bytes and need not be sent
//! again. Sizes and combo choices travel with their product, groups that products share in parts of their own.

mod chunking;
mod hash;
mod manifest;

pub use hash::{DocumentHash, DocumentHashError};
pub use manifest::{Manifest, PartRef};

use serde::{Deserialize, Serialize};

use super::limits::{MAX_OWNED_GROUPS, MAX_PART_BYTES, MAX_PART_ENTRIES, MAX_PRODUCTS, MAX_SHARED_GROUPS};
use super::{Catalogue, CatalogueContent, CatalogueError, ModifierGroup, Product};

/// Why bytes are not a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The manifest or a part is larger than allowed.
    #[error("the {what} has {size} bytes, more than {max}")]
    TooLarge {
        /// `manifest` or `part`.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit.
        max: usize,
    },
    /// The bytes are not JSON of the expected shape.
    #[error("the {what} can't be read")]
    Malformed {
        /// `manifest` or `part`.
        what: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The manifest is of a format that this program does not know.
    #[error("unknown catalogue format {format:?}")]
    UnknownFormat {
        /// The format as written.
        format: String,
    },
    /// There are more or fewer parts than the manifest names.
    #[error("the manifest names {expected} parts, there are {found}")]
    PartCount {
        /// As the manifest says.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// A part is not the one that the manifest names in its place.
    #[error("part {place} is not the one that the manifest names")]
    PartMismatch {
        /// Counted from 0.
        place: usize,
    },
    /// The parts don't make a catalogue.
    #[error("the parts don't make a catalogue")]
    Content(#[from] CatalogueError),
}

/// A part of a document: bytes under their hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    hash: DocumentHash,
    bytes: Vec<u8>,
}

impl Part {
    /// The part with these bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { hash: DocumentHash::of(&bytes), bytes }
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn hash(&self) -> DocumentHash {
        self.hash
    }

    /// The bytes: JSON.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn reference(&self) -> PartRef {
        PartRef { sha256: self.hash, bytes: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX) }
    }
}

#[derive(Serialize)]
struct PartBodyRef<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    modifier_groups: &'a [ModifierGroup],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    products: &'a [Product],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartBody {
    #[serde(default)]
    modifier_groups: Vec<ModifierGroup>,
    #[serde(default)]
    products: Vec<Product>,
}

/// Cuts a catalogue into its document.
#[must_use]
pub fn split(catalogue: &Catalogue) -> (Manifest, Vec<Part>) {
    let groups = catalogue.modifier_groups();
    let (shared, mut owned) = groups.split_at(groups.partition_point(|group| group.owner.is_none()));
    let mut parts = Vec::new();
    let group_hashes = shared.iter().map(|group| chunking::entry_hash(group.id.as_bytes())).collect::<Vec<_>>();
    for range in chunking::cut(&group_hashes, MAX_PART_ENTRIES) {
        parts.push(encode(&shared[range], &[]));
    }
    let product_hashes =
        catalogue.products().iter().map(|product| chunking::entry_hash(product.id.0.as_bytes())).collect::<Vec<_>>();
    for range in chunking::cut(&product_hashes, MAX_PART_ENTRIES) {
        let products = &catalogue.products()[range];
        // The catalogue keeps owned groups in the order of their products, so each part takes the next ones.
        let mut count = 0;
        for product in products {
            count += owned[count..].iter().take_while(|group| group.owner == Some(product.id)).count();
        }
        let (mine, rest) = owned.split_at(count);
        owned = rest;
        parts.push(encode(mine, products));
    }
    let manifest = Manifest::new(catalogue.header().clone(), parts.iter().map(Part::reference).collect());
    (manifest, parts)
}

fn encode(modifier_groups: &[ModifierGroup], products: &[Product]) -> Part {
    let body = PartBodyRef { modifier_groups, products };
    Part::new(serde_json::to_vec(&body).expect("products and groups hold only texts, numbers and lists"))
}

/// Puts a document together again. The caller compares [`Manifest::hash`] and [`Manifest::size`] with the fact that
/// names the catalogue; here every part is held against the manifest, in the manifest's order.
///
/// # Errors
/// [`DocumentError`] if a part is missing, too many, changed or of another shape, or if the content is no catalogue.
pub fn assemble(manifest: &Manifest, parts: &[Part]) -> Result<Catalogue, DocumentError> {
    if manifest.parts().len() != parts.len() {
        return Err(DocumentError::PartCount { expected: manifest.parts().len(), found: parts.len() });
    }
    let mut modifier_groups = Vec::new();
    let mut products = Vec::new();
    for (place, (part, named)) in parts.iter().zip(manifest.parts()).enumerate() {
        if part.reference() != *named {
            return Err(DocumentError::PartMismatch { place });
        }
        let mut body = decode(part)?;
        modifier_groups.append(&mut body.modifier_groups);
        products.append(&mut body.products);
        // Checked as it grows, so that a manifest of many parts can't fill the memory first.
        for (kind, count, max) in [
            ("products", products.len(), MAX_PRODUCTS),
            ("modifier groups", modifier_groups.len(), MAX_OWNED_GROUPS + MAX_SHARED_GROUPS),
        ] {
            if count > max {
                return Err(CatalogueError::TooMany { kind, max }.into());
            }
        }
    }
    let content = CatalogueContent { header: manifest.header().clone(), modifier_groups, products };
    Ok(Catalogue::try_new(content)?)
}

fn decode(part: &Part) -> Result<PartBody, DocumentError> {
    let size = part.bytes.len();
    if size > MAX_PART_BYTES {
        return Err(DocumentError::TooLarge { what: "part", size, max: MAX_PART_BYTES });
    }
    serde_json::from_slice(&part.bytes).map_err(|source| DocumentError::Malformed { what: "part", source })
}
