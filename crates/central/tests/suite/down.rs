use docket_central::down::{OrderFile, add_order, publish_catalogue, revoke_device};
use docket_domain::catalog::document::{Manifest, Part, assemble};
use docket_domain::catalog::import::import_menu;
use docket_domain::catalog::{Catalogue, LineRequest};
use docket_domain::ids::OrderId;
use docket_domain::order::fact::DeviceClass;
use docket_domain::order::{OrderCommand, OrderState, OrderStatus};
use docket_domain::shop::ShopEvent;
use docket_log::replication::PeerHead;
use docket_log::{ChainVerifier, CutOffs, Mode, Row};
use docket_sync::v1::{from_central, from_till};
use docket_sync::{Item, head_to, rows_from, v1};
use docket_testkit::samples::{cancel, start_all};

use crate::attach::{Service, Stream, attach, token};
use crate::office::Office;
use crate::till::{create, fact_of, order_id};

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
    let version = publish_catalogue(&office.logs, office.tenant, office.store, menu()).await;
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
    let version = publish_catalogue(&office.logs, office.tenant, office.store, menu()).await;
    assert_eq!(version.expect("it is published"), 2);
    service.stop().await;
}

#[tokio::test]
async fn what_head_office_writes_while_a_till_listens_comes_down_once_and_in_its_order() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let till = office.till(1).await;
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    publish_catalogue(&office.logs, office.tenant, office.store, menu()).await.expect("it is published");
    let mut rows = take_down(&mut stream).await;
    for _ in 0..3 {
        add_order(&office.logs, office.tenant, office.store, &order_file(&menu(), None)).await.expect("it is taken");
        rows.extend(take_down(&mut stream).await);
    }
    // Acts that follow each other come as they come: together, or one by one.
    let mut last = OrderId(uuid::Uuid::nil());
    for _ in 0..5 {
        let taken = add_order(&office.logs, office.tenant, office.store, &order_file(&menu(), None)).await;
        last = taken.expect("it is taken");
    }
    while rows.iter().all(|row| row.stream_id != last.0) {
        rows.extend(take_down(&mut stream).await);
    }
    verified(&office, &rows);
    service.stop().await;
}

#[tokio::test]
async fn an_order_of_head_office_flows_down_and_its_status_flows_back_up() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = office.till(1).await;
    publish_catalogue(&office.logs, office.tenant, office.store, menu()).await.expect("it is published");
    let file = order_file(&menu(), None);
    let id = add_order(&office.logs, office.tenant, office.store, &file).await.expect("it is taken");
    let kept = office.order(id).await;
    assert_eq!((kept.status.as_deref(), kept.label.as_deref()), (Some("confirmed"), Some("HO-001")));
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
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
    publish_catalogue(&office.logs, office.tenant, office.store, menu()).await.expect("it is published");
    let mut stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    let rows = take_down(&mut stream).await;
    let held: Vec<PeerHead> =
        rows.last().map(|row| PeerHead { log: row.log, seq: row.seq, hash: row.hash }).into_iter().collect();
    drop(stream);
    let mut stream = attach(&channel, &token(&office, &till).await, &held).await.expect("it attaches");
    let file = order_file(&menu(), Some(order_id(77)));
    add_order(&office.logs, office.tenant, office.store, &file).await.expect("it is taken");
    let next = take_down(&mut stream).await;
    let last = rows.last().expect("rows");
    assert_eq!((next[0].log, next[0].seq), (last.log, last.seq + 1), "this process goes on in its log");
    assert!(next.iter().any(|row| row.event_type == "order.opened"));
    let again = add_order(&office.logs, office.tenant, office.store, &file).await.expect("a repeat");
    assert_eq!((again, office.count("orders").await), (order_id(77), 1));
    service.stop().await;
}

#[tokio::test]
async fn an_order_that_can_not_be_sold_names_field_and_rule() {
    let office = Office::open().await;
    let order = order_file(&menu(), None);
    let add = async |file: &OrderFile| {
        let added = add_order(&office.logs, office.tenant, office.store, file).await;
        added.expect_err("it is refused").to_string()
    };
    assert_eq!(add(&order).await, "store: no catalogue of it is held here");
    publish_catalogue(&office.logs, office.tenant, office.store, menu()).await.expect("it is published");
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
    publish_catalogue(&office.logs, office.tenant, office.store, menu()).await.expect("it is published");
    let (one, two) = (order_file(&menu(), Some(order_id(1))), order_file(&menu(), Some(order_id(2))));
    let add = |file| add_order(&office.logs, office.tenant, office.store, file);
    let (first, second) = tokio::join!(add(&one), add(&two));
    let (first, second) = (first.expect("it is taken"), second.expect("it is taken"));
    let mut labels = [office.order(first).await.label, office.order(second).await.label];
    labels.sort();
    assert_eq!(labels, [Some("HO-001".to_owned()), Some("HO-002".to_owned())]);
}

