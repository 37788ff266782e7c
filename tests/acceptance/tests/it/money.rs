//! Money: what the screen and the receipt say is what the pricing module says; receipts have no gap; what was sold
//! never falls; read models and facts agree.

use docket_acceptance::{Order, Shop, merged};
use docket_domain::pricing::json::price_json;
use serde_json::{Value, json};

/// Holds every sum of the order's screen and receipt against its document, priced apart.
pub async fn agrees(shop: &Shop, order: &Order) {
    let document = shop.ask("price_document", order.on()).await;
    let (priced, ok) = price_json(&document.to_string());
    assert!(ok, "{document}: {priced}");
    let (view, receipt) = (shop.view(order).await, shop.ask("receipt", order.on()).await);
    for totals in [&view["totals"], &receipt["totals"]] {
        for (ours, theirs) in [("net", "subtotal_excl"), ("tax", "tax"), ("total", "total")] {
            assert_eq!(totals[ours]["amount"], priced[theirs], "{ours} of {document}");
        }
        for tax in totals["taxes"].as_array().expect("taxes") {
            assert_eq!(tax["amount"]["amount"], priced["taxes"][tax["id"].as_str().expect("an id")], "{tax}");
        }
    }
    assert_eq!(view["due"], view["totals"]["total"]);
    let live = view["lines"].as_array().expect("lines").iter().filter(|line| line["state"] != "voided").count();
    let shown = receipt["lines"].as_array().expect("lines").len();
    assert_eq!(shown, live + view["charges"].as_array().expect("charges").len());
}

