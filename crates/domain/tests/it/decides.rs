//! What commands write, and when they stay quiet.

use docket_domain::order::event::{OrderEvent, VersionRound};
use docket_domain::order::line::OrderType;
use docket_domain::order::{FactBody, LineState, OrderCommand, OrderStatus, Resolution};
use docket_testkit::samples::*;
use docket_testkit::{Device, given};

#[test]
fn create_opens_the_order_with_its_table_and_lines() {
    let mut till = Device::till(1);
    let OrderCommand::Create { order_id, label, terms, .. } = create_coffees(0) else { unreachable!() };
    let facts = till.must(&OrderCommand::Create {
        order_id,
        label,
        order_type: OrderType::DineIn,
        table: Some(" 12 ".into()),
        terms,
        lines: vec![coffee(1), coffee(2)],
    });
    assert_eq!(facts.len(), 4);
    let order = till.order();
    assert_eq!((order.label(), order.table(), order.order_type), ("B-042", Some("12"), OrderType::DineIn));
    assert_eq!(order.owner, Some(till.id));
    assert_eq!(order.lines.len(), 2);
}

#[test]
fn send_places_and_fires_in_one_group() {
    let order =
        given([create_coffees(2)]).when(&OrderCommand::Send).then_writes(&["order.placed", "order.lines_fired"]);
    assert_eq!(order.status, OrderStatus::Confirmed);
}

#[test]
fn send_again_fires_only_what_is_new() {
    let order = given([create_coffees(1), OrderCommand::Send, OrderCommand::AddLine(coffee(2))])
        .when(&OrderCommand::Send)
        .then_writes(&["order.lines_fired"]);
    assert!(order.lines.iter().all(|line| line.state() == LineState::Fired));
    assert_ne!(order.lines[0].production.fired, order.lines[1].production.fired);
}

#[test]
fn exact_cash_on_an_unsent_order_places_confirms_and_pays_at_once() {
    let order = given([create_coffees(2)]).when(&pay(1, 600)).then_writes(&[
        "order.placed",
        "order.lines_fired",
        "order.cash_paid",
    ]);
    assert_eq!((order.status, order.balance_minor), (OrderStatus::Confirmed, 0));
    assert_eq!(order.payments[0].receipt.grand_total_minor, 10_600);
}

#[test]
fn more_cash_than_is_due_comes_back_as_change() {
    let order = given([create_coffees(1), OrderCommand::Send]).when(&pay(1, 1_000)).then_writes(&["order.cash_paid"]);
    let payment = &order.payments[0];
    assert_eq!((payment.amount_minor, payment.tendered_minor, payment.change_minor), (300, 1_000, 700));
}

#[test]
fn less_cash_than_is_due_leaves_a_balance() {
    let order = given([create_coffees(1), OrderCommand::Send]).when(&pay(1, 100)).then_writes(&["order.cash_paid"]);
    assert_eq!((order.captured_minor, order.balance_minor), (100, 200));
}

#[test]
fn part_of_the_balance_can_be_paid_out_of_a_larger_note() {
    let OrderCommand::PayCash { payment_id, drawer, receipt, .. } = pay(1, 0) else { unreachable!() };
    let part = OrderCommand::PayCash { payment_id, tendered_minor: 500, amount_minor: Some(150), drawer, receipt };
    let order = given([create_coffees(1), OrderCommand::Send]).when(&part).then_writes(&["order.cash_paid"]);
    assert_eq!((order.captured_minor, order.payments[0].change_minor), (150, 350));
}

#[test]
fn a_repeated_payment_is_applied_already() {
    given([create_coffees(1), pay(1, 300)]).when(&pay(1, 300)).then_nothing();
}

#[test]
fn complete_fires_and_hands_over_the_rest() {
    let order =
        given([create_coffees(2), pay(1, 600)]).when(&OrderCommand::Complete).then_writes(&["order.lines_handed_over"]);
    assert_eq!(order.status, OrderStatus::Completed);
}

#[test]
fn an_order_that_costs_nothing_completes_without_a_payment() {
    let free = create(vec![new_line(1, content("Water", 0, 1))]);
    let order = given([free, OrderCommand::Place])
        .when(&OrderCommand::Complete)
        .then_writes(&["order.lines_fired", "order.lines_handed_over"]);
    assert_eq!(order.status, OrderStatus::Completed);
}

#[test]
fn a_changed_line_names_the_version_it_replaces() {
    let given = given([create_coffees(1)]);
    let version = given.order().lines[0].version;
    let change = OrderCommand::ChangeLine(new_line(1, content("Tea", 250, 2)));
    let order = given.clone().when(&change).then_writes(&["order.line_replaced"]);
    assert_ne!(order.lines[0].version, version);
    assert_eq!(order.due_minor, 500);
}

