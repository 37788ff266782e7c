//! What head office writes: orders, and documents that facts name.

use docket_acceptance::{Order, Peer, Shop, fresh};
use docket_domain::ids::{EventId, LineId};
use docket_domain::order::OrderEvent;
use docket_domain::order::event::{LineAdded, LinesFired, Opened, Placed};
use docket_domain::order::line::OrderType;
use docket_domain::shop::{DocumentKind, DocumentPublished, ShopEvent};
use docket_log::DeviceKey;
use docket_sync::Item;
use serde_json::{Value, json};

use super::{enrolled, in_step, store_of, till_until};
use crate::peers::{content, terms};

/// An order that was written elsewhere, sent to the kitchen.
fn order(log: &mut Peer) -> Order {
    let order = Order { id: fresh(), lines: vec![fresh()] };
    let opened = Opened { label: "W-001".into(), order_type: OrderType::TakeAway, terms: terms() };
    log.write(order.id, &OrderEvent::Opened(opened), None);
    let added = LineAdded { line_id: LineId(order.lines[0]), content: content(900, 1) };
    let fired: Vec<EventId> = vec![log.write(order.id, &OrderEvent::LineAdded(added), None)];
    log.write(order.id, &OrderEvent::Placed(Placed {}), None);
    log.write(order.id, &OrderEvent::LinesFired(LinesFired { fired }), None);
    order
}

async fn on_the_board(shop: &Shop, order: &Order) -> bool {
    let board = shop.ask("kitchen_board", json!({})).await;
    board.to_string().contains(&order.id.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_head_office_is_cooked_and_its_status_goes_up() {
    let (shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    let mut log = Peer::central(office.key(), office.tenant(), store_of(&shop));
    let order = order(&mut log);
    office.publish(log.rows());
    let last = log.rows().len() as u64;
    office.until_down(log.id(), last).await;
    assert!(on_the_board(&shop, &order).await, "the kitchen sees it");
    shop.must("ready", order.some(&[0])).await;
    in_step(&shop, &office).await;
    let ready = office.look(|held| {
        let rows = held.logs.values().flatten().filter_map(|item| match item {
            Item::Row(row) => Some(row),
            Item::Stub(_) => None,
        });
        rows.filter(|row| row.stream_id == order.id).map(|row| row.event_type.to_string()).collect::<Vec<_>>()
    });
    assert!(ready.iter().any(|name| name.contains("ready")), "{ready:?}");
    assert!(!office.look(|held| held.logs.contains_key(&log.id())), "what came down does not go up again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_another_key_signed_as_head_office_is_refused() {
    let (shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    let stranger = DeviceKey::from_seed(&[66; 32]).expect("a seed");
    let mut forged = Peer::central(stranger, office.tenant(), store_of(&shop));
    let refused = order(&mut forged);
    office.publish(forged.rows());
    let mut log = Peer::central(office.key(), office.tenant(), store_of(&shop));
    let taken = order(&mut log);
    office.publish(log.rows());
    let last = log.rows().len() as u64;
    office.until_down(log.id(), last).await;
    assert!(on_the_board(&shop, &taken).await);
    assert!(!on_the_board(&shop, &refused).await, "nobody else speaks for head office");
    assert_eq!(office.last_down(forged.id()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_head_office_names_comes_down_and_takes_effect() {
    let (shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    let body = serde_json::to_vec(&json!({ "name": "Renamed by head office", "currency": "EUR" })).expect("JSON");
    let hash = docket_acceptance::sha256(&body);
    let fact = DocumentPublished {
        kind: DocumentKind::Shop,
        hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        size: body.len() as u64,
        version: 9,
    };
    office.keep(hash, body);
    let mut log = Peer::central(office.key(), office.tenant(), store_of(&shop));
    log.write_shop(store_of(&shop), &ShopEvent::DocumentPublished(fact));
    office.publish(log.rows());
    let name = || async { shop.till().query(None, "shop", json!({})).await.expect("a view")["name"].clone() };
    let mut seen = Value::Null;
    let mut changes = shop.till().changes(None);
    for _ in 0..120 {
        seen = name().await;
        if seen == "Renamed by head office" {
            break;
        }
        changes.next().await.expect("the till is open");
    }
    assert_eq!(seen, "Renamed by head office");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_of_the_store_go_up_with_the_facts_that_name_them() {
    let (shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    let named: Vec<[u8; 32]> = shop.on_disk(|store| {
        let mut heads = store.prepare("SELECT hash FROM document_heads").expect("a statement");
        heads.query_map([], |row| row.get(0)).expect("rows").map(|hash| hash.expect("a hash")).collect()
    });
    assert!(!named.is_empty());
    office
        .until("every document in effect", |held| {
            named
                .iter()
                .all(|hash| held.documents.get(hash).is_some_and(|body| docket_acceptance::sha256(body) == *hash))
        })
        .await;
    till_until(&shop, "connected", |view| view["connected"] == true).await;
}
