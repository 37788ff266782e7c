//! Rows that were changed, dropped, doubled or moved in a file that is whole.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::kit::{Middle, Trade, lost, store};

/// The columns of a row in the order of the table.
const COLUMNS: [&str; 17] = [
    "log_id",
    "seq",
    "event_id",
    "stream_kind",
    "stream_id",
    "seen",
    "event_type",
    "schema_version",
    "payload",
    "actor",
    "correlation_id",
    "causation_id",
    "clock",
    "wall_time_ms",
    "business_day",
    "hash",
    "signature",
];

/// The same value with one bit turned; NULL becomes a value.
fn flipped(value: Value) -> Value {
    match value {
        Value::Null => Value::Blob(vec![7; 16]),
        Value::Integer(number) => Value::Integer(number ^ (1 << 40)),
        Value::Text(text) => {
            let mut bytes = text.into_bytes();
            bytes[0] ^= 1;
            Value::Text(String::from_utf8(bytes).expect("the first byte is ASCII"))
        }
        Value::Blob(mut bytes) => {
            bytes[0] ^= 1;
            Value::Blob(bytes)
        }
        Value::Real(_) => unreachable!("the store has no floats"),
    }
}

/// Turns a bit in one column of the row at `seq`.
fn flip(store: &Connection, at: &Middle, seq: i64, column: &str) {
    let key = params![&at.log.0[..], seq];
    let read = format!("SELECT {column} FROM events WHERE log_id = ?1 AND seq = ?2");
    let mut value: Value = store.query_row(&read, key, |row| row.get(0)).expect("the row");
    if column == "seen" {
        value = Value::Text("x".into());
    }
    let value = if column == "seen" { value } else { flipped(value) };
    let write = format!("UPDATE events SET {column} = ?3 WHERE log_id = ?1 AND seq = ?2");
    assert_eq!(store.execute(&write, params![&at.log.0[..], seq, value]).expect("an update"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_a_middle_row_is_found_when_it_is_flipped_and_the_till_sells_on() {
    let mut trade = Trade::done().await;
    let (at, whole) = (trade.middle(), trade.proven());
    for column in COLUMNS {
        // The last row of a group is the signed one.
        for seq in [at.first, at.last] {
            trade.put_back().await;
            flip(&store(&trade.data()), &at, seq, column);
            let faults = trade.faults();
            let named = faults.lines().any(|fault| fault.contains(&at.log.to_string()) && names(fault, seq));
            assert!(named, "{column} of row {seq} of log {}: {faults}", at.log);
            trade.sells_on(&[4]).await;
            let gone = lost(&whole, &trade.proven());
            // The hash of the row behind covers hash and signature; behind a gap a group proves nothing by itself.
            assert!(
                gone.iter().all(|(log, lost)| *log == at.log && (*lost as i64 - seq).abs() <= 5) && gone.len() <= 6,
                "{column} of row {seq} costs {gone:?}"
            );
            assert!(!gone.is_empty(), "{column} of row {seq}: an export that calls the row good");
            assert!(trade.faults().contains(&at.log.to_string()), "{column}: it is still named after the start");
        }
    }
}

/// Whether a fault names a row.
fn names(fault: &str, seq: i64) -> bool {
    fault.contains(&format!("row {seq}")) || fault.contains(&format!("rows {seq} "))
}

async fn rows(
    trade: &mut Trade,
    what: &str,
    damage: impl Fn(&Connection, &Middle),
    named: impl Fn(&str, &Middle) -> bool,
) {
    trade.put_back().await;
    let at = trade.middle();
    damage(&store(&trade.data()), &at);
    let faults = trade.faults();
    assert!(faults.contains(&at.log.to_string()) && named(&faults, &at), "{what}: {faults}");
    trade.sells_on(&[4, 5]).await;
    trade.shop.close().await;
    assert!(trade.faults().contains(&at.log.to_string()), "{what}: it is still named");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_dropped_doubled_or_swapped_are_named_and_the_till_sells_on() {
    let mut trade = Trade::done().await;
    let key = |at: &Middle| at.log.0.to_vec();
    rows(
        &mut trade,
        "dropped",
        |store, at| {
            let sql = "DELETE FROM events WHERE log_id = ?1 AND seq BETWEEN ?2 AND ?3";
            assert!(store.execute(sql, params![key(at), at.first, at.last]).expect("a delete") > 1);
        },
        |faults, at| faults.contains(&format!("rows {} to {} are missing", at.first, at.last)),
    )
    .await;
    rows(
        &mut trade,
        "doubled",
        |store, at| {
            // A row's place is its key, so a double stands where another row stood.
            let sql = format!(
                "REPLACE INTO events SELECT log_id, seq + 1, {} FROM events WHERE log_id = ?1 AND seq = ?2",
                COLUMNS[2..].join(", ")
            );
            store.execute(&sql, params![key(at), at.first]).expect("a double");
        },
        |faults, at| names(faults, at.first + 1),
    )
    .await;
    rows(
        &mut trade,
        "swapped",
        |store, at| {
            let sql = "UPDATE events SET seq = ?3 WHERE log_id = ?1 AND seq = ?2";
            for (from, to) in [(at.first, 1 << 40), (at.first + 1, at.first), (1 << 40, at.first + 1)] {
                assert_eq!(store.execute(sql, params![key(at), from, to]).expect("an update"), 1);
            }
        },
        |faults, at| names(faults, at.first) && names(faults, at.first + 1),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_was_cut_is_named_and_no_number_of_it_comes_again() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    let store = store(&trade.data());
    let last =
        "SELECT log_id, max(seq) FROM events WHERE log_id = (SELECT log_id FROM logs ORDER BY log_no DESC LIMIT 1)";
    let (log, head): ([u8; 16], i64) =
        store.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("the log");
    let sql = "DELETE FROM events WHERE log_id = ?1 AND seq > ?2";
    assert_eq!(store.execute(sql, params![&log[..], head - 7]).expect("a delete"), 7);
    drop(store);
    let log = docket_domain::ids::LogId(log).to_string();
    let named = format!("rows {} to {head} are missing", head - 6);
    assert!(trade.faults().contains(&log) && trade.faults().contains(&named), "{}", trade.faults());
    assert!(trade.faults().contains("continuity is unproven"), "the witness saw the rows: {}", trade.faults());
    trade.sells_on(&[7, 8]).await;
    let told = trade.incidents().await.join("\n");
    assert!(told.contains(&log) && told.contains("New letter B"), "{told}");
}
