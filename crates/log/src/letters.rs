//! Order numbers of devices that carry one letter. A letter belongs to one device; where two were given the same before
//! they heard of each other, the numbers of all but the first that carried it get a mark: `B-042/2`. What is said of it
//! follows from the first rows of the logs alone, so that every peer that holds them says the same.

use std::collections::{BTreeMap, HashMap};

use docket_domain::ids::{DeviceId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{Fact, FactBody};

/// The first row of a log whose device carries the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// The device.
    pub device: DeviceId,
    /// The row's clock.
    pub clock: u64,
    /// The row's hash.
    pub hash: [u8; 32],
}

/// The place of each device among those that carry one letter, from 1: by the earliest clock, then the hash.
#[must_use]
pub fn ranks(carriers: impl IntoIterator<Item = Carrier>) -> HashMap<DeviceId, u32> {
    let mut first: BTreeMap<DeviceId, (u64, [u8; 32])> = BTreeMap::new();
    for carrier in carriers {
        let at = (carrier.clock, carrier.hash);
        first.entry(carrier.device).and_modify(|known| *known = at.min(*known)).or_insert(at);
    }
    let mut in_order: Vec<_> = first.into_iter().collect();
    in_order.sort_by_key(|(_, at)| *at);
    in_order.into_iter().zip(1..).map(|((device, _), rank)| (device, rank)).collect()
}

/// The logs whose numbers have a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelMarks(HashMap<LogId, u32>);

impl LabelMarks {
    /// Notes the place of a log's device; the first one needs no mark.
    pub fn insert(&mut self, log: LogId, rank: u32) {
        if rank > 1 {
            self.0.insert(log, rank);
        }
    }

    /// Puts the marks behind the numbers that the facts give. Facts are those of the rows, and in their own logs: they are
    /// not on stretches of a fork yet.
    pub fn place(&self, facts: &mut [Fact]) {
        if self.0.is_empty() {
            return;
        }
        for fact in facts {
            if let (Some(rank), FactBody::Known(OrderEvent::Opened(opened))) =
                (self.0.get(&fact.origin.log), &mut fact.body)
            {
                opened.label.push_str(&format!("/{rank}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn carrier(device: u128, clock: u64, hash: u8) -> Carrier {
        Carrier { device: DeviceId(Uuid::from_u128(device)), clock, hash: [hash; 32] }
    }

    #[test]
    fn who_carried_the_letter_first_is_the_first_whatever_came_first_here() {
        let rows = [carrier(1, 30, 0), carrier(2, 20, 9), carrier(3, 20, 1), carrier(1, 10, 5)];
        for turn in 0..rows.len() {
            let mut turned = rows;
            turned.rotate_left(turn);
            let ranks = ranks(turned);
            let rank = |device| ranks[&DeviceId(Uuid::from_u128(device))];
            assert_eq!((rank(1), rank(3), rank(2)), (1, 2, 3));
        }
    }
}
