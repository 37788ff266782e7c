//! The nine menus: each imports completely, and one of everything on it can be sold.

use docket_acceptance::{Order, Shop, chosen, fresh, merged};
use docket_contracts::ErrorCode::MenuFault;
use docket_domain::pricing::json::price_json;
use docket_domain::staff::Role;
use serde_json::{Value, json};

use crate::money::agrees;

const MENUS: &str = include_str!("../../../../crates/domain/tests/fixtures/menus.json");

/// Every product, page by page.
async fn all_products(shop: &Shop) -> Vec<Value> {
    let (mut products, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = shop.ask("products", json!({ "limit": 37, "after": after })).await;
        products.extend(page["rows"].as_array().expect("rows").clone());
        after = page["next"].clone();
        if after.is_null() {
            return products;
        }
    }
}

/// Sells one of everything in orders of 40 lines, each taken another way.
async fn sell_everything(shop: &Shop) -> usize {
    let products = all_products(shop).await;
    for (number, products) in products.chunks(40).enumerate() {
        let mut lines = Vec::new();
        for product in products {
            let detail = shop.ask("product", json!({ "product_id": product["product_id"] })).await;
            assert_eq!(
                product["asks"],
                json!(
                    detail["groups"].as_array().expect("groups").iter().any(|group| group["min"] != 0)
                        || product["price"].is_null()
                )
            );
            lines.push(chosen(&detail));
        }
        let order_type = ["counter", "take_away", "dine_in"][number % 3];
        let order = Order { id: fresh(), lines: Vec::new() };
        shop.must("create_order", order.with(json!({ "order_type": order_type, "lines": lines }))).await;
        agrees(shop, &order).await;
        shop.must("pay_cash", order.cash()).await;
        agrees(shop, &order).await;
        let done = shop.must("complete", order.on()).await;
        assert_eq!(done.order.expect("the order").status.as_str(), "completed");
    }
    products.len()
}