#[test]
fn ready_recall_and_ready_again_run_in_rounds() {
    let given = given([create_coffees(1), OrderCommand::Send, ready_all(), recall_all()]);
    assert_eq!(given.order().lines[0].state(), LineState::Started);
    let mut till = Device::till(2);
    let order = given.and(|first| till.receive(first, usize::MAX)).order();
    let facts = till.must(&ready_all());
    let FactBody::Known(OrderEvent::LinesReady(ready)) = &facts[0].body else { panic!("{facts:?}") };
    assert_eq!(ready.ready, [VersionRound { version: order.lines[0].version, round: 1 }]);
    assert_eq!(till.order().lines[0].state(), LineState::Ready);
}

#[test]
fn a_bumped_line_is_ready_without_a_start() {
    let bump = OrderCommand::BumpLine { line_id: line_id(2) };
    let order = given([create_coffees(2), OrderCommand::Send]).when(&bump).then_writes(&["order.lines_ready"]);
    assert_eq!(order.line(line_id(1)).unwrap().state(), LineState::Fired);
    assert_eq!(order.line(line_id(2)).unwrap().state(), LineState::Ready);
}

#[test]
fn a_reinstatement_answers_every_cancel_in_force() {
    let order = given([create_coffees(1), cancel()])
        .when(&OrderCommand::Reinstate { reason: Some("came back".into()) })
        .then_writes(&["order.reinstated"]);
    assert!(order.cancels.is_empty());
    assert_eq!(order.status, OrderStatus::Draft);
}

#[test]
fn what_was_said_already_is_quiet() {
    let sent = || given([create_coffees(1), OrderCommand::SetTable(Some("7".into())), OrderCommand::Send]);
    sent().when(&OrderCommand::SetTable(Some("7".into()))).then_nothing();
    sent().when(&OrderCommand::SetType(OrderType::Counter)).then_nothing();
    sent().when(&OrderCommand::SetNote(None)).then_nothing();
    sent().when(&OrderCommand::SetCustomer(None)).then_nothing();
    sent().when(&OrderCommand::SetCovers(None)).then_nothing();
    sent().when(&OrderCommand::SetRush(false)).then_nothing();
    sent().when(&OrderCommand::Place).then_nothing();
    sent().when(&OrderCommand::Confirm).then_nothing();
    sent().when(&OrderCommand::Send).then_nothing();
    let started = || given([create_coffees(1), OrderCommand::Send, start_all()]);
    started().when(&start_all()).then_nothing();
    started().when(&OrderCommand::Start { lines: vec![line_id(1)] }).then_nothing();
    let ready = || given([create_coffees(1), OrderCommand::Send, ready_all()]);
    ready().when(&ready_all()).then_nothing();
    ready().when(&OrderCommand::BumpLine { line_id: line_id(1) }).then_nothing();
    let served = || given([create_coffees(1), pay(1, 300), ready_all(), hand_over_all()]);
    served().when(&hand_over_all()).then_nothing();
    served().when(&OrderCommand::Complete).then_nothing();
    given([create_coffees(1), cancel()]).when(&cancel()).then_nothing();
    given([create_coffees(2), void(1)]).when(&void(1)).then_nothing();
    given([create_coffees(1)]).when(&OrderCommand::ChangeLine(coffee(1))).then_nothing();
}

#[test]
fn an_exception_closed_in_the_same_way_is_quiet() {
    let (mut till, mut kitchen) = (Device::till(1), Device::kitchen(2));
    till.must(&create_coffees(1));
    till.must(&OrderCommand::Send);
    till.exchange(&mut kitchen);
    kitchen.must(&start_all());
    till.must(&cancel());
    till.exchange(&mut kitchen);
    let exception = till.order().exceptions[0].id.clone();
    let waste = OrderCommand::CloseException { exception: exception.clone(), resolution: Resolution::Waste };
    assert_eq!(till.must(&waste).len(), 1);
    assert_eq!(till.must(&waste).len(), 0);
    let keep = OrderCommand::CloseException { exception, resolution: Resolution::Keep };
    assert_eq!(till.run(&keep).unwrap_err().code(), "exception_closed");
}

#[test]
fn an_order_from_head_office_is_claimed_by_the_first_till_that_acts() {
    let mut central = Device::central(1);
    central.must(&create_coffees(1));
    assert_eq!(central.order().owner, None);
    let mut till = Device::till(2);
    till.exchange(&mut central);
    till.must(&pay(1, 300));
    assert_eq!(till.order().owner, Some(till.id));
}
