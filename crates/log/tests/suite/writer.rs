//! What a writer seals, refuses and takes back.

use crate::fixture::{draft, key, log_of, nonce, open, opened, opening_draft, verify};
use docket_log::limits::{GROUP_ROWS_MAX, PAYLOAD_BYTES_MAX};
use docket_log::opened::stream_id;
use docket_log::{DeviceKey, GroupError, Head, LogOpened, LogWriter, Mode, OpenError, OpeningDraft, RowDraft, log_id};

#[test]
fn row_1_is_signed_and_its_log_id_follows_from_key_and_nonce() {
    let (writer, row) = open();
    assert_eq!(row.log, log_id(&key().public(), &nonce()));
    assert_eq!((row.seq, row.stream_id), (1, stream_id(row.log)));
    assert_eq!(writer.head(), Head::from(&row));
    let read: LogOpened = serde_json::from_str(&row.payload).expect("the payload is LogOpened");
    assert_eq!(read, opened(&key(), nonce()));
    verify(&[row], Mode::Full).expect("a log of one row is whole");
}

#[test]
fn a_payload_that_states_another_key_or_nonce_opens_nothing() {
    let other = DeviceKey::from_seed(&[9; 32]).expect("32 bytes");
    let refused = |payload: LogOpened| {
        LogWriter::try_open(&key(), nonce(), &payload, opening_draft()).map(|_| ()).expect_err("refused")
    };
    assert_eq!(refused(opened(&other, nonce())), OpenError::Identity { member: "public_key" });
    assert_eq!(refused(opened(&key(), [0; 32])), OpenError::Identity { member: "nonce" });
    let long = LogOpened { letter: "B".repeat(65), ..opened(&key(), nonce()) };
    assert!(matches!(refused(long), OpenError::Opened { member: "letter", .. }));
    let never_ran = LogOpened { run: 0, ..opened(&key(), nonce()) };
    assert!(matches!(refused(never_ran), OpenError::Opened { member: "run", .. }));
    let undated = OpeningDraft { business_day: 0, ..opening_draft() };
    let result = LogWriter::try_open(&key(), nonce(), &opened(&key(), nonce()), undated).map(|_| ());
    assert!(matches!(result, Err(OpenError::Row { column: "business_day", .. })));
}

#[test]
fn only_the_last_row_of_a_group_is_signed() {
    let rows = log_of(&[3, 1, 2]);
    let signed: Vec<u64> = rows.iter().filter(|row| row.signature.is_some()).map(|row| row.seq).collect();
    assert_eq!(signed, [1, 4, 5, 7]);
    assert!(rows.iter().map(|row| row.seq).eq(1..=7));
}

#[test]
fn a_group_is_refused_whole_and_the_writer_stays_where_it_was() {
    let (mut writer, row) = open();
    let head = Head::from(&row);
    assert_eq!(writer.seal_group(vec![]), Err(GroupError::Empty));
    let many = (0..=GROUP_ROWS_MAX as u64).map(draft).collect();
    assert_eq!(writer.seal_group(many), Err(GroupError::TooManyRows { rows: 257 }));
    let large = RowDraft { payload: format!("{{\"a\":\"{}\"}}", "a".repeat(PAYLOAD_BYTES_MAX - 8)), ..draft(1) };
    let larger = writer.seal_group(vec![large; 17]).expect_err("17 payloads of 256 KiB");
    assert_eq!(larger, GroupError::TooLarge { bytes: 17 * PAYLOAD_BYTES_MAX });
    let second = writer.seal_group(vec![draft(1), RowDraft { actor: String::new(), ..draft(2) }]);
    assert!(matches!(second, Err(GroupError::Row { index: 1, column: "actor", .. })));
    assert_eq!(writer.head(), head);
}

#[test]
fn each_column_out_of_bounds_is_named() {
    let own = open().1.log;
    let spoilt = [
        ("stream_kind", RowDraft { stream_kind: "a b".into(), ..draft(1) }),
        ("event_type", RowDraft { event_type: "".into(), ..draft(1) }),
        ("event_type", RowDraft { event_type: "log.opened".into(), ..draft(1) }),
        ("seen", RowDraft { seen: Some(String::new()), ..draft(1) }),
        ("seen", RowDraft { seen: Some(format!("{own}:1")), ..draft(1) }),
        ("schema_version", RowDraft { schema_version: 0, ..draft(1) }),
        ("payload", RowDraft { payload: "[]".into(), ..draft(1) }),
        ("payload", RowDraft { payload: "{}x".into(), ..draft(1) }),
        ("payload", RowDraft { payload: "{\"a\":\"\0\"}".into(), ..draft(1) }),
        ("payload", RowDraft { payload: format!("{{{}}}", " ".repeat(PAYLOAD_BYTES_MAX)), ..draft(1) }),
        ("actor", RowDraft { actor: "a\0b".into(), ..draft(1) }),
        ("actor", RowDraft { actor: "a".repeat(129), ..draft(1) }),
        ("clock", RowDraft { clock: u64::MAX, ..draft(1) }),
        ("wall_time_ms", RowDraft { wall_time_ms: -1, ..draft(1) }),
        ("business_day", RowDraft { business_day: 20_261_301, ..draft(1) }),
    ];
    for (column, draft) in spoilt {
        let refused = open().0.seal_group(vec![draft]).expect_err(column);
        assert!(matches!(refused, GroupError::Row { column: named, .. } if named == column), "{column}: {refused}");
    }
}

#[test]
fn a_group_that_was_taken_back_leaves_no_trace_in_the_next() {
    let (mut writer, opening) = open();
    let head = writer.head();
    let lost = writer.seal_group(vec![draft(1), draft(2)]).expect("in bounds");
    writer.rollback_to(head);
    let kept = writer.seal_group(vec![draft(1)]).expect("in bounds");
    assert_eq!((kept[0].seq, kept[0].hash), (2, lost[0].hash));
    verify(&[vec![opening], kept].concat(), Mode::Full).expect("the log is whole");
}

#[test]
fn a_resumed_writer_goes_on_where_the_head_says() {
    let mut rows = log_of(&[2]);
    let head = Head::from(&rows[2]);
    let mut writer = LogWriter::resume(&key(), rows[0].log, head);
    rows.extend(writer.seal_group(vec![draft(3)]).expect("in bounds"));
    assert_eq!(verify(&rows, Mode::Full), Ok(writer.head()));
}

#[test]
fn a_key_survives_its_seed_and_never_shows_it() {
    let made = DeviceKey::generate().expect("the system has randomness");
    let read = DeviceKey::from_seed(&made.to_seed()).expect("a seed");
    assert_eq!(read.public(), made.public());
    assert_ne!(made.public(), DeviceKey::generate().expect("the system has randomness").public());
    assert!(DeviceKey::from_seed(&[1; 31]).is_err());
    assert!(!format!("{made:?}").contains(&hex::encode(made.to_seed())));
}
