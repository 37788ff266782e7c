//! Every query: what it shows, each filter, and pages to the end without doubles.

use docket_acceptance::{Order, Shop, fresh, merged};
use docket_contracts::view::OrderStatus::{self, *};
use docket_domain::staff::Role;
use serde_json::{Value, json};

/// Ids of the orders that a filter gives, page by page.
async fn found(shop: &Shop, filter: Value, limit: u32) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = shop.ask("orders", merged(filter.clone(), json!({ "limit": limit, "after": after }))).await;
        let rows = page["rows"].as_array().expect("rows");
        assert!(rows.len() <= usize::try_from(limit).expect("small"));
        ids.extend(rows.iter().map(|row| row["order_id"].as_str().expect("an id").to_owned()));
        after = page["next"].clone();
        if after.is_null() {
            return ids;
        }
    }
}

fn ids<'o>(orders: impl IntoIterator<Item = &'o Order>) -> Vec<String> {
    let mut ids: Vec<String> = orders.into_iter().map(|order| order.id.to_string()).collect();
    ids.reverse();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_found_by_status_type_day_person_and_text() {
    let shop = Shop::demo().await;
    let mut orders = Vec::new();
    for status in OrderStatus::ALL {
        let order = shop.at(status).await;
        orders.push((status, order));
    }
    let all: Vec<&Order> = orders.iter().map(|(_, order)| order).collect();
    for (status, order) in &orders {
        assert_eq!(found(&shop, json!({ "status": status }), 2).await, ids([order]), "{}", status.as_str());
    }
    let closed = |status: &OrderStatus| matches!(status, Completed | Cancelled);
    let open: Vec<_> = orders.iter().filter(|(status, _)| !closed(status)).map(|(_, order)| order).collect();
    let done: Vec<_> = orders.iter().filter(|(status, _)| closed(status)).map(|(_, order)| order).collect();
    assert_eq!(found(&shop, json!({ "open": true }), 2).await, ids(open));
    assert_eq!(found(&shop, json!({ "open": false }), 2).await, ids(done));

    let dine_in = json!({ "order_id": fresh(), "order_type": "dine_in", "table": "Terrasse Süd 12", "lines": [shop.line("Cheesecake").await] });
    let table = shop.send_as(Role::Cashier, "create_order", dine_in).await.expect("an order").order.expect("an order");
    let only = vec![table.order_id.0.to_string()];
    assert_eq!(found(&shop, json!({ "order_type": "dine_in" }), 2).await, only);
    assert_eq!(found(&shop, json!({ "order_type": "counter" }), 3).await, ids(all.clone()));
    assert_eq!(found(&shop, json!({ "person_id": shop.person("Carlos Vega").await }), 2).await, only);
    assert_eq!(found(&shop, json!({ "person_id": shop.person("Kenji Mori").await }), 2).await, Vec::<String>::new());
    for text in ["cheese", "CHEESECAKE", "terrasse 12", "sud", "Süd", &table.label, &table.label.to_lowercase()] {
        assert_eq!(found(&shop, json!({ "text": text }), 2).await, only, "{text}");
    }
    for text in ["cheesecake\" OR \"espresso", "\"*", "NEAR(espresso)"] {
        let answer = shop.ask_as(Role::Manager, "orders", json!({ "text": text })).await;
        assert!(
            answer.is_err() || answer.is_ok_and(|page| page["rows"] == json!([])),
            "{text} is read as words, not as a language"
        );
    }
    assert_eq!(found(&shop, json!({ "text": " " }), 200).await.len(), 8, "blank text is no filter");
    let day = shop.view(all[0]).await["business_day"].as_i64().expect("a day");
    assert_eq!(found(&shop, json!({ "from_day": day, "to_day": day }), 3).await.len(), 8);
    assert_eq!(found(&shop, json!({ "from_day": day + 1 }), 3).await.len(), 0);
    assert_eq!(found(&shop, json!({ "to_day": day - 1 }), 3).await.len(), 0);
    assert_eq!(
        found(
            &shop,
            json!({ "status": "draft", "order_type": "dine_in", "open": true, "from_day": day, "text": "cheese" }),
            3
        )
        .await,
        only
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_every_size_give_every_order_once_while_orders_come_in() {
    let shop = Shop::demo().await;
    let mut orders = Vec::new();
    for _ in 0..13 {
        orders.push(shop.opened(&["Espresso"]).await);
    }
    for limit in [1, 2, 5, 12, 13, 14, 200] {
        assert_eq!(found(&shop, json!({}), limit).await, ids(&orders), "pages of {limit}");
    }
    let first = shop.ask("orders", json!({ "limit": 6 })).await;
    shop.opened(&["Croissant"]).await;
    let rest = shop.ask("orders", json!({ "after": first["next"] })).await;
    let seen: Vec<_> = [first, rest]
        .iter()
        .flat_map(|page| page["rows"].as_array().expect("rows").clone())
        .map(|row| row["order_id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(seen, ids(&orders), "what comes in meanwhile moves no page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_the_list_says_what_the_order_says() {
    let shop = Shop::demo().await;
    let order = shop.at(Confirmed).await;
    shop.must("set_table", order.with(json!({ "table": "4" }))).await;
    let (row, view) = (shop.ask("orders", json!({})).await["rows"][0].clone(), shop.view(&order).await);
    for field in
        ["order_id", "label", "status", "order_type", "table", "balance", "opened_by", "opened_at_ms", "business_day"]
    {
        assert_eq!(row[field], view[field], "{field}");
    }
    assert_eq!(
        (&row["total"], &row["summary"], &row["exceptions"]),
        (&view["totals"]["total"], &json!("1 × Espresso, 1 × Croissant"), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_found_by_category_name_and_page() {
    let shop = Shop::demo().await;
    let catalogue = shop.ask("catalogue", json!({})).await;
    let all = shop.ask("products", json!({ "limit": 500 })).await["rows"].as_array().expect("rows").clone();
    assert_eq!(Some(all.len()), catalogue["products"].as_u64().and_then(|count| usize::try_from(count).ok()));
    for category in catalogue["categories"].as_array().expect("categories") {
        let of_menu: Vec<_> = all.iter().filter(|product| product["category_id"] == category["id"]).collect();
        let mut paged = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = shop.ask("products", json!({ "category_id": category["id"], "limit": 2, "after": after })).await;
            paged.extend(page["rows"].as_array().expect("rows").clone());
            after = page["next"].clone();
            if after.is_null() {
                break;
            }
        }
        assert_eq!(paged.iter().collect::<Vec<_>>(), of_menu, "{category}");
        assert_eq!(category["products"].as_u64(), u64::try_from(of_menu.len()).ok());
    }
    let names = async |input: Value| {
        let page = shop.ask("products", input).await;
        page["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(json!({ "text": "SPRESS" })).await, ["Espresso", "Double espresso"]);
    assert_eq!(names(json!({ "text": "fl" })).await, ["Flat white"]);
    assert_eq!(names(json!({ "text": "50% \"off" })).await, Vec::<String>::new());
    assert_eq!(names(json!({ "category_id": "nowhere" })).await, Vec::<String>::new());
    let first = shop.ask("products", json!({ "text": "tea", "limit": 1 })).await;
    let second = shop.ask("products", json!({ "text": "tea", "limit": 1, "after": first["next"] })).await;
    assert_ne!(first["rows"], second["rows"]);

    let tea =
        shop.ask("products", json!({ "text": "tea", "limit": 500 })).await["rows"].as_array().expect("rows").clone();
    let category = tea[0]["category_id"].clone();
    let both = names(json!({ "text": "tea", "category_id": category, "limit": 1 })).await;
    assert_eq!(both, [tea[0]["name"].as_str().expect("a name")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_shows_what_it_asks_for() {
    let shop = Shop::demo().await;
    let latte = shop.product("Latte").await;
    assert_eq!((&latte["product"]["asks"], &latte["product"]["price"]["amount"]), (&json!(true), &json!("3.80")));
    let groups: Vec<_> = latte["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| (group["name"].clone(), group["min"].clone(), group["max"].clone()))
        .collect();
    assert_eq!(
        groups,
        [
            (json!("Milk"), json!(1), json!(1)),
            (json!("Cup"), json!(1), json!(1)),
            (json!("Extras"), json!(0), Value::Null)
        ]
    );
    let voucher = shop.product("Gift voucher").await;
    assert_eq!(
        (&voucher["product"]["asks"], &voucher["product"]["price"]),
        (&json!(true), &Value::Null),
        "0.00 is an open price"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_shows_tickets_oldest_first_and_what_may_be_done() {
    let shop = Shop::demo().await;
    let (first, second) = (shop.at(Confirmed).await, shop.at(Preparing).await);
    let (ready, _draft) = (shop.at(Ready).await, shop.at(Draft).await);
    let last = shop.at(Ready).await;
    let board = shop.ask_as(Role::Kitchen, "kitchen_board", json!({})).await.expect("the kitchen's screen");
    let tickets = |lane: &str| {
        board[lane]
            .as_array()
            .expect("a lane")
            .iter()
            .map(|ticket| ticket["order_id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(tickets("cooking"), [first.id.to_string(), second.id.to_string()]);
    assert_eq!(tickets("ready"), [last.id.to_string(), ready.id.to_string()], "the last one first");
    assert_eq!(board["cooking"][0]["actions"], json!(["start", "ready", "bump_line"]));
    assert_eq!(board["ready"][0]["actions"], json!(["recall", "hand_over"]));
    let lines = board["cooking"][1]["lines"].as_array().expect("lines");
    assert!(lines.iter().all(|line| line["state"] == "started") && lines.len() == 2);
    shop.send_as(Role::Kitchen, "recall", ready.on()).await.expect("the kitchen recalls");
    let board = shop.ask("kitchen_board", json!({})).await;
    assert_eq!(
        (board["cooking"].as_array().map(Vec::len), board["ready"].as_array().map(Vec::len)),
        (Some(3), Some(1))
    );
    assert_eq!(board["cooking"][2]["lines"][0]["round"], 1);
    shop.must("hand_over", last.on()).await;
    assert_eq!(shop.ask("kitchen_board", json!({})).await["ready"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_says_how_much_of_each_product_is_to_be_made() {
    let shop = Shop::demo().await;
    let first = shop.opened(&["Espresso", "Croissant"]).await;
    shop.must("send", first.on()).await;
    let second = shop.opened(&["Espresso"]).await;
    shop.must("send", second.on()).await;
    let sums = async |shop: &Shop| {
        let board = shop.ask("kitchen_board", json!({})).await;
        let rows = board["all_day"].as_array().expect("sums").clone();
        let text = |row: &Value| {
            format!("{} {}", row["quantity"].as_str().expect("text"), row["name"].as_str().expect("text"))
        };
        (board["waiting"].clone(), rows.iter().map(text).collect::<Vec<_>>())
    };
    assert_eq!(sums(&shop).await, (json!(2), vec!["2 Espresso".to_owned(), "1 Croissant".to_owned()]));
    shop.must("ready", second.on()).await;
    assert_eq!(sums(&shop).await, (json!(1), vec!["1 Croissant".to_owned(), "1 Espresso".to_owned()]));
    shop.must("cancel", first.with(json!({ "reason": "guest left" }))).await;
    assert_eq!(sums(&shop).await, (json!(1), Vec::new()), "a cancelled ticket is still to be seen, not to be made");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_read_numbers_without_a_session_and_never_a_name() {
    let shop = Shop::demo().await;
    let (cooking, ready) = (shop.opened(&["Espresso"]).await, shop.opened(&["Espresso"]).await);
    let at_table = shop.opened(&["Espresso"]).await;
    shop.must("set_table", at_table.with(json!({ "table": "7" }))).await;
    for order in [&cooking, &ready, &at_table] {
        shop.must("set_customer", order.with(json!({ "name": "Ada", "phone": null, "address": null }))).await;
        shop.must("send", order.on()).await;
    }
    shop.must("ready", ready.on()).await;
    let board = shop.till().query(None, "ready_board", json!({})).await.expect("needs no session");
    assert_eq!(board, json!({ "preparing": ["A-001"], "ready": ["A-002"] }), "the order at a table is brought");
    shop.must("hand_over", ready.on()).await;
    let board = shop.till().query(None, "ready_board", json!({})).await.expect("needs no session");
    assert_eq!(board["ready"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_shows_who_can_sign_in_and_the_status_how_the_store_is() {
    let shop = Shop::demo().await;
    let view = shop.till().query(None, "shop", json!({})).await.expect("needs no session");
    assert_eq!(
        (&view["set_up"], &view["demo"], &view["currency"], &view["currency_decimals"]),
        (&json!(true), &json!(true), &json!("EUR"), &json!(2))
    );
    let roles: Vec<_> =
        view["people"].as_array().expect("people").iter().map(|entry| entry["person"]["role"].clone()).collect();
    assert_eq!(roles, ["manager", "cashier", "kitchen"]);
    shop.opened(&["Espresso"]).await;
    let status = shop.ask("status", json!({})).await;
    let print = shop.print();
    assert_eq!(
        (&status["events"], &status["outbox_waiting"]),
        (&json!(print.rows("events")), &json!(print.rows("outbox")))
    );
    assert_eq!(
        (&status["letter"], &status["read_only"], &status["enrolled"]),
        (&json!("A"), &json!(false), &json!(false))
    );
    assert_eq!((&status["incidents"], &status["progress"]), (&json!([]), &Value::Null));
    assert!(status["oldest_waiting_ms"].as_i64().is_some_and(|at_ms| at_ms > 0));
    // Nobody has acknowledged anything yet.
    assert_eq!((&status["copied_events"], &status["central_events"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_what_another_device_and_head_office_hold() {
    let mut shop = Shop::demo().await;
    shop.opened(&["Espresso"]).await;
    let mut held = (0_i64, 0_i64);
    shop.while_closed(|store| {
        let own = "FROM heads JOIN logs USING (log_no) WHERE own = 1";
        let sums = format!("SELECT sum(seq - 1), sum(seq - 3) {own}");
        held = store.query_row(&sums, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("heads");
        for (peer, level, behind) in [("till-b", "P", 1), ("till-c", "P", 2), ("office", "C", 3)] {
            let acknowledged =
                format!("INSERT INTO levels SELECT log_no, '{peer}', '{level}', seq - {behind}, hash {own}");
            store.execute(&acknowledged, []).expect("a level");
        }
    })
    .await;
    let status = shop.ask("status", json!({})).await;
    assert_eq!((&status["copied_events"], &status["central_events"]), (&json!(held.0), &json!(held.1)));
    assert!(held.0 > held.1);
}
