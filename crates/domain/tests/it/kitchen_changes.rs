//! What the kitchen is told, and until when.

use docket_domain::order::OrderCommand;
use docket_domain::order::event::{LineReplaced, OrderEvent};
use docket_domain::order::view::KitchenChangeKind;
use docket_testkit::given;
use docket_testkit::samples::*;

fn acknowledge() -> OrderCommand {
    OrderCommand::AcknowledgeChanges { facts: Vec::new() }
}

#[test]
fn a_void_of_what_the_kitchen_has_is_shown_until_it_is_acknowledged() {
    let voided = given([create_coffees(2), OrderCommand::Send, void(1)]);
    let order = voided.order();
    let change = &order.kitchen_changes[0];
    assert_eq!((change.kind, &*change.lines), (KitchenChangeKind::Voided, &[line_id(1)][..]));
    assert_eq!(change.reason.as_deref(), Some("dropped"));
    let order = voided.when(&acknowledge()).then_writes(&["order.changes_acknowledged"]);
    assert!(order.kitchen_changes.is_empty());
    assert_eq!(order.acknowledged_changes, [change.fact]);
}

#[test]
fn a_void_of_what_the_kitchen_never_had_is_not_shown() {
    assert!(given([create_coffees(2), void(1), OrderCommand::Send]).order().kitchen_changes.is_empty());
}

#[test]
fn a_cancel_is_shown_until_it_is_acknowledged_or_answered() {
    let cancelled = given([create_coffees(2), OrderCommand::Send, cancel()]);
    assert_eq!(cancelled.order().kitchen_changes[0].kind, KitchenChangeKind::Cancelled);
    let order = cancelled.clone().when(&acknowledge()).then_writes(&["order.changes_acknowledged"]);
    assert!(order.kitchen_changes.is_empty());
    let reinstate = OrderCommand::Reinstate { reason: None };
    let order = cancelled.when(&reinstate).then_writes(&["order.reinstated"]);
    assert!(order.kitchen_changes.is_empty());
}

#[test]
fn an_acknowledged_change_can_be_named_again() {
    let seen = given([create_coffees(2), OrderCommand::Send, void(1), acknowledge(), void(2)]);
    let facts = seen.order().acknowledged_changes.clone();
    seen.when(&OrderCommand::AcknowledgeChanges { facts }).then_nothing();
}

#[test]
fn a_replacement_of_a_fired_line_by_another_program_is_shown() {
    let sent = given([create_coffees(1), OrderCommand::Send]);
    let replaces = sent.order().lines[0].version;
    let content = new_line(1, content("Tea", 250, 1)).content;
    let replaced = OrderEvent::LineReplaced(LineReplaced { line_id: line_id(1), replaces, content });
    let order = sent.and(|till| drop(till.write(replaced))).order();
    assert_eq!(order.kitchen_changes[0].kind, KitchenChangeKind::Replaced);
    assert!(order.exceptions.is_empty(), "its author knew of the firing");
}

#[test]
fn what_is_sent_later_is_shown_until_it_is_acknowledged_or_begun() {
    let later = OrderCommand::AddLine(new_line(2, content("Tea", 250, 1)));
    let added = given([create_coffees(1), OrderCommand::Send, later, OrderCommand::Send]);
    let change = &added.order().kitchen_changes[0];
    assert_eq!((change.kind, &*change.lines), (KitchenChangeKind::Added, &[line_id(2)][..]));
    let order = added.clone().when(&acknowledge()).then_writes(&["order.changes_acknowledged"]);
    assert!(order.kitchen_changes.is_empty());
    let begin = |lines| OrderCommand::Start { lines };
    let order = added.clone().when(&begin(vec![line_id(1)])).then_writes(&["order.preparation_started"]);
    assert_eq!(order.kitchen_changes.len(), 1, "the other line was begun");
    let order = added.when(&begin(vec![line_id(2)])).then_writes(&["order.preparation_started"]);
    assert!(order.kitchen_changes.is_empty());
}

#[test]
fn a_cancel_takes_the_place_of_an_addition() {
    let later = OrderCommand::AddLine(new_line(2, content("Tea", 250, 1)));
    let order = given([create_coffees(1), OrderCommand::Send, later, OrderCommand::Send, cancel()]).order();
    let kinds: Vec<_> = order.kitchen_changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [KitchenChangeKind::Cancelled]);
}
