//! What a file holds: the durable bytes, and the changes since the last sync.

use std::sync::Arc;

use super::Found;
use crate::rng::Rng;

/// The unit that a disk writes whole.
const SECTOR_BYTES: usize = 512;

#[derive(Debug, Clone)]
enum Change {
    Write {
        offset: usize,
        bytes: Arc<[u8]>,
        /// A sync of it failed: the system forgot it, and no later sync makes it durable.
        forgotten: bool,
    },
    Truncate(usize),
}

/// How what was not synced fares in a cut.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Nothing,
    All,
    /// The first ones, the last of them torn.
    First,
    /// The last ones only: the disk took them out of order.
    Last,
    /// Each alone: there, missing or torn.
    Each,
    /// Each sector is as it was after some of the writes to it.
    Sectors,
}

const FATES: [Fate; 6] = [Fate::Nothing, Fate::All, Fate::First, Fate::Last, Fate::Each, Fate::Sectors];

/// A file's content.
#[derive(Debug, Default)]
pub struct Content {
    durable: Vec<u8>,
    changes: Vec<Change>,
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("a file of a test fits into memory")
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { offset, bytes: written, .. } => put(bytes, *offset, written),
        Change::Truncate(size) => bytes.resize(*size, 0),
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

/// The pieces of a write, cut at the borders of sectors: offset in the file, and range in the write.
fn pieces(offset: usize, length: usize) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < length {
        let to = length.min(from + SECTOR_BYTES - (offset + from) % SECTOR_BYTES);
        pieces.push((offset + from, from..to));
        from = to;
    }
    pieces
}

impl Content {
    /// A file that came into sight with all its bytes, synced or not.
    pub fn whole(bytes: Arc<[u8]>, synced: bool) -> Self {
        let mut content = Content::default();
        content.write(0, bytes);
        if synced {
            content.durable = content.all();
            content.changes.clear();
        }
        content
    }

    /// Adds a write.
    pub fn write(&mut self, offset: u64, bytes: Arc<[u8]>) {
        self.changes.push(Change::Write { offset: index(offset), bytes, forgotten: false });
    }

    /// Adds a change of length.
    pub fn truncate(&mut self, size: u64) {
        self.changes.push(Change::Truncate(index(size)));
    }

    /// Makes the changes durable. Of those that a failed sync forgot, chance says which had reached the disk after all.
    pub fn sync(&mut self, rng: &mut Rng) {
        for change in self.changes.drain(..) {
            let forgotten = matches!(change, Change::Write { forgotten: true, .. });
            if !forgotten || rng.once_in(2) {
                apply(&mut self.durable, &change);
            }
        }
    }

    /// A sync failed.
    pub fn fail_sync(&mut self) {
        for change in &mut self.changes {
            if let Change::Write { forgotten, .. } = change {
                *forgotten = true;
            }
        }
    }

    /// How many changes are not durable.
    pub fn pending(&self) -> usize {
        self.changes.len()
    }

    fn all(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        self.changes.iter().for_each(|change| apply(&mut bytes, change));
        bytes
    }

    /// The bytes that a cut leaves.
    pub fn survivors(&self, rng: &mut Rng, found: &mut Found) -> Vec<u8> {
        if self.changes.is_empty() {
            return self.durable.clone();
        }
        let mut bytes = self.durable.clone();
        let border = rng.below(self.changes.len() + 1);
        let fate = *rng.pick(&FATES);
        let torn_before = found.torn;
        let mut kept = 0;
        for (at, change) in self.changes.iter().enumerate() {
            let one = match fate {
                Fate::Nothing => 0,
                Fate::All => 2,
                Fate::First => [2, 1, 0][usize::from(at >= border) + usize::from(at > border)],
                Fate::Last => [0, 2][usize::from(at >= border)],
                Fate::Each => rng.below(3),
                Fate::Sectors => 1,
            };
            match one {
                0 => {}
                1 => tear(&mut bytes, change, matches!(fate, Fate::Sectors), rng, found),
                _ => {
                    apply(&mut bytes, change);
                    kept += 1;
                }
            }
        }
        found.missing += self.changes.len() - kept - (found.torn - torn_before);
        self.stretch(bytes, rng)
    }

    /// A length is kept apart from the bytes: it may be ahead of them (zeros), or behind (what is beyond is not there).
    fn stretch(&self, mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
        let (durable, full) = (self.durable.len(), self.all().len());
        match rng.below(4) {
            0 if bytes.len() < full => bytes.resize(full, 0),
            1 if bytes.len() > durable => {
                let beyond = (bytes.len() - durable).div_ceil(SECTOR_BYTES);
                bytes.truncate(bytes.len().min(durable + rng.below(beyond + 1) * SECTOR_BYTES));
            }
            _ => {}
        }
        bytes
    }
}

/// Applies a part of a change: the first sectors, the last ones, or some.
fn tear(bytes: &mut Vec<u8>, change: &Change, some: bool, rng: &mut Rng, found: &mut Found) {
    let Change::Write { offset, bytes: written, .. } = change else {
        if rng.once_in(2) {
            apply(bytes, change);
        }
        return;
    };
    let pieces = pieces(*offset, written.len());
    let border = rng.below(pieces.len() + 1);
    let way = if some { 2 } else { rng.below(3) };
    let mut there = 0;
    for (at, (place, range)) in pieces.iter().enumerate() {
        let lives = match way {
            0 => at < border,
            1 => at >= border,
            _ => rng.once_in(2),
        };
        if lives {
            put(bytes, *place, &written[range.clone()]);
            there += 1;
        }
    }
    found.torn += usize::from(there > 0 && there < pieces.len());
}
