//! Where a list is cut into parts, decided by its entries alone.
//!
//! A part ends after each entry whose hash ends in seven zero bits, on average every 128 entries. A run between two
//! such ends that is longer than a part may be is cut again after the entry with the highest hash in it, until all
//! fit. Both rules look at ids, not at places: an entry that comes or goes moves no cut but those of its own run.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// One entry in so many ends a part.
const ENTRIES_PER_CUT: u64 = 128;

/// The hash by which an entry may end a part.
pub(super) fn entry_hash(id: &[u8]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(id).into();
    let mut head = [0_u8; 8];
    head.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(head)
}

/// The parts, as ranges of the list. None is empty, none is longer than `max_entries`.
pub(super) fn cut(hashes: &[u64], max_entries: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, hash) in hashes.iter().enumerate() {
        if hash.is_multiple_of(ENTRIES_PER_CUT) || place + 1 == hashes.len() {
            cut_run(hashes, start..place + 1, max_entries, &mut parts);
            start = place + 1;
        }
    }
    parts
}

/// Cuts a long run. A stack of its own, because the depth depends on the data.
fn cut_run(hashes: &[u64], run: Range<usize>, max_entries: usize, parts: &mut Vec<Range<usize>>) {
    let mut open = vec![run];
    while let Some(run) = open.pop() {
        if run.len() <= max_entries {
            parts.push(run);
            continue;
        }
        // The last entry can't be cut after: the run ends there anyway.
        let candidates = run.start..run.end - 1;
        let highest = candidates.max_by_key(|place| hashes[*place]).unwrap_or(run.start);
        open.push(highest + 1..run.end);
        open.push(run.start..highest + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(count: u32) -> Vec<u64> {
        (0..count).map(|number| entry_hash(&number.to_be_bytes())).collect()
    }

    #[test]
    fn parts_cover_the_list_in_order_and_keep_the_limit() {
        for count in [0, 1, 2, 127, 500, 501, 20_000] {
            let hashes = hashes(count);
            let parts = cut(&hashes, 500);
            assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= 500));
            assert_eq!(parts.into_iter().flatten().collect::<Vec<_>>(), (0..hashes.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_run_without_an_end_is_cut_until_it_fits() {
        let odd = (0..3_000_u64).map(|number| entry_hash(&number.to_be_bytes()) | 1).collect::<Vec<_>>();
        let parts = cut(&odd, 500);
        assert!(parts.len() >= 6 && parts.iter().all(|part| part.len() <= 500));
        assert_eq!(cut(&[1; 1_200], 500).iter().map(ExactSizeIterator::len).sum::<usize>(), 1_200);
    }
}
