//! Every command's success: the facts it writes, the status it leads to, and what it answers.

use docket_acceptance::{Order, Shop, fresh, merged};
use docket_contracts::CommandOutcome;
use docket_contracts::view::OrderStatus::{self, *};
use docket_domain::staff::Role;
use serde_json::{Value, json};

/// Does a command and holds facts, status and outcome against what is expected; done again, it changes nothing where
/// `again` says so.
async fn does(
    shop: &Shop,
    order: &Order,
    name: &str,
    input: Value,
    facts: &[&str],
    status: OrderStatus,
) -> CommandOutcome {
    let before = shop.facts(order).await;
    let outcome = shop.must(name, input).await;
    let after = shop.facts(order).await;
    assert_eq!(after[..before.len()], before, "{name}: history stays");
    assert_eq!(after[before.len()..], *facts, "{name}");
    let view = shop.view(order).await;
    let said = outcome.order.clone().expect("the order");
    assert_eq!((outcome.applied, said.status), (!facts.is_empty(), status), "{name}");
    assert_eq!(
        (&view["status"], &view["version"], &view["label"]),
        (&json!(status), &json!(said.version), &json!(said.label)),
        "{name}"
    );
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_opened_and_its_lines_are_worked_on() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso", "Croissant"]).await;
    assert_eq!(shop.facts(&order).await, ["opened", "line_added", "line_added"]);
    let view = shop.view(&order).await;
    assert_eq!(
        (&view["status"], &view["order_type"], &view["balance"]["amount"]),
        (&json!("draft"), &json!("counter"), &json!("4.60"))
    );
    let do_it = async |name: &str, input, facts: &[&str]| does(&shop, &order, name, input, facts, Draft).await;

    let tea = merged(shop.line("Black tea").await, json!({ "quantity": "2", "note": "hot" }));
    do_it("add_line", order.with(json!({ "line": tea })), &["line_added"]).await;
    let three = merged(tea.clone(), json!({ "quantity": "3" }));
    do_it("change_line", order.with(json!({ "line": three })), &["line_replaced"]).await;
    do_it("change_line", order.with(json!({ "line": three })), &[]).await;
    let part = fresh();
    let split = order.with(json!({ "line_id": tea["line_id"], "new_line_id": part, "quantity": "1.5" }));
    do_it("split_line", split, &["line_split", "line_split_off"]).await;
    let void = order.with(json!({ "line_id": part }));
    do_it("void_line", void.clone(), &["line_voided"]).await;
    do_it("void_line", void, &[]).await;

    let view = shop.view(&order).await;
    let lines: Vec<_> = view["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| (line["name"].clone(), line["quantity"].clone(), line["state"].clone()))
        .collect();
    let expected = [
        ("Espresso", "1", "new"),
        ("Croissant", "1", "new"),
        ("Black tea", "1.5", "new"),
        ("Black tea", "1.5", "voided"),
    ];
    assert_eq!(lines, expected.map(|(name, quantity, state)| (json!(name), json!(quantity), json!(state))));
    assert_eq!(view["lines"][2]["note"], "hot");
    assert_eq!(view["totals"]["total"]["amount"], "8.80", "2.40 + 2.20 + 1.5 × 2.80");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_called_what_people_call_it() {
    let shop = Shop::demo().await;
    let order = shop.at(Confirmed).await;
    let do_it = async |name: &str, more: Value, facts: &[&str]| {
        does(&shop, &order, name, order.with(more), facts, Confirmed).await
    };
    do_it("set_type", json!({ "order_type": "dine_in" }), &["type_set"]).await;
    do_it("set_type", json!({ "order_type": "dine_in" }), &[]).await;
    do_it("set_table", json!({ "table": " Terrace 4 " }), &["table_set"]).await;
    do_it("set_table", json!({ "table": "Terrace 4" }), &[]).await;
    do_it("set_note", json!({ "note": "Birthday" }), &["note_set"]).await;
    let address = json!({ "lines": ["Main Street 1"], "postal_code": "12345", "city": "Berlin", "country": "DE" });
    do_it("set_customer", json!({ "name": "Zoë", "phone": "030 123", "address": address }), &["customer_set"]).await;
    let view = shop.view(&order).await;
    assert_eq!(
        (&view["order_type"], &view["table"], &view["note"]),
        (&json!("dine_in"), &json!("Terrace 4"), &json!("Birthday"))
    );
    assert_eq!(view["customer"], json!({ "name": "Zoë", "phone": "030 123", "address": address, "erased": false }));
    do_it("set_covers", json!({ "covers": 4 }), &["covers_set"]).await;
    do_it("set_covers", json!({ "covers": 4 }), &[]).await;
    do_it("set_rush", json!({ "rush": true }), &["rush_set"]).await;
    do_it("set_rush", json!({ "rush": true }), &[]).await;
    let view = shop.view(&order).await;
    assert_eq!((&view["covers"], &view["rush"]), (&json!(4), &json!(true)));
    let board = shop.ask("kitchen_board", json!({})).await;
    let ticket =
        board["cooking"].as_array().expect("tickets").iter().find(|ticket| ticket["order_id"] == view["order_id"]);
    let ticket = ticket.expect("the kitchen has it");
    assert_eq!((&ticket["covers"], &ticket["rush"]), (&json!(4), &json!(true)));
    do_it("set_covers", json!({}), &["covers_set"]).await;
    do_it("set_rush", json!({ "rush": false }), &["rush_set"]).await;
    do_it("set_table", json!({}), &["table_set"]).await;
    do_it("set_note", json!({ "note": null }), &["note_set"]).await;
    do_it("set_customer", json!({}), &["customer_set"]).await;
    let view = shop.view(&order).await;
    assert_eq!((&view["table"], &view["note"], &view["customer"]), (&Value::Null, &Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_to_the_kitchen_comes_back_and_is_paid() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso", "Croissant"]).await;
    let do_it = async |name: &str, input, facts: &[&str], status| does(&shop, &order, name, input, facts, status).await;
    do_it("place", order.on(), &["placed"], Pending).await;
    do_it("place", order.on(), &[], Pending).await;
    do_it("confirm", order.on(), &["lines_fired"], Confirmed).await;
    do_it("send", order.on(), &[], Confirmed).await;
    do_it("start", order.some(&[0]), &["preparation_started"], Preparing).await;
    do_it("start", order.some(&[0]), &[], Preparing).await;
    do_it("ready", order.some(&[0]), &["lines_ready"], Preparing).await;
    do_it("bump_line", order.line(1), &["lines_ready"], Ready).await;
    do_it("bump_line", order.line(1), &[], Ready).await;
    do_it("recall", order.some(&[1]), &["lines_recalled"], Preparing).await;
    assert_eq!(shop.view(&order).await["lines"][1]["round"], 1);
    do_it("ready", order.on(), &["lines_ready"], Ready).await;
    do_it("hand_over", order.some(&[0]), &["lines_handed_over"], Ready).await;
    do_it("hand_over", order.on(), &["lines_handed_over"], Ready).await;
    assert_eq!(shop.view(&order).await["served_unpaid"], true);

    let part = merged(order.cash(), json!({ "amount": "1.00", "tendered": "2.00" }));
    let outcome = do_it("pay_cash", part, &["cash_paid"], Ready).await;
    let payment = outcome.payment.expect("a payment");
    assert_eq!(
        (payment.amount.to_decimal_string(), payment.change.to_decimal_string()),
        ("1.00".into(), "1.00".into())
    );
    let rest = merged(order.cash(), json!({ "tendered": "10.00", "currency": "EUR" }));
    let outcome = do_it("pay_cash", rest.clone(), &["cash_paid"], Completed).await;
    assert_eq!(outcome.payment.expect("a payment").change.to_decimal_string(), "6.40");
    do_it("complete", order.on(), &[], Completed).await;
    // The payment's id is known: a retry under another command id is no second payment.
    let retry = merged(rest, json!({ "amount": "3.60" }));
    assert!(!shop.must("pay_cash", retry).await.applied);
}

#[tokio::test(flavor = "multi_thread")]
async fn send_and_exact_cash_are_one_command_each() {
    let shop = Shop::demo().await;
    let sent = shop.opened(&["Espresso"]).await;
    does(&shop, &sent, "send", sent.on(), &["placed", "lines_fired"], Confirmed).await;
    let paid = shop.opened(&["Espresso"]).await;
    let outcome = does(&shop, &paid, "pay_cash", paid.cash(), &["placed", "lines_fired", "cash_paid"], Confirmed).await;
    let payment = outcome.payment.expect("a payment");
    assert_eq!((payment.tendered, payment.change.minor()), (payment.amount, 0));
    does(&shop, &paid, "complete", paid.on(), &["lines_handed_over"], Completed).await;
    let more = shop.opened(&["Espresso"]).await;
    shop.must("pay_cash", more.cash()).await;
    // A late line is fired and handed over by what completes the order.
    shop.must("add_line", more.with(json!({ "line": shop.line("Croissant").await }))).await;
    does(&shop, &more, "pay_cash", more.cash(), &["lines_fired", "cash_paid"], Confirmed).await;
    does(&shop, &more, "complete", more.on(), &["lines_handed_over"], Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kitchen_sees_voids_and_cancels_until_it_acknowledges_them() {
    let shop = Shop::demo().await;
    let order = shop.at(Preparing).await;
    let void = merged(order.line(0), json!({ "reason": "dropped" }));
    does(&shop, &order, "void_line", void, &["line_voided"], Preparing).await;
    let ticket = shop.ask("kitchen_board", json!({})).await["cooking"][0].clone();
    assert_eq!(
        (&ticket["order_id"], &ticket["changes"][0]["kind"], &ticket["changes"][0]["reason"]),
        (&json!(order.id), &json!("voided"), &json!("dropped"))
    );
    let seen = order.with(json!({ "facts": [ticket["changes"][0]["fact_id"]] }));
    does(&shop, &order, "acknowledge_changes", seen.clone(), &["changes_acknowledged"], Preparing).await;
    does(&shop, &order, "acknowledge_changes", seen, &[], Preparing).await;
    let cancel = order.with(json!({ "reason": "guest left" }));
    does(&shop, &order, "cancel", cancel.clone(), &["cancelled"], Cancelled).await;
    does(&shop, &order, "cancel", cancel, &[], Cancelled).await;
    let ticket = shop.ask("kitchen_board", json!({})).await["cooking"][0].clone();
    assert_eq!((&ticket["cancelled"], &ticket["changes"][0]["kind"]), (&json!(true), &json!("cancelled")));
    does(&shop, &order, "reinstate", order.with(json!({ "reason": "came back" })), &["reinstated"], Preparing).await;
    does(&shop, &order, "cancel", order.with(json!({ "reason": "left again" })), &["cancelled"], Cancelled).await;
    does(&shop, &order, "acknowledge_changes", order.on(), &["changes_acknowledged"], Cancelled).await;
    assert_eq!(shop.ask("kitchen_board", json!({})).await["cooking"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fact_says_who_did_it_where_and_when() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso"]).await;
    shop.send_as(Role::Cashier, "send", order.on()).await.expect("a cashier sends");
    shop.send_as(Role::Kitchen, "start", order.on()).await.expect("the kitchen starts");
    let history = shop.ask("history", order.on()).await;
    let (log, _) = shop.head().await;
    let entries = history.as_array().expect("entries");
    let who: Vec<_> = entries
        .iter()
        .map(|entry| {
            [&entry["event_type"], &entry["person"], &entry["role"], &entry["station"]]
                .map(|value| value.as_str().expect("a text"))
        })
        .collect();
    assert_eq!(
        who,
        [
            ["order.opened", "Mia Brandt", "manager", "manager"],
            ["order.line_added", "Mia Brandt", "manager", "manager"],
            ["order.placed", "Carlos Vega", "cashier", "cashier"],
            ["order.lines_fired", "Carlos Vega", "cashier", "cashier"],
            ["order.preparation_started", "Kenji Mori", "kitchen", "kitchen"],
        ]
    );
    for pair in entries.windows(2) {
        assert!(
            pair[0]["seq"].as_u64() < pair[1]["seq"].as_u64() && pair[0]["at_ms"].as_i64() <= pair[1]["at_ms"].as_i64()
        );
    }
    for entry in entries {
        assert_eq!((entry["log"].as_str(), entry["level"].as_str()), (Some(log.to_string().as_str()), Some("L")));
        assert_eq!(entry["device"], entries[0]["device"]);
        assert_eq!(entry["hash"].as_str().map(str::len), Some(64));
        assert!(serde_json::from_str::<Value>(entry["payload"].as_str().expect("a payload")).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_and_rebuild_run_in_the_background_and_say_when_they_are_done() {
    let shop = Shop::demo().await;
    shop.at(Completed).await;
    let mut feed = shop.till().changes(None);
    for name in ["verify", "rebuild"] {
        assert!(shop.must(name, json!({})).await.applied);
        loop {
            let status = shop.ask("status", json!({})).await;
            let told = status["last_verify"]
                .as_str()
                .is_some_and(|text| text.contains("every hash, signature and head holds"));
            if status["progress"].is_null() && told {
                break;
            }
            feed.next().await.expect("the till tells");
        }
    }
}
