//! What an author had folded of other logs: the highest seq per log, and its text form in a row.
//!
//! The text is hashed, so it has exactly one form: entries `<32 hex digits>:<seq>`, ascending by log id, joined by
//! commas. Nothing seen is NULL, never an empty text.

use crate::limits::{INTEGER_MAX, SEEN_ENTRIES_MAX};
use docket_domain::ids::LogId;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Why a text is not a `seen` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeenError {
    /// NULL says that nothing is new.
    #[error("nothing seen is written as null, not as an empty text")]
    Empty,
    /// An entry is not `<32 lower-case hex digits>:<seq>`.
    #[error("entry {entry} is not a log id, a colon and a seq")]
    Entry {
        /// Place of the entry, from 1.
        entry: usize,
    },
    /// The seq is zero, has leading zeros or a sign, or is out of range.
    #[error("the seq of entry {entry} is not a plain number from 1")]
    Seq {
        /// Place of the entry, from 1.
        entry: usize,
    },
    /// The entry is not above the one before it.
    #[error("entry {entry} breaks the ascending order of log ids")]
    Order {
        /// Place of the entry, from 1.
        entry: usize,
    },
    /// There are too many.
    #[error("more than {SEEN_ENTRIES_MAX} entries")]
    TooMany,
}

/// The highest seq seen of each log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenVector(pub BTreeMap<LogId, u64>);

impl SeenVector {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`SeenError`] for every text that [`SeenVector::to_text`] would not write.
    pub fn parse(text: &str) -> Result<Self, SeenError> {
        if text.is_empty() {
            return Err(SeenError::Empty);
        }
        let mut entries = BTreeMap::new();
        for (index, part) in text.split(',').enumerate() {
            let entry = index + 1;
            if entry > SEEN_ENTRIES_MAX {
                return Err(SeenError::TooMany);
            }
            let (log, seq) = part.split_once(':').ok_or(SeenError::Entry { entry })?;
            let log = crate::bytes::decode(log).map(LogId).map_err(|_| SeenError::Entry { entry })?;
            let seq = parse_seq(seq).ok_or(SeenError::Seq { entry })?;
            if entries.last_key_value().is_some_and(|(last, _)| *last >= log) {
                return Err(SeenError::Order { entry });
            }
            entries.insert(log, seq);
        }
        Ok(SeenVector(entries))
    }

    /// The text form for a row; `None` if there is nothing to say.
    pub fn to_text(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut text = String::with_capacity(self.0.len() * 40);
        for (log, seq) in &self.0 {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{log}:{seq}").expect("a String takes all that is written");
        }
        Some(text)
    }

    /// Whether the row `seq` of `log` was seen.
    pub fn covers(&self, log: LogId, seq: u64) -> bool {
        self.0.get(&log).is_some_and(|seen| seq <= *seen)
    }

    /// Takes in one log's seq. It never falls.
    pub fn raise(&mut self, log: LogId, seq: u64) {
        let seen = self.0.entry(log).or_insert(seq);
        *seen = seq.max(*seen);
    }

    /// Takes in all that `other` saw: for each log the higher seq. The result does not depend on the order of joins.
    pub fn join(&mut self, other: &SeenVector) {
        other.0.iter().for_each(|(log, seq)| self.raise(*log, *seq));
    }

    /// The entries that are higher here than in `before`: what the author's next fact writes down.
    pub fn grown_since(&self, before: &SeenVector) -> SeenVector {
        let grown = |(log, seq): &(&LogId, &u64)| !before.covers(**log, **seq);
        SeenVector(self.0.iter().filter(grown).map(|(log, seq)| (*log, *seq)).collect())
    }
}

/// A seq in its only text form; also used where a seq stands alone.
fn parse_seq(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let seq: u64 = if plain {
        text.parse().ok()?
    } else {
        return None;
    };
    (seq <= INTEGER_MAX).then_some(seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn log(byte: u8) -> LogId {
        LogId([byte; 16])
    }

    fn vectors() -> impl Strategy<Value = SeenVector> {
        proptest::collection::btree_map(any::<u8>().prop_map(log), 1..=INTEGER_MAX, 0..6).prop_map(SeenVector)
    }

    #[test]
    fn the_text_is_sorted_by_log_id_and_nothing_seen_is_null() {
        let mut seen = SeenVector::default();
        assert_eq!(seen.to_text(), None);
        seen.raise(log(0xb0), 7);
        seen.raise(log(0x0a), 12);
        let text = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a:12,b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0:7";
        assert_eq!(seen.to_text().as_deref(), Some(text));
        assert_eq!(SeenVector::parse(text), Ok(seen));
    }

    #[test]
    fn a_text_in_another_form_is_refused_with_its_place() {
        let (a, b) = (log(0xaa).to_string(), log(0xbb).to_string());
        let cases = [
            (String::new(), SeenError::Empty),
            (a.clone(), SeenError::Entry { entry: 1 }),
            (format!("{}:1", a.to_uppercase()), SeenError::Entry { entry: 1 }),
            (format!("{a}:1,"), SeenError::Entry { entry: 2 }),
            (format!("{a}:0"), SeenError::Seq { entry: 1 }),
            (format!("{a}:01"), SeenError::Seq { entry: 1 }),
            (format!("{a}:+1"), SeenError::Seq { entry: 1 }),
            (format!("{a}:"), SeenError::Seq { entry: 1 }),
            (format!("{a}:9223372036854775808"), SeenError::Seq { entry: 1 }),
            (format!("{b}:1,{a}:1"), SeenError::Order { entry: 2 }),
            (format!("{a}:1,{a}:2"), SeenError::Order { entry: 2 }),
        ];
        for (text, error) in cases {
            assert_eq!(SeenVector::parse(&text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_did_not_grow_is_not_written_again() {
        let before = SeenVector([(log(1), 5), (log(2), 5)].into());
        let after = SeenVector([(log(1), 5), (log(2), 6), (log(3), 1)].into());
        assert_eq!(after.grown_since(&before), SeenVector([(log(2), 6), (log(3), 1)].into()));
    }

    proptest! {
        #[test]
        fn joins_give_the_same_in_any_order_and_when_repeated(a in vectors(), b in vectors()) {
            let mut ab = a.clone();
            ab.join(&b);
            let mut ba = b.clone();
            ba.join(&a);
            ba.join(&b);
            prop_assert_eq!(&ab, &ba);
            prop_assert!(a.0.iter().all(|(log, seq)| ab.covers(*log, *seq)));
            let mut regained = a.clone();
            regained.join(&ab.grown_since(&a));
            prop_assert_eq!(regained, ab);
        }

        #[test]
        fn every_vector_reads_back_from_its_text(vector in vectors()) {
            let text = vector.to_text();
            prop_assert_eq!(text.map(|text| SeenVector::parse(&text)), (!vector.0.is_empty()).then_some(Ok(vector)));
        }
    }
}
