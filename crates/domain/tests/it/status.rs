//! One test for each row of the status table.

use docket_domain::order::event::{OrderEvent, Refunded};
use docket_domain::order::{OrderCommand, OrderStatus};
use docket_testkit::given;
use docket_testkit::samples::*;

fn sold() -> Vec<OrderCommand> {
    vec![create_coffees(2), pay(1, 600), start_all(), ready_all()]
}

#[test]
fn an_order_that_was_never_placed_is_a_draft() {
    assert_eq!(given([create_coffees(2)]).order().status, OrderStatus::Draft);
}

#[test]
fn a_placed_order_is_pending_until_a_line_is_fired() {
    let order = given([create_coffees(2), OrderCommand::Place]).order();
    assert_eq!(order.status, OrderStatus::Pending);
}

#[test]
fn a_fired_line_confirms_the_order() {
    let order = given([create_coffees(2), OrderCommand::Place, OrderCommand::Confirm]).order();
    assert_eq!(order.status, OrderStatus::Confirmed);
}

#[test]
fn one_started_line_makes_the_order_preparing() {
    let start = OrderCommand::Start { lines: vec![line_id(1)] };
    let order = given([create_coffees(2), OrderCommand::Send, start]).order();
    assert_eq!(order.status, OrderStatus::Preparing);
}

#[test]
fn an_order_is_preparing_while_only_part_of_it_is_ready() {
    let bump = OrderCommand::BumpLine { line_id: line_id(1) };
    let order = given([create_coffees(2), OrderCommand::Send, bump]).order();
    assert_eq!(order.status, OrderStatus::Preparing);
}

#[test]
fn an_order_is_ready_when_every_fired_line_is() {
    assert_eq!(given(sold()).order().status, OrderStatus::Ready);
}

#[test]
fn a_line_that_was_not_fired_does_not_hold_up_a_ready_order() {
    let order = given(sold()).and(|till| drop(till.must(&OrderCommand::AddLine(coffee(3))))).order();
    assert_eq!(order.status, OrderStatus::Ready);
}

#[test]
fn a_served_order_that_is_not_paid_stays_ready_and_is_marked() {
    let order = given([create_coffees(2), OrderCommand::Send, ready_all(), hand_over_all()]).order();
    assert_eq!(order.status, OrderStatus::Ready);
    assert!(order.served_unpaid);
    assert_eq!(order.balance_minor, 600);
}

#[test]
fn a_served_and_paid_order_is_completed() {
    let order = given(sold()).and(|till| drop(till.must(&hand_over_all()))).order();
    assert_eq!(order.status, OrderStatus::Completed);
    assert!(!order.served_unpaid);
}

#[test]
fn a_later_refund_does_not_reopen_a_completed_order() {
    let order = given(sold())
        .and(|till| {
            till.must(&hand_over_all());
            till.write(OrderEvent::Refunded(Refunded {
                refund_id: payment_id(9),
                payment_id: payment_id(1),
                credit_minor: 0,
                payout_minor: 300,
                drawer: "drawer-1".into(),
                reason: "cold".into(),
            }));
        })
        .order();
    assert_eq!(order.status, OrderStatus::Completed);
    assert_eq!(order.balance_minor, 300);
}

#[test]
fn a_cancel_in_force_cancels_an_order_of_which_nothing_was_handed_over() {
    let order = given([create_coffees(2), OrderCommand::Send, start_all(), cancel()]).order();
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!(order.due_minor, 0);
    assert_eq!(order.totals.sums.total_minor, 600, "what was called off stays readable");
}

#[test]
fn an_answered_cancel_leaves_the_status_to_the_food() {
    let reinstate = OrderCommand::Reinstate { reason: None };
    let order = given([create_coffees(2), OrderCommand::Send, start_all(), cancel(), reinstate]).order();
    assert_eq!(order.status, OrderStatus::Preparing);
    assert_eq!(order.due_minor, 600);
}

#[test]
fn voided_lines_count_for_no_status() {
    let start = OrderCommand::Start { lines: vec![line_id(1)] };
    let order = given([create_coffees(2), OrderCommand::Send, start, void(1)]).order();
    assert_eq!(order.status, OrderStatus::Confirmed);
}

#[test]
fn a_reinstatement_answers_only_the_cancels_that_it_names() {
    let cancel_again = OrderEvent::Cancelled(docket_domain::order::event::Cancelled { reason: "kitchen fire".into() });
    let half_answered = given([create_coffees(1), cancel()]).and(|till| {
        let first = till.order().cancels[0].fact;
        till.write(cancel_again);
        let answer = docket_domain::order::event::Reinstated { reinstates: vec![first], reason: None };
        till.write(OrderEvent::Reinstated(answer));
    });
    let order = half_answered.order();
    assert_eq!((order.status, order.cancels.len()), (OrderStatus::Cancelled, 1));
    assert_eq!(order.cancels[0].reason, "kitchen fire");
}

#[test]
fn of_two_openings_the_earlier_stands() {
    let mut till = docket_testkit::Device::till(1);
    till.must(&create_coffees(1));
    let first = till.order();
    let OrderCommand::Create { order_type, terms, .. } = create_coffees(0) else { unreachable!() };
    let again = docket_domain::order::event::Opened { label: "A-001".into(), order_type, terms };
    till.write(OrderEvent::Opened(again));
    let order = till.order();
    assert_eq!((order.label(), order.opened_at_ms), (first.label(), first.opened_at_ms));
}
