//! Cash that goes back: the facts it writes, what screen, receipt and day say then, and what it settles.

use docket_acceptance::{Order, Peer, Shop, fresh, merged};
use docket_contracts::ErrorCode::*;
use docket_contracts::view::OrderStatus::{self, *};
use docket_domain::order::OrderEvent;
use docket_domain::order::event::Cancelled;
use docket_domain::staff::Role;
use serde_json::{Value, json};

use crate::peers::deliver;

/// Gives money of the order's payment back.
async fn back(shop: &Shop, order: &Order, more: Value) -> Value {
    let payment = shop.view(order).await["payments"][0]["payment_id"].clone();
    merged(order.with(json!({ "payment_id": payment, "refund_id": fresh(), "reason": "cold soup" })), more)
}

fn amounts(view: &Value) -> [&str; 4] {
    ["due", "captured", "refunded", "balance"].map(|sum| view[sum]["amount"].as_str().expect("an amount"))
}

/// What is in the drawer, as the read model and the facts have it, in minor units: captured and refunded.
fn drawer(shop: &Shop) -> ((i64, i64), (i64, i64)) {
    shop.on_disk(|store| {
        let two = |sql: &str| store.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("two sums");
        let of_facts = "SELECT sum(iif(event_type = 'order.cash_paid', payload ->> 'amount_minor', 0)), \
                        sum(iif(event_type = 'order.refunded', payload ->> 'payout_minor', 0)) FROM events \
                        WHERE event_type IN ('order.cash_paid', 'order.refunded')";
        (two("SELECT sum(captured_minor), sum(refunded_minor) FROM payments"), two(of_facts))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_of_a_completed_order_come_back_and_it_stays_completed() {
    let shop = Shop::demo().await;
    let order = shop.at(Completed).await;
    let view = shop.view(&order).await;
    assert_eq!(view["actions"], json!(["refund"]));
    let offered = &view["refundable"][0];
    assert_eq!(
        (&offered["payment_id"], &offered["most"]["amount"], &offered["suggested"]["amount"], &offered["owed"]),
        (&view["payments"][0]["payment_id"], &json!("4.60"), &json!("4.60"), &json!(false))
    );
    let part = back(&shop, &order, json!({ "amount": "2.20", "currency": "EUR" })).await;
    let outcome = shop.must("refund", part.clone()).await;
    let refund = outcome.refund.expect("what goes back");
    assert_eq!((refund.amount.to_decimal_string(), outcome.payment), ("2.20".into(), None));
    assert_eq!(outcome.order.expect("the order").status, Completed);
    assert_eq!(shop.facts(&order).await.last().map(String::as_str), Some("refunded"));
    let view = shop.view(&order).await;
    assert_eq!(amounts(&view), ["2.40", "4.60", "2.20", "0.00"]);
    assert_eq!(
        (&view["refunds"][0]["reason"], &view["refunds"][0]["receipt"], &view["refundable"][0]["most"]["amount"]),
        (&json!("cold soup"), &view["payments"][0]["receipt"], &json!("2.40"))
    );
    assert!(!shop.must("refund", part).await.applied, "the refund's id is known: a retry gives nothing more");
    let rest = back(&shop, &order, json!({})).await;
    assert_eq!(shop.must("refund", rest).await.refund.expect("the rest").amount.to_decimal_string(), "2.40");
    let view = shop.view(&order).await;
    assert_eq!((amounts(&view), &view["refundable"]), (["0.00", "4.60", "4.60", "0.00"], &json!([])));
    assert_eq!((&view["status"], &view["actions"]), (&json!("completed"), &json!([])));
    let receipt = shop.ask("receipt", order.on()).await;
    assert_eq!((&receipt["refunds"], &receipt["payments"]), (&view["refunds"], &view["payments"]));
    let cashier = shop.ask_as(Role::Cashier, "order", order.on()).await.expect("a cashier sees it");
    assert_eq!(cashier["refunds"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_went_back_is_the_same_over_facts_screens_read_models_and_a_rebuild() {
    let mut shop = Shop::demo().await;
    for amount in ["0.60", "1.00", "4.60"] {
        let order = shop.at(Completed).await;
        shop.must("refund", back(&shop, &order, json!({ "amount": amount })).await).await;
    }
    let kept = shop.at(Completed).await;
    assert_eq!(drawer(&shop), ((1_840, 620), (1_840, 620)));
    let rows = shop.ask("orders", json!({})).await;
    assert!(rows["rows"].as_array().expect("rows").iter().all(|row| row["balance"]["amount"] == "0.00"));
    assert_eq!(amounts(&shop.view(&kept).await), ["4.60", "4.60", "0.00", "0.00"]);
    let rebuilt = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!(rebuilt.before, rebuilt.after);
    assert_eq!(shop.verify().faults, Vec::<String>::new());
    shop.reopen().await;
    assert_eq!(drawer(&shop), ((1_840, 620), (1_840, 620)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voided_line_that_was_paid_goes_back_and_a_paid_order_is_called_off() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso", "Croissant"]).await;
    shop.must("pay_cash", order.cash()).await;
    shop.must("void_line", merged(order.line(0), json!({ "reason": "dropped" }))).await;
    let view = shop.view(&order).await;
    let offered = &view["refundable"][0];
    assert_eq!(
        (&offered["suggested"]["amount"], &offered["most"]["amount"], &offered["owed"]),
        (&json!("2.40"), &json!("4.60"), &json!(true))
    );
    shop.must("refund", back(&shop, &order, json!({ "amount": "2.40" })).await).await;
    assert_eq!(amounts(&shop.view(&order).await), ["2.20", "4.60", "2.40", "0.00"]);
    shop.refused("cancel", order.with(json!({ "reason": "guest left" })), PaymentCaptured, "order").await;
    shop.must("refund", back(&shop, &order, json!({})).await).await;
    shop.must("cancel", order.with(json!({ "reason": "guest left" }))).await;
    let view = shop.view(&order).await;
    assert_eq!((&view["status"], amounts(&view)), (&json!("cancelled"), ["0.00", "4.60", "4.60", "0.00"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_due_is_paid_out_and_settled_in_one_step() {
    let mut shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Confirmed).await;
    let seen = shop.head().await;
    shop.must("pay_cash", order.cash()).await;
    let mut peer = Peer::till();
    peer.write(order.id, &OrderEvent::Cancelled(Cancelled { reason: "guest left".into() }), Some(seen));
    deliver(&mut shop, &mut peer).await;
    let open = shop.ask("exceptions", json!({})).await;
    assert_eq!(
        (&open[0]["kind"], &open[0]["amount"]["amount"], &open[0]["refund"]),
        (&json!("refund_due"), &json!("4.60"), &json!(true))
    );
    let of_cashier = shop.ask_as(Role::Cashier, "exceptions", json!({})).await.expect("a cashier sees it");
    assert_eq!(of_cashier[0]["refund"], false, "money goes out by a manager's word");
    assert_eq!(shop.view(&order).await["exceptions"][0]["refund"], true);
    let before = shop.facts(&order).await.len();
    shop.must("refund", back(&shop, &order, json!({ "amount": "4.60" })).await).await;
    assert_eq!(shop.facts(&order).await[before..], ["refunded", "exception_closed"]);
    let view = shop.view(&order).await;
    assert_eq!((&view["status"], amounts(&view)), (&json!("cancelled"), ["0.00", "4.60", "4.60", "0.00"]));
    assert_eq!(view["exceptions"][0]["closed"], "keep");
    assert_eq!(shop.ask("exceptions", json!({})).await, json!([]));
}
