//! The hash input reads back without a choice, so two different rows never share one.

use crate::fixture::golden_log;
use docket_log::hash::{DOMAIN_TAG, hash_input};
use docket_log::{Prev, Row, RowHasher, row_hash};
use proptest::prelude::*;
use uuid::Uuid;

/// A reader of the layout that knows only lengths and the NULL mark.
fn read_parts(input: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
    let mut rest = input.strip_prefix(DOMAIN_TAG)?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length);
        if length == u32::MAX {
            parts.push(None);
            rest = behind;
        } else {
            let (part, behind) = behind.split_at_checked(length as usize)?;
            parts.push(Some(part.to_vec()));
            rest = behind;
        }
    }
    Some(parts)
}

fn parts_of(prev: &Prev, row: &Row) -> Vec<Option<Vec<u8>>> {
    let prev = match prev {
        Prev::Nothing => vec![],
        Prev::Row { hash, signature } => [hash.0.as_slice(), signature.as_ref().map_or(&[], |it| &it.0)].concat(),
    };
    vec![
        Some(prev),
        Some(row.log.0.to_vec()),
        Some(row.seq.to_be_bytes().to_vec()),
        Some(row.event_id.as_bytes().to_vec()),
        Some(row.stream_kind.as_bytes().to_vec()),
        Some(row.stream_id.as_bytes().to_vec()),
        row.seen.as_ref().map(|seen| seen.as_bytes().to_vec()),
        Some(row.event_type.as_bytes().to_vec()),
        Some(u64::from(row.schema_version).to_be_bytes().to_vec()),
        Some(row.payload.as_bytes().to_vec()),
        Some(row.actor.as_bytes().to_vec()),
        Some(row.correlation_id.as_bytes().to_vec()),
        row.causation_id.map(|id| id.as_bytes().to_vec()),
        Some(row.clock.to_be_bytes().to_vec()),
        Some(row.wall_time_ms.to_be_bytes().to_vec()),
        Some(i64::from(row.business_day).to_be_bytes().to_vec()),
    ]
}

fn rows() -> impl Strategy<Value = Row> {
    let text = "\\PC{0,12}";
    let texts = (text, proptest::option::of(text), text, text, text);
    let numbers = (any::<u64>(), any::<u16>(), any::<u64>(), any::<i64>(), any::<i32>());
    let ids = (any::<u128>(), proptest::option::of(any::<u128>()));
    (texts, numbers, ids).prop_map(|(texts, numbers, ids)| Row {
        stream_kind: texts.0.into(),
        seen: texts.1,
        event_type: texts.2.into(),
        payload: texts.3,
        actor: texts.4,
        seq: numbers.0,
        schema_version: numbers.1,
        clock: numbers.2,
        wall_time_ms: numbers.3,
        business_day: numbers.4,
        event_id: Uuid::from_u128(ids.0),
        causation_id: ids.1.map(Uuid::from_u128),
        ..golden_log()[0].clone()
    })
}

proptest! {
    #[test]
    fn the_hash_input_of_any_columns_reads_back_into_those_columns(row in rows(), first in any::<bool>()) {
        let golden = golden_log();
        let prev = if first { Prev::Nothing } else { Prev::from(&golden[1]) };
        prop_assert_eq!(read_parts(&hash_input(&prev, &row)), Some(parts_of(&prev, &row)));
    }

    #[test]
    fn a_used_hasher_gives_what_a_fresh_one_gives(a in rows(), b in rows()) {
        let mut used = RowHasher::default();
        used.hash(&Prev::Nothing, &a);
        prop_assert_eq!(used.hash(&Prev::Nothing, &b), row_hash(&Prev::Nothing, &b));
    }
}

#[test]
fn null_and_the_empty_text_give_different_hashes() {
    let null = golden_log().swap_remove(1);
    let empty = Row { seen: Some(String::new()), ..null.clone() };
    assert_ne!(row_hash(&Prev::Nothing, &null), row_hash(&Prev::Nothing, &empty));
}

#[test]
fn a_signature_of_the_row_before_is_part_of_the_hash() {
    let rows = golden_log();
    let signed = Prev::from(&rows[0]);
    let bare = Prev::Row { hash: rows[0].hash, signature: None };
    assert_ne!(row_hash(&signed, &rows[1]), row_hash(&bare, &rows[1]));
}
