use docket_central::down::{OrderFile, add_order, publish_catalogue};
use docket_domain::catalog::document::{Manifest, Part, assemble};
use docket_domain::catalog::import::import_menu;
use docket_domain::catalog::{Catalogue, LineRequest};
use docket_domain::ids::OrderId;
use docket_domain::order::fact::DeviceClass;
use docket_domain::order::{OrderState, OrderStatus};
use docket_domain::shop::ShopEvent;
use docket_log::replication::PeerHead;
use docket_log::{ChainVerifier, Mode, Row};
use docket_sync::v1::{from_central, from_till};
use docket_sync::{Item, head_to, rows_from, v1};
use docket_testkit::samples::start_all;

use crate::attach::{Service, Stream, attach, token};
use crate::office::Office;
use crate::till::{fact_of, order_id};

fn menu() -> Catalogue {
    let menu = include_str!("../../../domain/tests/fixtures/menus.json");
    import_menu(menu, Some("odoo-restaurant")).expect("the menu has no fault").0
}

/// The next rows that come down; verified, and told as held.
async fn take_down(stream: &mut Stream) -> Vec<Row> {
    let answer = stream.answer().await.expect("an answer");
    let from_central::Message::Rows(message) = answer else { panic!("rows come next, not {answer:?}") };
    let (log, items) = rows_from(&message).expect("they have their form");
    let rows: Vec<Row> = items
        .into_iter()
        .map(|item| match item {
            Item::Row(row) => *row,
            Item::Stub(stub) => panic!("no stub comes down: {stub:?}"),
        })
        .collect();
    let last = rows.last().expect("rows");
    let held = head_to(&PeerHead { log, seq: last.seq, hash: last.hash });
    stream.send(from_till::Message::Held(v1::Heads { heads: vec![held] })).await;
    rows
}

fn verified(office: &Office, rows: &[Row]) {
    let mut verifier = ChainVerifier::from_opening(&rows[0], Mode::Full).expect("it opens a log");
    rows.iter().for_each(|row| verifier.push(row).expect("the chain holds"));
    verifier.finish().expect("the last group is signed");
    let opened: docket_log::LogOpened = serde_json::from_str(&rows[0].payload).expect("a payload");
    assert_eq!(opened.public_key, office.key.public(), "the key that the till has pinned");
}

fn order_file(catalogue: &Catalogue, order_id: Option<OrderId>) -> OrderFile {
    let quantity = docket_domain::money::Quantity::whole(2);
    let sold = |product: &&docket_domain::catalog::Product| {
        let (product_id, selections) = (product.id, &[]);
        let request = LineRequest { product_id, quantity, selections, open_price_minor: None, note: None };
        catalogue.line_content(&request).is_ok()
    };
    let product = catalogue.products().iter().find(sold).expect("a product without a choice that must be made");
    let text = serde_json::json!({
        "order_id": order_id,
        "order_type": "take_away",
        "lines": [{ "product_id": product.id, "quantity": "2" }],
    });
    serde_json::from_value(text).expect("an order")
}

#[tokio::test]
async fn a_published_catalogue_flows_down_with_its_document() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    let version = publish_catalogue(&office.ingest, office.tenant, office.store, &office.key, menu()).await;
    assert_eq!(version.expect("it is published"), 1);
    let rows = take_down(&mut stream).await;
    verified(&office, &rows);
    let last = rows.last().expect("rows");
    let event = ShopEvent::decode(&last.event_type, last.schema_version, &last.payload).expect("a payload");
    let Some(ShopEvent::DocumentPublished(published)) = event else { panic!("not {event:?}") };
    let mut want = async |hash: Vec<u8>| {
        let wanted = v1::DocumentWanted { hash: hash.into(), offset: 0 };
        stream.send(from_till::Message::DocumentWanted(wanted)).await;
        match stream.answer().await.expect("an answer") {
            from_central::Message::Document(document) => document.part.to_vec(),
            other => panic!("not {other:?}"),
        }
    };
    let manifest = Manifest::parse(want(hex::decode(&published.hash).expect("hex")).await).expect("a manifest");
    let mut parts = Vec::new();
    for part in manifest.parts() {
        parts.push(Part::new(want(part.sha256.0.to_vec()).await));
    }
    let catalogue = assemble(&manifest, &parts).expect("it is whole");
    assert_eq!((catalogue.version(), catalogue.products().len()), (1, menu().products().len()));
    let version = publish_catalogue(&office.ingest, office.tenant, office.store, &office.key, menu()).await;
    assert_eq!(version.expect("it is published"), 2);
    service.stop().await;
}

