//! A log with two histories, and a device that was revoked: every till of the store and head office show the same.

use docket_circle::{Office, Role, Till, until};
use docket_log::{DeviceKey, Hash, Head, LogId, LogWriter, RowDraft, Signature, wire};
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

/// A store of head office with two tills that hold the same.
fn two_tills(office: &Office) -> (Till, Till) {
    let mut first = Till::demo();
    first.enrol(&office.address(), &office.code(None));
    until("the shop is at head office", || office.holds_all_of(&first));
    let mut second = Till::unused();
    second.join(&office.address(), &office.code(Some(&first.store_id())));
    (first, second)
}

fn same(tills: [&Till; 2]) -> Result<(), String> {
    let sums = [tills[0].verified()?, tills[1].verified()?];
    if sums[0] == sums[1] { Ok(()) } else { Err(format!("{sums:?}")) }
}

fn open(till: &Till) -> Connection {
    Connection::open(till.data().join("store.db")).expect("the store opens")
}

/// A row of the log that has the most orders in it, after which another life of the machine goes on: the last one of the
/// first group that pays.
fn parting(store: &Connection) -> (LogId, Head) {
    let sql = "SELECT log_id, min(seq) FROM events WHERE event_type = 'order.cash_paid' GROUP BY log_id ORDER BY count(*) DESC";
    let (log, paid): ([u8; 16], i64) = store.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("a sale");
    let sql = "SELECT seq, hash, signature FROM events WHERE log_id = ?1 AND seq >= ?2 AND signature IS NOT NULL \
               ORDER BY seq LIMIT 1";
    let head = store.query_row(sql, rusqlite::params![&log[..], paid], |row| {
        let (seq, hash, signature): (i64, [u8; 32], [u8; 64]) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Head { seq: seq.unsigned_abs(), hash: Hash(hash), signature: Some(Signature(signature)) })
    });
    (LogId(log), head.expect("a group ends"))
}

/// What the same machine, put back to that row, would have written: it opens an order and cancels one that was handed over
/// in the first life.
fn other_life(till: &Till, opened: Uuid, cancelled: &str) -> String {
    let store = open(till);
    let (log, head) = parting(&store);
    let seed = std::fs::read(till.data().join("device.key")).expect("the key");
    let key = DeviceKey::from_seed(&seed).expect("a seed");
    let sql = "SELECT schema_version, payload, actor, clock, wall_time_ms, business_day FROM events \
               WHERE event_type = 'order.opened' LIMIT 1";
    let template = store.query_row(sql, [], |row| {
        Ok(RowDraft {
            event_id: Uuid::from_u128(77),
            stream_kind: "order".into(),
            stream_id: opened,
            seen: None,
            event_type: "order.opened".into(),
            schema_version: row.get(0)?,
            payload: row.get(1)?,
            actor: row.get(2)?,
            correlation_id: Uuid::from_u128(78),
            causation_id: None,
            clock: row.get::<_, i64>(3)?.unsigned_abs() + 5,
            wall_time_ms: row.get(4)?,
            business_day: row.get(5)?,
        })
    });
    let template = template.expect("an order was opened");
    let cancel = RowDraft {
        event_id: Uuid::from_u128(79),
        stream_id: Uuid::parse_str(cancelled).expect("an id"),
        event_type: "order.cancelled".into(),
        schema_version: 1,
        payload: r#"{"reason":"another life"}"#.into(),
        clock: template.clock + 1,
        ..template.clone()
    };
    let mut writer = LogWriter::resume(&key, log, head);
    let mut rows = writer.seal_group(vec![template]).expect("a group");
    rows.extend(writer.seal_group(vec![cancel]).expect("a group"));
    rows.iter().map(|row| wire::row_line(row) + "\n").collect()
}

