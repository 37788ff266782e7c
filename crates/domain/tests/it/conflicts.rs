//! One test for each row of the conflict table. Each is folded on both devices, so in both orders of arrival.

use docket_domain::order::event::OrderEvent;
use docket_domain::order::{
    DeviceClass, Exception, ExceptionKind, LineState, NewLine, Order, OrderCommand, OrderStatus, Resolution,
};
use docket_testkit::Device;
use docket_testkit::samples::*;

/// Two devices that share an order on which these commands have passed.
fn shared(commands: &[OrderCommand], second: Device) -> (Device, Device) {
    let (mut till, mut other) = (Device::till(1), second);
    for command in commands {
        till.must(command);
    }
    till.exchange(&mut other);
    (till, other)
}

fn with_kitchen(commands: &[OrderCommand]) -> (Device, Device) {
    shared(commands, Device::kitchen(3))
}

fn with_till(commands: &[OrderCommand]) -> (Device, Device) {
    shared(commands, Device::till(2))
}

/// What both see after they met, which has to be the same.
fn met(mut a: Device, mut b: Device) -> Order {
    a.exchange(&mut b);
    assert_eq!(a.state(), b.state());
    assert_eq!(a.order(), b.order());
    a.order()
}

fn kinds(order: &Order) -> Vec<ExceptionKind> {
    order.exceptions.iter().map(|exception| exception.kind).collect()
}

fn only(order: &Order) -> &Exception {
    assert_eq!(order.exceptions.len(), 1, "{:?}", order.exceptions);
    &order.exceptions[0]
}

#[test]
fn a_cancel_that_did_not_see_the_start_is_already_made() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(2), OrderCommand::Send]);
    till.must(&cancel());
    kitchen.must(&start_all());
    let order = met(till, kitchen);
    assert_eq!(order.status, OrderStatus::Cancelled);
    let exception = only(&order);
    assert_eq!(exception.kind, ExceptionKind::AlreadyMade);
    assert_eq!(exception.lines, [line_id(1), line_id(2)]);
}

#[test]
fn a_cancel_that_did_not_see_the_ready_is_already_made() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send, start_all()]);
    kitchen.must(&ready_all());
    till.must(&cancel());
    let order = met(till, kitchen);
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!(kinds(&order), [ExceptionKind::AlreadyMade]);
}

#[test]
fn a_cancel_that_saw_the_start_raises_nothing() {
    let (mut till, kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send, start_all()]);
    till.must(&cancel());
    assert_eq!(kinds(&met(till, kitchen)), []);
}

#[test]
fn a_reinstatement_settles_what_was_already_made() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send]);
    till.must(&cancel());
    kitchen.must(&start_all());
    till.exchange(&mut kitchen);
    till.must(&OrderCommand::Reinstate { reason: None });
    let order = met(till, kitchen);
    assert_eq!(order.status, OrderStatus::Preparing);
    assert_eq!(only(&order).closed, Some(Resolution::Keep));
}

#[test]
fn a_cancel_that_did_not_see_a_handover_completes_what_the_guest_has() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(2), OrderCommand::Send]);
    till.must(&cancel());
    kitchen.must(&OrderCommand::BumpLine { line_id: line_id(1) });
    kitchen.must(&hand_over_all());
    till.exchange(&mut kitchen);
    let order = till.order();
    assert_eq!(order.due_minor, 300, "due is what was handed over");
    assert!(order.served_unpaid);
    assert_eq!(kinds(&order), [ExceptionKind::CancelledAfterHandover]);
    assert_eq!(only(&order).lines, [line_id(1)]);
    till.must(&pay(1, 300));
    let order = met(till, kitchen);
    assert_eq!(order.status, OrderStatus::Completed);
}

#[test]
fn a_cancel_that_did_not_see_a_payment_leaves_a_refund_due() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Send]);
    other.write(OrderEvent::Cancelled(docket_domain::order::event::Cancelled { reason: "left".into() }));
    till.must(&pay(1, 500));
    let order = met(till, other);
    assert_eq!(order.status, OrderStatus::Cancelled);
    let exception = only(&order);
    assert_eq!((exception.kind, exception.amount_minor), (ExceptionKind::RefundDue, 300));
    assert_eq!(order.balance_minor, -300);
}

#[test]
fn a_refund_due_falls_by_what_was_paid_out_and_stays_until_it_is_closed() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Send]);
    other.write(OrderEvent::Cancelled(docket_domain::order::event::Cancelled { reason: "left".into() }));
    till.must(&pay(1, 300));
    till.exchange(&mut other);
    till.write(OrderEvent::Refunded(docket_domain::order::event::Refunded {
        refund_id: payment_id(2),
        payment_id: payment_id(1),
        credit_minor: 0,
        payout_minor: 300,
        drawer: "drawer-1".into(),
        reason: "cancelled".into(),
    }));
    let order = till.order();
    assert_eq!((only(&order).amount_minor, only(&order).closed), (0, None));
    let exception = only(&order).id.clone();
    till.must(&OrderCommand::CloseException { exception, resolution: Resolution::Keep });
    assert_eq!(only(&met(till, other)).closed, Some(Resolution::Keep));
}