async fn sell_menus_in(currency: &str) {
    let menus: Value = serde_json::from_str(MENUS).expect("JSON");
    let shop = Shop::set_up(currency, None).await;
    let mut sold = 0;
    for menu in menus["menus"].as_array().expect("menus").iter().filter(|menu| menu["currency"] == currency) {
        let outcome = shop.must("import_menu", json!({ "menu": MENUS, "menu_id": menu["id"] })).await;
        assert!(outcome.applied && !outcome.notes.is_empty(), "the report says what was found");
        let catalogue = shop.ask("catalogue", json!({})).await;
        assert_eq!((&catalogue["name"], &catalogue["currency"]), (&menu["name"], &json!(currency)));
        let categories = catalogue["categories"].as_array().expect("categories");
        let counted: u64 = categories.iter().map(|category| category["products"].as_u64().expect("a number")).sum();
        assert_eq!(Some(counted), catalogue["products"].as_u64());
        let products = sell_everything(&shop).await;
        assert_eq!(
            products,
            menu["items"].as_array().expect("items").len(),
            "{}: nothing of the menu is lost",
            menu["id"]
        );
        sold += products;
    }
    assert!(sold > 0);
    assert!(shop.verify().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_menus_in_euro_are_sold() {
    sell_menus_in("EUR").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_menus_in_dollars_are_sold() {
    sell_menus_in("USD").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_in_yen_is_sold_without_a_minor_unit() {
    sell_menus_in("JPY").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_in_lira_is_sold() {
    sell_menus_in("TRY").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_in_dinar_is_sold_with_its_service_charge() {
    sell_menus_in("KWD").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_menu_leaves_open_orders_at_the_prices_that_they_were_opened_with() {
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso"]).await;
    let menu = include_str!("../../../../crates/terminal/samples/corner-cafe.json").replace("\"2.40\"", "\"9.90\"");
    shop.must("import_menu", json!({ "menu": menu })).await;
    assert_eq!(shop.view(&order).await["balance"]["amount"], "2.40");
    let id = shop.product("Espresso").await["product"]["product_id"].clone();
    let now = shop.ask("product", json!({ "product_id": id })).await;
    assert_eq!(now["product"]["price"]["amount"], "9.90");
    assert_eq!(shop.ask("catalogue", json!({})).await["version"], 2);
    let (totals, priced) = price_json(&shop.ask("price_document", order.on()).await.to_string());
    assert!(priced);
    assert_eq!(totals["total"], "2.40");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_makes_a_shop() {
    let shop = Shop::none().await;
    let view = shop.till().query(None, "shop", json!({})).await.expect("a view");
    let samples = view["samples"].as_array().expect("samples").clone();
    let currencies: std::collections::BTreeSet<_> =
        samples.iter().map(|sample| sample["currency"].to_string()).collect();
    assert!(samples.len() >= 4 && currencies.len() >= 3, "{samples:?}");
    for sample in samples {
        let shop = Shop::set_up(sample["currency"].as_str().expect("a code"), sample["id"].as_str()).await;
        assert_eq!(shop.ask("catalogue", json!({})).await["products"], sample["products"]);
    }
}

/// A menu of a latte with a choice, where anything is stated of them.
fn menu_with(latte: Option<&str>, almonds: &str) -> Value {
    let latte = latte.map(|codes| {
        format!(
            r#"{{"id":"l","name":"Latte","category":"C","price":"3.80","modifier_groups":["g"],"allergens":{codes}}},"#
        )
    });
    json!({ "menu": format!(
        r#"{{"id":"m","name":"M","currency":"EUR","modifier_groups":[{{"id":"g","name":"G","options":[
            {{"name":"Almonds","price":"0","allergens":{almonds}}},{{"name":"Cinnamon","price":"0"}}]}}],
            "items":[{}{{"id":"w","name":"Water","category":"C","price":"2"}}]}}"#,
        latte.unwrap_or_default()
    ) })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kitchen_reads_allergens_of_the_menu_in_effect() {
    let mut shop = Shop::demo().await;
    shop.must("import_menu", menu_with(Some(r#"["milk"]"#), r#"["nuts"]"#)).await;
    let latte = shop.product("Latte").await;
    assert_eq!(latte["product"]["allergens"], json!(["milk"]));
    let options = latte["groups"][0]["options"].as_array().expect("options");
    let stated = options.iter().map(|option| option["allergens"].clone()).collect::<Vec<_>>();
    assert_eq!(stated, [json!(["nuts"]), json!([])]);

    let order = Order { id: fresh(), lines: Vec::new() };
    let line = |option: &str| {
        json!({ "product_id": latte["product"]["product_id"], "quantity": "1",
            "modifiers": [{ "group_id": "g", "option_id": option, "count": 1 }] })
    };
    let water = shop.line("Water").await;
    let lines = [line("Almonds"), line("Cinnamon"), water].map(|line| merged(line, json!({ "line_id": fresh() })));
    shop.must("create_order", order.with(json!({ "order_type": "counter", "lines": lines }))).await;
    shop.must("send", order.on()).await;
    let on_board = async |shop: &Shop| {
        let board = shop.ask_as(Role::Kitchen, "kitchen_board", json!({})).await.expect("the kitchen's screen");
        let lines = board["cooking"][0]["lines"].as_array().expect("lines").clone();
        lines.into_iter().map(|line| line["allergens"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(on_board(&shop).await, [json!(["milk", "nuts"]), json!(["milk"]), json!([])]);

    shop.must("import_menu", menu_with(Some(r#"["milk","soybeans"]"#), "[]")).await;
    assert_eq!(on_board(&shop).await, [json!(["soybeans", "milk"]), json!(["soybeans", "milk"]), json!([])]);
    shop.reopen().await;
    assert_eq!(on_board(&shop).await[0], json!(["soybeans", "milk"]), "it is in the store");
    shop.must("import_menu", menu_with(None, r#"["nuts"]"#)).await;
    assert_eq!(on_board(&shop).await, [json!([]), json!([]), json!([])], "what left the menu is said nothing of");
    assert!(shop.verify().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allergen_that_is_none_is_refused_by_its_place() {
    let shop = Shop::demo().await;
    let refusal = shop.refused("import_menu", menu_with(Some(r#"["dairy"]"#), "[]"), MenuFault, "menu").await;
    let told = refusal.details.join("\n");
    assert!(told.contains("items[0].allergens[0]") && told.contains("dairy"), "{refusal:?}");
    assert_eq!(shop.ask("catalogue", json!({})).await["name"], "Corner café", "the menu before it stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_three_hundred_characters_is_sold_cooked_and_printed_whole() {
    let shop = Shop::demo().await;
    for letter in ["x", "ق", "🌶"] {
        let name = letter.repeat(300);
        let menu = |name: &str| {
            json!({ "menu": format!(
                r#"{{"id":"m{letter}","name":"M","currency":"EUR","modifier_groups":[{{"id":"g","name":"{name}","min":1,"max":1,
                "options":[{{"name":"{name}","price":"1"}}]}}],
                "items":[{{"id":"l","name":"{name}","category":"{name}","price":"2","modifier_groups":["g"]}}]}}"#
            ) })
        };
        shop.refused("import_menu", menu(&letter.repeat(301)), MenuFault, "menu").await;
        shop.must("import_menu", menu(&name)).await;
        let order = Order { id: fresh(), lines: Vec::new() };
        // A search takes fewer characters than a name may have.
        let id = shop.ask("products", json!({})).await["rows"][0]["product_id"].clone();
        let lines = [chosen(&shop.ask("product", json!({ "product_id": id })).await)];
        shop.must("create_order", order.with(json!({ "order_type": "counter", "lines": lines }))).await;
        shop.must("send", order.on()).await;
        let board = shop.ask("kitchen_board", json!({})).await;
        let ticket = board["cooking"].as_array().and_then(|tickets| tickets.last()).expect("a ticket").clone();
        assert_eq!((&ticket["lines"][0]["name"], &ticket["lines"][0]["modifiers"]), (&json!(name), &json!([name])));
        shop.must("pay_cash", order.cash()).await;
        let receipt = shop.ask("receipt", order.on()).await;
        assert!(receipt["lines"][0]["text"].as_str().is_some_and(|text| text.ends_with(&name)), "{receipt}");
        let found = shop.ask("orders", json!({ "limit": 1 })).await;
        assert!(found["rows"][0]["summary"].as_str().is_some_and(|text| text.contains(&name)), "{found}");
    }
    assert!(shop.exported().contains(&"ق".repeat(300)));
    assert!(shop.verify().faults.is_empty());
}
