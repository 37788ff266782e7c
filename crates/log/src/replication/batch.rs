//! Cutting rows into batches. A batch ends on a signed row; rows behind the last signed one are not sent.

use super::planted::{UplinkFault, planted};
use crate::limits::{BATCH_PAYLOAD_BYTES, BATCH_ROWS};
use crate::row::Row;

/// What a batch is cut by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSize {
    /// Whether the row ends a group.
    pub signed: bool,
    /// Bytes of its payload.
    pub payload_bytes: usize,
}

impl From<&Row> for RowSize {
    fn from(row: &Row) -> Self {
        RowSize { signed: row.signature.is_some(), payload_bytes: row.payload.len() }
    }
}

/// How many of `rows`, which start on a group, make the next batch: whole groups up to about 500 rows, and at least
/// one group however large. 0 means that no group is complete.
pub fn cut(rows: impl IntoIterator<Item = RowSize>) -> usize {
    let (mut end, mut bytes) = (0, 0_usize);
    for (index, row) in rows.into_iter().enumerate() {
        bytes = bytes.saturating_add(row.payload_bytes);
        if end > 0 && (index >= BATCH_ROWS || bytes > BATCH_PAYLOAD_BYTES) {
            break;
        }
        if row.signed || planted(UplinkFault::TailSent) {
            end = index + 1;
        }
    }
    end
}

/// All batches of `rows`, which start on a group.
pub fn batches(rows: &[Row]) -> Batches<'_> {
    Batches { rest: rows }
}

/// Gives one batch after the other; see [`batches`].
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    rest: &'a [Row],
}

impl<'a> Iterator for Batches<'a> {
    type Item = &'a [Row];

    fn next(&mut self) -> Option<&'a [Row]> {
        let (batch, rest) = self.rest.split_at(cut(self.rest.iter().map(RowSize::from)));
        self.rest = rest;
        (!batch.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(sizes: &[usize], payload_bytes: usize) -> Vec<RowSize> {
        let group = |size: &usize| {
            let size = *size;
            (1..=size).map(move |row| RowSize { signed: row == size, payload_bytes })
        };
        sizes.iter().flat_map(group).collect()
    }

    #[test]
    fn a_batch_takes_whole_groups_up_to_five_hundred_rows() {
        assert_eq!(cut(groups(&[1; 700], 10)), BATCH_ROWS);
        assert_eq!(cut(groups(&[256, 200, 100], 10)), 456);
        assert_eq!(cut(groups(&[3], 10)), 3);
    }

    #[test]
    fn a_group_larger_than_a_batch_goes_alone() {
        assert_eq!(cut(groups(&[4, 4], BATCH_PAYLOAD_BYTES)), 4);
    }

    #[test]
    fn rows_without_a_signature_behind_them_are_never_cut_off_as_a_batch() {
        let open = RowSize { signed: false, payload_bytes: 1 };
        assert_eq!(cut([open; 5]), 0);
        let mut rows = groups(&[2], 1);
        rows.push(open);
        assert_eq!(cut(rows), 2);
        assert_eq!(cut([]), 0);
    }
}
