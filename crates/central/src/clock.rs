//! The one home of the wall clock, of new ids and of chance in head office.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, Offset as _, TimeDelta};
use uuid::Uuid;

/// Wall time in milliseconds since 1970-01-01 UTC.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A moment to measure from, or to wait until; it knows no date and never goes back.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
pub fn moment() -> Instant {
    Instant::now()
}

/// A new UUIDv7.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the home of new ids")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct NoRandomness;

/// Bytes that nobody can guess.
///
/// # Errors
/// [`NoRandomness`].
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// The month (yyyymm, UTC) of a wall time.
#[must_use]
pub fn month(wall_ms: i64) -> i32 {
    let utc = DateTime::from_timestamp_millis(wall_ms).unwrap_or(DateTime::UNIX_EPOCH);
    (utc.year() * 100).clamp(197_000, 999_900) + i32::try_from(utc.month()).unwrap_or(1)
}

/// The business day (yyyymmdd) of a wall time, in the store's zone, with its cut-over in minutes after midnight.
#[must_use]
pub fn business_day(wall_ms: i64, zone: chrono_tz::Tz, cut_over_minutes: i32) -> i32 {
    let utc = DateTime::from_timestamp_millis(wall_ms).unwrap_or(DateTime::UNIX_EPOCH);
    let local = utc.with_timezone(&zone).naive_local() - TimeDelta::minutes(i64::from(cut_over_minutes));
    let date = local.date();
    date.year() * 10_000 + i32::try_from(date.month() * 100 + date.day()).unwrap_or(101)
}

/// By how many minutes the clock of a zone is ahead of UTC at a wall time.
#[must_use]
pub fn utc_offset_minutes(wall_ms: i64, zone: chrono_tz::Tz) -> i32 {
    let utc = DateTime::from_timestamp_millis(wall_ms).unwrap_or(DateTime::UNIX_EPOCH);
    utc.with_timezone(&zone).offset().fix().local_minus_utc() / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_a_partition_and_a_day_follows_the_stores_zone() {
        // 2026-03-01 03:30 in Berlin is 02:30 UTC.
        assert_eq!(month(1_772_332_200_000), 202_603);
        assert_eq!(business_day(1_772_332_200_000, chrono_tz::Europe::Berlin, 240), 20_260_228);
        assert_eq!(utc_offset_minutes(1_772_332_200_000, chrono_tz::Europe::Berlin), 60);
        assert_eq!(utc_offset_minutes(1_780_000_000_000, chrono_tz::Europe::Berlin), 120, "in summer");
        assert_eq!(utc_offset_minutes(1_780_000_000_000, chrono_tz::Asia::Kathmandu), 345);
    }
}
