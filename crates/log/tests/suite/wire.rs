//! The line of a row: read back unchanged, and refused with the member that is wrong.

use crate::fixture::golden_log;
use docket_log::limits::LINE_BYTES_MAX;
use docket_log::wire::{Line, WireError, parse_line, row_line, stub_line};
use docket_log::{DamageReason, Stub};
use proptest::prelude::*;
use serde_json::{Value, json};

fn members() -> serde_json::Map<String, Value> {
    let line = row_line(&golden_log()[4]);
    serde_json::from_str(&line).expect("a line is an object")
}

fn with(member: &str, value: Value) -> String {
    let mut members = members();
    members.insert(member.into(), value);
    Value::Object(members).to_string()
}

fn stub() -> Stub {
    let row = &golden_log()[4];
    Stub { log: row.log, seq: row.seq, hash: row.hash, signature: row.signature, reason: DamageReason::Hash }
}

#[test]
fn rows_and_stubs_read_back_unchanged() {
    for row in golden_log() {
        assert_eq!(parse_line(&row_line(&row)), Ok(Line::Row(Box::new(row))));
    }
    assert_eq!(parse_line(&stub_line(&stub())), Ok(Line::Stub(stub())));
    let unsigned = Stub { signature: None, ..stub() };
    assert_eq!(parse_line(&stub_line(&unsigned)), Ok(Line::Stub(unsigned)));
}

#[test]
fn the_members_stand_in_the_order_of_the_hash_and_the_payload_is_a_text() {
    let line = row_line(&golden_log()[1]);
    let order = [
        "kind",
        "log",
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
    let places: Vec<usize> = order.iter().map(|name| line.find(&format!("\"{name}\":")).expect(name)).collect();
    assert!(places.is_sorted());
    assert!(line.contains(r#""payload":"{\"name\":\"Crêpe \\\"Käse\\\" ☕\""#), "{line}");
    assert!(line.contains(r#""seen":null"#) && line.ends_with(r#""signature":null}"#));
}

#[test]
fn every_member_is_required_and_no_other_is_taken() {
    for field in members().keys() {
        let mut fewer = members();
        fewer.remove(field);
        let refused = parse_line(&Value::Object(fewer).to_string()).expect_err(field);
        assert!(matches!(&refused, WireError::Missing { field: named } if named == field), "{refused}");
    }
    let refused = parse_line(&with("level", json!("L"))).expect_err("unknown");
    assert_eq!(refused, WireError::Unknown { field: "level".into() });
    let twice = row_line(&golden_log()[4]).replacen('{', r#"{"seq":5,"#, 1);
    assert_eq!(parse_line(&twice), Err(WireError::Doubled { field: "seq".into() }));
    let order = parse_line(r#"{"kind":"order","total":"3.50"}"#);
    assert_eq!(order, Err(WireError::Kind { kind: "order".into() }));
}

#[test]
fn a_member_in_another_form_is_named_with_its_rule() {
    let upper = golden_log()[4].hash.to_string().to_uppercase();
    let cases = [
        ("log", json!("00")),
        ("log", json!(7)),
        ("seq", json!(0)),
        ("seq", json!("5")),
        ("seq", json!(5.0)),
        ("seq", json!(-1)),
        ("seq", json!(u64::MAX)),
        ("event_id", json!("019E6CF4C400700080000000000000C8")),
        ("stream_id", json!("")),
        ("stream_kind", json!("or der")),
        ("event_type", json!("x".repeat(65))),
        ("event_type", json!(null)),
        ("seen", json!("")),
        ("schema_version", json!(65_536)),
        ("payload", json!({"note": 1})),
        ("payload", json!("not json")),
        ("actor", json!("")),
        ("correlation_id", json!(null)),
        ("causation_id", json!("none")),
        ("clock", json!(116_654_080_000_000_000_u64)),
        ("clock", json!("ffffffffffffffff")),
        ("wall_time_ms", json!(1.5)),
        ("business_day", json!("2026-05-28")),
        ("business_day", json!(20_260_532)),
        ("hash", json!(upper)),
        ("signature", json!("00")),
    ];
    for (member, value) in cases {
        let refused = parse_line(&with(member, value.clone())).expect_err(member);
        assert!(matches!(refused, WireError::Value { field, .. } if field == member), "{member} {value}: {refused}");
        assert!(refused.to_string().starts_with(member));
    }
    let stub = stub_line(&stub()).replace("\"hash\"}", "\"bored\"}");
    assert!(matches!(parse_line(&stub), Err(WireError::Value { field: "reason", .. })));
}

#[test]
fn what_is_no_object_or_too_long_is_refused_at_once() {
    for line in ["", "[]", "null", "{", "{} {}", "{\"kind\":\"row\"", "\u{feff}{}"] {
        assert!(parse_line(line).is_err(), "{line}");
    }
    let bytes = LINE_BYTES_MAX + 1;
    assert_eq!(parse_line(&" ".repeat(bytes)), Err(WireError::TooLong { bytes }));
    let many: Vec<String> = (0..1_000).map(|member| format!("\"m{member}\":1")).collect();
    assert!(matches!(parse_line(&format!("{{{}}}", many.join(","))), Err(WireError::NotAnObject { .. })));
}

#[test]
fn the_longest_row_that_may_be_sealed_fits_a_line() {
    let mut row = golden_log().swap_remove(4);
    row.payload = format!("{{\"a\":\"{}\"}}", "\\\\".repeat(131_067));
    let entry = |number: u128| format!("{number:032x}:9223372036854775807");
    row.seen = Some((0..512).map(entry).collect::<Vec<_>>().join(","));
    row.actor = "\u{1F600}".repeat(32);
    let line = row_line(&row);
    assert!(line.len() < LINE_BYTES_MAX);
    assert_eq!(parse_line(&line), Ok(Line::Row(Box::new(row))));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in "\\PC{0,200}") {
        let _ = parse_line(&text);
    }

    #[test]
    fn a_line_with_one_byte_changed_is_refused_or_reads_as_another_row(at in any::<proptest::sample::Index>(), byte in 0x20_u8..0x7f) {
        let line = row_line(&golden_log()[4]);
        let mut bytes = line.clone().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Ok(changed) = String::from_utf8(bytes) && changed != line && let Ok(read) = parse_line(&changed) {
            prop_assert_ne!(read, Line::Row(Box::new(golden_log().swap_remove(4))));
        }
    }
}
