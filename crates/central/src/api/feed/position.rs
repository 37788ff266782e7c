//! A place in the feed, as a text that rises with it.

use std::fmt;
use std::str::FromStr;

/// The transaction that wrote a row, and the row's id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// `xid8` of the transaction.
    pub xid: u64,
    /// Id in the outbox.
    pub id: u64,
}

/// A text that is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a position has 32 hex digits")]
pub struct PositionError;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.xid, self.id)
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| PositionError)?;
        let whole = u128::from_be_bytes(bytes);
        let part = |number: u128| u64::try_from(number & u128::from(u64::MAX)).map_err(|_| PositionError);
        let position = Position { xid: part(whole >> 64)?, id: part(whole)? };
        // PostgreSQL counts both as signed numbers.
        if position.to_string() != text || i64::try_from(position.xid.max(position.id)).is_err() {
            return Err(PositionError);
        }
        Ok(position)
    }
}

impl Position {
    /// From columns.
    #[must_use]
    pub(crate) fn of_columns(xid: i64, id: i64) -> Self {
        Position { xid: u64::try_from(xid).unwrap_or(0), id: u64::try_from(id).unwrap_or(0) }
    }

    /// Its transaction, as SQL takes it: a text that is cast to `xid8`.
    #[must_use]
    pub(crate) fn xid_text(self) -> String {
        self.xid.to_string()
    }

    /// Its id, as SQL takes it.
    #[must_use]
    pub(crate) fn id_number(self) -> i64 {
        i64::try_from(self.id).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_its_text_rises_with_it() {
        let places = [(0, 0), (1, 900), (2, 1), (255, 3), (256, 0)].map(|(xid, id)| Position { xid, id });
        let texts = places.map(|place| place.to_string());
        assert!(texts.is_sorted());
        assert_eq!(texts.map(|text| text.parse()), places.map(Ok));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in
            ["", "7", "G", &"f".repeat(32), &"A".repeat(32), &"0".repeat(33), "0000000000000001 0000000000000001"]
        {
            assert_eq!(text.parse::<Position>(), Err(PositionError), "{text}");
        }
    }
}
