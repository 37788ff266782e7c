//! Rows of the conflict table about the content of a line.

use docket_devices::row::{
    Act::{Change, Do, Open},
    NOTHING, Row,
};

use crate::met;

pub const ROWS: &[&Row] = &[&CHANGE_AND_FIRING, &TWO_CHANGES, &THREE_CHANGES];

static CHANGE_AND_FIRING: Row = Row {
    number: 8,
    lines: &["Soup"],
    linked: &[Open, Do("place")],
    unlinked: [&[Do("confirm")], &[Change(0, "3", "Soup")], &[]],
    met: NOTHING,
};

#[test]
fn a_fired_version_stays_against_a_change_that_did_not_see_it() {
    let order = met(&CHANGE_AND_FIRING);
    assert_eq!(order.status(), "confirmed");
    assert_eq!(order.lines(), ["1 × Soup fired"]);
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert_eq!(order.exceptions(), ["changed_after_firing"]);
    assert_eq!(order.superseded(0), ["3 × Soup"], "the losing value stays readable");
}

static TWO_CHANGES: Row = Row {
    number: 9,
    lines: &["Soup"],
    linked: &[Open, Do("place")],
    unlinked: [&[Change(0, "2", "Soup")], &[Change(0, "3", "Soup")], &[]],
    met: NOTHING,
};

#[test]
fn of_two_changes_the_later_lives_and_the_other_stays_readable() {
    let order = met(&TWO_CHANGES);
    assert_eq!(order.status(), "pending");
    assert_eq!(order.lines(), ["3 × Soup new"]);
    assert_eq!(order.money(), ["18.00", "0.00", "0.00", "18.00"]);
    assert_eq!(order.exceptions(), ["conflicting_edit"]);
    assert_eq!(order.superseded(0), ["2 × Soup"]);
}

static THREE_CHANGES: Row = Row {
    number: 17,
    lines: &["Soup"],
    linked: &[Open, Do("place")],
    unlinked: [&[Change(0, "2", "Soup")], &[Change(0, "3", "Soup")], &[Change(0, "4", "Soup")]],
    met: NOTHING,
};

#[test]
fn of_three_changes_each_pair_is_a_conflict_and_both_losers_stay_readable() {
    let order = met(&THREE_CHANGES);
    assert_eq!(order.lines(), ["4 × Soup new"]);
    assert_eq!(order.money(), ["24.00", "0.00", "0.00", "24.00"]);
    assert_eq!(order.exceptions(), ["conflicting_edit", "conflicting_edit", "conflicting_edit"]);
    let mut lost = order.superseded(0);
    lost.sort_unstable();
    assert_eq!(lost, ["2 × Soup", "3 × Soup"]);
}
