//! What two tills did without seeing each other, and what an order of another till or a newer program refuses here.

use std::sync::Arc;

use docket_acceptance::{Order, Peer, Shop, fresh, merged};
use docket_contracts::ErrorCode::*;
use docket_contracts::view::OrderStatus;
use docket_domain::ids::{EventId, LineId, ProductId};
use docket_domain::money::{Currency, Quantity};
use docket_domain::order::OrderEvent;
use docket_domain::order::event::{Cancelled, LineAdded, LinesFired, Opened, Placed, Terms};
use docket_domain::order::line::{LineContent, OrderType};
use docket_domain::pricing::Policy;
use serde_json::{Value, json};

/// Delivers what the peer wrote, and folds it.
pub async fn deliver(shop: &mut Shop, peer: &mut Peer) {
    shop.close().await;
    peer.deliver(&shop.options().data);
    shop.open().await.expect("opens");
    docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
}

/// A dish of this price.
pub fn content(price_minor: i64, quantity: i32) -> Arc<LineContent> {
    Arc::new(LineContent {
        product_id: ProductId(fresh()),
        name: "Peer's dish".into(),
        catalogue_version: 1,
        unit_price_minor: price_minor,
        open_price: false,
        quantity: Quantity::whole(quantity),
        modifiers: Vec::new(),
        taxes: Vec::new(),
        note: None,
    })
}

/// What a peer's orders are priced under.
pub fn terms() -> Terms {
    let currency = Currency::try_from_code("EUR").expect("an active currency");
    Terms { currency, policy: Policy::default(), service_charge: None }
}

/// An order that the peer opened, with lines of this price.
fn opened_by(peer: &mut Peer, lines: usize, price_minor: i64, quantity: i32) -> Order {
    let terms = terms();
    let mut order = Order { id: fresh(), lines: Vec::new() };
    let opened = Opened { label: "P-001".into(), order_type: OrderType::Counter, terms };
    peer.write(order.id, &OrderEvent::Opened(opened), None);
    let mut fired: Vec<EventId> = Vec::new();
    for _ in 0..lines {
        let line = fresh();
        order.lines.push(line);
        let added = LineAdded { line_id: LineId(line), content: content(price_minor, quantity) };
        fired.push(peer.write(order.id, &OrderEvent::LineAdded(added), None));
    }
    peer.write(order.id, &OrderEvent::Placed(Placed {}), None);
    peer.write(order.id, &OrderEvent::LinesFired(LinesFired { fired }), None);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_stays_on_a_screen_until_a_person_closes_it_one_way() {
    let mut shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Confirmed).await;
    let seen = shop.head().await;
    shop.must("start", order.on()).await;
    let mut peer = Peer::till();
    let cancelled = OrderEvent::Cancelled(Cancelled { reason: "guest left".into() });
    peer.write(order.id, &cancelled, Some(seen));
    deliver(&mut shop, &mut peer).await;

    let view = shop.view(&order).await;
    assert_eq!(view["status"], "cancelled");
    let open = shop.ask("exceptions", json!({})).await;
    assert_eq!(open.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&open[0]["kind"], &open[0]["order_id"], &open[0]["resolutions"]),
        (&json!("already_made"), &json!(order.id), &json!(["waste", "keep"]))
    );
    let rows = shop.ask("orders", json!({})).await;
    assert_eq!(rows["rows"][0]["exceptions"], 1);
    assert!(view["actions"].as_array().expect("actions").contains(&json!("close_exception")));
    let seen_by_cashier =
        shop.ask_as(docket_domain::staff::Role::Cashier, "exceptions", json!({})).await.expect("a cashier sees it");
    assert_eq!(seen_by_cashier[0]["resolutions"], json!([]), "and a manager closes it");

    let close =
        |resolution: &str| order.with(json!({ "exception_id": open[0]["exception_id"], "resolution": resolution }));
    assert!(shop.must("close_exception", close("waste")).await.applied);
    assert_eq!(shop.facts(&order).await.last().map(String::as_str), Some("exception_closed"));
    assert!(!shop.must("close_exception", close("waste")).await.applied, "closed that way already");
    shop.refused("close_exception", close("keep"), ExceptionClosed, "exception_id").await;
    assert_eq!(shop.ask("exceptions", json!({})).await, json!([]));
    assert_eq!(shop.view(&order).await["exceptions"][0]["closed"], "waste");
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

/// Gives back what nobody paid: who may and whether anyone may is asked first.
fn back(order: &Order) -> Value {
    order.with(json!({ "payment_id": fresh(), "refund_id": fresh(), "reason": "cold" }))
}

#[tokio::test(flavor = "multi_thread")]
async fn money_splits_and_cancels_of_another_tills_order_are_that_tills() {
    let mut shop = Shop::demo().await;
    let mut peer = Peer::till();
    let order = opened_by(&mut peer, 2, 500, 2);
    deliver(&mut shop, &mut peer).await;
    let view = shop.view(&order).await;
    assert_eq!((&view["status"], &view["balance"]["amount"]), (&json!("confirmed"), &json!("20.00")));
    let split = merged(order.line(0), json!({ "new_line_id": fresh(), "quantity": "1" }));
    for (command, input) in [
        ("pay_cash", order.cash()),
        ("refund", back(&order)),
        ("split_line", split),
        ("cancel", order.with(json!({ "reason": "guest left" }))),
    ] {
        assert!(!view["actions"].as_array().expect("actions").contains(&json!(command)), "{command} is not offered");
        shop.refused(command, input, NotOwner, "order").await;
    }
    shop.must("start", order.on()).await;
    shop.must("ready", order.on()).await;
    assert_eq!(shop.view(&order).await["status"], "ready", "the kitchen cooks for every till");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_a_newer_program_wrote_to_takes_no_money_here() {
    let mut shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Confirmed).await;
    let mut peer = Peer::till();
    peer.write_unknown(order.id);
    deliver(&mut shop, &mut peer).await;
    assert_eq!(shop.view(&order).await["update_needed"], true);
    shop.refused("pay_cash", order.cash(), UpdateNeeded, "order").await;
    shop.refused("refund", back(&order), UpdateNeeded, "order").await;
    shop.refused("complete", order.on(), UpdateNeeded, "order").await;
    let history: Value = shop.ask("history", order.on()).await;
    assert!(history.to_string().contains("order.blessed"), "it is stored and shown");
    shop.must("start", order.on()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_beyond_all_money_is_shown_and_not_paid() {
    let mut shop = Shop::demo().await;
    let mut peer = Peer::till();
    let order = opened_by(&mut peer, 11, 999_999_999_999, 9_999);
    deliver(&mut shop, &mut peer).await;
    shop.refused("pay_cash", merged(order.cash(), json!({ "tendered": "5.00" })), PricingFailed, "balance").await;
    shop.refused("refund", back(&order), PricingFailed, "balance").await;
    shop.refused("complete", order.on(), PricingFailed, "balance").await;
}
