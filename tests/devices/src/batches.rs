//! An export cut into the smallest pieces that may travel, in an order that no network would choose.

use std::path::{Path, PathBuf};

use docket_log::wire::{Line, parse_line};
use sha2::{Digest, Sha256};

/// Most groups of one batch.
const GROUPS_MAX: u8 = 3;
/// One batch of so many is sent twice.
const TWICE_IN: u8 = 4;

/// Repeatable chance: a byte for each seed and place.
fn chance(seed: u32, place: usize) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(place.to_be_bytes());
    hash.finalize().into()
}

/// The groups of an export in its order, each ending on its signed row. What is no row (orders, documents) comes in
/// front, as one piece.
///
/// # Panics
/// If the export can't be read, or a log in it does not end on a signed row.
#[must_use]
pub fn groups(export: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(export).expect("the export can be read");
    let (mut beside, mut groups, mut group) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        match parse_line(line) {
            Ok(Line::Row(row)) => {
                group.push(line.to_owned());
                if row.signature.is_some() {
                    groups.push(std::mem::take(&mut group));
                }
            }
            _ => beside.push(line.to_owned()),
        }
    }
    assert!(group.is_empty(), "{} ends within a group", export.display());
    groups.insert(0, beside);
    groups
}

/// Cuts the exports into batches of a few groups, mixes them, and repeats some. The same seed gives the same batches.
///
/// # Panics
/// If an export can't be read or a batch not be written.
#[must_use]
pub fn shuffled(exports: &[PathBuf], into: &Path, seed: u32) -> Vec<PathBuf> {
    std::fs::create_dir_all(into).expect("a folder");
    let mut batches: Vec<Vec<String>> = Vec::new();
    for export in exports {
        let mut rest = groups(export).into_iter();
        while let Some(first) = rest.next() {
            let more = usize::from(chance(seed, batches.len())[0] % GROUPS_MAX);
            batches.push(first.into_iter().chain(rest.by_ref().take(more).flatten()).collect());
        }
    }
    let again: Vec<_> = (0..batches.len()).filter(|place| chance(seed, *place)[1].is_multiple_of(TWICE_IN)).collect();
    let mut order: Vec<usize> = (0..batches.len()).chain(again).collect();
    let keys: Vec<[u8; 32]> = (0..order.len()).map(|place| chance(!seed, place)).collect();
    let mut places: Vec<usize> = (0..order.len()).collect();
    places.sort_by_key(|place| keys[*place]);
    order = places.into_iter().map(|place| order[place]).collect();
    let written = order.into_iter().enumerate().map(|(place, batch)| {
        let file = into.join(format!("{place:04}.jsonl"));
        std::fs::write(&file, batches[batch].join("\n") + "\n").expect("a batch");
        file
    });
    written.collect()
}
