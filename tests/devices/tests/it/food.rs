//! Rows of the conflict table about food: cancels and voids against the kitchen, recalls.

use docket_devices::row::{
    Act::{Cancel, Close, Do, On, Open, Pay, Void},
    NOTHING, Row,
};

use crate::{met, settled};

pub const ROWS: &[&Row] = &[
    &CANCEL_AND_START,
    &CANCEL_AND_READY,
    &CANCEL_AND_HANDOVER,
    &CANCEL_AND_TWO_KITCHENS,
    &VOID_AND_START,
    &VOID_AND_HANDOVER,
    &RECALL_AND_HANDOVER,
    &RECALL_AND_READY,
];

static CANCEL_AND_START: Row = Row {
    number: 1,
    lines: &["Soup"],
    linked: &[Open, Do("send")],
    unlinked: [&[Cancel], &[Do("start")], &[]],
    met: [&[], &[], &[Close("waste")]],
};

#[test]
fn a_cancel_that_did_not_see_the_start_is_cancelled_and_already_made() {
    let order = met(&CANCEL_AND_START);
    assert_eq!(order.status(), "cancelled");
    assert_eq!(order.money(), ["0.00", "0.00", "0.00", "0.00"]);
    assert_eq!(order.exceptions(), ["already_made"]);
}

#[test]
fn what_a_person_closed_at_one_till_is_closed_at_all() {
    let order = settled(&CANCEL_AND_START);
    assert_eq!(order.status(), "cancelled");
    assert_eq!(order.exceptions(), ["already_made, closed waste"]);
}

static CANCEL_AND_READY: Row = Row {
    number: 2,
    lines: &["Soup"],
    linked: &[Open, Do("send"), Do("start")],
    unlinked: [&[Cancel], &[Do("ready")], &[]],
    met: [&[], &[Do("reinstate")], &[]],
};

#[test]
fn a_cancel_that_did_not_see_the_ready_is_cancelled_and_already_made() {
    let order = met(&CANCEL_AND_READY);
    assert_eq!(order.status(), "cancelled");
    assert_eq!(order.money(), ["0.00", "0.00", "0.00", "0.00"]);
    assert_eq!(order.exceptions(), ["already_made"]);
}

#[test]
fn a_reinstatement_that_saw_the_cancel_brings_back_what_is_ready_and_settles_the_exception() {
    let order = settled(&CANCEL_AND_READY);
    assert_eq!(order.status(), "ready");
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert_eq!(order.exceptions(), ["already_made, closed keep"]);
    assert_eq!(order.facts("order.cancelled").len(), 1, "the cancel stays readable");
}

static CANCEL_AND_HANDOVER: Row = Row {
    number: 3,
    lines: &["Soup", "Bread"],
    linked: &[Open, Do("send")],
    unlinked: [&[Cancel], &[On("bump_line", 0), On("hand_over", 0)], &[]],
    met: [&[Pay(0)], &[], &[Close("keep")]],
};

#[test]
fn a_cancel_that_did_not_see_a_handover_leaves_due_what_the_guest_has() {
    let order = met(&CANCEL_AND_HANDOVER);
    assert_eq!(order.status(), "ready");
    assert_eq!(order.view["served_unpaid"], true);
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert_eq!(order.exceptions(), ["cancelled_after_handover"]);
}

#[test]
fn once_paid_an_order_cancelled_after_a_handover_is_completed_as_to_what_the_guest_has() {
    let order = settled(&CANCEL_AND_HANDOVER);
    assert_eq!(order.status(), "completed");
    assert_eq!(order.money(), ["6.00", "6.00", "0.00", "0.00"]);
    assert_eq!(order.exceptions(), ["cancelled_after_handover, closed keep"]);
}

static CANCEL_AND_TWO_KITCHENS: Row = Row {
    number: 18,
    lines: &["Soup", "Bread"],
    linked: &[Open, Do("send")],
    unlinked: [&[Cancel], &[On("start", 0)], &[On("start", 0), On("start", 1)]],
    met: NOTHING,
};

#[test]
fn a_cancel_that_two_kitchens_did_not_see_raises_one_exception_for_each_line() {
    let order = met(&CANCEL_AND_TWO_KITCHENS);
    assert_eq!(order.status(), "cancelled");
    assert_eq!(order.exceptions(), ["already_made", "already_made"]);
    assert_eq!(order.facts("order.preparation_started").len(), 3);
}

static VOID_AND_START: Row = Row {
    number: 7,
    lines: &["Soup", "Bread"],
    linked: &[Open, Do("send")],
    unlinked: [&[Void(0)], &[On("start", 0)], &[]],
    met: NOTHING,
};

#[test]
fn a_void_that_did_not_see_the_start_is_voided_and_already_made() {
    let order = met(&VOID_AND_START);
    assert_eq!(order.status(), "confirmed");
    assert_eq!(order.lines(), ["1 × Soup voided", "1 × Bread fired"]);
    assert_eq!(order.money(), ["2.50", "0.00", "0.00", "2.50"]);
    assert_eq!(order.exceptions(), ["already_made"]);
}

static VOID_AND_HANDOVER: Row = Row {
    number: 16,
    lines: &["Soup", "Bread"],
    linked: &[Open, Do("send"), Do("ready")],
    unlinked: [&[Void(0)], &[On("hand_over", 0)], &[]],
    met: NOTHING,
};

#[test]
fn a_void_that_did_not_see_the_handover_is_voided_and_already_made() {
    let order = met(&VOID_AND_HANDOVER);
    assert_eq!(order.status(), "ready");
    assert_eq!(order.lines(), ["1 × Soup voided", "1 × Bread ready"]);
    assert_eq!(order.money(), ["2.50", "0.00", "0.00", "2.50"]);
    assert_eq!(order.exceptions(), ["already_made"]);
}

static RECALL_AND_HANDOVER: Row = Row {
    number: 10,
    lines: &["Soup"],
    linked: &[Open, Do("send"), Do("ready")],
    unlinked: [&[Do("hand_over")], &[Do("recall")], &[]],
    met: NOTHING,
};

#[test]
fn a_recall_that_did_not_see_the_handover_changes_nothing_and_raises_nothing() {
    let order = met(&RECALL_AND_HANDOVER);
    assert_eq!(order.status(), "ready");
    assert_eq!(order.lines(), ["1 × Soup handed_over"]);
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert!(order.exceptions().is_empty());
    assert_eq!(order.facts("order.lines_recalled").len(), 1, "the recall stays readable");
}

static RECALL_AND_READY: Row = Row {
    number: 11,
    lines: &["Soup"],
    linked: &[Open, Do("send"), Do("start")],
    unlinked: [&[Do("ready"), Do("recall")], &[Do("ready")], &[]],
    met: [&[], &[], &[Do("ready")]],
};

#[test]
fn a_recall_stands_against_ready_in_the_same_round_and_raises_nothing() {
    let order = met(&RECALL_AND_READY);
    assert_eq!(order.status(), "preparing");
    assert_eq!(order.lines(), ["1 × Soup started"]);
    assert_eq!(order.view["lines"][0]["round"], 1);
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert!(order.exceptions().is_empty());
}

#[test]
fn after_a_recall_the_cook_taps_ready_once_more() {
    let order = settled(&RECALL_AND_READY);
    assert_eq!((order.status(), order.lines()), ("ready", vec!["1 × Soup ready".to_owned()]));
    assert!(order.exceptions().is_empty());
}
