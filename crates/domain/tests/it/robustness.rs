//! Facts of a broken or hostile author neither stop the fold nor make it depend on the order of arrival.

use docket_domain::ids::EventId;
use docket_domain::money::Quantity;
use docket_domain::order::event::{
    CashPaid, LineAdded, LineReplaced, LineSplit, LineSplitOff, LinesReady, LinesRecalled, OrderEvent, RecalledVersion,
    VersionRound,
};
use docket_domain::order::{Fact, FactBody, OrderCommand};
use docket_testkit::Device;
use docket_testkit::device::folded;
use docket_testkit::samples::*;
use uuid::Uuid;

fn event_id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

fn both_ways(facts: &[Fact]) -> docket_domain::order::Order {
    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
    let order = folded(facts).derive().unwrap();
    assert_eq!(order, folded(&backwards).derive().unwrap());
    order
}

fn till(lines: u32) -> Device {
    let mut till = Device::till(1);
    till.must(&create_coffees(lines));
    till
}

#[test]
fn an_order_whose_opening_is_missing_is_no_order_yet() {
    let facts = till(1).facts();
    assert!(folded(&facts[1..]).derive().is_none());
    assert!(folded(&facts).derive().is_some());
}

#[test]
fn versions_that_replace_each_other_in_a_circle_are_folded() {
    let mut till = till(1);
    let content = coffee(1).content;
    let replace = |replaces| {
        let content = content.clone();
        OrderEvent::LineReplaced(LineReplaced { line_id: line_id(1), replaces, content })
    };
    let mut first = till.write(replace(event_id(2)));
    let mut second = till.write(replace(event_id(1)));
    let mut facts = Device::till(1).facts();
    facts.extend(till.facts().into_iter().take(2));
    first.id = event_id(1);
    second.id = event_id(2);
    facts.extend([first, second]);
    assert_eq!(both_ways(&facts).lines.len(), 1);
}

#[test]
fn splits_of_nothing_and_of_each_other_show_no_line() {
    let mut till = till(1);
    let split = |number, of, split| {
        OrderEvent::LineSplitOff(LineSplitOff {
            line_id: line_id(number),
            split: event_id(split),
            splits: event_id(of),
            quantity: Quantity::ONE,
        })
    };
    till.write(OrderEvent::LineSplit(LineSplit { line_id: line_id(5), splits: event_id(77), quantity: Quantity::ONE }));
    let mut one = till.write(split(6, 2, 2));
    let mut two = till.write(split(7, 1, 1));
    one.id = event_id(1);
    two.id = event_id(2);
    let mut facts = till.facts();
    facts.truncate(facts.len() - 2);
    facts.extend([one, two]);
    let order = both_ways(&facts);
    assert_eq!(order.lines.len(), 1);
}

#[test]
fn a_deep_chain_of_edits_is_folded_without_deep_recursion() {
    let mut till = till(1);
    let mut replaces = till.order().lines[0].version;
    for price in 0..1_500 {
        let content = new_line(1, content("Tea", price, 1)).content;
        let event = OrderEvent::LineReplaced(LineReplaced { line_id: line_id(1), replaces, content });
        replaces = till.write(event).id;
    }
    assert_eq!(till.order().lines[0].version, replaces);
}

#[test]
fn absurd_rounds_and_amounts_are_folded() {
    let mut till = till(2);
    till.must(&OrderCommand::Send);
    let version = till.order().lines[0].version;
    let ready = vec![VersionRound { version, round: u32::MAX }];
    let ready = till.write(OrderEvent::LinesReady(LinesReady { ready })).id;
    till.must(&OrderCommand::Recall { lines: vec![line_id(1)] });
    let recalled = vec![RecalledVersion { version, ready, round: u32::MAX }];
    till.write(OrderEvent::LinesRecalled(LinesRecalled { recalled }));
    for payment in 1..4 {
        till.write(OrderEvent::CashPaid(CashPaid {
            payment_id: payment_id(payment),
            amount_minor: i64::MAX,
            tendered_minor: i64::MIN,
            drawer: String::new(),
            receipt: receipt(payment),
        }));
    }
    let content = new_line(9, content("Gold", i64::MIN, i32::from(i16::MIN))).content;
    till.write(OrderEvent::LineAdded(LineAdded { line_id: line_id(9), content }));
    assert!(both_ways(&till.facts()).pricing_error.is_some());
}

#[test]
fn authors_that_claim_to_have_seen_each_others_future_are_folded() {
    let (mut till, mut other) = (till(1), Device::till(2));
    till.exchange(&mut other);
    let mut left = till.must(&OrderCommand::ChangeLine(new_line(1, content("Tea", 1, 1)))).remove(0);
    let mut right = other.must(&OrderCommand::ChangeLine(new_line(1, content("Milk", 2, 1)))).remove(0);
    left.seen = vec![(right.origin.log, u64::MAX)];
    right.seen = vec![(left.origin.log, u64::MAX)];
    let mut facts: Vec<Fact> = till.facts().into_iter().take(2).collect();
    facts.extend([left, right]);
    assert_eq!(both_ways(&facts).lines.len(), 1);
}

#[test]
fn two_facts_that_claim_one_id_make_one_version_everywhere() {
    let (mut till, mut other) = (till(1), Device::till(2));
    till.exchange(&mut other);
    let left = till.must(&OrderCommand::AddLine(coffee(5))).remove(0);
    let mut right = other.must(&OrderCommand::AddLine(new_line(6, content("Milk", 2, 1)))).remove(0);
    right.id = left.id;
    let mut facts = till.facts();
    facts.push(right);
    assert_eq!(both_ways(&facts).lines.len(), 2);
}

#[test]
fn a_fact_of_an_unknown_type_is_counted_and_marks_the_order() {
    let mut till = till(1);
    let before = till.order().version;
    let fact = till.write_unknown("order.tip_given");
    assert!(matches!(fact.body, FactBody::Unknown { .. }));
    assert!(till.order().update_needed);
    assert_eq!(till.order().version.count, before.count + 1);
}
