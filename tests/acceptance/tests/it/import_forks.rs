//! A log with two histories: both are kept, the fold takes them alike on every device, and the manager is told.

use docket_acceptance::{Order, Peer, Shop, fresh, lines};
use docket_contracts::view::OrderStatus;
use docket_domain::ids::{EventId, LineId};
use docket_domain::order::OrderEvent;
use docket_domain::order::event::{Cancelled, LineAdded, LinesFired, Opened, Placed, PreparationStarted, TableSet};
use docket_domain::order::line::OrderType;
use docket_log::wire::{Line, parse_line};
use docket_log::{DeviceKey, Head, LogWriter, Row, RowDraft};
use serde_json::json;

use crate::peers::{content, terms};

/// An order with a fired line, in a peer's log; five rows with the opening.
fn fired(peer: &mut Peer) -> (Order, EventId) {
    let line = fresh();
    let order = Order { id: fresh(), lines: vec![line] };
    let opened = Opened { label: "P-001".into(), order_type: OrderType::Counter, terms: terms() };
    peer.write(order.id, &OrderEvent::Opened(opened), None);
    let added = LineAdded { line_id: LineId(line), content: content(500, 1) };
    let version = peer.write(order.id, &OrderEvent::LineAdded(added), None);
    peer.write(order.id, &OrderEvent::Placed(Placed {}), None);
    peer.write(order.id, &OrderEvent::LinesFired(LinesFired { fired: vec![version] }), None);
    (order, version)
}

/// The rows of an export.
fn rows(export: &str) -> Vec<Row> {
    let row = |line| match parse_line(line) {
        Ok(Line::Row(row)) => Some(*row),
        _ => None,
    };
    export.lines().filter_map(row).collect()
}

fn started(version: EventId) -> OrderEvent {
    OrderEvent::PreparationStarted(PreparationStarted {
        started: vec![docket_domain::order::event::VersionRound { version, round: 0 }],
    })
}

fn cancelled() -> OrderEvent {
    OrderEvent::Cancelled(Cancelled { reason: "guest left".into() })
}

fn table(name: &str) -> OrderEvent {
    OrderEvent::TableSet(TableSet { table: Some(name.into()) })
}

