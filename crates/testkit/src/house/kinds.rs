//! The three services, as their contracts say (docs/INTEGRATION.md), and lies that fit each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::StandIn;

fn items(question: &Value) -> Vec<Value> {
    question["items"].as_array().cloned().unwrap_or_default()
}

/// A stock that has so many of these products (by id), and does not count others.
#[must_use]
pub fn stock(left: BTreeMap<String, u32>) -> StandIn {
    StandIn::start(move |question| {
        let answer = |item: &Value| {
            let product = item["product_id"].as_str().unwrap_or_default();
            json!({ "product_id": product, "left": left.get(product) })
        };
        json!({ "items": items(question).iter().map(answer).collect::<Vec<_>>() })
    })
}

/// A menu that does not offer these products (by id), and offers all others.
#[must_use]
pub fn menu(withdrawn: Vec<String>) -> StandIn {
    StandIn::start(move |question| {
        let answer = |item: &Value| {
            let product = item["product_id"].as_str().unwrap_or_default();
            json!({ "product_id": product, "offered": !withdrawn.iter().any(|gone| gone == product) })
        };
        json!({ "items": items(question).iter().map(answer).collect::<Vec<_>>() })
    })
}

/// A payment service with a page for each order.
#[must_use]
pub fn payment() -> StandIn {
    StandIn::start(|question| {
        let order = question["order_id"].as_str().unwrap_or_default();
        json!({
            "reference": format!("pay-{order}"),
            "url": format!("https://pay.example/{order}"),
            "amount": question["amount"],
            "currency": question["currency"],
        })
    })
}

/// Answers that no service of any kind may give.
fn lies_of_all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("nothing", Vec::new()),
        ("a page for people", b"<html>It works!</html>".to_vec()),
        ("no text", vec![0xff; 64]),
        ("half of it", b"{\"items\":[".to_vec()),
        ("nested too deep", b"[".repeat(100_000)),
        ("far too much", [b"{\"items\":[],\"more\":\"", &b"x".repeat(1024 * 1024)[..], b"\"}"].concat()),
        ("another kind of thing", b"[1,2,3]".to_vec()),
    ]
}

fn with(specific: &[(&'static str, Value)]) -> Vec<(&'static str, Vec<u8>)> {
    let specific = specific.iter().map(|(name, body)| (*name, body.to_string().into_bytes()));
    lies_of_all().into_iter().chain(specific).collect()
}

/// Answers of a stock that can't be true, for a question about this one product.
#[must_use]
pub fn lies_of_stock(product: &str) -> Vec<(&'static str, Vec<u8>)> {
    let other = "00000000-0000-4000-8000-000000000000";
    with(&[
        ("too few items", json!({ "items": [] })),
        ("another product", json!({ "items": [{ "product_id": other, "left": 5 }] })),
        ("less than nothing", json!({ "items": [{ "product_id": product, "left": -1 }] })),
        ("half a pizza", json!({ "items": [{ "product_id": product, "left": "0.5" }] })),
        ("more items than asked", json!({ "items": [{ "product_id": product }, { "product_id": product }] })),
    ])
}

/// Answers of a menu that can't be true, for a question about this one product.
#[must_use]
pub fn lies_of_menu(product: &str) -> Vec<(&'static str, Vec<u8>)> {
    let other = "00000000-0000-4000-8000-000000000000";
    with(&[
        ("too few items", json!({ "items": [] })),
        ("another product", json!({ "items": [{ "product_id": other, "offered": true }] })),
        ("perhaps", json!({ "items": [{ "product_id": product, "offered": "perhaps" }] })),
    ])
}

/// Answers of a payment service that can't be true, for a question about 25.00 EUR.
#[must_use]
pub fn lies_of_payment() -> Vec<(&'static str, Vec<u8>)> {
    let page = |reference: &str, url: &str, amount: &str, currency: &str| json!({ "reference": reference, "url": url, "amount": amount, "currency": currency });
    let good = "https://pay.example/1";
    with(&[
        ("another sum", page("p", good, "2.50", "EUR")),
        ("another currency", page("p", good, "25.00", "USD")),
        ("a sum that is none", page("p", good, "NaN", "EUR")),
        ("a script for a page", page("p", "javascript:alert(1)", "25.00", "EUR")),
        ("no page", page("p", "", "25.00", "EUR")),
        ("no reference", page("", good, "25.00", "EUR")),
        ("a long reference", page(&"p".repeat(256), good, "25.00", "EUR")),
    ])
}
