//! Which table a bare record belongs to, by the number and the kinds of its columns, and how it is put back.
//!
//! A record that was freed but not overwritten may come up again. Rows of a log never change, so an old copy of one is
//! as good as the row; of what does change, the higher number is kept.

use rusqlite::types::Value;

use super::cells::Record;
use crate::pins::is_whole;
use crate::store::documents;

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    /// The table's row id; the record itself has NULL there.
    RowId,
    Integer,
    Text,
    MaybeText,
    /// So many bytes.
    Blob(usize),
    MaybeBlob(usize),
    Bytes,
}

/// A table whose rows can't be made again from others.
pub(super) struct Shape {
    /// Its name.
    pub(super) table: &'static str,
    columns: &'static [Kind],
    /// What else tells its records from those of other tables.
    holds: fn(&[Value]) -> bool,
    /// Puts a record back.
    pub(super) insert: &'static str,
}

const EVENT: [Kind; 17] = [
    Kind::Blob(16),
    Kind::Integer,
    Kind::Blob(16),
    Kind::Text,
    Kind::Blob(16),
    Kind::MaybeText,
    Kind::Text,
    Kind::Integer,
    Kind::Text,
    Kind::Text,
    Kind::Blob(16),
    Kind::MaybeBlob(16),
    Kind::Integer,
    Kind::Integer,
    Kind::Integer,
    Kind::Blob(32),
    Kind::MaybeBlob(64),
];

/// A row of a branch is that of an event with the branch's number behind the log.
const FORKED: [Kind; 18] = {
    let mut columns = [Kind::Integer; 18];
    columns[0] = EVENT[0];
    let mut event = 1;
    while event < EVENT.len() {
        columns[event + 1] = EVENT[event];
        event += 1;
    }
    columns
};

/// Names of the table of events; a record of it that is there already is compared with the one that was first.
pub(super) const EVENTS: &str = "events";

