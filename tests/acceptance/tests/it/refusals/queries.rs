//! What queries refuse.

use docket_acceptance::{Shop, fresh, seen};
use docket_contracts::ErrorCode::*;
use docket_contracts::QUERIES;
use docket_contracts::view::OrderStatus;
use docket_domain::staff::Role::{self, Kitchen, Manager};
use docket_terminal::limits::{PAGE_ROWS_MAX, PRODUCTS_PAGE_MAX, SEARCH_TEXT_MAX};
use serde_json::{Value, json};

fn inputs(order: Value, product: Value) -> Vec<(&'static str, Value)> {
    QUERIES
        .iter()
        .map(|entry| match entry.name {
            name @ ("order" | "history" | "receipt" | "price_document") => (name, order.clone()),
            "product" => ("product", json!({ "product_id": product })),
            name => (name, json!({})),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_needs_a_session_a_role_and_an_input_of_its_own() {
    let shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Confirmed).await;
    let product = shop.product("Espresso").await["product"]["product_id"].clone();
    for (name, input) in inputs(order.on(), product) {
        shop.ask(name, input.clone()).await;
        let unknown = docket_acceptance::merged(input.clone(), json!({ "page": 7 }));
        shop.ask_refused(Some(Manager), name, unknown, BadInput, "page").await;
        if !["shop", "ready_board"].contains(&name) {
            shop.ask_refused(None, name, input.clone(), SessionRequired, "session").await;
        }
        if name == "staff" {
            for role in [Role::Cashier, Kitchen] {
                shop.ask_refused(Some(role), name, input.clone(), RoleNotAllowed, "").await;
            }
            continue;
        }
        shop.ask_as(Role::Cashier, name, input.clone()).await.expect("a cashier may see it");
        if ["orders", "history", "exceptions", "receipt", "price_document"].contains(&name) {
            shop.ask_refused(Some(Kitchen), name, input, RoleNotAllowed, "").await;
        } else {
            shop.ask_as(Kitchen, name, input).await.expect("the kitchen may see it");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_for_what_is_not_there_says_so() {
    let shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Completed).await;
    for name in ["order", "history", "receipt", "price_document"] {
        shop.ask_refused(Some(Manager), name, json!({ "order_id": fresh() }), OrderNotFound, "order_id").await;
    }
    let receipt = order.with(json!({ "payment_id": fresh() }));
    shop.ask_refused(Some(Manager), "receipt", receipt, PaymentNotFound, "payment_id").await;
    shop.ask_refused(Some(Manager), "product", json!({ "product_id": fresh() }), UnknownProduct, "product_id").await;
    let session = Some(shop.session(Manager).await);
    let error = shop.till().query(session, "weather", json!({})).await.expect_err("unknown");
    assert_eq!((error.code, error.field.as_str()), (UnknownQuery, "name"));
    seen("http", &error);
    let error = shop.send("fly", json!({})).await.expect_err("unknown");
    assert_eq!((error.code, error.field.as_str()), (UnknownCommand, "name"));
    seen("http", &error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_bounds_and_a_cursor_of_its_own() {
    let shop = Shop::demo().await;
    let refused = async |name: &str, input: Value, code, field: &str| {
        shop.ask_refused(Some(Manager), name, input, code, field).await
    };
    for (name, max) in [("orders", PAGE_ROWS_MAX), ("products", PRODUCTS_PAGE_MAX)] {
        for limit in [0, max + 1] {
            refused(name, json!({ "limit": limit }), LimitOutOfRange, "limit").await;
        }
        for cursor in ["", "x", "1-x", "20260101-1-1", "-1"] {
            refused(name, json!({ "after": cursor }), CursorInvalid, "after").await;
        }
        let long = "é".repeat(SEARCH_TEXT_MAX + 1);
        refused(name, json!({ "text": long }), TextTooLong, "text").await;
    }
    refused("orders", json!({ "text": "-&%" }), BadInput, "text").await;
    refused("orders", json!({ "status": "lost" }), BadInput, "status").await;
}
