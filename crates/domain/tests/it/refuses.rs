//! What commands are refused, each by its code.

use std::collections::BTreeSet;

use docket_domain::ids::EventId;
use docket_domain::money::Quantity;
use docket_domain::order::event::{OrderEvent, OwnerChanged, ReceiptNumber};
use docket_domain::order::limits::MAX_LINES;
use docket_domain::order::{Action, ExceptionId, OrderCommand, OrderStatus, Rejection, Resolution};
use docket_testkit::samples::*;
use docket_testkit::{Device, Given, given};

fn sent() -> Given {
    given([create_coffees(2), OrderCommand::Send])
}

fn paid() -> Given {
    given([create_coffees(1), pay(1, 300), ready_all()])
}

fn completed() -> Given {
    paid().and(|till| drop(till.must(&hand_over_all())))
}

#[test]
fn an_order_that_nobody_opened_is_not_found() {
    assert_eq!(Device::till(1).run(&OrderCommand::Place).unwrap_err(), Rejection::OrderNotFound);
}

#[test]
fn an_order_is_opened_once() {
    sent().when(&create_coffees(1)).then_refused("order_exists");
}

#[test]
fn a_line_that_is_not_there_is_not_found() {
    let missing = line_id(99);
    sent().when(&void(99)).then_refused("line_not_found");
    sent().when(&OrderCommand::BumpLine { line_id: missing }).then_refused("line_not_found");
    sent().when(&OrderCommand::ChangeLine(coffee(99))).then_refused("line_not_found");
}

#[test]
fn a_line_id_is_used_once() {
    sent().when(&OrderCommand::AddLine(coffee(1))).then_refused("line_exists");
    let twice = create(vec![coffee(1), coffee(1)]);
    assert_eq!(Device::till(1).run(&twice).unwrap_err(), Rejection::LineExists);
}

#[test]
fn a_voided_line_is_left_alone() {
    let voided = || sent().and(|till| drop(till.must(&void(1))));
    voided().when(&OrderCommand::ChangeLine(coffee(1))).then_refused("line_voided");
    voided().when(&OrderCommand::BumpLine { line_id: line_id(1) }).then_refused("line_voided");
}

#[test]
fn what_the_kitchen_has_is_voided_with_a_reason_and_not_edited() {
    sent().when(&OrderCommand::ChangeLine(coffee(1))).then_refused("line_in_kitchen");
    let silent = OrderCommand::VoidLine { line_id: line_id(1), reason: Some("  ".into()) };
    sent().when(&silent).then_refused("reason_required");
}

#[test]
fn what_the_guest_has_is_not_taken_back() {
    let served = || sent().and(|till| drop((till.must(&ready_all()), till.must(&hand_over_all()))));
    served().when(&void(1)).then_refused("line_handed_over");
    served().when(&OrderCommand::ChangeLine(coffee(1))).then_refused("line_handed_over");
    served().when(&OrderCommand::Recall { lines: vec![line_id(1)] }).then_refused("line_handed_over");
    served().when(&cancel()).then_refused("part_handed_over");
}

#[test]
fn the_kitchen_acts_only_on_what_it_has() {
    let with_new = || sent().and(|till| drop(till.must(&OrderCommand::AddLine(coffee(3)))));
    with_new().when(&OrderCommand::Start { lines: vec![line_id(3)] }).then_refused("line_not_fired");
    with_new().when(&OrderCommand::BumpLine { line_id: line_id(3) }).then_refused("line_not_fired");
    let started = || sent().and(|till| drop(till.must(&start_all())));
    started().when(&OrderCommand::Recall { lines: vec![line_id(1)] }).then_refused("line_not_ready");
    started().when(&OrderCommand::HandOver { lines: vec![line_id(1)] }).then_refused("line_not_ready");
    started().when(&recall_all()).then_refused("nothing_to_do");
    started().when(&hand_over_all()).then_refused("nothing_to_do");
}