/// Every table that is read back. `found_logs` and `found_heads` are temporary: what they say is held against the log.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        table: EVENTS,
        columns: &EVENT,
        holds: |values| is_place(&values[1]),
        insert: "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
                 ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "forked_events",
        columns: &FORKED,
        holds: |values| is_place(&values[2]),
        insert: "INSERT INTO forked_events (log_id, branch, seq, event_id, stream_kind, stream_id, seen, event_type, \
                 schema_version, payload, actor, correlation_id, causation_id, clock, wall_time_ms, business_day, hash, \
                 signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
                 ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "logs",
        columns: &[
            Kind::RowId,
            Kind::Blob(16),
            Kind::Blob(32),
            Kind::Blob(16),
            Kind::Text,
            Kind::Integer,
            Kind::Integer,
        ],
        holds: |values| is_text(&values[4], |class| matches!(class, "till" | "kitchen" | "central")),
        insert: "INSERT INTO found_logs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "heads",
        columns: &[Kind::RowId, Kind::Integer, Kind::Blob(32), Kind::MaybeBlob(64)],
        holds: |values| is_place(&values[1]),
        insert: "INSERT INTO found_heads VALUES (?1, ?2, ?3, ?4) ON CONFLICT (log_no) DO UPDATE SET seq = excluded.seq, \
                 hash = excluded.hash, signature = excluded.signature WHERE excluded.seq > seq",
    },
    Shape {
        table: "branches",
        columns: &[Kind::Integer, Kind::Integer, Kind::Integer, Kind::Integer, Kind::Blob(32), Kind::MaybeBlob(64)],
        holds: |values| is_place(&values[3]),
        insert: "INSERT INTO branches VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (log_no, branch) DO UPDATE SET \
                 shared = excluded.shared, seq = excluded.seq, hash = excluded.hash, signature = excluded.signature \
                 WHERE excluded.seq > seq",
    },
    Shape {
        table: "stubs",
        columns: &[Kind::Blob(16), Kind::Integer, Kind::Integer, Kind::Blob(32), Kind::MaybeBlob(64), Kind::Text],
        holds: |values| is_place(&values[2]),
        insert: "INSERT INTO stubs VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "levels",
        columns: &[Kind::Integer, Kind::Text, Kind::Text, Kind::Integer, Kind::Blob(32)],
        holds: |values| is_text(&values[2], |level| matches!(level, "P" | "C")),
        insert: "INSERT INTO levels VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "receipts",
        columns: &[Kind::Blob(16), Kind::Blob(32), Kind::Text],
        holds: |values| is_text(&values[2], |outcome| outcome.starts_with('{')),
        insert: "INSERT INTO receipts VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "damaged_rows",
        columns: &[Kind::Blob(16), Kind::Integer, Kind::MaybeBlob(32), Kind::Text, Kind::Integer],
        holds: |_| true,
        insert: "INSERT INTO damaged_rows VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "clocks_ahead",
        columns: &[Kind::Blob(16), Kind::Integer, Kind::Integer],
        holds: |_| true,
        insert: "INSERT INTO clocks_ahead VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "folder",
        columns: &[Kind::Text, Kind::Text],
        // The read models are made anew, so what is said of the old ones stays behind.
        holds: |values| {
            is_text(&values[0], |name| {
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                    && !matches!(name, "read_model_generation" | "fold_version")
            })
        },
        insert: "INSERT INTO folder VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value \
                 WHERE name IN ('run', 'letters') AND CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)",
    },
    Shape {
        table: "counters",
        columns: &[Kind::Text, Kind::Integer],
        holds: |values| {
            is_text(&values[0], |name| ["label:", "receipt:", "grand:"].iter().any(|start| name.starts_with(start)))
        },
        insert: "INSERT INTO counters VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
    },
    Shape {
        table: "documents",
        columns: &[Kind::Blob(32), Kind::Bytes],
        holds: |values| match values {
            [Value::Blob(hash), Value::Blob(body)] => documents::hash(body)[..] == hash[..],
            _ => false,
        },
        insert: "INSERT INTO documents VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "document_heads",
        columns: &[Kind::Text, Kind::Blob(32), Kind::Integer],
        holds: |values| is_text(&values[0], |kind| matches!(kind, "catalogue" | "staff" | "shop")),
        insert: "INSERT INTO document_heads VALUES (?1, ?2, ?3) ON CONFLICT (kind) DO UPDATE SET hash = excluded.hash, \
                 version = excluded.version WHERE excluded.version > version",
    },
    Shape {
        table: "subject_keys",
        columns: &[Kind::Blob(16), Kind::Blob(32)],
        holds: |_| true,
        insert: "INSERT INTO subject_keys VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    },
    Shape {
        table: "pin_verifiers",
        columns: &[Kind::Blob(16), Kind::Text, Kind::Integer, Kind::Integer],
        holds: |values| is_text(&values[1], is_whole),
        insert: "INSERT INTO pin_verifiers VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    },
];

/// Rows of a log are counted from 1; what a torn page makes of a row is not one.
fn is_place(value: &Value) -> bool {
    matches!(value, Value::Integer(seq) if *seq >= 1)
}

fn is_text(value: &Value, holds: impl Fn(&str) -> bool) -> bool {
    matches!(value, Value::Text(text) if holds(text))
}

/// The table that a record belongs to, with its values as they are put back; `None` for a record of any other.
pub(super) fn shape_of(record: Record) -> Option<(&'static Shape, Vec<Value>)> {
    let Record { row_id, mut values } = record;
    let shape = SHAPES.iter().find(|shape| {
        shape.columns.len() == values.len()
            && shape.columns.iter().zip(&values).all(|(kind, value)| fits(*kind, value, row_id))
            && (shape.holds)(&values)
    })?;
    if let (Some(Kind::RowId), Some(row_id)) = (shape.columns.first(), row_id) {
        values[0] = Value::Integer(row_id);
    }
    Some((shape, values))
}

fn fits(kind: Kind, value: &Value, row_id: Option<i64>) -> bool {
    match (kind, value) {
        (Kind::RowId, Value::Null) => row_id.is_some(),
        (Kind::Integer, Value::Integer(_))
        | (Kind::Text | Kind::MaybeText, Value::Text(_))
        | (Kind::MaybeText | Kind::MaybeBlob(_), Value::Null)
        | (Kind::Bytes, Value::Blob(_)) => true,
        (Kind::Blob(bytes) | Kind::MaybeBlob(bytes), Value::Blob(blob)) => blob.len() == bytes,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::super::cells::Record;
    use super::{Kind, SHAPES, Shape, shape_of};

    /// Made again from other rows: the outbox and the letters from the log, the search from the catalogue.
    const MADE_AGAIN: [&str; 3] = ["outbox", "products", "letters"];

    #[test]
    fn every_table_of_the_store_is_read_back_or_made_again() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/terminal");
        let mut tables = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the migrations") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a migration");
            let names = text.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
            tables.extend(names.map(|rest| rest.trim_end_matches(" (").to_owned()));
        }
        assert!(tables.len() > 15, "{tables:?}");
        let known = |name: &str| SHAPES.iter().any(|shape| shape.table == name) || MADE_AGAIN.contains(&name);
        let forgotten: Vec<&String> = tables.iter().filter(|name| !known(name)).collect();
        assert!(forgotten.is_empty(), "a salvage would lose {forgotten:?}");
    }

    #[test]
    fn a_record_whose_place_in_a_log_is_below_one_is_no_row() {
        let some = |shape: &Shape| -> Vec<Value> {
            let value = |kind: &Kind| match kind {
                Kind::Integer => Value::Integer(1),
                Kind::Text => Value::Text("missing".into()),
                Kind::Blob(bytes) => Value::Blob(vec![7; *bytes]),
                Kind::Bytes => Value::Blob(vec![7]),
                Kind::RowId | Kind::MaybeText | Kind::MaybeBlob(_) => Value::Null,
            };
            shape.columns.iter().map(value).collect()
        };
        for (table, place) in [("events", 1), ("forked_events", 2), ("heads", 1), ("branches", 3), ("stubs", 2)] {
            let shape = SHAPES.iter().find(|shape| shape.table == table).expect("a table");
            for (seq, is_row) in [(i64::MIN, false), (0, false), (1, true)] {
                let mut values = some(shape);
                values[place] = Value::Integer(seq);
                let found = shape_of(Record { row_id: Some(1), values }).map(|(shape, _)| shape.table);
                assert_eq!(found == Some(table), is_row, "{table} {seq}");
            }
        }
    }
}
