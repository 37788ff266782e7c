//! What a hostile peer may send instead of rows: nothing of it is believed.

use std::collections::BTreeMap;

use docket_central::ingest::check::{HeldBranch, HeldLog, HeldRow, Objection};
use docket_domain::ids::{StoreId, TenantId};
use docket_domain::order::OrderCommand;
use docket_log::{Head, Row};
use docket_sync::{Item, rows_from, rows_to, v1};
use docket_testkit::samples::pay;
use prost::Message as _;

use crate::till::{Till, create, items, order_id};

fn till() -> Till {
    let mut till = Till::new(1, TenantId(order_id(900).0), StoreId(order_id(800).0));
    till.run(order_id(1), &create(order_id(1), "B-001", 2));
    till.run(order_id(1), &OrderCommand::Send);
    till.run(order_id(1), &pay(1, 1_000));
    till
}

/// What is held when these rows are.
fn holding(till: &Till, rows: &[Row]) -> HeldLog {
    let mut held = HeldLog::new(till.key().public());
    if let Some(last) = rows.last() {
        held.branches.push(HeldBranch { branch: 0, shared: 0, head: Head::from(last) });
    }
    let row = |row: &Row| ((0, row.seq), HeldRow { hash: row.hash, signature: row.signature, stub: false });
    held.rows = rows.iter().map(row).collect::<BTreeMap<_, _>>();
    held
}

/// Whether head office would store a message as true. One that is no message of this form is none.
fn believed(held: &HeldLog, log: docket_log::LogId, bytes: &[u8]) -> Option<Vec<Item>> {
    let message = v1::Rows::decode(bytes).ok()?;
    let (named, items) = rows_from(&message).ok()?;
    (named == log && held.place(log, &items).is_ok()).then_some(items)
}

#[test]
fn a_message_with_any_bit_flipped_is_believed_only_where_it_says_the_same() {
    let till = till();
    let signed: Vec<usize> =
        till.rows.iter().enumerate().filter(|(_, row)| row.signature.is_some()).map(|(at, _)| at + 1).collect();
    for start in [0, signed[0], signed[1]] {
        let held = holding(&till, &till.rows[..start]);
        let sent = items(&till.rows[start..]);
        let bytes = rows_to(till.log(), &sent, String::new()).encode_to_vec();
        assert_eq!(believed(&held, till.log(), &bytes), Some(sent.clone()));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Some(items) = believed(&held, till.log(), &flipped) {
                assert!(sent.starts_with(&items), "bit {bit} behind row {start}: {items:?}");
            }
        }
    }
}

#[test]
fn a_message_that_is_cut_off_is_believed_up_to_a_signed_row_and_never_within_a_group() {
    let till = till();
    let held = holding(&till, &[]);
    let sent = items(&till.rows);
    let bytes = rows_to(till.log(), &sent, String::new()).encode_to_vec();
    for end in 0..bytes.len() {
        if let Some(items) = believed(&held, till.log(), &bytes[..end]) {
            assert!(sent.starts_with(&items));
            assert!(items.last().is_some_and(|item| item.head().signature.is_some()), "{end} bytes");
        }
    }
}

#[test]
fn rows_that_are_dropped_doubled_swapped_or_replayed_elsewhere_are_not_believed() {
    let till = till();
    let held = holding(&till, &till.rows[..1]);
    let rest = &till.rows[1..];
    let place = |rows: Vec<Row>| held.place(till.log(), &items(&rows));
    assert!(place(rest.to_vec()).is_ok());
    for at in 0..rest.len() {
        let mut doubled = rest.to_vec();
        doubled.insert(at, rest[at].clone());
        assert!(matches!(place(doubled), Err(Objection::Refused { .. })), "row {at} doubled");
        if at + 1 < rest.len() {
            let (mut dropped, mut swapped) = (rest.to_vec(), rest.to_vec());
            dropped.remove(at);
            assert!(place(dropped).is_err(), "row {at} dropped");
            swapped.swap(at, at + 1);
            assert!(place(swapped).is_err(), "row {at} swapped");
            let mut renumbered = rest.to_vec();
            renumbered.remove(at);
            for (row, seq) in renumbered.iter_mut().zip(2..) {
                row.seq = seq;
            }
            assert!(matches!(place(renumbered), Err(Objection::Refused { .. })), "row {at} dropped and hidden");
        }
    }
    let other = HeldLog::new(Till::new(2, till.tenant, till.store).key().public());
    assert!(matches!(other.place(till.log(), &items(&till.rows)), Err(Objection::Refused { .. })), "another key");
}
