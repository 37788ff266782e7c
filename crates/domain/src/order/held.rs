//! Sets of facts: sorted, grow-only, without doubles. Two sets of the same facts are equal however they were filled.

use std::sync::Arc;

use super::fact::DeviceClass;
use crate::ids::{DeviceId, EventId, LogId};
use crate::planted::{Fault, planted};

/// Where a fact stands, who wrote it and when: everything that the fold asks of a fact besides its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The fact's id.
    pub id: EventId,
    /// Its log.
    pub log: LogId,
    /// Its number in the log.
    pub seq: u64,
    /// The row's hash. It tells the two branches of a fork apart.
    pub hash: [u8; 32],
    /// The device that wrote it.
    pub device: DeviceId,
    /// That device's class.
    pub class: DeviceClass,
    /// Hybrid clock.
    pub clock: u64,
    /// Wall time in milliseconds, for people.
    pub wall_time_ms: i64,
    /// Business day as yyyymmdd.
    pub business_day: i32,
}

impl Place {
    /// What identifies a fact among all: two branches of a fork share log and seq, never the hash.
    #[must_use]
    pub fn key(&self) -> (LogId, u64, [u8; 32]) {
        (self.log, self.seq, self.hash)
    }

    /// The order that decides between concurrent labels and edits: the later clock, then the higher hash.
    #[must_use]
    pub fn rank(&self) -> (u64, [u8; 32]) {
        if planted(Fault::TieByPosition) {
            return (self.seq, [0; 32]);
        }
        (self.clock, self.hash)
    }
}

/// A fact that is held: its place and its payload.
#[derive(Debug, PartialEq, Eq)]
pub struct Held<T> {
    /// Where it stands.
    pub at: Place,
    /// What it says. Shared, so that a copy of an order costs no copy of its texts.
    pub payload: Arc<T>,
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self { at: self.at, payload: Arc::clone(&self.payload) }
    }
}

/// A grow-only set of facts of one type, kept sorted by log, seq and hash.
#[derive(Debug, PartialEq, Eq)]
pub struct FactSet<T>(Vec<Held<T>>);

impl<T> Default for FactSet<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Clone for FactSet<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> FactSet<T> {
    /// Takes a fact in; says whether it was new.
    pub fn insert(&mut self, at: Place, payload: T) -> bool {
        match self.0.binary_search_by_key(&at.key(), |held| held.at.key()) {
            Ok(_) => false,
            Err(position) => {
                let payload = Arc::new(payload);
                self.0.insert(position, Held { at, payload });
                true
            }
        }
    }

    /// The facts in the order of their keys.
    pub fn iter(&self) -> std::slice::Iter<'_, Held<T>> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The fact that comes first by clock and hash.
    #[must_use]
    pub fn earliest(&self) -> Option<&Held<T>> {
        self.0.iter().min_by_key(|held| held.at.rank())
    }

    /// Keeps only the facts at places that `keep` accepts.
    pub fn retain(&mut self, keep: impl Fn(&Place) -> bool) {
        self.0.retain(|held| keep(&held.at));
    }
}

impl<'a, T> IntoIterator for &'a FactSet<T> {
    type Item = &'a Held<T>;
    type IntoIter = std::slice::Iter<'a, Held<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
