//! Splits, voids and the order of lines.

use docket_domain::ids::LineId;
use docket_domain::money::Quantity;
use docket_domain::order::event::{OrderEvent, OwnerChanged};
use docket_domain::order::{ExceptionKind, LineState, OrderCommand, OrderStatus};
use docket_testkit::samples::*;
use docket_testkit::{Device, given};

fn beers() -> OrderCommand {
    create(vec![new_line(1, content("Beer", 500, 3))])
}

fn split(from: u32, to: u32, quantity: &str) -> OrderCommand {
    OrderCommand::SplitLine {
        line_id: line_id(from),
        new_line_id: line_id(to),
        quantity: Quantity::parse(quantity).unwrap(),
    }
}

#[test]
fn the_parts_of_a_split_add_up_and_cost_the_same() {
    let order = given([beers()]).when(&split(1, 2, "0.5")).then_writes(&["order.line_split", "order.line_split_off"]);
    let quantity = |id: LineId| order.line(id).unwrap().content.quantity.to_string();
    assert_eq!((quantity(line_id(1)), quantity(line_id(2))), ("2.5".into(), "0.5".into()));
    assert_eq!(order.due_minor, 1_500);
}

#[test]
fn parts_of_a_fired_line_are_where_the_line_was_in_the_kitchen() {
    let order = given([beers(), OrderCommand::Send, start_all(), split(1, 2, "1"), split(2, 3, "0.5")]).order();
    let states: Vec<LineState> = order.lines.iter().map(docket_domain::order::Line::state).collect();
    assert_eq!(states, [LineState::Started; 3]);
    assert!(order.lines.iter().all(|line| line.fired_at_ms() == order.lines[0].fired_at_ms()));
    assert!(order.exceptions.is_empty(), "a split is no change after firing");
}

#[test]
fn parts_go_their_own_ways_after_the_split() {
    let hand_over = OrderCommand::HandOver { lines: vec![line_id(2)] };
    let order = given([beers(), OrderCommand::Send, ready_all(), split(1, 2, "1"), hand_over]).order();
    assert_eq!(order.line(line_id(1)).unwrap().state(), LineState::Ready);
    assert_eq!(order.line(line_id(2)).unwrap().state(), LineState::HandedOver);
}

#[test]
fn production_that_did_not_see_a_split_reaches_both_parts() {
    let (mut till, mut kitchen) = (Device::till(1), Device::kitchen(2));
    till.must(&beers());
    till.must(&OrderCommand::Send);
    till.exchange(&mut kitchen);
    till.must(&split(1, 2, "1"));
    kitchen.must(&ready_all());
    till.exchange(&mut kitchen);
    assert_eq!(till.order().status, OrderStatus::Ready);
    assert!(till.order().lines.iter().all(|line| line.state() == LineState::Ready));
}

#[test]
fn a_recalled_part_can_be_recalled_by_the_ready_it_inherited() {
    let recall = OrderCommand::Recall { lines: vec![line_id(2)] };
    let order = given([beers(), OrderCommand::Send, ready_all(), split(1, 2, "1"), recall]).order();
    assert_eq!(order.line(line_id(1)).unwrap().state(), LineState::Ready);
    assert_eq!(order.line(line_id(2)).unwrap().state(), LineState::Started);
}

#[test]
fn a_split_that_lost_takes_its_new_line_with_it() {
    let (mut till, mut other) = (Device::till(1), Device::till(2));
    till.must(&beers());
    till.exchange(&mut other);
    other.write(OrderEvent::OwnerChanged(OwnerChanged { owner: other.id }));
    other.must(&split(1, 2, "1"));
    till.advance_ms(60_000);
    till.must(&OrderCommand::ChangeLine(new_line(1, content("Wine", 700, 2))));
    till.exchange(&mut other);
    let order = till.order();
    assert_eq!(order.lines.len(), 1);
    assert_eq!((&*order.lines[0].content.name, order.due_minor), ("Wine", 1_400));
    assert_eq!(order.exceptions[0].kind, ExceptionKind::ConflictingEdit);
    let lost: Vec<String> = order.lines[0].superseded.iter().map(|entry| entry.content.quantity.to_string()).collect();
    assert_eq!(lost, ["2", "1"], "both parts of the lost split stay readable");
}

#[test]
fn lines_stand_in_the_order_in_which_they_were_added() {
    let order = given([create_coffees(2), OrderCommand::AddLine(coffee(3)), void(1)]).order();
    let ids: Vec<LineId> = order.lines.iter().map(|line| line.id).collect();
    assert_eq!(ids, [line_id(1), line_id(2), line_id(3)]);
    assert_eq!(order.lines[0].void_reason(), Some("dropped"));
}

#[test]
fn an_edited_line_keeps_its_place() {
    let change = OrderCommand::ChangeLine(new_line(1, content("Tea", 250, 1)));
    let order = given([create_coffees(2), change]).order();
    assert_eq!(&*order.lines[0].content.name, "Tea");
}