#[test]
fn a_status_that_does_not_fit_is_named() {
    let rejection = given([create_coffees(1)]).when(&start_all()).then_refused("status_forbids");
    assert_eq!(rejection, Rejection::StatusForbids { command: Action::Start, status: OrderStatus::Draft });
    assert_eq!(rejection.rule(), "start is not possible while the order is draft");
    completed().when(&OrderCommand::AddLine(coffee(9))).then_refused("status_forbids");
    given([create_coffees(1), cancel()]).when(&pay(1, 300)).then_refused("status_forbids");
}

#[test]
fn a_completed_order_is_refunded_not_cancelled() {
    completed().when(&cancel()).then_refused("order_completed");
}

#[test]
fn a_paid_order_is_refunded_before_it_is_cancelled() {
    paid().when(&cancel()).then_refused("payment_captured");
}

#[test]
fn what_goes_back_is_at_most_what_is_left_of_the_payment() {
    for amount in [0, -1, 301, i64::MAX, i64::MIN] {
        let rejection = paid().when(&refund(9, 1, Some(amount))).then_refused("refund_amount");
        assert_eq!((&rejection, rejection.field()), (&Rejection::RefundAmount { max_minor: 300 }, "amount"));
    }
    let part = || paid().and(|till| drop(till.must(&refund(9, 1, Some(100)))));
    let rejection = part().when(&refund(10, 1, Some(201))).then_refused("refund_amount");
    assert_eq!(rejection, Rejection::RefundAmount { max_minor: 200 });
    let all = || part().and(|till| drop(till.must(&refund(10, 1, None))));
    assert_eq!(all().when(&refund(11, 1, Some(1))).then_refused("payment_refunded").field(), "payment_id");
}

#[test]
fn money_goes_back_from_a_payment_of_the_order() {
    assert_eq!(paid().when(&refund(9, 2, None)).then_refused("payment_not_found").field(), "payment_id");
    sent().when(&refund(9, 1, None)).then_refused("payment_not_found");
}

#[test]
fn a_refund_id_stands_for_one_refund() {
    let refunded = || paid().and(|till| drop(till.must(&refund(9, 1, Some(100)))));
    assert_eq!(refunded().when(&refund(9, 1, Some(50))).then_refused("refund_exists").field(), "refund_id");
    paid().when(&refund(1, 1, None)).then_refused("refund_exists");
}

#[test]
fn a_refund_says_why() {
    let because = |why: &str| {
        let OrderCommand::Refund { refund_id, payment_id, amount_minor, drawer, .. } = refund(9, 1, None) else {
            unreachable!()
        };
        OrderCommand::Refund { refund_id, payment_id, amount_minor, drawer, reason: why.into() }
    };
    completed().when(&because("  ")).then_refused("reason_required");
    completed().when(&because(&"x".repeat(201))).then_refused("text_too_long");
}

#[test]
fn a_cancel_says_why() {
    sent().when(&OrderCommand::Cancel { reason: " ".into() }).then_refused("reason_required");
    sent().when(&OrderCommand::Cancel { reason: "x".repeat(201) }).then_refused("text_too_long");
}

#[test]
fn covers_are_people() {
    for covers in [0, 1_000, u16::MAX] {
        sent().when(&OrderCommand::SetCovers(Some(covers))).then_refused("covers_out_of_range");
    }
}

#[test]
fn texts_have_an_end() {
    sent().when(&OrderCommand::SetTable(Some("x".repeat(41)))).then_refused("text_too_long");
    sent().when(&OrderCommand::SetNote(Some(sealed(&"x".repeat(9_000))))).then_refused("text_too_long");
    let mut long = content("Coffee", 300, 1);
    long.note = Some("ü".repeat(281));
    let rejection = sent().when(&OrderCommand::AddLine(new_line(9, long))).then_refused("text_too_long");
    assert_eq!(rejection.field(), "note");
}

#[test]
fn an_order_has_a_number() {
    let OrderCommand::Create { order_id, order_type, terms, .. } = create_coffees(0) else { unreachable!() };
    let unnamed =
        OrderCommand::Create { order_id, label: " ".into(), order_type, table: None, terms, lines: Vec::new() };
    assert_eq!(Device::till(1).run(&unnamed).unwrap_err().code(), "text_empty");
}