#[tokio::test]
async fn both_histories_of_a_log_go_down_to_the_other_tills_and_so_does_a_stub() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let (mut till, other) = (office.till(1).await, office.till(2).await);
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    let mut copy = till.clone();
    let shared = till.head_seq();
    till.run(order_id(1), &OrderCommand::Send);
    copy.run(order_id(1), &cancel());
    office.bring(&till, 0).await;
    let mut stream = attach(&channel, &token(&office, &other).await, &[]).await.expect("it attaches");
    let first = take_down(&mut stream).await;
    assert_eq!((first[0].seq, first.last().map(|row| row.hash)), (1, till.rows.last().map(|row| row.hash)));
    // The second history comes to be while the stream stands: from the row where it leaves the first one.
    office.bring(&copy, shared).await;
    let second = take_down(&mut stream).await;
    assert_eq!((second[0].seq, second.last().map(|row| row.hash)), (shared + 1, copy.rows.last().map(|row| row.hash)));
    drop(stream);
    // A till that has another history of its own than the first one here gets that one, and not its own again.
    let head = |row: &Row| PeerHead { log: row.log, seq: row.seq, hash: row.hash };
    let known = copy.rows.last().map(head).into_iter().collect::<Vec<_>>();
    let mut stream = attach(&channel, &token(&office, &other).await, &known).await.expect("it attaches");
    let missing = take_down(&mut stream).await;
    assert_eq!(
        (missing[0].seq, missing.last().map(|row| row.hash)),
        (shared + 1, till.rows.last().map(|row| row.hash))
    );
    drop(stream);
    let stub = "UPDATE central.log_rows SET stub_reason = 'hash', event_id = NULL, stream_kind = NULL, stream_id = NULL, \
         event_type = NULL, schema_version = NULL, payload = NULL, actor = NULL, correlation_id = NULL, clock = NULL, \
         wall_time_ms = NULL, business_day = NULL WHERE branch = 0 AND seq = 2";
    sqlx::query(stub).execute(&office.owner).await.expect("it is changed");
    let mut stream = attach(&channel, &token(&office, &other).await, &[]).await.expect("it attaches");
    let answer = stream.answer().await.expect("an answer");
    let from_central::Message::Rows(message) = answer else { panic!("rows come next, not {answer:?}") };
    let (_, items) = rows_from(&message).expect("they have their form");
    assert!(matches!(&items[1], Item::Stub(stub) if stub.hash == till.rows[1].hash), "{:?}", items[1]);
    service.stop().await;
}

#[tokio::test]
async fn a_device_that_is_revoked_is_told_of_in_the_store_with_the_rows_that_count() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let (mut till, other) = (office.till(1).await, office.till(2).await);
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    office.bring(&till, 0).await;
    let device = till.device;
    let revoke = || revoke_device(&office.logs, office.tenant, device);
    revoke().await.expect("it is revoked");
    let mut cut_offs = CutOffs::default();
    let mut stream = attach(&channel, &token(&office, &other).await, &[]).await.expect("it attaches");
    take_down(&mut stream).await;
    let told = |rows: Vec<Row>| {
        let last = rows.last().expect("rows").clone();
        let event = ShopEvent::decode(&last.event_type, last.schema_version, &last.payload).expect("a payload");
        let Some(ShopEvent::DeviceRevoked(fact)) = event else { panic!("not {event:?}") };
        fact
    };
    let fact = told(take_down(&mut stream).await);
    cut_offs.take(&fact);
    assert!(cut_offs.counts(till.device, till.log(), till.head_seq()));
    till.run(order_id(1), &OrderCommand::Send);
    office.bring(&till, 0).await;
    assert!(!cut_offs.counts(till.device, till.log(), till.head_seq()), "and what came later does not count");
    take_down(&mut stream).await;
    revoke().await.expect("it is told again");
    assert_eq!(told(take_down(&mut stream).await), fact, "of the same rows");
    assert_eq!(office.order(order_id(1)).await.status.as_deref(), Some("draft"));
    service.stop().await;
}
