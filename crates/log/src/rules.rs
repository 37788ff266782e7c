//! The bounds of each column: what a writer may seal, and what is taken from a line of an export.
//!
//! The bounds are part of the format under its domain tag: they never grow, so that no peer has to refuse what another
//! wrote. The verifier does not ask them, since a stored row passed them on its way in.

use crate::limits::{
    ACTOR_BYTES_MAX, INTEGER_MAX, NAME_BYTES_MAX, PAYLOAD_BYTES_MAX, SEEN_BYTES_MAX, WALL_TIME_MS_MAX,
};
use crate::row::Row;
use crate::seen::SeenVector;
use serde::de::IgnoredAny;

/// The column and the rule that it breaks.
pub(crate) type Broken = (&'static str, &'static str);

/// Checks every column but the log, the hash and the signature.
pub(crate) fn check_row(row: &Row) -> Result<(), Broken> {
    check_seq(row.seq)?;
    check_name("stream_kind", &row.stream_kind)?;
    check_name("event_type", &row.event_type)?;
    check_text("actor", &row.actor, ACTOR_BYTES_MAX)?;
    check_seen(row)?;
    check_payload(&row.payload)?;
    if row.schema_version == 0 {
        return Err(("schema_version", "counts from 1"));
    }
    if row.clock > INTEGER_MAX {
        return Err(("clock", "is at most the highest signed integer of 64 bits"));
    }
    if !(0..=WALL_TIME_MS_MAX).contains(&row.wall_time_ms) {
        return Err(("wall_time_ms", "is between 1970 and the year 6429"));
    }
    check_day(row.business_day)
}

/// Checks a place in a log.
pub(crate) fn check_seq(seq: u64) -> Result<(), Broken> {
    if seq == 0 || seq > INTEGER_MAX {
        return Err(("seq", "is between 1 and the highest signed integer of 64 bits"));
    }
    Ok(())
}

fn check_name(column: &'static str, text: &str) -> Result<(), Broken> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if text.is_empty() || text.len() > NAME_BYTES_MAX || !text.bytes().all(plain) {
        return Err((column, "has 1 to 64 ASCII letters, digits, dots, underscores and hyphens"));
    }
    Ok(())
}

/// Control characters are refused because a NUL ends a text in SQLite's tools and PostgreSQL takes none.
fn check_text(column: &'static str, text: &str, bytes_max: usize) -> Result<(), Broken> {
    if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        return Err((column, "is not empty, not over its length, and has no control characters"));
    }
    Ok(())
}

fn check_seen(row: &Row) -> Result<(), Broken> {
    let Some(text) = &row.seen else { return Ok(()) };
    if text.len() > SEEN_BYTES_MAX {
        return Err(("seen", "has at most 512 entries"));
    }
    let seen = SeenVector::parse(text)
        .map_err(|_| ("seen", "is entries of log id and seq, ascending and joined by commas, or null"))?;
    if seen.0.contains_key(&row.log) {
        return Err(("seen", "names other logs only"));
    }
    Ok(())
}

fn check_payload(payload: &str) -> Result<(), Broken> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(("payload", "has at most 256 KiB"));
    }
    if !payload.starts_with('{') || serde_json::from_str::<IgnoredAny>(payload).is_err() {
        return Err(("payload", "is one JSON object that begins with its brace"));
    }
    Ok(())
}

fn check_day(day: i32) -> Result<(), Broken> {
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&of_month) {
        return Err(("business_day", "is a date written yyyymmdd"));
    }
    Ok(())
}
