//! Whatever is done to a log, the verifier finds it and names the row.

use crate::fixture::{draft, id, key, log_of, open, verify};
use docket_log::limits::GROUP_ROWS_MAX;
use docket_log::{ChainVerifier, Damage, DamageReason, DeviceKey, Head, Mode, Prev, Row, Signature, Stub, row_hash};
use proptest::prelude::*;
use proptest::sample::Index;

const BOTH: [Mode; 2] = [Mode::Full, Mode::Batch];

/// One character of a text becomes another; an empty text gets one.
fn alter(text: &str, at: Index) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return "x".into();
    }
    let place = at.index(chars.len());
    chars[place] = if chars[place] == 'x' { 'y' } else { 'x' };
    chars.into_iter().collect()
}

fn flip(bytes: &mut [u8], at: Index) {
    let bit = at.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn flip_id(id: uuid::Uuid, at: Index) -> uuid::Uuid {
    let mut bytes = id.into_bytes();
    flip(&mut bytes, at);
    uuid::Uuid::from_bytes(bytes)
}

const COLUMNS: usize = 17;

/// Changes one column of a row. Every third row has values in the nullable columns, so both directions happen.
fn change(row: &mut Row, column: usize, at: Index) {
    let bit = |width: usize| 1_u64 << at.index(width);
    match column {
        0 => flip(&mut row.log.0, at),
        1 => row.seq ^= bit(63),
        2 => row.event_id = flip_id(row.event_id, at),
        3 => row.stream_kind = alter(&row.stream_kind, at).into(),
        4 => row.stream_id = flip_id(row.stream_id, at),
        5 => row.seen = row.seen.as_ref().map_or(Some(String::new()), |_| None),
        6 => row.event_type = alter(&row.event_type, at).into(),
        7 => row.schema_version ^= 1 << at.index(16),
        8 => row.payload = alter(&row.payload, at),
        9 => row.actor = alter(&row.actor, at),
        10 => row.correlation_id = flip_id(row.correlation_id, at),
        11 => row.causation_id = row.causation_id.map_or(Some(id(9)), |_| None),
        12 => row.clock ^= bit(64),
        13 => row.wall_time_ms ^= bit(63).cast_signed(),
        14 => row.business_day ^= 1 << at.index(31),
        15 => flip(&mut row.hash.0, at),
        16 => match &mut row.signature {
            Some(signature) => flip(&mut signature.0, at),
            none => *none = Some(Signature([7; 64])),
        },
        _ => unreachable!("a row has 17 columns"),
    }
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(1_usize..5, 1..7)
}

/// Checks `rows` in pieces that are cut at the signed rows whose places are in `cuts`.
fn verify_pieces(rows: &[Row], cuts: &[Index]) -> Result<Head, Damage> {
    let signed: Vec<usize> = (1..rows.len()).filter(|end| rows[end - 1].signature.is_some()).collect();
    let mut ends: Vec<usize> = cuts.iter().map(|cut| signed[cut.index(signed.len())]).collect();
    ends.push(rows.len());
    ends.sort_unstable();
    ends.dedup();
    let (mut start, mut head) = (0, None);
    for end in ends {
        let (log, public) = (open().0.log(), key().public());
        let mut piece = match start {
            0 => ChainVerifier::try_new(log, &public, Mode::Full)?,
            _ => ChainVerifier::resume(log, &public, Head::from(&rows[start - 1]), Mode::Full)?,
        };
        rows[start..end].iter().try_for_each(|row| piece.push(row))?;
        head = Some(piece.finish()?);
        start = end;
    }
    head.ok_or(Damage::Empty { log: open().0.log() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_change_in_any_column_is_found_and_names_its_row(sizes in sizes(), row in any::<Index>(), at in any::<Index>()) {
        let rows = log_of(&sizes);
        let index = row.index(rows.len());
        for column in 0..COLUMNS {
            let mut changed = rows.clone();
            change(&mut changed[index], column, at);
            let damage = verify(&changed, Mode::Full).expect_err("the change shows");
            prop_assert_eq!(damage.seq(), rows[index].seq, "column {}: {}", column, damage);
            prop_assert_eq!(damage.log(), rows[0].log);
            prop_assert!(verify(&changed, Mode::Batch).is_err(), "column {} in a batch", column);
        }
    }

    #[test]
    fn a_dropped_doubled_or_swapped_row_is_named(sizes in sizes(), row in any::<Index>()) {
        let rows = log_of(&sizes);
        let index = row.index(rows.len() - 1);
        let (log, seq) = (rows[0].log, rows[index].seq);
        for mode in BOTH {
            let mut dropped = rows.clone();
            dropped.remove(index);
            prop_assert_eq!(verify(&dropped, mode), Err(Damage::Gap { log, expected: seq, found: seq + 1 }));
            let mut doubled = rows.clone();
            doubled.insert(index, rows[index].clone());
            prop_assert_eq!(verify(&doubled, mode), Err(Damage::Repeated { log, expected: seq + 1, found: seq }));
            let mut swapped = rows.clone();
            swapped.swap(index, index + 1);
            prop_assert_eq!(verify(&swapped, mode), Err(Damage::Gap { log, expected: seq, found: seq + 1 }));
        }
    }

    #[test]
    fn a_tail_cut_inside_a_group_is_named_and_one_cut_between_groups_shows_against_the_head(
        sizes in sizes(), row in any::<Index>(),
    ) {
        let rows = log_of(&sizes);
        let (log, kept) = (rows[0].log, 1 + row.index(rows.len() - 1));
        let head = Head::from(&rows[rows.len() - 1]);
        let last = &rows[kept - 1];
        for mode in BOTH {
            let cut = verify(&rows[..kept], mode);
            if last.signature.is_some() {
                prop_assert_eq!(cut, Ok(Head::from(last)));
                let mut verifier = ChainVerifier::try_new(log, &key().public(), mode).expect("a key");
                rows[..kept].iter().for_each(|row| verifier.push(row).expect("untouched"));
                let damage = verifier.finish_at(&head).expect_err("the tail is missing");
                prop_assert_eq!(damage, Damage::HeadMismatch { log, expected: head.seq, found: last.seq });
                prop_assert_eq!(damage.seq(), last.seq + 1);
            } else {
                let first = rows[..kept].iter().rposition(|row| row.signature.is_some()).map_or(1, |at| at as u64 + 2);
                prop_assert_eq!(cut, Err(Damage::UnsignedTail { log, first, last: last.seq }));
            }
        }
    }

    #[test]
    fn a_check_in_pieces_says_what_a_check_of_the_whole_says(
        sizes in sizes(), cuts in proptest::collection::vec(any::<Index>(), 0..4),
        broken in proptest::option::of((any::<Index>(), 0..COLUMNS, any::<Index>())),
    ) {
        let mut rows = log_of(&sizes);
        if let Some((row, column, at)) = broken {
            let index = row.index(rows.len());
            change(&mut rows[index], column, at);
        }
        prop_assert_eq!(verify_pieces(&rows, &cuts), verify(&rows, Mode::Full));
    }
}

#[test]
fn a_removed_signature_in_the_middle_shows_in_the_row_behind_it() {
    let mut rows = log_of(&[2, 2]);
    rows[2].signature = None;
    for mode in BOTH {
        let damage = verify(&rows, mode).expect_err("the chain covers signatures");
        assert!(matches!(damage, Damage::HashMismatch { seq: 4, .. }), "{damage}");
    }
}

#[test]
fn a_batch_checks_the_last_signature_and_finds_earlier_false_ones_in_the_chain() {
    let rows = log_of(&[1, 1]);
    let log = rows[0].log;
    let mut last = rows.clone();
    last[2].signature = Some(Signature([1; 64]));
    assert_eq!(verify(&last, Mode::Batch), Err(Damage::BadSignature { log, seq: 3 }));
    let mut middle = rows;
    middle[1].signature = Some(Signature([1; 64]));
    assert!(matches!(verify(&middle, Mode::Batch), Err(Damage::HashMismatch { seq: 3, .. })));
    assert_eq!(verify(&middle, Mode::Full), Err(Damage::BadSignature { log, seq: 2 }));
}

#[test]
fn a_log_that_was_rewritten_from_the_middle_needs_the_key() {
    let mut rows = log_of(&[1, 1]);
    rows[1].payload = r#"{"note":"other"}"#.into();
    let thief = DeviceKey::from_seed(&[9; 32]).expect("32 bytes");
    for index in 1..3 {
        rows[index].hash = row_hash(&Prev::from(&rows[index - 1]), &rows[index]);
        rows[index].signature = Some(thief.sign(&rows[index].hash));
    }
    let log = rows[0].log;
    assert_eq!(verify(&rows, Mode::Full), Err(Damage::BadSignature { log, seq: 2 }));
    assert_eq!(verify(&rows, Mode::Batch), Err(Damage::BadSignature { log, seq: 3 }));
}

/// Chains rows by hand and signs only the last, as no writer would.
fn forge_group(rows: &mut Vec<Row>, count: usize) {
    for _ in 0..count {
        let before = rows[rows.len() - 1].clone();
        let mut row = Row { seq: before.seq + 1, signature: None, event_type: "order.noted".into(), ..before.clone() };
        row.hash = row_hash(&Prev::from(&before), &row);
        rows.push(row);
    }
    let last = rows.last_mut().expect("at least row 1");
    last.signature = Some(key().sign(&last.hash));
}

#[test]
fn a_group_of_256_rows_passes_and_one_of_257_does_not() {
    let mut rows = vec![open().1];
    forge_group(&mut rows, GROUP_ROWS_MAX);
    verify(&rows, Mode::Full).expect("256 rows are a group");
    let mut rows = vec![open().1];
    forge_group(&mut rows, GROUP_ROWS_MAX + 1);
    let log = rows[0].log;
    assert_eq!(verify(&rows, Mode::Full), Err(Damage::GroupTooLong { log, first: 2 }));
}

type Spoil = fn(&mut Row);

#[test]
fn row_1_must_be_the_opening_of_this_log_and_stand_nowhere_else() {
    let opening = open().1;
    let cases: [(&str, Spoil); 6] = [
        ("event_type", |row| row.event_type = "order.noted".into()),
        ("stream_kind", |row| row.stream_kind = "order".into()),
        ("stream_id", |row| row.stream_id = id(1)),
        ("payload", |row| row.payload = "{}".into()),
        ("log", |row| row.payload = row.payload.replace("2021", "2121")),
        ("signature", |row| row.signature = None),
    ];
    for (column, spoil) in cases {
        let mut row = opening.clone();
        spoil(&mut row);
        row.hash = row_hash(&Prev::Nothing, &row);
        row.signature = row.signature.map(|_| key().sign(&row.hash));
        let damage = verify(&[row], Mode::Full).expect_err("no opening");
        assert!(matches!(damage, Damage::BadOpening { seq: 1, column: named, .. } if named == column), "{damage}");
    }
    let mut again = Row { seq: 2, ..opening.clone() };
    again.hash = row_hash(&Prev::from(&opening), &again);
    again.signature = Some(key().sign(&again.hash));
    let damage = verify(&[opening, again], Mode::Full).expect_err("an opening stands in row 1");
    assert!(matches!(damage, Damage::BadOpening { seq: 2, column: "event_type", .. }), "{damage}");
}

#[test]
fn the_log_of_another_key_is_foreign_even_with_the_same_rows() {
    let rows = log_of(&[1]);
    let other = DeviceKey::from_seed(&[9; 32]).expect("32 bytes");
    let mut verifier = ChainVerifier::try_new(rows[0].log, &other.public(), Mode::Full).expect("a key");
    let damage = verifier.push(&rows[0]).expect_err("row 1 states another key");
    assert!(matches!(damage, Damage::BadOpening { column: "payload", .. }), "{damage}");
    assert_eq!(verifier.push(&rows[1]), Err(damage), "a damaged log stays damaged");
    assert_eq!(verifier.finish(), Err(damage));
}

#[test]
fn a_stub_carries_the_check_over_a_damaged_row() {
    let mut rows = log_of(&[2, 2]);
    let log = rows[0].log;
    rows[2].payload = r#"{"note":"bent"}"#.into();
    let stub =
        |row: &Row| Stub { log, seq: row.seq, hash: row.hash, signature: row.signature, reason: DamageReason::Hash };
    let check = |stub: Stub| {
        let mut verifier = ChainVerifier::try_new(log, &key().public(), Mode::Full)?;
        rows[..2].iter().try_for_each(|row| verifier.push(row))?;
        verifier.push_stub(&stub)?;
        rows[3..].iter().try_for_each(|row| verifier.push(row))?;
        verifier.finish()
    };
    assert_eq!(check(stub(&rows[2])), Ok(Head::from(&rows[4])));
    let lying = Stub { hash: rows[1].hash, signature: None, ..stub(&rows[2]) };
    assert!(matches!(check(lying), Err(Damage::HashMismatch { seq: 4, .. })));
}

#[test]
fn a_log_without_rows_and_a_piece_that_starts_inside_a_group_are_refused() {
    let rows = log_of(&[2]);
    let log = rows[0].log;
    assert_eq!(verify(&[], Mode::Full), Err(Damage::Empty { log }));
    let inside = ChainVerifier::resume(log, &key().public(), Head::from(&rows[1]), Mode::Full);
    assert_eq!(inside.err(), Some(Damage::UnsignedTail { log, first: 2, last: 2 }));
    assert_eq!(draft(1).event_id, rows[1].event_id);
}
