//! The one home of the wall clock, of new ids and of waiting in the terminal.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, TimeDelta};
use uuid::Uuid;

/// Wall time in milliseconds since 1970-01-01 UTC.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
pub fn wall_ms() -> i64 {
    #[cfg(feature = "simulated")]
    if let Some(now) = crate::simulated::wall_ms() {
        return now;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds since the first call: they never go back, whatever the wall clock does.
#[must_use]
pub fn steady_ms() -> u64 {
    u64::try_from(steady().as_millis()).unwrap_or(u64::MAX)
}

/// The same as [`steady_ms`], for what takes less than a millisecond.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
pub fn steady() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// A new UUIDv7.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the home of new ids")]
pub fn new_id() -> Uuid {
    #[cfg(feature = "simulated")]
    if let Some(id) = crate::simulated::new_id() {
        return id;
    }
    Uuid::now_v7()
}

/// Waits so many milliseconds between two rounds of work in the background.
pub async fn pause(ms: u64) {
    #[cfg(feature = "simulated")]
    if crate::simulated::wall_ms().is_some() {
        // Virtual time doesn't pass by itself; who moves it calls the work.
        return std::future::pending().await;
    }
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Fills bytes that become public in the log. Keys never come from here.
///
/// # Errors
/// If the system gives no randomness.
pub fn fill_public(bytes: &mut [u8]) -> Result<(), aws_lc_rs::error::Unspecified> {
    #[cfg(feature = "simulated")]
    if crate::simulated::fill(bytes) {
        return Ok(());
    }
    aws_lc_rs::rand::fill(bytes)
}

/// The business day (yyyymmdd) of a wall time, in the store's zone, with its cut-over in minutes after midnight.
#[must_use]
pub fn business_day(wall_ms: i64, zone: chrono_tz::Tz, cut_over_minutes: i32) -> i32 {
    let utc = DateTime::from_timestamp_millis(wall_ms).unwrap_or(DateTime::UNIX_EPOCH);
    let local = utc.with_timezone(&zone).naive_local() - TimeDelta::minutes(i64::from(cut_over_minutes));
    let date = local.date();
    date.year() * 10_000 + i32::try_from(date.month() * 100 + date.day()).expect("month and day are small")
}

#[cfg(test)]
mod tests {
    use super::business_day;

    #[test]
    fn a_sale_before_the_cut_over_belongs_to_the_day_before() {
        let zone = chrono_tz::Europe::Berlin;
        // 2026-03-01 03:30 in Berlin is 02:30 UTC.
        assert_eq!(business_day(1_772_332_200_000, zone, 240), 20_260_228);
        assert_eq!(business_day(1_772_332_200_000 + 3_600_000, zone, 240), 20_260_301);
    }
}
