//! The hybrid clock: wall time while it runs forward, a counter while it does not. It never goes back.
//!
//! No clock decides money, food or cancel; it orders labels that were edited without knowledge of each other.

use crate::limits::{CLOCK_AHEAD_MAX_MS, INTEGER_MAX, WALL_TIME_MS_MAX};

const COUNTER_BITS: u32 = 16;

/// A remote clock runs too far ahead to be adopted; its device is flagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the remote clock is {ahead_ms} ms ahead, more than {CLOCK_AHEAD_MAX_MS}")]
pub struct ClockAhead {
    /// How far it is ahead of this device's wall clock.
    pub ahead_ms: i64,
}

/// The clock of one device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HybridClock {
    last: u64,
}

impl HybridClock {
    /// A clock that continues after `last`, the highest stamp that this device has stored or adopted.
    pub fn resume(last: u64) -> Self {
        HybridClock { last }
    }

    /// The stamp for something that happens now. Each is higher than all before, also when the wall clock stands
    /// still or goes back; a full counter carries into the milliseconds.
    pub fn now(&mut self, wall_ms: i64) -> u64 {
        self.last = pack(wall_ms, 0).max(self.last.saturating_add(1).min(INTEGER_MAX));
        self.last
    }

    /// Takes note of another device's stamp, so that what happens here next is later.
    ///
    /// # Errors
    /// [`ClockAhead`] if it is more than a minute ahead of this wall clock; then nothing is adopted.
    pub fn observe(&mut self, remote: u64, wall_ms: i64) -> Result<(), ClockAhead> {
        let ahead_ms = millis(remote) - wall_ms.clamp(0, WALL_TIME_MS_MAX);
        if ahead_ms > CLOCK_AHEAD_MAX_MS {
            return Err(ClockAhead { ahead_ms });
        }
        self.last = self.last.max(remote);
        Ok(())
    }

    /// The last stamp that was given or adopted.
    pub fn last(&self) -> u64 {
        self.last
    }
}

/// A stamp from its parts. Times before 1970 or beyond the year 6429 are held at the border.
pub fn pack(wall_ms: i64, counter: u16) -> u64 {
    let ms = wall_ms.clamp(0, WALL_TIME_MS_MAX).cast_unsigned();
    ms << COUNTER_BITS | u64::from(counter)
}

/// The milliseconds of a stamp.
pub fn millis(stamp: u64) -> i64 {
    (stamp >> COUNTER_BITS).cast_signed()
}

/// The counter of a stamp.
pub fn counter(stamp: u64) -> u16 {
    u16::try_from(stamp & u64::from(u16::MAX)).expect("the mask leaves 16 bits")
}

/// The text form: 16 lower-case hex digits, 12 of milliseconds and 4 of counter. It sorts like the stamp, and no JSON
/// reader rounds it as it would a number of 64 bits.
pub fn format(stamp: u64) -> String {
    format!("{stamp:016x}")
}

/// Reads what [`format`](fn@format) writes, and nothing else.
pub fn parse(text: &str) -> Option<u64> {
    crate::bytes::decode::<8>(text).ok().map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: i64 = 1_780_000_000_000;

    #[test]
    fn a_stamp_is_always_higher_than_the_one_before_even_when_the_wall_clock_goes_back() {
        let mut clock = HybridClock::default();
        let stamps = [NOON_MS, NOON_MS, NOON_MS - 5_000, NOON_MS + 1, -7].map(|wall_ms| clock.now(wall_ms));
        assert!(stamps.is_sorted_by(|a, b| a < b));
        assert_eq!(stamps[0], pack(NOON_MS, 0));
        assert_eq!(stamps[2], pack(NOON_MS, 2));
        assert_eq!(stamps[3], pack(NOON_MS + 1, 0));
    }

    #[test]
    fn a_full_counter_carries_into_the_milliseconds() {
        let mut clock = HybridClock::resume(pack(NOON_MS, u16::MAX));
        assert_eq!(clock.now(NOON_MS), pack(NOON_MS + 1, 0));
    }

    #[test]
    fn a_remote_stamp_a_minute_ahead_is_adopted_and_one_beyond_is_not() {
        let mut clock = HybridClock::default();
        clock.observe(pack(NOON_MS + 60_000, 3), NOON_MS).expect("a minute is allowed");
        assert_eq!(clock.now(NOON_MS), pack(NOON_MS + 60_000, 4));
        let refused = clock.observe(pack(NOON_MS + 60_001, 0), NOON_MS);
        assert_eq!(refused, Err(ClockAhead { ahead_ms: 60_001 }));
        assert_eq!(clock.last(), pack(NOON_MS + 60_000, 4));
    }

    #[test]
    fn an_older_remote_stamp_changes_nothing() {
        let mut clock = HybridClock::resume(pack(NOON_MS, 9));
        clock.observe(pack(NOON_MS - 1, 500), NOON_MS).expect("the past is never ahead");
        assert_eq!(clock.last(), pack(NOON_MS, 9));
    }

    #[test]
    fn the_text_form_reads_back_and_takes_no_other_form() {
        let stamp = pack(NOON_MS, 0xbeef);
        assert_eq!((millis(stamp), counter(stamp)), (NOON_MS, 0xbeef));
        assert_eq!(parse(&format(stamp)), Some(stamp));
        assert_eq!(format(stamp).len(), 16);
        for text in ["", "00", "019E704F6400BEEF", "019e704f6400beef0"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_time_is_held_and_never_wraps() {
        let mut clock = HybridClock::default();
        assert_eq!(millis(clock.now(i64::MAX)), WALL_TIME_MS_MAX);
        assert_eq!(HybridClock::resume(INTEGER_MAX).now(0), INTEGER_MAX);
    }
}