#[test]
fn two_full_payments_overpay_by_the_second() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Send]);
    till.must(&pay(1, 300));
    let paid = OrderEvent::CashPaid(docket_domain::order::event::CashPaid {
        payment_id: payment_id(2),
        amount_minor: 300,
        tendered_minor: 300,
        drawer: "drawer-2".into(),
        receipt: receipt(7),
    });
    other.advance_ms(5_000);
    let second = other.write(paid);
    let order = met(till, other);
    assert_eq!(order.status, OrderStatus::Confirmed);
    assert_eq!(order.captured_minor, 600);
    assert_eq!(order.balance_minor, -300);
    let exception = only(&order);
    assert_eq!((exception.kind, exception.amount_minor), (ExceptionKind::Overpaid, 300));
    assert_eq!(order.payments[1].fact, second.id, "the later one is the second");
}

#[test]
fn two_part_payments_that_fit_together_raise_nothing() {
    let (mut till, mut other) = with_till(&[create_coffees(2), OrderCommand::Send]);
    till.must(&pay(1, 300));
    other.write(OrderEvent::OwnerChanged(docket_domain::order::event::OwnerChanged { owner: other.id }));
    other.must(&pay(2, 300));
    let order = met(till, other);
    assert_eq!((order.balance_minor, kinds(&order)), (0, vec![]));
}

#[test]
fn the_same_payment_twice_is_one_payment() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Send]);
    till.must(&pay(1, 300));
    other.write(OrderEvent::CashPaid(docket_domain::order::event::CashPaid {
        payment_id: payment_id(1),
        amount_minor: 300,
        tendered_minor: 300,
        drawer: "drawer-2".into(),
        receipt: receipt(7),
    }));
    let order = met(till, other);
    assert_eq!((order.captured_minor, order.payments.len()), (300, 1));
    assert_eq!(order.payments[0].repeated_receipts.len(), 1, "its receipt number stays readable");
    assert_eq!(kinds(&order), []);
}

#[test]
fn a_void_that_did_not_see_the_start_is_already_made() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(2), OrderCommand::Send]);
    till.must(&void(1));
    kitchen.must(&start_all());
    let order = met(till, kitchen);
    assert_eq!(order.line(line_id(1)).unwrap().state(), LineState::Voided);
    assert_eq!(order.due_minor, 300);
    let exception = only(&order);
    assert_eq!((exception.kind, &*exception.lines), (ExceptionKind::AlreadyMade, &[line_id(1)][..]));
}

#[test]
fn a_void_that_did_not_see_the_handover_is_already_made() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send, ready_all()]);
    till.must(&void(1));
    kitchen.must(&hand_over_all());
    let order = met(till, kitchen);
    assert_eq!(order.lines[0].state(), LineState::Voided);
    assert_eq!(kinds(&order), [ExceptionKind::AlreadyMade]);
}

fn tea(number: u32) -> NewLine {
    new_line(number, content("Tea", 250, 1))
}

#[test]
fn a_fired_version_stays_against_a_replacement_that_did_not_see_it() {
    for till_is_later in [false, true] {
        let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Place]);
        if till_is_later {
            till.advance_ms(60_000);
        }
        till.must(&OrderCommand::Confirm);
        let replaced = other.must(&OrderCommand::ChangeLine(tea(1)));
        let order = met(till, other);
        let line = &order.lines[0];
        assert_eq!((&*line.content.name, line.state()), ("Coffee", LineState::Fired));
        assert_eq!(kinds(&order), [ExceptionKind::ChangedAfterFiring]);
        assert_eq!(line.superseded[0].version, replaced[0].id);
        assert_eq!(&*line.superseded[0].content.name, "Tea", "the losing value stays readable");
    }
}

#[test]
fn a_chain_of_replacements_against_one_firing_is_one_exception() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Place]);
    till.must(&OrderCommand::Confirm);
    other.must(&OrderCommand::ChangeLine(tea(1)));
    other.must(&OrderCommand::ChangeLine(new_line(1, content("Juice", 400, 1))));
    let order = met(till, other);
    assert_eq!(kinds(&order), [ExceptionKind::ChangedAfterFiring]);
    assert_eq!(order.lines[0].superseded.len(), 2);
}