#[tokio::test]
async fn an_order_of_head_office_flows_down_and_its_status_flows_back_up() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    publish_catalogue(&office.ingest, office.tenant, office.store, &office.key, menu()).await.expect("it is published");
    let file = order_file(&menu(), None);
    let id = add_order(&office.ingest, office.tenant, office.store, &office.key, &file).await.expect("it is taken");
    let kept = office.order(id).await;
    assert_eq!((kept.status.as_deref(), kept.label.as_deref()), (Some("confirmed"), Some("HO-001")));
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    take_down(&mut stream).await;
    let rows = take_down(&mut stream).await;
    verified(&office, &rows);
    let mut state = OrderState::new(id);
    for row in rows.iter().filter(|row| row.stream_kind == "order") {
        state.evolve(fact_of(row, docket_domain::ids::DeviceId(office.tenant.0), DeviceClass::Central));
    }
    let order = state.derive().expect("it is an order to a till too");
    assert_eq!((order.status, order.version.to_string()), (OrderStatus::Confirmed, kept.token));
    assert_eq!(order.owner, None, "it waits for the till that claims it");
    assert!(order.due_minor > 0);
    let heard: Vec<Row> = rows;
    till.learn_central(&heard, office.tenant);
    till.run(id, &start_all());
    stream.send_rows(&till.rows).await;
    stream.held().await;
    assert_eq!(office.order(id).await.status.as_deref(), Some("preparing"));
    let told: Vec<String> = office.outbox().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["order.created", "order.status-changed"]);
    service.stop().await;
}

#[tokio::test]
async fn what_the_till_holds_by_its_hello_is_not_sent_again_and_later_rows_come_by_themselves() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let till = office.till(1).await;
    publish_catalogue(&office.ingest, office.tenant, office.store, &office.key, menu()).await.expect("it is published");
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    let rows = take_down(&mut stream).await;
    let held: Vec<PeerHead> =
        rows.last().map(|row| PeerHead { log: row.log, seq: row.seq, hash: row.hash }).into_iter().collect();
    drop(stream);
    let mut stream = attach(&channel, &token(&office, &till).await, &held).await.expect("it attaches");
    let file = order_file(&menu(), Some(order_id(77)));
    add_order(&office.ingest, office.tenant, office.store, &office.key, &file).await.expect("it is taken");
    let next = take_down(&mut stream).await;
    assert_ne!(next[0].log, rows[0].log);
    assert!(next.iter().any(|row| row.event_type == "order.opened"));
    let again = add_order(&office.ingest, office.tenant, office.store, &office.key, &file).await.expect("a repeat");
    assert_eq!((again, office.count("orders").await), (order_id(77), 1));
    service.stop().await;
}

#[tokio::test]
async fn an_order_that_can_not_be_sold_names_field_and_rule() {
    let office = Office::open().await;
    let order = order_file(&menu(), None);
    let add = async |file: &OrderFile| {
        let added = add_order(&office.ingest, office.tenant, office.store, &office.key, file).await;
        added.expect_err("it is refused").to_string()
    };
    assert_eq!(add(&order).await, "store: no catalogue of it is held here");
    publish_catalogue(&office.ingest, office.tenant, office.store, &office.key, menu()).await.expect("it is published");
    let mut unknown = order.clone();
    unknown.lines[0].product_id = docket_domain::ids::ProductId(order_id(1).0);
    assert!(add(&unknown).await.starts_with("lines[0].product_id: "));
    let mut none = order.clone();
    none.lines[0].quantity = "many".into();
    assert!(add(&none).await.starts_with("lines[0].quantity: "));
    let mut empty = order;
    empty.lines.clear();
    assert!(!add(&empty).await.is_empty());
    assert_eq!(office.count("orders").await, 0);
}

#[tokio::test]
async fn two_orders_at_once_get_two_numbers() {
    let office = Office::open().await;
    publish_catalogue(&office.ingest, office.tenant, office.store, &office.key, menu()).await.expect("it is published");
    let (one, two) = (order_file(&menu(), Some(order_id(1))), order_file(&menu(), Some(order_id(2))));
    let add = |file| add_order(&office.ingest, office.tenant, office.store, &office.key, file);
    let (first, second) = tokio::join!(add(&one), add(&two));
    let (first, second) = (first.expect("it is taken"), second.expect("it is taken"));
    let mut labels = [office.order(first).await.label, office.order(second).await.label];
    labels.sort();
    assert_eq!(labels, [Some("HO-001".to_owned()), Some("HO-002".to_owned())]);
}
