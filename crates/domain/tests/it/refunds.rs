//! Cash that goes back: what the house owes, a credit for goods, and which exceptions that settles.

use docket_domain::order::event::{Cancelled, CashPaid, OrderEvent, Refunded};
use docket_domain::order::{
    Action, DecideContext, ExceptionKind, FactBody, OrderCommand, OrderStatus, Resolution, actions,
};
use docket_testkit::samples::*;
use docket_testkit::{Device, Given, given};

fn completed() -> Given {
    given([create_coffees(2), pay(1, 1_000), OrderCommand::Complete])
}

/// The refund among the facts that a command wrote, and how many exceptions it closed.
fn refunded(till: &mut Device, command: &OrderCommand) -> (Refunded, usize) {
    let facts = till.must(command);
    let FactBody::Known(OrderEvent::Refunded(refund)) = &facts[0].body else { panic!("{facts:?}") };
    (refund.clone(), facts.len() - 1)
}

fn may_refund(till: &Device) -> bool {
    actions(&till.order(), &DecideContext { device: till.id }).contains(&Action::Refund)
}

#[test]
fn goods_of_a_completed_order_are_credited_and_it_stays_completed() {
    let order = completed().when(&refund(9, 1, Some(300))).then_writes(&["order.refunded"]);
    assert_eq!(order.status, OrderStatus::Completed);
    assert_eq!((order.due_minor, order.captured_minor, order.refunded_minor, order.balance_minor), (300, 600, 300, 0));
    let refund = &order.refunds[0];
    assert_eq!((refund.payout_minor, refund.credit_minor, refund.reason.as_str()), (300, 300, "cold"));
}

#[test]
fn without_an_amount_all_that_is_left_of_the_payment_goes_back() {
    let part = completed().and(|till| drop(till.must(&refund(9, 1, Some(250)))));
    let order = part.when(&refund(10, 1, None)).then_writes(&["order.refunded"]);
    assert_eq!((order.refunded_minor, order.due_minor, order.balance_minor), (600, 0, 0));
    assert_eq!((order.status, order.payments[0].left_minor()), (OrderStatus::Completed, 0));
    assert!(order.refundable().is_empty());
}

#[test]
fn a_retry_of_a_refund_is_quiet_whatever_it_left() {
    let all = || completed().and(|till| drop(till.must(&refund(9, 1, None))));
    all().when(&refund(9, 1, None)).then_nothing();
    all().when(&refund(9, 1, Some(600))).then_nothing();
}

#[test]
fn what_the_house_owes_goes_back_without_a_credit() {
    let voided = given([create_coffees(2), pay(1, 600), void(1)]);
    assert_eq!(voided.order().balance_minor, -300);
    let order = voided.when(&refund(9, 1, Some(300))).then_writes(&["order.refunded"]);
    assert_eq!((order.due_minor, order.balance_minor, order.refunds[0].credit_minor), (300, 0, 0));
}

#[test]
fn only_what_goes_back_beyond_what_is_owed_is_credited() {
    let voided = given([create_coffees(2), pay(1, 600), void(1)]);
    let order = voided.when(&refund(9, 1, Some(450))).then_writes(&["order.refunded"]);
    assert_eq!((order.refunds[0].credit_minor, order.due_minor, order.balance_minor), (150, 150, 0));
}

#[test]
fn a_part_payment_that_goes_back_is_to_be_paid_again() {
    let partly = given([create_coffees(2), OrderCommand::Send, pay(1, 200)]);
    let order = partly.when(&refund(9, 1, None)).then_writes(&["order.refunded"]);
    assert_eq!((order.refunds[0].credit_minor, order.due_minor, order.balance_minor), (0, 600, 600));
}

#[test]
fn a_paid_order_is_cancelled_once_its_money_went_back() {
    let paid = given([create_coffees(2), pay(1, 600)]);
    paid.clone().when(&cancel()).then_refused("payment_captured");
    let order = paid.and(|till| drop(till.must(&refund(9, 1, None)))).when(&cancel()).then_writes(&["order.cancelled"]);
    assert_eq!((order.status, order.balance_minor), (OrderStatus::Cancelled, 0));
}

#[test]
fn a_refund_is_offered_while_something_is_left_of_a_payment_and_to_the_owner() {
    let mut till = Device::till(1);
    till.must(&create_coffees(2));
    assert!(!may_refund(&till), "nothing was paid");
    till.must(&pay(1, 600));
    let mut other = Device::till(2);
    other.receive(&till, usize::MAX);
    assert!(may_refund(&till) && !may_refund(&other), "money is the owner's");
    assert_eq!(other.run(&refund(9, 1, None)).unwrap_err().code(), "not_owner");
    till.must(&OrderCommand::Complete);
    assert!(may_refund(&till), "a completed order is refunded");
    till.must(&refund(9, 1, None));
    assert!(!may_refund(&till));
}