#[tokio::test(flavor = "multi_thread")]
async fn both_histories_are_kept_and_no_order_of_arrival_changes_what_they_mean() {
    let first = Shop::demo().await;
    let mut one = Peer::of(&first, 51, "P");
    let (order, version) = fired(&mut one);
    let mut other = one.parted(5);
    one.write(order.id, &started(version), None);
    one.write(order.id, &table("1"), None);
    other.write(order.id, &cancelled(), None);
    other.write(order.id, &table("2"), None);
    other.write(order.id, &table("3"), None);

    let second = Shop::joined(&[&first.exported()]).await;
    first.take_in(&one.export()).await;
    let report = first.take_in(&other.export()).await;
    assert_eq!((report.stored, report.held, report.refused_count), (3, 5, 0), "{report:?}");
    assert_eq!(report.forks.iter().map(|fork| (fork.log, fork.seq)).collect::<Vec<_>>(), [(one.id(), 6)]);
    // The other till gets them in one file, the second history first.
    let report = second.take_in(&(other.export() + &lines(&one.rows()[5..]))).await;
    assert_eq!((report.stored, report.forks.len(), report.refused_count), (10, 1, 0), "{report:?}");

    for shop in [&first, &second] {
        let view = shop.view(&order).await;
        assert_eq!(view["status"], "cancelled");
        assert_eq!(view["exceptions"][0]["kind"], "already_made", "a cancel that did not see the start: {view}");
        assert_eq!(shop.facts(&order).await.len(), 9);
        let incidents = shop.ask("status", json!({})).await["incidents"].to_string();
        assert!(incidents.contains("log_forked") && incidents.contains(&one.id().to_string()), "{incidents}");
        assert!(shop.verify().faults.is_empty(), "{:?}", shop.verify().faults);
        let rebuilt = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
        assert_eq!(rebuilt.before, rebuilt.after);
    }
    assert_eq!(second.view(&order).await["version"], first.view(&order).await["version"]);
    assert_eq!(second.summary(), first.summary());
    assert_eq!(first.summary().event_count, 9);

    // What one till exports brings both histories to a third, and changes nothing where they are.
    let export = first.exported();
    let third = Shop::joined(&[&export]).await;
    assert_eq!(third.summary(), first.summary());
    let again = first.take_in(&(other.export() + &one.export())).await;
    assert_eq!((again.stored, again.forks.len(), again.refused_count), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_parts_inside_a_group_and_one_that_parts_from_a_fork_are_kept_whole() {
    let first = Shop::demo().await;
    let second = Shop::joined(&[&first.exported()]).await;
    let mut one = Peer::of(&first, 52, "P");
    let (order, _) = fired(&mut one);
    let mut other = one.parted(5);
    one.write_group(order.id, &[table("1"), table("2")]);
    other.write_group(order.id, &[table("7"), table("8")]);
    let mut third = other.parted(7);
    other.write(order.id, &table("9"), None);
    third.write(order.id, &table("10"), None);
    let files = [one.export(), other.export(), third.export()];
    for file in &files {
        assert!(first.take_in(file).await.is_whole());
    }
    for file in files.iter().rev() {
        assert!(second.take_in(file).await.is_whole());
    }
    assert_eq!(first.summary(), second.summary());
    assert_eq!(first.summary().event_count, 4 + 2 + 2 + 1 + 1);
    assert_eq!(first.view(&order).await["table"], second.view(&order).await["table"]);
    for shop in [&first, &second] {
        assert!(shop.verify().faults.is_empty(), "{:?}", shop.verify().faults);
        assert_eq!(shop.facts(&order).await.len(), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_saw_both_histories_says_so_and_is_concurrent_with_neither() {
    let first = Shop::demo().await;
    let order = first.at(OrderStatus::Confirmed).await;
    let version = rows(&first.exported())
        .into_iter()
        .find(|row| row.stream_id == order.id && row.event_type == "order.line_added")
        .map(|row| EventId(row.event_id))
        .expect("a line");
    let head = first.head().await;
    let mut one = Peer::of(&first, 53, "P");
    let mut other = one.parted(1);
    one.write(order.id, &started(version), Some(head));
    other.write(order.id, &table("2"), Some(head));
    other.write(order.id, &table("3"), None);
    first.take_in(&one.export()).await;
    first.take_in(&other.export()).await;
    first.must("cancel", order.with(json!({ "reason": "guest left" }))).await;
    let view = first.view(&order).await;
    assert_eq!(view["status"], "cancelled");
    assert_eq!(view["exceptions"], json!([]), "the manager saw that it was started");
    let second = Shop::joined(&[&first.exported()]).await;
    assert_eq!(second.summary(), first.summary());
    let rebuilt = docket_terminal::rebuild::run(first.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!(rebuilt.before, rebuilt.after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_history_of_the_tills_own_log_ends_that_log_and_its_numbers() {
    let shop = Shop::demo().await;
    shop.at(OrderStatus::Completed).await;
    let (log, _) = shop.head().await;
    let letter = shop.ask("status", json!({})).await["letter"].clone();
    // A copy of the folder with its key, which goes on from the log's first row.
    let rows: Vec<Row> = rows(&shop.exported()).into_iter().filter(|row| row.log == log).collect();
    let seed = std::fs::read(shop.options().data.join("device.key")).expect("the key");
    let key = DeviceKey::from_seed(&seed).expect("a key");
    let mut copy = LogWriter::resume(&key, log, Head::from(&rows[0]));
    let draft = RowDraft {
        event_id: fresh(),
        stream_kind: "order".into(),
        stream_id: fresh(),
        seen: None,
        event_type: "order.placed".into(),
        schema_version: 1,
        payload: "{}".into(),
        actor: "program:copy".into(),
        correlation_id: fresh(),
        causation_id: None,
        clock: rows[0].clock + 1,
        wall_time_ms: rows[0].wall_time_ms,
        business_day: rows[0].business_day,
    };
    let theirs = copy.seal_group(vec![draft]).expect("one row is a group");
    let report = shop.take_in(&lines(&theirs)).await;
    assert_eq!((report.stored, report.forks.len(), report.refused_count), (1, 1, 0), "{report:?}");
    assert!(report.renewed.is_some());
    let status = shop.ask("status", json!({})).await;
    assert_ne!((&status["letter"], &status["log"]), (&letter, &json!(log.to_string())));
    shop.at(OrderStatus::Completed).await;
    assert!(shop.verify().faults.is_empty(), "{:?}", shop.verify().faults);
    assert_eq!(shop.take_in(&lines(&theirs)).await.stored, 0);
}
