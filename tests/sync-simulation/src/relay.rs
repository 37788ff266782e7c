//! From the outbox to a read model: relays, a broker that is an ordered list, and a consumer with an offset.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::faults::{ModelFault, planted};
use crate::office::{Database, Waiting};
use docket_testkit::dice::Dice;

/// Messages that a relay reads at once.
const PAGE: usize = 4;

/// A message as the broker keeps it, with the reign of the relay that sent it.
#[derive(Debug, Clone)]
pub struct Message {
    /// The message.
    pub of: Waiting,
    /// The reign.
    pub reign: u64,
}

/// One relay process.
#[derive(Debug, Default, Clone)]
pub struct Relay {
    /// Its reign, while it has the lock.
    reign: Option<u64>,
    page: Vec<(u64, Waiting)>,
    sent: usize,
    cursor: u64,
}

/// Relays, broker and consumer.
#[derive(Debug, Default)]
pub struct Pipeline {
    relays: [Relay; 2],
    reigns: u64,
    /// What the broker holds, in its order.
    pub broker: Vec<Message>,
    /// Whether the broker is away.
    pub away: bool,
    /// The consumer.
    pub consumer: Consumer,
}

/// What a consumer's database holds.
#[derive(Debug, Default)]
pub struct Consumer {
    offset: usize,
    seen: BTreeSet<u64>,
    /// Messages that counted.
    pub counted: usize,
    /// The last version of each order, and its facts.
    pub orders: BTreeMap<Uuid, (usize, BTreeSet<Uuid>)>,
    /// An order that went back, if one did.
    pub went_back: Option<Uuid>,
    /// How many of the broker's messages were held against their order.
    checked: usize,
}

impl Pipeline {
    /// One relay takes one step.
    pub fn relay(&mut self, who: usize, database: &mut Database, dice: &mut Dice) {
        if self.relays[who].reign.is_none() {
            let locked = self.relays.iter().any(|relay| relay.reign.is_some());
            if locked && !planted(ModelFault::TwoActiveRelays) {
                return;
            }
            self.reigns += 1;
            self.relays[who] = Relay { reign: Some(self.reigns), ..Relay::default() };
        }
        let relay = &mut self.relays[who];
        if relay.page.is_empty() {
            let cursor = if planted(ModelFault::LateCommitSkipped) { relay.cursor } else { 0 };
            let waits = database.outbox.iter().filter(|(id, row)| **id > cursor && !row.published);
            relay.page = waits.take(PAGE).map(|(id, row)| (*id, row.clone())).collect();
            relay.sent = 0;
            relay.cursor = relay.page.last().map_or(relay.cursor, |(id, _)| *id);
            if planted(ModelFault::MarkBeforeSend) {
                mark(database, &relay.page);
            }
        } else if relay.sent < relay.page.len() {
            // Several go out together; those that the broker did not take are sent again.
            let most = dice.between(1, PAGE);
            for (_, row) in relay.page.iter().skip(relay.sent).take(most) {
                if self.away {
                    return;
                }
                self.broker.push(Message { of: row.clone(), reign: relay.reign.unwrap_or(0) });
                relay.sent += 1;
            }
        } else {
            mark(database, &relay.page);
            relay.page.clear();
        }
    }

    /// A relay dies, and its lock and what it had in hand are gone.
    pub fn relay_dies(&mut self, who: usize) {
        self.relays[who] = Relay::default();
    }

    /// Head office's database was replaced: the lock's connection is gone, so every relay begins anew.
    pub fn database_gone(&mut self) {
        self.relays = [Relay::default(), Relay::default()];
    }

    /// The consumer takes one message; it may die between the effect and the offset.
    pub fn consume(&mut self, dies: bool) {
        let Some(message) = self.broker.get(self.consumer.offset) else { return };
        let consumer = &mut self.consumer;
        if planted(ModelFault::OffsetBeforeEffect) {
            consumer.offset += 1;
            if dies {
                return;
            }
            consumer.effect(&message.of);
            return;
        }
        consumer.effect(&message.of);
        if !dies {
            consumer.offset += 1;
        }
    }

    /// Whether the consumer has read everything.
    pub fn is_quiet(&self) -> bool {
        self.consumer.offset == self.broker.len() && self.relays.iter().all(|relay| relay.page.is_empty())
    }

    /// The broker's order, as far as it was not looked at: what is wrong with it, if anything.
    pub fn disorder(&mut self) -> Option<String> {
        let from = self.consumer.checked;
        self.consumer.checked = self.broker.len();
        for at in from.max(1)..self.broker.len() {
            let (before, message) = self.broker.split_at(at);
            let (Some(last), Some(message)) = (before.last(), message.first()) else { continue };
            if message.reign < last.reign {
                return Some(format!("reign {} sends after reign {}", message.reign, last.reign));
            }
            let of_key = before.iter().rev().take_while(|other| other.reign == message.reign);
            let newer = of_key.filter(|other| (other.of.key, other.of.epoch) == (message.of.key, message.of.epoch));
            if newer.into_iter().any(|other| other.of.version >= message.of.version) {
                return Some(format!("version {} of an order behind a newer one", message.of.version));
            }
        }
        None
    }
}

fn mark(database: &mut Database, page: &[(u64, Waiting)]) {
    for (id, row) in page {
        if let Some(held) = database.outbox.get_mut(id).filter(|held| held.id == row.id) {
            held.published = true;
        }
    }
}

impl Consumer {
    /// The effect and the id of its message commit together.
    fn effect(&mut self, message: &Waiting) {
        if self.seen.insert(message.id) || planted(ModelFault::NoDedupe) {
            self.counted += 1;
        }
        let (version, facts) = self.orders.entry(message.key).or_default();
        if message.version < *version && !planted(ModelFault::OlderOverwrites) {
            return;
        }
        if message.version < *version {
            self.went_back = Some(message.key);
        }
        (*version, *facts) = (message.version, message.body.clone());
    }
}
