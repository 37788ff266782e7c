//! What an import has found so far: faults, unknown fields, notes. Each list is bounded, because the file is foreign.

use super::fault::{ImportFault, ImportProblem};
use super::json::Json;
use super::place::Place;
use super::report::{ImportCounts, ImportNote};
use crate::catalog::limits::{MAX_IMPORT_FAULTS, MAX_LISTED_FIELDS, MAX_NOTES};

/// Characters of a foreign text that a message quotes.
const QUOTED_CHARS: usize = 60;

/// A foreign text, cut to a length that is safe to show.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}

/// A few names, and how many more there are.
pub(super) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 10;
    let mut text = names.iter().take(SHOWN).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

#[derive(Default)]
pub(super) struct Findings {
    pub(super) faults: Vec<ImportFault>,
    pub(super) notes: Vec<ImportNote>,
    pub(super) unknown_fields: Vec<String>,
    pub(super) noted_fields: Vec<ImportNote>,
    pub(super) counts: ImportCounts,
}

impl Findings {
    pub(super) fn fault(&mut self, place: &Place<'_>, problem: ImportProblem) {
        match self.faults.len() {
            listed if listed < MAX_IMPORT_FAULTS => {
                self.faults.push(ImportFault { place: place.to_string(), problem });
            }
            MAX_IMPORT_FAULTS => {
                self.faults.push(ImportFault { place: String::new(), problem: ImportProblem::MoreFaults });
            }
            _ => {}
        }
    }

    /// Whether there is no use in looking further.
    pub(super) fn is_full(&self) -> bool {
        self.faults.len() > MAX_IMPORT_FAULTS
    }

    pub(super) fn note(&mut self, place: &Place<'_>, text: impl Into<String>) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(ImportNote { place: place.to_string(), text: text.into() });
        }
    }

    pub(super) fn unknown(&mut self, place: &Place<'_>) {
        self.counts.unknown_fields = self.counts.unknown_fields.saturating_add(1);
        if self.unknown_fields.len() < MAX_LISTED_FIELDS {
            self.unknown_fields.push(place.to_string());
        }
    }

    pub(super) fn noted(&mut self, place: &Place<'_>, value: &Json) {
        self.counts.noted_fields = self.counts.noted_fields.saturating_add(1);
        if self.noted_fields.len() < MAX_LISTED_FIELDS {
            self.noted_fields.push(ImportNote { place: place.to_string(), text: value.brief() });
        }
    }
}

/// A count for a report. Lists are bounded far below 2^32 before they are counted.
pub(super) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