#[test]
fn of_two_replacements_the_higher_clock_lives_and_the_other_stays_readable() {
    for other_is_later in [false, true] {
        let (mut till, mut other) = with_till(&[create_coffees(1)]);
        let later = if other_is_later { &mut other } else { &mut till };
        later.advance_ms(60_000);
        till.must(&OrderCommand::ChangeLine(tea(1)));
        other.must(&OrderCommand::ChangeLine(new_line(1, content("Juice", 400, 1))));
        let order = met(till, other);
        let (lives, lost) = if other_is_later { ("Juice", "Tea") } else { ("Tea", "Juice") };
        assert_eq!(&*order.lines[0].content.name, lives);
        assert_eq!(&*order.lines[0].superseded[0].content.name, lost);
        assert_eq!(kinds(&order), [ExceptionKind::ConflictingEdit]);
    }
}

#[test]
fn of_two_replacements_one_that_was_fired_lives_whatever_the_clocks_say() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Place]);
    other.advance_ms(60_000);
    till.must(&OrderCommand::ChangeLine(tea(1)));
    till.must(&OrderCommand::Confirm);
    other.must(&OrderCommand::ChangeLine(new_line(1, content("Juice", 400, 1))));
    let order = met(till, other);
    assert_eq!((&*order.lines[0].content.name, order.lines[0].state()), ("Tea", LineState::Fired));
    assert_eq!(kinds(&order), [ExceptionKind::ChangedAfterFiring, ExceptionKind::ConflictingEdit]);
}

#[test]
fn edits_that_follow_from_one_divergence_are_one_exception() {
    let (mut till, mut other) = with_till(&[create_coffees(1)]);
    till.must(&OrderCommand::ChangeLine(tea(1)));
    till.must(&OrderCommand::ChangeLine(new_line(1, content("Milk", 150, 1))));
    other.must(&OrderCommand::ChangeLine(new_line(1, content("Juice", 400, 1))));
    let order = met(till, other);
    assert_eq!(kinds(&order), [ExceptionKind::ConflictingEdit]);
}

#[test]
fn an_edit_that_saw_the_other_replaces_it_quietly() {
    let (mut till, mut other) = with_till(&[create_coffees(1)]);
    till.advance_ms(600_000);
    till.must(&OrderCommand::ChangeLine(tea(1)));
    till.exchange(&mut other);
    other.must(&OrderCommand::ChangeLine(new_line(1, content("Juice", 400, 1))));
    let order = met(till, other);
    assert_eq!((&*order.lines[0].content.name, kinds(&order)), ("Juice", vec![]));
    assert!(order.lines[0].superseded.is_empty());
}

#[test]
fn a_new_divergence_after_a_settled_one_is_raised_anew() {
    let (mut till, mut other) = with_till(&[create_coffees(1)]);
    let mut third = Device::till(3);
    till.must(&OrderCommand::ChangeLine(tea(1)));
    third.receive(&till, usize::MAX);
    other.must(&OrderCommand::ChangeLine(new_line(1, content("Juice", 400, 1))));
    till.exchange(&mut other);
    till.must(&OrderCommand::ChangeLine(new_line(1, content("Milk", 150, 1))));
    third.must(&OrderCommand::ChangeLine(new_line(1, content("Water", 50, 1))));
    let order = met(till, third);
    assert_eq!(kinds(&order), [ExceptionKind::ConflictingEdit, ExceptionKind::ConflictingEdit]);
    assert_eq!(order.lines[0].superseded.len(), 2);
}

#[test]
fn a_recall_that_did_not_see_the_handover_changes_nothing() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send, ready_all()]);
    till.must(&hand_over_all());
    kitchen.must(&recall_all());
    let order = met(till, kitchen);
    assert_eq!(order.lines[0].state(), LineState::HandedOver);
    assert_eq!(kinds(&order), []);
}

#[test]
fn a_recall_beats_ready_again_in_the_same_round() {
    let (mut till, mut kitchen) =
        with_kitchen(&[create_coffees(2), OrderCommand::Send, OrderCommand::BumpLine { line_id: line_id(1) }]);
    till.must(&OrderCommand::Recall { lines: vec![line_id(1)] });
    let line = kitchen.order().lines[0].clone();
    let ready = vec![docket_domain::order::event::VersionRound { version: line.version, round: 0 }];
    kitchen.write(OrderEvent::LinesReady(docket_domain::order::event::LinesReady { ready }));
    let order = met(till, kitchen);
    assert_eq!(order.lines[0].state(), LineState::Started);
    assert_eq!(order.lines[0].production.round, 1);
    assert_eq!(kinds(&order), []);
}