#[test]
fn a_quantity_is_positive_and_plausible() {
    let add = |quantity: &str| {
        let mut content = content("Coffee", 300, 1);
        content.quantity = Quantity::parse(quantity).unwrap();
        OrderCommand::AddLine(new_line(9, content))
    };
    sent().when(&add("0")).then_refused("quantity_not_positive");
    sent().when(&add("-1")).then_refused("quantity_not_positive");
    sent().when(&add("9999.001")).then_refused("quantity_too_large");
    sent().when(&add("9999")).then_writes(&["order.line_added"]);
}

#[test]
fn a_split_leaves_something_on_both_sides() {
    let split = |quantity: &str| OrderCommand::SplitLine {
        line_id: line_id(1),
        new_line_id: line_id(8),
        quantity: Quantity::parse(quantity).unwrap(),
    };
    sent().when(&split("1")).then_refused("split_quantity");
    sent().when(&split("2")).then_refused("split_quantity");
    sent().when(&split("0")).then_refused("quantity_not_positive");
    sent().when(&split("0.5")).then_writes(&["order.line_split", "order.line_split_off"]);
}

#[test]
fn an_order_and_a_line_have_room_for_so_much() {
    let full = || given([create_coffees(u32::try_from(MAX_LINES).unwrap())]);
    full().when(&OrderCommand::AddLine(coffee(900))).then_refused("too_many_lines");
    let mut loaded = content("Coffee", 300, 1);
    loaded.modifiers = vec![modifier("sugar", 1); 101];
    sent().when(&OrderCommand::AddLine(new_line(9, loaded))).then_refused("too_many_modifiers");
}

#[test]
fn a_price_is_neither_negative_nor_absurd() {
    let negative = new_line(9, content("Coffee", -1, 1));
    sent().when(&OrderCommand::AddLine(negative)).then_refused("price_out_of_range");
    let mut below_zero = content("Coffee", 100, 1);
    below_zero.modifiers = vec![modifier("discount", -101)];
    sent().when(&OrderCommand::AddLine(new_line(9, below_zero))).then_refused("price_out_of_range");
    let absurd = new_line(9, content("Coffee", 1_000_000_000_000, 1));
    sent().when(&OrderCommand::AddLine(absurd)).then_refused("price_out_of_range");
}

#[test]
fn an_order_is_no_larger_than_what_can_be_priced() {
    let dear = |number, quantity| {
        let mut content = content("Ingot", 999_999_999_999, quantity);
        content.taxes = vec![docket_domain::order::line::LineTax { percent: 100.into(), ..vat() }];
        new_line(number, content)
    };
    let almost = || given([create_under(terms_with_service(), vec![dear(1, 60), dear(2, 40)])]);
    assert_eq!(almost().order().pricing_error, None);
    almost().when(&OrderCommand::AddLine(dear(3, 1))).then_refused("order_too_large");
    almost().when(&OrderCommand::ChangeLine(dear(2, 41))).then_refused("order_too_large");
    almost().when(&OrderCommand::ChangeLine(dear(2, 39))).then_writes(&["order.line_replaced"]);
    let at_once = create(vec![dear(1, 60), dear(2, 41)]);
    assert_eq!(Device::till(1).run(&at_once).unwrap_err().code(), "order_too_large");
}

#[test]
fn an_empty_order_is_neither_sent_nor_paid() {
    let empty = || given([create_coffees(1), void(1)]);
    empty().when(&OrderCommand::Send).then_refused("order_empty");
    empty().when(&OrderCommand::Place).then_refused("order_empty");
    empty().when(&pay(1, 300)).then_refused("order_empty");
}

#[test]
fn food_leaves_against_money() {
    let rejection = sent().when(&OrderCommand::Complete).then_refused("balance_open");
    assert_eq!(rejection, Rejection::BalanceOpen { balance_minor: 600 });
}

