//! From the till to Kafka and to the read models, over parts that go away on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use docket_circle::ledger::{Told, while_locked};
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
    if last.len() != told.len() {
        return Err(format!("{} of {} orders are on Kafka", last.len(), told.len()));
    }
    for (order, (_, body)) in last {
        if body != &told[order] {
            return Err(format!("the last message of {order} is not what head office says"));
        }
    }
    Ok(messages)
}

/// How long the broker is away.
const AWAY: Duration = Duration::from_secs(60);

fn one_till(office: &Office) -> Till {
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    till
}

#[test]
fn a_broker_that_is_stopped_for_a_minute_is_waited_for() {
    let mut office = Office::whole();
    let till = one_till(&office);
    till.sell(5);
    until("the first orders are on Kafka", || agrees(&office));
    office.kafka.as_mut().expect("a broker").stop();
    till.sell(5);
    until("everything is at head office", || office.holds_all_of(&till));
    // The fault itself: nothing is waited for here, a broker is away for so long.
    std::thread::sleep(AWAY);
    till.sell(2);
    office.kafka.as_mut().expect("a broker").start_again();
    until("the rest is on Kafka", || agrees(&office));
    office.is_whole(&[&till], 12);
}

#[test]
fn a_relay_killed_between_sending_and_marking_sends_again_and_nothing_counts_twice() {
    let mut office = Office::whole();
    let till = one_till(&office);
    till.sell(2);
    office.is_whole(&[&till], 2);
    office.kill(Role::Relay);
    till.sell(4);
    until("everything is at head office", || office.holds_all_of(&till));
    let written =
        || usize::try_from(office.count("SELECT count(*) FROM central.outbox WHERE topic = 'docket.orders.v1'"));
    let written = written().expect("few");
    // Rows can be read and sent, and not marked.
    while_locked(&office.url(), "LOCK TABLE central.outbox IN SHARE MODE", || {
        office.start(Role::Relay);
        until("all of it is sent", || {
            let sent = office.messages("docket.orders.v1").len();
            if sent >= written { Ok(()) } else { Err(format!("{sent} of {written}")) }
        });
        office.kill(Role::Relay);
        // Its statement still waits in the server, which has yet to notice.
        office.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'", |_| ());
    });
    assert!(office.count("SELECT count(*) FROM central.outbox WHERE published_at IS NULL") > 0, "nothing was marked");
    office.start(Role::Relay);
    until("it is sent again and marked", || agrees(&office));
    assert!(office.messages("docket.orders.v1").len() > written, "what was sent and not marked is there twice");
    office.is_whole(&[&till], 6);
}

#[test]
fn consumers_killed_between_effect_and_offset_read_again_and_nothing_counts_twice() {
    let mut office = Office::whole();
    let till = one_till(&office);
    till.sell(6);
    office.is_whole(&[&till], 6);
    for (role, name) in [(Role::Orders, "orders"), (Role::Analytics, "analytics")] {
        office.kill(role);
        // The effects are there, the offsets are not.
        office.forget_offsets(name);
    }
    till.sell(3);
    office.start(Role::Orders);
    office.start(Role::Analytics);
    office.is_whole(&[&till], 9);
}

#[test]
fn a_poison_message_ends_as_a_dead_letter_and_holds_up_nothing() {
    let office = Office::whole();
    let till = one_till(&office);
    till.sell(3);
    office.is_whole(&[&till], 3);
    office.ask(
        "INSERT INTO central.outbox (tenant, store, business_day, topic, key, event_id, event_type, sequence, \
         correlation_id, time_ms, body) SELECT tenant, store, business_day, topic, key, gen_random_uuid(), event_type, \
         1000000, correlation_id, time_ms, '{\"order_id\": 7}' FROM central.outbox \
         WHERE topic = 'docket.orders.v1' ORDER BY id LIMIT 1",
        |_| (),
    );
    till.sell(3);
    for role in ["orders", "analytics"] {
        until("it is a dead letter", || {
            let letters = office.tool(&["dlq", "list", role])?;
            if letters.starts_with("dead") { Ok(()) } else { Err(letters) }
        });
    }
    office.is_whole(&[&till], 6);
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
    office.start(Role::Orders);
    office.start(Role::Analytics);
    office.is_whole(&[&till], 30);
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
