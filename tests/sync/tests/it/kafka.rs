//! From the till to Kafka, over a broker that goes away.

use std::collections::{BTreeMap, BTreeSet};

use docket_circle::ledger::Told;
use docket_circle::{Office, Role, Till, until};
use serde_json::Value;

/// Each message of the topic once; the last of each order must be what head office says.
fn agrees(office: &Office) -> Result<Vec<Told>, String> {
    let waiting = office.count("SELECT count(*) FROM central.outbox WHERE published_at IS NULL");
    if waiting > 0 {
        return Err(format!("{waiting} messages wait"));
    }
    let mut seen = BTreeSet::new();
    let mut messages = office.messages("docket.orders.v1");
    messages.retain(|message| seen.insert(message.id.clone()));
    let mut last: BTreeMap<&str, (&str, &Value)> = BTreeMap::new();
    for message in &messages {
        let order = message.data.get("order").unwrap_or(&message.data);
        let (sequence, _) = last.entry(&message.key).or_insert((&message.sequence, order));
        assert!(*sequence <= message.sequence.as_str(), "order {} went back to {}", message.key, message.sequence);
        last.insert(&message.key, (&message.sequence, order));
    }
    let told = office.told();
    assert_eq!(last.len(), told.len(), "each order is on Kafka");
    for (order, (_, body)) in last {
        assert_eq!(body, &told[order], "the last message of {order}");
    }
    Ok(messages)
}

#[test]
fn every_order_is_on_kafka_as_head_office_has_it_though_the_broker_was_gone_and_two_relays_ran() {
    let mut office = Office::open_with_kafka();
    office.start(Role::Serve);
    office.start(Role::Relay);
    office.start(Role::Relay);
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    till.sell(10);
    until("the first orders are on Kafka", || agrees(&office));
    office.kafka.as_mut().expect("a broker").stop();
    till.sell(10);
    until("everything is at head office", || office.holds_all_of(&till));
    office.kafka.as_mut().expect("a broker").start_again();
    until("the rest is on Kafka", || agrees(&office));
    till.sell(10);
    office.kill(Role::Relay);
    until("the other relay takes over", || agrees(&office));
    let payments = office.messages("docket.payments.v1");
    let paid: BTreeSet<_> = payments.iter().map(|payment| payment.data["payment"]["payment_id"].to_string()).collect();
    assert_eq!(paid.len(), 30, "each payment is told");
}

#[test]
fn the_read_models_of_head_office_follow_kafka() {
    let mut office = Office::open_with_kafka();
    for role in [Role::Serve, Role::Relay, Role::Orders, Role::Analytics] {
        office.start(role);
    }
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    till.sell(12);
    until("everything is at head office", || office.holds_all_of(&till));
    until("the read model has each order", || {
        let found = office.count("SELECT count(*) FROM orders_read.orders WHERE status = 'completed'");
        if found == 12 { Ok(()) } else { Err(format!("{found} of 12")) }
    });
    let money = || office.count("SELECT coalesce(sum(captured_minor), 0)::bigint FROM central.orders");
    let read = || office.count("SELECT coalesce(sum(captured_minor), 0)::bigint FROM orders_read.orders");
    assert!(money() > 0);
    assert_eq!(read(), money());
}