#[test]
fn cash_is_a_positive_amount_up_to_what_is_open() {
    let part = |tendered_minor: i64, amount: i64| {
        let OrderCommand::PayCash { payment_id, drawer, receipt, .. } = pay(1, 0) else { unreachable!() };
        OrderCommand::PayCash { payment_id, tendered_minor, amount_minor: Some(amount), drawer, receipt }
    };
    paid().when(&pay(2, 300)).then_refused("nothing_to_pay");
    sent().when(&pay(1, 0)).then_refused("payment_amount");
    sent().when(&pay(1, -5)).then_refused("payment_amount");
    sent().when(&part(1_000, 601)).then_refused("payment_amount");
    sent().when(&part(1_000, 0)).then_refused("payment_amount");
    sent().when(&part(100, 200)).then_refused("tendered_too_small");
    sent().when(&pay(1, i64::MAX)).then_refused("payment_amount");
}

#[test]
fn a_payment_id_is_used_once() {
    let other = given([create_coffees(2), pay(1, 300)]);
    other.when(&pay(1, 301)).then_refused("payment_exists");
}

#[test]
fn a_receipt_series_ends_before_its_total_overflows() {
    let OrderCommand::PayCash { payment_id, drawer, .. } = pay(1, 0) else { unreachable!() };
    let receipt = ReceiptNumber { series: "B".into(), number: 1, grand_total_minor: i64::MAX };
    let last = OrderCommand::PayCash { payment_id, tendered_minor: 600, amount_minor: None, drawer, receipt };
    sent().when(&last).then_refused("grand_total_exhausted");
}

#[test]
fn only_the_owner_takes_money_splits_and_cancels_what_was_fired() {
    let foreign =
        || sent().and(|till| drop(till.write(OrderEvent::OwnerChanged(OwnerChanged { owner: Device::till(2).id }))));
    foreign().when(&pay(1, 600)).then_refused("not_owner");
    foreign().when(&cancel()).then_refused("not_owner");
    let split = OrderCommand::SplitLine {
        line_id: line_id(1),
        new_line_id: line_id(8),
        quantity: Quantity::parse("0.5").unwrap(),
    };
    foreign().when(&split).then_refused("not_owner");
    foreign().when(&OrderCommand::AddLine(coffee(9))).then_writes(&["order.line_added"]);
}

#[test]
fn an_order_with_facts_of_a_newer_program_takes_no_money_here() {
    let newer = || sent().and(|till| drop(till.write_unknown("order.tip_given")));
    assert!(newer().order().update_needed);
    newer().when(&pay(1, 600)).then_refused("update_needed");
    newer().when(&OrderCommand::Complete).then_refused("update_needed");
    newer().when(&start_all()).then_writes(&["order.preparation_started"]);
}

#[test]
fn an_order_without_a_price_takes_no_money() {
    let absurd = docket_domain::order::event::LineAdded {
        line_id: line_id(9),
        content: new_line(9, content("Gold", i64::MAX, 1)).content,
    };
    let broken = || sent().and(|till| drop(till.write(OrderEvent::LineAdded(absurd.clone()))));
    assert!(broken().order().pricing_error.is_some());
    broken().when(&pay(1, 600)).then_refused("pricing_failed");
    broken().when(&void(9)).then_writes(&["order.line_voided"]);
}

#[test]
fn only_what_is_there_is_settled() {
    let exception = ExceptionId("00".repeat(16));
    let close = OrderCommand::CloseException { exception, resolution: Resolution::Keep };
    sent().when(&close).then_refused("exception_not_found");
    sent().when(&OrderCommand::Reinstate { reason: None }).then_refused("nothing_to_do");
    sent().when(&OrderCommand::AcknowledgeChanges { facts: Vec::new() }).then_refused("nothing_to_do");
    let facts = vec![EventId(order_id().0)];
    sent().when(&OrderCommand::AcknowledgeChanges { facts }).then_refused("change_not_found");
}

#[test]
fn codes_are_distinct_and_fields_named() {
    let codes: BTreeSet<&str> = Rejection::CODES.iter().copied().collect();
    assert_eq!(codes.len(), Rejection::CODES.len());
    let source = include_str!("refuses.rs");
    let untested: Vec<&&str> = Rejection::CODES
        .iter()
        .filter(|code| !source.contains(&format!("\"{code}\"")))
        .filter(|code| !["order_not_found", "exception_closed"].contains(code))
        .collect();
    assert!(untested.is_empty(), "no test provokes {untested:?}");
}