#[test]
fn after_a_fork_both_tills_and_head_office_show_the_same() {
    let office = Office::whole();
    let (mut first, mut second) = two_tills(&office);
    let sold = first.sell(3);
    until("the second till holds what was sold", || {
        if sold.iter().all(|order| second.holds(order)) { Ok(()) } else { Err("orders are on their way".into()) }
    });
    second.end();
    let opened = Uuid::from_u128(0x0ade_0000_0000_7000_8000_0000_0000_0001);
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), other_life(&first, opened, &sold[0])).expect("it is written");
    second.tool("import-log", &[file.path().to_str().expect("a path")]).expect("both histories are kept");
    second.start();
    // The second till brings the other life up, and head office brings it down to the one that it is a life of.
    until("the first till holds both histories", || {
        if first.holds(&opened.to_string()) { Ok(()) } else { Err("the other one is on its way".into()) }
    });
    assert_eq!(office.count("SELECT count(*) FROM central.log_heads WHERE branch > 0"), 1);
    until("both show the same", || same([&first, &second]));
    let sql = "SELECT order_id::text, status FROM central.orders";
    let there = office.ask(sql, |row| (sqlx::Row::get::<String, _>(row, 0), sqlx::Row::get::<String, _>(row, 1)));
    for order in sold.iter().cloned().chain([opened.to_string()]) {
        let (_, status) = there.iter().find(|(id, _)| *id == order).expect("head office holds it");
        for till in [&first, &second] {
            let view = till.query("order", &format!("?order_id={order}")).expect("it is shown");
            assert_eq!(view["status"], status.as_str(), "{order}");
        }
    }
    // Whoever comes later gets both from head office alone.
    let mut third = Till::unused();
    third.join(&office.address(), &office.code(Some(&first.store_id())));
    until("a third till shows the same", || same([&first, &third]));
    // What was handed over stays completed; that the other life cancelled it is an exception.
    office.is_whole(&[&first, &second, &third], 3);
    for till in [&first, &second, &third] {
        until("device and PostgreSQL hold the same rows of both histories", || office.is_held_by(till));
    }
    // The device tells of each history, once it is asked after the other one has come to it.
    until("the device has told of both histories", || {
        let told = office.count("SELECT count(*) FROM central.tallies WHERE cardinality(further_rows) = 1");
        if told > 0 { Ok(()) } else { Err("it told of one".into()) }
    });
    let day = office.count("SELECT max(business_day)::bigint FROM central.log_rows").to_string();
    let statement = office.tool(&["prove", &first.store_id(), &day, "--json"]).expect("the day is equal");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &statement).expect("the statement is written");
    let path = file.path().to_str().expect("a path").to_owned();
    office.ask("DELETE FROM central.log_rows WHERE branch > 0", |_| ());
    let unequal = office.tool(&["prove", &first.store_id(), &day]).expect_err("rows of the other history are missing");
    assert!(unequal.contains("not equal"), "{unequal}");
    first.end();
    first.tool("prove", &[&day, "--statement", &path]).expect("the device holds what is stated of each history");
    first.tool("verify", &[]).expect("it is sound");
    first.tool("rebuild", &[]).expect("a rebuild changes nothing");
}

#[test]
fn a_revoked_till_changes_nothing_beyond_its_cut_off_at_any_till() {
    let mut office = Office::open();
    office.start(Role::Serve);
    let (mut first, second) = two_tills(&office);
    let before = second.sell(2);
    until("everything is at head office", || office.holds_all_of(&second));
    let device: String = open(&second)
        .query_row("SELECT value FROM folder WHERE name = 'device'", [], |row| row.get(0))
        .expect("the device's id");
    office.tool(&["device", "revoke", "--tenant", &office.tenant, "--device", &device]).expect("it is revoked");
    let after = second.sell(1).remove(0);
    second.must("set_table", &json!({"order_id": second.order(1), "table": "9"}));
    until("head office keeps what it wrote", || office.holds_all_of(&second));
    until("the first till holds it too", || if first.holds(&after) { Ok(()) } else { Err("it is on its way".into()) });
    assert!(!office.told().contains_key(&after));
    for order in &before {
        let view = first.query("order", &format!("?order_id={order}")).expect("what it sold before counts");
        assert_eq!(view["status"], office.told()[order]["status"]);
    }
    let refused = first.query("order", &format!("?order_id={after}")).expect_err("it has no effect");
    assert_eq!(refused.0["code"], "order_not_found");
    let sold_on = second.query("order", &format!("?order_id={after}")).expect("the till itself shows what it sold");
    assert_eq!(sold_on["status"], "completed");
    // Told again, it is the same rows.
    office.tool(&["device", "revoke", "--tenant", &office.tenant, "--device", &device]).expect("it is told again");
    let mut third = Till::unused();
    third.join(&office.address(), &office.code(Some(&first.store_id())));
    until("a third till shows the same", || same([&first, &third]));
    let counted = office.count("SELECT count(*) FROM central.orders WHERE told IS NOT NULL");
    assert!(first.verified().expect("sound").ends_with(&format!("order_count {counted}")));
    first.end();
    first.tool("rebuild", &[]).expect("a rebuild changes nothing");
}
