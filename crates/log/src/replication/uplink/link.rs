//! The connection: whether it stands, why not, and when the next try is due.

use crate::replication::planted::{UplinkFault, planted};

use crate::limits::{UPLINK_DELAY_FIRST_MS, UPLINK_DELAY_MAX_MS, UPLINK_TOLD_AFTER_MS};

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// This device reaches no network.
    NoNetwork,
    /// The peer's name means nothing here.
    NoName,
    /// The peer's machine takes no connection.
    Refused,
    /// The peer does not answer.
    Silent,
    /// The peer is there and can't take anything in now.
    Trouble,
    /// The peer does not accept this device's token.
    Token,
    /// The peer's certificate is not one that this device trusts.
    Certificate,
    /// This device's clock, or the peer's, is wrong by more than a certificate bears.
    Clock,
    /// The two programs don't understand each other.
    Protocol,
    /// The peer does not let this device in any more.
    Revoked,
}

/// An outage that is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Why.
    pub cause: Cause,
    /// Since when.
    pub since_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Down { until_ms: u64 },
    Connecting { since_ms: u64 },
    Greeting { since_ms: u64 },
    Up { since_ms: u64, heard_ms: u64 },
}

impl Link {
    pub(super) fn heard(&mut self, now_ms: u64) {
        if let Link::Up { heard_ms, .. } = self {
            *heard_ms = now_ms;
        }
    }
}

/// Failures in a row, and since when.
#[derive(Debug, Default)]
pub(super) struct Outages {
    failures: u32,
    outage: Option<Outage>,
}

impl Outages {
    /// A failure more; gives when the next try is due.
    pub(super) fn failed(&mut self, cause: Cause, now_ms: u64, jitter: u32) -> u64 {
        let since_ms = self.outage.map_or(now_ms, |outage| outage.since_ms);
        self.outage = Some(Outage { cause, since_ms });
        let delay = delay_ms(self.failures, jitter);
        self.failures = self.failures.saturating_add(1);
        now_ms + delay
    }

    /// Never, as long as no fault is planted.
    pub(super) fn given_up(&self) -> bool {
        planted(UplinkFault::OutageGivesUp) && self.failures > 4
    }

    /// The peer said hello.
    pub(super) fn over(&mut self) {
        self.outage = None;
    }

    /// The connection has proved itself, so the next failure is a first one.
    pub(super) fn steady(&mut self) {
        self.failures = 0;
    }

    pub(super) fn told_at(&self) -> Option<u64> {
        self.outage.map(|outage| outage.since_ms + UPLINK_TOLD_AFTER_MS)
    }

    pub(super) fn told(&self, now_ms: u64) -> Option<Outage> {
        self.outage.filter(|outage| now_ms >= outage.since_ms + UPLINK_TOLD_AFTER_MS)
    }
}

/// The share of `most` that a chance over the whole range of `jitter` names.
pub(super) fn share(most: u64, jitter: u32) -> u64 {
    most.saturating_mul(u64::from(jitter)) / u64::from(u32::MAX)
}

/// How long to wait before the next try after so many failures: any time up to a bound that doubles from one second to
/// one minute, so that a thousand tills that lost one peer do not come back as one.
#[must_use]
pub fn delay_ms(failures: u32, jitter: u32) -> u64 {
    let most = (UPLINK_DELAY_FIRST_MS << failures.min(16)).min(UPLINK_DELAY_MAX_MS);
    share(most, jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_from_a_second_to_a_minute_and_no_further() {
        let most: Vec<u64> = (0..9).map(|failures| delay_ms(failures, u32::MAX)).collect();
        assert_eq!(most, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(delay_ms(40, u32::MAX), 60_000);
    }

    #[test]
    fn chance_spreads_tries_over_all_of_the_delay() {
        assert_eq!(delay_ms(6, 0), 0);
        assert_eq!(delay_ms(6, u32::MAX / 2), 29_999);
    }

    #[test]
    fn a_blip_is_not_told_and_an_outage_is_since_its_first_failure() {
        let mut outages = Outages::default();
        outages.failed(Cause::Refused, 5_000, 0);
        assert_eq!(outages.told(5_000 + UPLINK_TOLD_AFTER_MS - 1), None);
        outages.failed(Cause::NoNetwork, 9_000, 0);
        let told = outages.told(5_000 + UPLINK_TOLD_AFTER_MS);
        assert_eq!(told, Some(Outage { cause: Cause::NoNetwork, since_ms: 5_000 }));
        outages.over();
        assert_eq!(outages.told(u64::MAX / 2), None);
    }
}
