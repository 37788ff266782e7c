//! Rows of the conflict table about money.

use std::collections::BTreeMap;

use docket_devices::fixture::{
    BUSINESS_DAY, CANCELLED_BY_KITCHEN, OTHER_DRAWER, PAID_AND_CANCELLED, PAID_TWICE, PAYMENT_REPEATED,
};
use docket_devices::row::{
    Act::{Add, Cancel, Close, Do, Open, Pay},
    NOTHING, Row,
};
use docket_devices::seen::{Shown, Takings};
use serde_json::{Value, json};

use crate::{meeting, met, settled};

pub const ROWS: &[&Row] =
    &[&CANCEL_AND_PAYMENT, &TWO_PAYMENTS, &ONE_PAYMENT_TWICE, &LINE_AND_COMPLETION, &CANCEL_WITHOUT_AUTHORITY];

static CANCEL_AND_PAYMENT: Row = Row {
    number: PAID_AND_CANCELLED,
    lines: &["Soup"],
    linked: &[Open, Do("place")],
    unlinked: [&[Pay(0)], &[Cancel], &[]],
    met: [&[], &[], &[Close("keep")]],
};

#[test]
fn a_cancel_that_did_not_see_the_payment_is_cancelled_and_a_refund_is_due() {
    let order = met(&CANCEL_AND_PAYMENT);
    assert_eq!(order.status(), "cancelled");
    assert_eq!(order.money(), ["0.00", "6.00", "0.00", "-6.00"]);
    assert_eq!(order.exceptions(), ["refund_due 6.00"]);
}

#[test]
fn a_refund_that_was_due_and_is_paid_out_balances_the_order() {
    let order = settled(&CANCEL_AND_PAYMENT);
    assert_eq!(order.status(), "cancelled");
    assert_eq!(order.money(), ["0.00", "6.00", "6.00", "0.00"]);
    assert_eq!(order.exceptions(), ["refund_due, closed keep"]);
}

static TWO_PAYMENTS: Row = Row {
    number: PAID_TWICE,
    lines: &["Soup"],
    linked: &[Open, Do("send")],
    unlinked: [&[Pay(0)], &[], &[]],
    met: NOTHING,
};

#[test]
fn of_two_full_payments_the_second_overpays() {
    let order = met(&TWO_PAYMENTS);
    assert_eq!(order.status(), "confirmed", "production says so");
    assert_eq!(order.money(), ["6.00", "12.00", "0.00", "-6.00"]);
    assert_eq!(order.exceptions(), ["overpaid 6.00"]);
}

#[test]
fn the_refund_of_one_of_two_payments_leaves_nothing_overpaid_and_the_exception_to_a_person() {
    let order = settled(&TWO_PAYMENTS);
    assert_eq!(order.status(), "confirmed");
    assert_eq!(order.money(), ["6.00", "12.00", "6.00", "0.00"]);
    assert_eq!(order.exceptions(), ["overpaid"]);
}

static ONE_PAYMENT_TWICE: Row = Row {
    number: PAYMENT_REPEATED,
    lines: &["Soup"],
    linked: &[Open, Do("send")],
    unlinked: [&[Pay(0)], &[], &[]],
    met: NOTHING,
};

#[test]
fn one_payment_id_at_two_tills_is_one_payment_and_both_receipts_stay_readable() {
    let order = met(&ONE_PAYMENT_TWICE);
    assert_eq!(order.status(), "confirmed");
    assert_eq!(order.money(), ["6.00", "6.00", "0.00", "0.00"]);
    assert!(order.exceptions().is_empty());
    assert_eq!(order.view["payments"].as_array().map(Vec::len), Some(1));
    let receipts: Vec<Value> =
        order.facts("order.cash_paid").iter().map(|paid| paid["receipt"]["series"].clone()).collect();
    assert_eq!(receipts.len(), 2);
    assert_ne!(receipts[0], receipts[1], "each till gave a receipt of its own");
}

static LINE_AND_COMPLETION: Row = Row {
    number: 12,
    lines: &["Soup"],
    linked: &[Open, Do("send"), Do("ready")],
    unlinked: [&[Pay(0), Do("complete")], &[Add(1, "Bread")], &[]],
    met: [&[Pay(1), Do("complete")], &[], &[]],
};

#[test]
fn a_line_that_was_added_while_the_order_was_completed_leaves_a_balance_and_an_item_after_close() {
    let order = met(&LINE_AND_COMPLETION);
    assert_eq!(order.status(), "ready");
    assert_eq!(order.lines(), ["1 × Soup handed_over", "1 × Bread new"]);
    assert_eq!(order.money(), ["8.50", "6.00", "0.00", "2.50"]);
    assert_eq!(order.exceptions(), ["item_after_close"]);
}

