//! The pages of a damaged SQLite file, read without SQLite: the file, and over it what its write-ahead log had committed.
//!
//! It knows SQLite's file format (sqlite.org/fileformat2.html, frozen since 2004) and nothing of what the pages mean.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// What SQLite takes for a new file, and so what a store has whose header can't be read.
const PAGE_BYTES_DEFAULT: usize = 4096;
const MAGIC: &[u8] = b"SQLite format 3\0";
const WAL_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// Every page that can still be read.
pub(super) struct Pages {
    file: Option<File>,
    wal: Option<File>,
    bytes: usize,
    usable: usize,
    count: u32,
    /// Page number → where its last committed content stands in the write-ahead log.
    committed: HashMap<u32, u64>,
}

impl Pages {
    /// Looks at a database file and its write-ahead log; either may be missing or short.
    pub(super) fn open(database: &Path, wal: &Path) -> Self {
        let mut file = File::open(database).ok();
        let header = file.as_mut().and_then(|file| read_at(file, 0, 100));
        let known = header.as_deref().filter(|header| header.starts_with(MAGIC)).and_then(page_bytes);
        let mut wal = File::open(wal).ok();
        let wal_bytes = wal.as_mut().and_then(|wal| read_at(wal, 8, 4)).map_or(0, |bytes| number(&bytes));
        let fallback = if is_page_size(wal_bytes) { wal_bytes as usize } else { PAGE_BYTES_DEFAULT };
        let bytes = known.unwrap_or(fallback);
        let reserved = header.filter(|_| known.is_some()).map_or(0, |header| usize::from(header[20]));
        let committed = wal.as_mut().map(|wal| committed(wal, bytes)).unwrap_or_default();
        let length = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |meta| meta.len());
        let whole = u32::try_from(length.div_ceil(bytes as u64)).unwrap_or(u32::MAX);
        let count = committed.keys().copied().max().unwrap_or(0).max(whole);
        Pages { file, wal, bytes, usable: bytes - reserved.min(bytes / 2), count, committed }
    }

    /// How many there are; they are numbered from 1.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Bytes of a page that hold content.
    pub(super) fn usable(&self) -> usize {
        self.usable
    }

    /// A page as last committed; `None` where the disk gives nothing. A page that is cut short is filled with zeros.
    pub(super) fn read(&mut self, page: u32) -> Option<Vec<u8>> {
        if page == 0 || page > self.count {
            return None;
        }
        let (file, place) = match self.committed.get(&page) {
            Some(place) => (self.wal.as_mut()?, *place),
            None => (self.file.as_mut()?, (u64::from(page) - 1) * self.bytes as u64),
        };
        file.seek(SeekFrom::Start(place)).ok()?;
        let mut content = Vec::with_capacity(self.bytes);
        file.take(self.bytes as u64).read_to_end(&mut content).ok()?;
        content.resize(self.bytes, 0);
        Some(content)
    }
}

fn is_page_size(bytes: u32) -> bool {
    bytes.is_power_of_two() && (512..=65_536).contains(&bytes)
}

fn page_bytes(header: &[u8]) -> Option<usize> {
    let stored = u32::from(u16::from_be_bytes([header[16], header[17]]));
    let bytes = if stored == 1 { 65_536 } else { stored };
    is_page_size(bytes).then_some(bytes as usize)
}

fn read_at(file: &mut File, place: u64, bytes: usize) -> Option<Vec<u8>> {
    let mut content = vec![0; bytes];
    file.seek(SeekFrom::Start(place)).ok()?;
    file.read_exact(&mut content).ok()?;
    Some(content)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// Reads the log as SQLite's own recovery does: up to the last commit before the first frame that does not check.
fn committed(wal: &mut File, page_bytes: usize) -> HashMap<u32, u64> {
    let mut committed = HashMap::new();
    let Some(header) = read_at(wal, 0, WAL_HEADER_BYTES) else { return committed };
    let magic = number(&header);
    if magic & !1 != 0x377f_0682 || number(&header[8..]) as usize != page_bytes {
        return committed;
    }
    let big_endian = magic & 1 == 1;
    let mut sum = checksum(big_endian, (0, 0), &header[..24]);
    if sum != (number(&header[24..]), number(&header[28..])) {
        return committed;
    }
    let salts = &header[16..24];
    let mut waiting = Vec::new();
    let mut place = WAL_HEADER_BYTES as u64;
    while let Some(frame) = read_at(wal, place, FRAME_HEADER_BYTES + page_bytes) {
        sum = checksum(big_endian, checksum(big_endian, sum, &frame[..8]), &frame[FRAME_HEADER_BYTES..]);
        if &frame[8..16] != salts || sum != (number(&frame[16..]), number(&frame[20..])) {
            break;
        }
        waiting.push((number(&frame), place + FRAME_HEADER_BYTES as u64));
        if number(&frame[4..]) != 0 {
            committed.extend(waiting.drain(..));
        }
        place += frame.len() as u64;
    }
    committed
}

fn checksum(big_endian: bool, (mut first, mut second): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let word = |bytes: &[u8]| {
        let bytes = *bytes.first_chunk().expect("a chunk of eight has two words");
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    for pair in bytes.chunks_exact(8) {
        first = first.wrapping_add(word(pair)).wrapping_add(second);
        second = second.wrapping_add(word(&pair[4..])).wrapping_add(first);
    }
    (first, second)
}
