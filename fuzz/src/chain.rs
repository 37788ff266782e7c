//! A log that somebody changed: rows of a sound one are altered, dropped, doubled, swapped, or replaced by stubs.
//!
//! Bytes can't guess a hash, so an input is a list of changes to the golden log, and not a log.

use std::sync::LazyLock;

use docket_log::wire::{Line, parse_line};
use docket_log::{ChainVerifier, Damage, DamageReason, Mode, Row, Stub};

use crate::refusal;

static GOLDEN: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = include_str!("../../crates/log/tests/golden/log-v1.jsonl").lines();
    let row = |line| match parse_line(line) {
        Ok(Line::Row(row)) => *row,
        other => panic!("the golden log holds rows: {other:?}"),
    };
    lines.map(row).collect()
});

/// Bytes of one change: what, which row, where in it, by what.
const CHANGE_BYTES: usize = 4;
/// Changes to one log.
const CHANGES_MAX: usize = 32;

/// Changes the golden log and verifies it: it passes only as far as it is the golden log, up to a signed row.
pub fn check(data: &[u8]) {
    let mut lines: Vec<Line> = GOLDEN.iter().map(|row| Line::Row(Box::new(row.clone()))).collect();
    for change in data.chunks_exact(CHANGE_BYTES).take(CHANGES_MAX) {
        apply(&mut lines, change);
    }
    for mode in [Mode::Full, Mode::Batch] {
        match verified(&lines, mode) {
            Ok(()) => must_be_golden(&lines),
            Err(damage) => refusal::check("log", &damage.to_string()),
        }
    }
}

fn verified(lines: &[Line], mode: Mode) -> Result<(), Damage> {
    let first = &GOLDEN[0];
    let mut verifier = match lines.first() {
        Some(Line::Row(row)) => ChainVerifier::from_opening(row, mode)?,
        _ => ChainVerifier::from_opening(first, mode)?,
    };
    for line in lines {
        let result = match line {
            Line::Row(row) => verifier.push(row),
            Line::Stub(stub) => verifier.push_stub(stub),
        };
        if let Err(damage) = result {
            assert_eq!(verifier.push(first), Err(damage), "after a damage, every call gives the same");
            return Err(damage);
        }
    }
    verifier.finish().map(drop)
}

/// A stub may stand for a row whose hash and signature it has. A stub with another behind it is believed: neither a
/// row's hash nor its own signature speaks for what it says. Stubs at the end of a log are believed as well: their
/// signature shows a hash of this log, and only a row behind them would show the place.
fn must_be_golden(lines: &[Line]) {
    let vouched = lines.iter().rposition(|line| matches!(line, Line::Row(_))).map_or(0, |last| last + 1);
    assert!(vouched <= GOLDEN.len(), "rows behind the end passed");
    for (place, (line, golden)) in lines[..vouched].iter().zip(GOLDEN.iter()).enumerate() {
        let same = match line {
            // Its columns are in its own hash, its signature only in that of the row behind, which a stub can't show.
            Line::Row(row) if matches!(lines.get(place + 1), Some(Line::Stub(_))) => {
                Row { signature: golden.signature, ..(**row).clone() } == *golden
            }
            Line::Row(row) => **row == *golden,
            Line::Stub(_) if matches!(lines.get(place + 1), Some(Line::Stub(_))) => true,
            Line::Stub(stub) => {
                (stub.log, stub.seq, stub.hash, stub.signature)
                    == (golden.log, golden.seq, golden.hash, golden.signature)
            }
        };
        assert!(same, "a changed row passed: {line:?}");
    }
    if vouched == lines.len() {
        assert!(GOLDEN[vouched - 1].signature.is_some(), "an open group passed");
    }
}

fn apply(lines: &mut Vec<Line>, change: &[u8]) {
    let &[what, which, at, by] = change else { return };
    if lines.is_empty() {
        return;
    }
    let index = usize::from(which) % lines.len();
    match what % 8 {
        0 => lines.truncate(index),
        1 => drop(lines.remove(index)),
        2 => lines.insert(usize::from(at) % (lines.len() + 1), lines[index].clone()),
        3 => {
            let other = usize::from(at) % lines.len();
            lines.swap(index, other);
        }
        4 => {
            if let Line::Row(row) = &lines[index] {
                let (log, seq, hash, signature) = (row.log, row.seq, row.hash, row.signature);
                lines[index] = Line::Stub(Stub { log, seq, hash, signature, reason: DamageReason::Hash });
            }
        }
        _ => match &mut lines[index] {
            Line::Row(row) => alter_row(row, at, by),
            Line::Stub(stub) => alter_stub(stub, at, by),
        },
    }
}

fn alter_row(row: &mut Row, at: u8, by: u8) {
    let wide = u64::from(by);
    match at % 18 {
        0 => row.log.0[usize::from(by) % 16] ^= by | 1,
        1 => row.seq = row.seq.wrapping_add(wide),
        2 => row.event_id = uuid::Uuid::from_u128(row.event_id.as_u128() ^ u128::from(by)),
        3 => row.stream_kind.to_mut().push(char::from(by)),
        4 => row.stream_id = uuid::Uuid::from_u128(row.stream_id.as_u128() ^ u128::from(by)),
        5 => row.seen = (by > 0).then(|| char::from(by).to_string()),
        6 => row.event_type.to_mut().insert(0, char::from(by)),
        7 => row.schema_version ^= u16::from(by),
        8 => row.payload.push(char::from(by)),
        // The border between two texts moves: without lengths in the hash this would pass.
        9 => row.actor.extend(row.payload.pop()),
        10 => row.correlation_id = uuid::Uuid::from_u128(row.correlation_id.as_u128() ^ u128::from(by)),
        11 => row.causation_id = (by > 0).then(|| uuid::Uuid::from_u128(u128::from(by))),
        12 => row.clock ^= wide,
        13 => row.wall_time_ms ^= i64::from(by),
        14 => row.business_day ^= i32::from(by),
        15 => row.hash.0[usize::from(by) % 32] ^= by,
        16 => row.signature = None,
        _ => alter_signature(&mut row.signature, by),
    }
}

fn alter_stub(stub: &mut Stub, at: u8, by: u8) {
    match at % 4 {
        0 => stub.seq = stub.seq.wrapping_add(u64::from(by)),
        1 => stub.hash.0[usize::from(by) % 32] ^= by,
        2 => stub.signature = None,
        _ => alter_signature(&mut stub.signature, by),
    }
}

/// Flips a bit, or makes one up where there is none.
fn alter_signature(signature: &mut Option<docket_log::Signature>, by: u8) {
    match signature {
        Some(signature) => signature.0[usize::from(by) % 64] ^= by,
        None => *signature = GOLDEN[0].signature,
    }
}