#[test]
fn an_item_after_close_is_paid_and_handed_over_like_any_other() {
    let order = settled(&LINE_AND_COMPLETION);
    assert_eq!(order.status(), "completed");
    assert_eq!(order.money(), ["8.50", "8.50", "0.00", "0.00"]);
    assert_eq!(order.exceptions(), ["item_after_close"]);
}

static CANCEL_WITHOUT_AUTHORITY: Row = Row {
    number: CANCELLED_BY_KITCHEN,
    lines: &["Soup"],
    linked: &[Open, Do("send")],
    unlinked: NOTHING,
    met: NOTHING,
};

#[test]
fn a_cancel_by_a_kitchen_screen_is_kept_and_shown_and_changes_nothing() {
    let order = met(&CANCEL_WITHOUT_AUTHORITY);
    assert_eq!(order.status(), "confirmed");
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert!(order.exceptions().is_empty());
    assert_eq!(order.view["set_aside"], 1);
    assert_eq!(order.facts("order.cancelled"), [json!({ "reason": "no soup left" })]);
}

/// Takings straight from the facts: each payment and each refund once, the earlier fact first, on its own day and in
/// its own drawer.
fn takings_of_facts(device: &Shown) -> Takings {
    let mut rows: Vec<&Value> = device.rows().collect();
    rows.sort_by_key(|row| (row["clock"].as_str(), row["hash"].as_str()));
    let mut sums = Takings::new();
    let mut known = Vec::new();
    for row in rows {
        let (id, amount, is_refund) = match row["event_type"].as_str() {
            Some("order.cash_paid") => ("payment_id", "amount_minor", false),
            Some("order.refunded") => ("refund_id", "payout_minor", true),
            _ => continue,
        };
        let payload: Value = serde_json::from_str(row["payload"].as_str().unwrap()).unwrap();
        if known.contains(&payload[id]) {
            continue;
        }
        known.push(payload[id].clone());
        let day = i32::try_from(row["business_day"].as_i64().unwrap()).unwrap();
        let sum = sums.entry((day, payload["drawer"].as_str().unwrap().to_owned())).or_default();
        let amount = payload[amount].as_i64().unwrap();
        if is_refund { sum.1 += amount } else { sum.0 += amount }
    }
    sums
}

#[test]
fn takings_of_each_day_and_drawer_are_the_same_over_facts_and_read_models_on_every_device() {
    for devices in [&meeting().met, &meeting().settled] {
        for device in devices {
            assert_eq!(device.takings, takings_of_facts(device), "{}", device.device);
            assert_eq!(device.takings, devices[0].takings, "{}", device.device);
        }
    }
}

/// Takings of each drawer over all days.
fn by_drawer(takings: &Takings) -> BTreeMap<&str, (i64, i64)> {
    let mut sums = BTreeMap::new();
    for ((_, drawer), (captured, refunded)) in takings {
        let sum: &mut (i64, i64) = sums.entry(drawer.as_str()).or_default();
        *sum = (sum.0 + captured, sum.1 + refunded);
    }
    sums
}

#[test]
fn every_drawer_holds_what_its_till_took() {
    // Each till sells a soup and a tea of its own. The first takes 6.00 for the order that was cancelled unseen, 6.00
    // for the one that is paid twice, and 6.00 for the one that is completed; the payment that two tills claim counts
    // where it was taken first, in the fixtures' drawer.
    let drawers = by_drawer(&meeting().met[0].takings);
    assert_eq!(drawers[OTHER_DRAWER], (1_200, 0));
    let mut others: Vec<(i64, i64)> =
        drawers.iter().filter(|(drawer, _)| **drawer != OTHER_DRAWER).map(|(_, sum)| *sum).collect();
    others.sort_unstable();
    assert_eq!(others, [(900, 0), (900, 0), (2_700, 0)]);

    // Then it takes 6.00 for what was handed over under a cancel and 2.50 for the item after close, and the fixtures'
    // till pays out twice 6.00.
    let settled = &meeting().settled[0].takings;
    let drawers = by_drawer(settled);
    assert_eq!(drawers[OTHER_DRAWER], (1_200, 1_200));
    assert_eq!(settled[&(BUSINESS_DAY, OTHER_DRAWER.to_owned())], (1_200, 1_200), "all on the day of its log");
    let mut others: Vec<(i64, i64)> =
        drawers.iter().filter(|(drawer, _)| **drawer != OTHER_DRAWER).map(|(_, sum)| *sum).collect();
    others.sort_unstable();
    assert_eq!(others, [(900, 0), (900, 0), (3_550, 0)]);
}
