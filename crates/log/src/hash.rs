//! The bytes that a row's hash covers. This file is the format: `docs/LOG.md` says the same in a table.
//!
//! Each part is a 4-byte big-endian length followed by that many bytes, so two different rows can't give one input: the
//! parts are read back without a choice. A NULL is the length `ff ff ff ff` alone, which no text may reach.

use crate::bytes::{Hash, PublicKey};
use crate::row::{Prev, Row};
use aws_lc_rs::digest::{SHA256, digest};
use docket_domain::ids::LogId;

/// Opens every hash input, so that a row's hash is never the hash of something else that Docket hashes.
pub const DOMAIN_TAG: &[u8] = b"docket.row.v1\0";

const NULL_MARK: [u8; 4] = [0xff; 4];

/// The log id that belongs to a key and a nonce: the first 16 bytes of SHA-256(public key ‖ nonce).
pub fn log_id(public: &PublicKey, nonce: &[u8]) -> LogId {
    let digest = sha256(&[&public.0, nonce].concat());
    let mut id = [0_u8; 16];
    id.copy_from_slice(&digest[..16]);
    LogId(id)
}

/// The hash of `row` behind `prev`. Whoever hashes many rows keeps a [`RowHasher`].
pub fn row_hash(prev: &Prev, row: &Row) -> Hash {
    RowHasher::default().hash(prev, row)
}

/// The exact input of SHA-256 for `row` behind `prev`.
pub fn hash_input(prev: &Prev, row: &Row) -> Vec<u8> {
    let mut input = Vec::new();
    write_input(&mut input, prev, row);
    input
}

/// Hashes row after row in one buffer: one call into the digest per row costs less than one per column.
#[derive(Debug, Default, Clone)]
pub struct RowHasher {
    input: Vec<u8>,
}

impl RowHasher {
    /// The hash of `row` behind `prev`. The columns `hash` and `signature` of `row` take no part.
    pub fn hash(&mut self, prev: &Prev, row: &Row) -> Hash {
        self.input.clear();
        write_input(&mut self.input, prev, row);
        Hash(sha256(&self.input))
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

fn write_input(to: &mut Vec<u8>, prev: &Prev, row: &Row) {
    to.extend_from_slice(DOMAIN_TAG);
    write_prev(to, prev);
    write_bytes(to, &row.log.0);
    write_unsigned(to, row.seq);
    write_bytes(to, row.event_id.as_bytes());
    write_bytes(to, row.stream_kind.as_bytes());
    write_bytes(to, row.stream_id.as_bytes());
    write_nullable(to, row.seen.as_ref().map(String::as_bytes));
    write_bytes(to, row.event_type.as_bytes());
    write_unsigned(to, u64::from(row.schema_version));
    write_bytes(to, row.payload.as_bytes());
    write_bytes(to, row.actor.as_bytes());
    write_bytes(to, row.correlation_id.as_bytes());
    write_nullable(to, row.causation_id.as_ref().map(|id| id.as_bytes().as_slice()));
    write_unsigned(to, row.clock);
    write_signed(to, row.wall_time_ms);
    write_signed(to, i64::from(row.business_day));
}

fn write_prev(to: &mut Vec<u8>, prev: &Prev) {
    match prev {
        Prev::Nothing => write_length(to, 0),
        Prev::Row { hash, signature: None } => write_bytes(to, &hash.0),
        Prev::Row { hash, signature: Some(signature) } => {
            write_length(to, hash.0.len() + signature.0.len());
            to.extend_from_slice(&hash.0);
            to.extend_from_slice(&signature.0);
        }
    }
}

fn write_length(to: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).ok().filter(|length| *length != u32::MAX);
    to.extend_from_slice(&length.expect("no column of a row in memory reaches 4 GiB").to_be_bytes());
}

fn write_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    write_length(to, bytes.len());
    to.extend_from_slice(bytes);
}

fn write_nullable(to: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => write_bytes(to, bytes),
        None => to.extend_from_slice(&NULL_MARK),
    }
}

fn write_unsigned(to: &mut Vec<u8>, value: u64) {
    write_bytes(to, &value.to_be_bytes());
}

fn write_signed(to: &mut Vec<u8>, value: i64) {
    write_bytes(to, &value.to_be_bytes());
}