#[test]
fn a_line_added_while_the_order_was_completed_is_an_item_after_close() {
    let (mut till, mut other) = with_till(&[create_coffees(1), pay(1, 300), ready_all()]);
    till.must(&hand_over_all());
    assert_eq!(till.order().status, OrderStatus::Completed);
    other.must(&OrderCommand::AddLine(coffee(2)));
    let order = met(till, other);
    assert_eq!(order.balance_minor, 300, "there is a balance again");
    assert_eq!(order.status, OrderStatus::Ready);
    let exception = only(&order);
    assert_eq!((exception.kind, &*exception.lines), (ExceptionKind::ItemAfterClose, &[line_id(2)][..]));
}

#[test]
fn a_line_added_while_only_part_was_served_raises_nothing() {
    let (mut till, mut other) = with_till(&[create_coffees(1), OrderCommand::Send, ready_all()]);
    till.must(&hand_over_all());
    other.must(&OrderCommand::AddLine(coffee(2)));
    assert_eq!(kinds(&met(till, other)), []);
}

#[test]
fn of_two_labels_the_later_stands() {
    let (mut till, mut other) = with_till(&[create_coffees(1)]);
    other.advance_ms(60_000);
    other.must(&OrderCommand::SetTable(Some("Window".into())));
    till.must(&OrderCommand::SetTable(Some("Door".into())));
    let order = met(till, other);
    assert_eq!((order.table(), kinds(&order)), (Some("Window"), vec![]));
}

#[test]
fn a_label_that_saw_the_other_stands_whatever_the_clocks_say() {
    let (mut till, mut other) = with_till(&[create_coffees(1)]);
    let mut fact = other.clone();
    fact.advance_ms(3_600_000);
    let ahead = fact.must(&OrderCommand::SetTable(Some("Window".into())));
    till.receive(&fact, usize::MAX);
    other.receive(&fact, usize::MAX);
    let behind = till.must(&OrderCommand::SetTable(Some("Door".into())));
    let mut behind = behind[0].clone();
    behind.clock = ahead[0].clock - 1;
    let mut facts = other.facts();
    facts.push(behind);
    let order = docket_testkit::device::folded(&facts).derive().unwrap();
    assert_eq!(order.table(), Some("Door"));
}

#[test]
fn an_exception_is_closed_by_its_id_and_stays_readable() {
    let (mut till, mut kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send]);
    till.must(&cancel());
    kitchen.must(&start_all());
    till.exchange(&mut kitchen);
    let exception = only(&till.order()).id.clone();
    assert_eq!(exception.0.len(), 32);
    till.must(&OrderCommand::CloseException { exception: exception.clone(), resolution: Resolution::Waste });
    let order = met(till, kitchen);
    assert_eq!((&only(&order).id, only(&order).closed), (&exception, Some(Resolution::Waste)));
    assert_eq!(order.open_exceptions().count(), 0);
}

#[test]
fn a_void_covers_the_part_that_was_split_off_unseen() {
    let commands = [create(vec![new_line(1, content("Beer", 500, 3))]), OrderCommand::Send];
    let (mut till, mut other) = with_till(&commands);
    other.write(OrderEvent::OwnerChanged(docket_domain::order::event::OwnerChanged { owner: other.id }));
    other.must(&OrderCommand::SplitLine {
        line_id: line_id(1),
        new_line_id: line_id(2),
        quantity: docket_domain::money::Quantity::ONE,
    });
    till.must(&void(1));
    let order = met(till, other);
    assert!(order.lines.iter().all(|line| line.state() == LineState::Voided), "{:?}", order.lines);
    assert_eq!(order.due_minor, 0);
}

#[test]
fn a_fact_without_authority_is_kept_without_effect() {
    let (till, mut kitchen) = with_kitchen(&[create_coffees(1), OrderCommand::Send]);
    let before = till.order();
    let cancel = docket_domain::order::event::Cancelled { reason: "no eggs".into() };
    let fact = kitchen.write(OrderEvent::Cancelled(cancel));
    assert_eq!(fact.origin.class, DeviceClass::Kitchen);
    let order = met(till, kitchen);
    assert_eq!(order.status, OrderStatus::Confirmed);
    assert_eq!(order.set_aside.len(), 1);
    assert_eq!((order.set_aside[0].fact, order.set_aside[0].event_type), (fact.id, "order.cancelled"));
    assert_ne!(order.version, before.version, "it is part of what is held");
}

#[test]
fn only_food_that_was_made_and_that_nobody_has_is_written_off() {
    use ExceptionKind::*;
    assert_eq!(AlreadyMade.resolutions(), [Resolution::Waste, Resolution::Keep]);
    for kind in [CancelledAfterHandover, RefundDue, Overpaid, ChangedAfterFiring, ConflictingEdit, ItemAfterClose] {
        assert_eq!(kind.resolutions(), [Resolution::Keep], "{kind:?}");
    }
}