#[tokio::test(flavor = "multi_thread")]
async fn random_orders_cost_what_their_documents_cost() {
    let shop = Shop::demo().await;
    let report = docket_terminal::play::play(shop.till(), 40, 4711, |_| {}).await.expect("plays");
    assert_eq!(report.orders, 40);
    let page = shop.ask("orders", json!({ "limit": 200 })).await;
    let rows = page["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 40);
    for row in rows {
        let id = row["order_id"].as_str().expect("an id").parse().expect("a UUID");
        let order = Order { id, lines: Vec::new() };
        agrees(&shop, &order).await;
        let view = shop.view(&order).await;
        assert_eq!((&row["total"], &row["balance"]), (&view["totals"]["total"], &view["balance"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_type_chooses_the_taxes() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Croissant", "Espresso"]).await;
    let taxes = async || {
        shop.view(&order).await["totals"]["taxes"]
            .as_array()
            .expect("taxes")
            .iter()
            .map(|tax| tax["percent"].as_str().expect("a rate").to_owned())
            .collect::<Vec<_>>()
    };
    assert!(taxes().await.iter().all(|rate| rate == "19"));
    agrees(&shop, &order).await;
    shop.must("set_type", order.with(json!({ "order_type": "take_away" }))).await;
    let rates = taxes().await;
    assert!(rates.contains(&"7".into()) && rates.contains(&"19".into()), "{rates:?}");
    agrees(&shop, &order).await;
    assert_eq!(shop.view(&order).await["totals"]["total"]["amount"], "4.60", "included taxes leave the price");
}

/// Number and grand total of every receipt, in the order of the log.
async fn receipts(shop: &Shop) -> Vec<(String, u64, i64)> {
    let payloads: Vec<String> = shop.on_disk(|store| {
        let mut rows = store
            .prepare("SELECT payload FROM events WHERE event_type = 'order.cash_paid' ORDER BY clock")
            .expect("a query");
        rows.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("payloads")
    });
    let read = |payload: &String| {
        let receipt = serde_json::from_str::<Value>(payload).expect("JSON")["receipt"].clone();
        let number = receipt["number"].as_u64().expect("a number");
        (
            receipt["series"].as_str().expect("a series").to_owned(),
            number,
            receipt["grand_total_minor"].as_i64().expect("a sum"),
        )
    };
    payloads.iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_have_no_gap_and_the_grand_total_never_falls() {
    let mut shop = Shop::demo().await;
    let mut taken = 0;
    for round in 0..3 {
        for _ in 0..3 {
            let order = shop.opened(&["Espresso", "Croissant"]).await;
            shop.send("pay_cash", merged(order.cash(), json!({ "tendered": "0" })))
                .await
                .expect_err("a refused payment takes no number");
            shop.must("pay_cash", merged(order.cash(), json!({ "amount": "1.00", "tendered": "1.00" }))).await;
            shop.must("pay_cash", order.cash()).await;
            taken += 460;
        }
        if round < 2 {
            shop.reopen().await;
        }
    }
    let receipts = receipts(&shop).await;
    let numbers: Vec<u64> = receipts.iter().map(|(_, number, _)| *number).collect();
    assert_eq!(numbers, (1..=18).collect::<Vec<u64>>(), "over restarts too");
    assert!(receipts.windows(2).all(|pair| pair[0].0 == pair[1].0 && pair[0].2 < pair[1].2));
    assert_eq!(receipts.last().map(|(.., total)| *total), Some(taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_payment_has_its_receipt_and_every_chip_is_enough() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso", "Croissant"]).await;
    let chips = shop.view(&order).await["cash_suggestions"].as_array().expect("chips").clone();
    assert_eq!(chips[0]["amount"], "4.60", "the exact amount comes first");
    for chip in chips {
        let order = shop.opened(&["Espresso", "Croissant"]).await;
        let cash = merged(order.cash(), json!({ "tendered": chip["amount"] }));
        let payment = shop.must("pay_cash", cash.clone()).await.payment.expect("a payment");
        assert_eq!(payment.tendered.minor() - payment.change.minor(), 460);
        let receipt = shop.ask("receipt", order.with(json!({ "payment_id": cash["payment_id"] }))).await;
        assert_eq!(
            (&receipt["number"], &receipt["cashier"], &receipt["shop"]),
            (&json!(payment.receipt), &json!("Mia Brandt"), &json!("Corner Café (demo)"))
        );
        assert_eq!(receipt["payments"][0]["change"]["amount"], payment.change.to_decimal_string());
    }
    let unpaid = shop.ask("receipt", order.on()).await;
    assert_eq!((&unpaid["number"], &unpaid["payments"]), (&Value::Null, &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_played_day_verifies_exports_and_adds_up() {
    let shop = Shop::demo().await;
    let report = docket_terminal::play::play(shop.till(), 200, 7, |_| {}).await.expect("plays");
    assert_eq!(report.orders, 200);
    let verified = shop.verify();
    assert_eq!(verified.faults, Vec::<String>::new());
    let mut out = Vec::new();
    let exported = docket_terminal::export::export(&shop.options().data, &mut out).expect("an export");
    let lines: Vec<Value> = out
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    let orders: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "order").collect();
    assert_eq!((exported.orders, exported.events), (200, verified.rows));
    let others = usize::try_from(verified.rows + exported.documents).expect("small");
    assert_eq!((orders.len(), lines.len()), (200, 200 + others));
    let cancelled = orders.iter().filter(|order| order["status"] == "cancelled").count();
    assert_eq!(u64::try_from(cancelled).expect("small"), report.cancelled);

    // S8: facts, exported orders and the read model of payments say the same.
    let of_facts: i64 = receipts(&shop).await.last().map_or(0, |(.., total)| *total);
    let of_rows: i64 = shop.on_disk(|store| {
        store
            .query_row("SELECT sum(captured_minor - refunded_minor) FROM payments", [], |row| row.get(0))
            .expect("a sum")
    });
    let minor = |text: &Value| text.as_str().expect("an amount").replace('.', "").parse::<i64>().expect("digits");
    let of_orders: i64 = orders.iter().map(|order| minor(&order["captured"]) - minor(&order["refunded"])).sum();
    assert_eq!((of_facts, of_orders), (of_rows, of_rows));

    // S14: without head office every own event waits.
    let status = shop.ask("status", json!({})).await;
    let print = shop.print();
    assert_eq!((print.rows("outbox"), print.rows("events")), (verified.rows, verified.rows));
    assert_eq!((&status["outbox_waiting"], &status["events"]), (&json!(verified.rows), &json!(verified.rows)));
    let rebuilt = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!((rebuilt.before, rebuilt.orders), (rebuilt.after, 200));
    // S13
    let labels: std::collections::HashSet<_> = orders.iter().map(|order| order["label"].to_string()).collect();
    assert_eq!(labels.len(), 200);
}