#[test]
fn an_order_that_this_program_does_not_understand_gives_no_money() {
    let newer = completed().and(|till| drop(till.write_unknown("order.tip_given")));
    newer.when(&refund(9, 1, None)).then_refused("update_needed");
    let absurd = docket_domain::order::event::LineAdded {
        line_id: line_id(9),
        content: new_line(9, content("Gold", i64::MAX, 1)).content,
    };
    let broken = completed().and(|till| drop(till.write(OrderEvent::LineAdded(absurd))));
    broken.when(&refund(9, 1, None)).then_refused("pricing_failed");
}

/// A till that took 3.00 for an order which another till had cancelled unseen.
fn refund_due() -> Device {
    let (mut till, mut other) = (Device::till(1), Device::till(2));
    till.must(&create_coffees(1));
    till.must(&OrderCommand::Send);
    till.exchange(&mut other);
    other.write(OrderEvent::Cancelled(Cancelled { reason: "left".into() }));
    till.must(&pay(1, 300));
    till.exchange(&mut other);
    till
}

#[test]
fn a_refund_that_was_due_is_closed_by_the_payout_that_pays_the_last_of_it() {
    let mut till = refund_due();
    assert_eq!(refunded(&mut till, &refund(9, 1, Some(100))).1, 0, "something is owed still");
    let open = &till.order().exceptions[0];
    assert_eq!((open.kind, open.amount_minor, open.closed), (ExceptionKind::RefundDue, 200, None));
    let (last, closed) = refunded(&mut till, &refund(10, 1, None));
    assert_eq!((last.payout_minor, last.credit_minor, closed), (200, 0, 1));
    let order = till.order();
    assert_eq!((order.status, order.balance_minor), (OrderStatus::Cancelled, 0));
    assert_eq!(order.exceptions[0].closed, Some(Resolution::Keep));
}

#[test]
fn of_two_full_payments_the_later_goes_back_first_and_that_settles_it() {
    let (mut till, mut other) = (Device::till(1), Device::till(2));
    till.must(&create_coffees(1));
    till.must(&OrderCommand::Send);
    till.exchange(&mut other);
    till.must(&pay(1, 300));
    other.advance_ms(5_000);
    other.write(OrderEvent::CashPaid(CashPaid {
        payment_id: payment_id(2),
        amount_minor: 300,
        tendered_minor: 300,
        drawer: "drawer-2".into(),
        receipt: receipt(7),
    }));
    till.exchange(&mut other);
    let first = till.order().refundable()[0];
    assert_eq!((first.payment, first.left_minor, first.owed_minor), (payment_id(2), 300, 300));
    let (refund, closed) = refunded(&mut till, &refund(9, 2, None));
    assert_eq!((refund.credit_minor, closed), (0, 1));
    till.exchange(&mut other);
    assert_eq!(till.order(), other.order());
    assert_eq!((till.order().balance_minor, till.order().open_exceptions().count()), (0, 0));
}

/// A till whose paid order was cancelled while the kitchen handed over a coffee of two.
fn cancelled_after_handover() -> Device {
    let (mut till, mut kitchen) = (Device::till(1), Device::kitchen(3));
    till.must(&create_coffees(2));
    till.must(&OrderCommand::Send);
    till.exchange(&mut kitchen);
    till.must(&cancel());
    kitchen.must(&OrderCommand::BumpLine { line_id: line_id(1) });
    kitchen.must(&hand_over_all());
    till.exchange(&mut kitchen);
    till.must(&pay(1, 300));
    till
}

#[test]
fn what_was_handed_over_under_a_cancel_is_settled_by_a_refund_of_all_of_it() {
    let mut till = cancelled_after_handover();
    assert_eq!(till.order().status, OrderStatus::Completed);
    let (part, closed) = refunded(&mut till, &refund(9, 1, Some(100)));
    assert_eq!((part.credit_minor, closed), (100, 0), "the guest still pays for some of it");
    let (rest, closed) = refunded(&mut till, &refund(10, 1, None));
    assert_eq!((rest.credit_minor, closed), (200, 1));
    let order = till.order();
    assert_eq!(order.exceptions[0].kind, ExceptionKind::CancelledAfterHandover);
    assert_eq!((order.exceptions[0].closed, order.status), (Some(Resolution::Keep), OrderStatus::Completed));
}

#[test]
fn two_refunds_of_one_payment_that_did_not_see_each_other_both_count_and_lower_the_due_to_nothing() {
    let (mut till, mut other) = (Device::till(1), Device::till(2));
    till.must(&create_coffees(1));
    till.must(&pay(1, 300));
    till.must(&OrderCommand::Complete);
    till.exchange(&mut other);
    till.must(&refund(9, 1, None));
    other.write(OrderEvent::Refunded(Refunded {
        refund_id: payment_id(10),
        payment_id: payment_id(1),
        credit_minor: 300,
        payout_minor: 300,
        drawer: "drawer-2".into(),
        reason: "cold".into(),
    }));
    till.exchange(&mut other);
    let order = till.order();
    assert_eq!(order, other.order());
    assert_eq!((order.status, order.due_minor, order.refunded_minor), (OrderStatus::Completed, 0, 600));
    assert_eq!(order.balance_minor, 300, "what went out twice is shown");
    assert!(!may_refund(&till), "nothing is left of the payment");
}
