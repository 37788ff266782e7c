//! How far devices count that were revoked: a list of heads, never a time. The same at a till and at head office.

use std::collections::HashMap;

use docket_domain::ids::{DeviceId, LogId};
use docket_domain::shop::DeviceRevoked;

/// Devices that were revoked, with the last row of each log that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CutOffs(HashMap<DeviceId, HashMap<LogId, u64>>);

impl CutOffs {
    /// Takes a fact in; of several about one log the lowest row holds, so their order does not matter.
    pub fn take(&mut self, fact: &DeviceRevoked) {
        let of_device = self.0.entry(fact.device).or_default();
        for head in &fact.heads {
            let last = of_device.entry(head.log).or_insert(head.seq);
            *last = head.seq.min(*last);
        }
    }

    /// A device counts again, here.
    pub fn spare(&mut self, device: DeviceId) {
        self.0.remove(&device);
    }

    /// Whether nobody was revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether row `seq` of a device's log has an effect.
    #[must_use]
    pub fn counts(&self, device: DeviceId, log: LogId, seq: u64) -> bool {
        self.0.get(&device).is_none_or(|logs| logs.get(&log).is_some_and(|last| seq <= *last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::shop::CutOff;
    use uuid::Uuid;

    #[test]
    fn a_revoked_device_counts_up_to_its_heads_and_others_count_on() {
        let device = |number| DeviceId(Uuid::from_u128(number));
        let (first, second) = (LogId([1; 16]), LogId([2; 16]));
        let fact = |seq| DeviceRevoked { device: device(1), heads: vec![CutOff { log: first, seq }] };
        let mut cut_offs = CutOffs::default();
        assert!(cut_offs.is_empty() && cut_offs.counts(device(1), second, 9));
        cut_offs.take(&fact(5));
        cut_offs.take(&fact(7));
        assert!(cut_offs.counts(device(1), first, 5) && !cut_offs.counts(device(1), first, 6));
        assert!(!cut_offs.counts(device(1), second, 1), "a log that is not listed does not count at all");
        assert!(cut_offs.counts(device(2), second, 9));
        cut_offs.spare(device(1));
        assert!(cut_offs.counts(device(1), second, 1));
    }
}
