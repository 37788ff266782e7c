//! The records that stand on a page of a b-tree, with what overflows it. A cell that makes no sense is passed over.

use rusqlite::types::Value;

use super::pages::Pages;
use crate::limits::SALVAGE_RECORD_BYTES_MAX;

const TABLE_LEAF: u8 = 0x0d;
const INDEX_LEAF: u8 = 0x0a;
const INDEX_INTERIOR: u8 = 0x02;

/// A record as found.
pub(super) struct Record {
    /// Key of a table that has row ids.
    pub(super) row_id: Option<i64>,
    /// Columns as stored.
    pub(super) values: Vec<Value>,
}

/// Reads records, page by page.
pub(super) struct Cells {
    pages: Pages,
    /// Overflow pages that may still be followed. It is the file's own number of pages, twice: a chain that was bent
    /// into a circle must not make the work more than linear.
    budget: u64,
}

impl Cells {
    pub(super) fn new(pages: Pages) -> Self {
        let budget = u64::from(pages.count()) * 2;
        Cells { pages, budget }
    }

    pub(super) fn pages(&self) -> u32 {
        self.pages.count()
    }

    /// The records of one page; none if it is no leaf of a table and no page of an index.
    pub(super) fn of(&mut self, number: u32) -> Vec<Record> {
        let Some(page) = self.pages.read(number) else { return Vec::new() };
        // The first page begins with the file's header.
        let head = if number == 1 { 100 } else { 0 };
        let (kind, first) = match page[head] {
            kind @ (TABLE_LEAF | INDEX_LEAF) => (kind, head + 8),
            kind @ INDEX_INTERIOR => (kind, head + 12),
            _ => return Vec::new(),
        };
        let most = page.len() / 4;
        let cells = usize::from(u16::from_be_bytes([page[head + 3], page[head + 4]])).min(most);
        (0..cells)
            .filter_map(|index| {
                let at = page.get(first + 2 * index..)?.first_chunk()?;
                self.cell(&page, kind, usize::from(u16::from_be_bytes(*at)))
            })
            .collect()
    }

    fn cell(&mut self, page: &[u8], kind: u8, at: usize) -> Option<Record> {
        let mut rest = page.get(at..self.pages.usable().min(page.len()))?;
        if kind == INDEX_INTERIOR {
            rest = rest.get(4..)?;
        }
        let bytes = usize::try_from(varint(&mut rest)?).ok().filter(|bytes| *bytes <= SALVAGE_RECORD_BYTES_MAX)?;
        let row_id = if kind == TABLE_LEAF { Some(varint(&mut rest)?.cast_signed()) } else { None };
        let payload = self.payload(rest, bytes, kind == TABLE_LEAF)?;
        Some(Record { row_id, values: values(&payload)? })
    }

    fn payload(&mut self, rest: &[u8], bytes: usize, table: bool) -> Option<Vec<u8>> {
        let usable = self.pages.usable();
        let most = if table { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if bytes <= most {
            return Some(rest.get(..bytes)?.to_vec());
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let wanted = least + (bytes - least) % (usable - 4);
        let local = if wanted <= most { wanted } else { least };
        let mut payload = rest.get(..local)?.to_vec();
        let mut next = u32::from_be_bytes(*rest.get(local..)?.first_chunk()?);
        while payload.len() < bytes {
            self.budget = self.budget.checked_sub(1)?;
            let page = self.pages.read(next)?;
            next = u32::from_be_bytes(*page.first_chunk()?);
            let wanted = (bytes - payload.len()).min(usable - 4);
            payload.extend_from_slice(page.get(4..4 + wanted)?);
        }
        Some(payload)
    }
}

/// SQLite's variable-length integer: seven bits a byte, the ninth byte whole.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for index in 0..9 {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        if index == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

fn values(payload: &[u8]) -> Option<Vec<Value>> {
    let mut head = payload;
    let head_bytes = usize::try_from(varint(&mut head)?).ok()?;
    let mut types = payload.get(payload.len() - head.len()..head_bytes)?;
    let mut body = payload.get(head_bytes..)?;
    let mut values = Vec::new();
    while !types.is_empty() {
        values.push(value(varint(&mut types)?, &mut body)?);
    }
    Some(values)
}

fn value(kind: u64, body: &mut &[u8]) -> Option<Value> {
    let mut take = |bytes: usize| {
        let (taken, behind) = body.split_at_checked(bytes)?;
        *body = behind;
        Some(taken)
    };
    Some(match kind {
        0 => Value::Null,
        1..=6 => Value::Integer(integer(take([1, 2, 3, 4, 6, 8][usize::try_from(kind).ok()? - 1])?)),
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        kind if kind >= 12 && kind % 2 == 0 => Value::Blob(take(usize::try_from((kind - 12) / 2).ok()?)?.to_vec()),
        // A byte that is no UTF-8 any more is kept as a sign of it: the row's hash then tells that it was changed.
        kind if kind >= 13 => {
            Value::Text(String::from_utf8_lossy(take(usize::try_from((kind - 13) / 2).ok()?)?).into_owned())
        }
        // The store has no floats, and 10 and 11 are not used by SQLite.
        _ => return None,
    })
}

/// Big-endian two's complement of one to eight bytes.
fn integer(bytes: &[u8]) -> i64 {
    let start = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::super::pages::Pages;
    use super::Cells;

    #[test]
    fn what_sqlite_wrote_is_read_back_from_the_bare_pages() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).expect("a store");
        let make = "PRAGMA journal_mode = WAL; CREATE TABLE t (a BLOB, b INTEGER, c TEXT, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;";
        connection.execute_batch(make).expect("a table");
        let long = |number: i64| "ä".repeat(usize::try_from(number * 13).expect("small"));
        let numbers = [0, 1, 2, -1, 127, -128, 40_000, -9_000_000, 1 << 40, i64::MAX, i64::MIN];
        for (row, number) in (0_i64..).zip(numbers.iter().cycle().take(300)) {
            let sql = "INSERT INTO t VALUES (?1, ?2, ?3)";
            connection.execute(sql, rusqlite::params![row.to_be_bytes(), number, long(row)]).expect("a row");
        }
        for checkpointed in [false, true] {
            if checkpointed {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
            }
            let mut cells = Cells::new(Pages::open(&path, &folder.path().join("a.db-wal")));
            let mut found: Vec<Vec<Value>> = (2..=cells.pages())
                .flat_map(|page| cells.of(page))
                .map(|record| record.values)
                .filter(|values| values.len() == 3)
                .collect();
            found.sort_by_key(|values| format!("{:?}", values[0]));
            assert_eq!(found.len(), 300);
            for values in found {
                let Value::Blob(key) = &values[0] else { panic!("{values:?}") };
                let row = i64::from_be_bytes(key.as_slice().try_into().expect("eight bytes"));
                let number = numbers[usize::try_from(row).expect("small") % numbers.len()];
                assert_eq!(values[1..], [Value::Integer(number), Value::Text(long(row))]);
            }
        }
    }
}
