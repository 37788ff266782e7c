//! curl, as it is.

use std::process::Command;

use docket_strangers::{Dev, must};
use serde_json::Value;

/// The request of the documentation, word for word.
const ORDER: &str = r#"{"user_id":"user-123","items":[{"product_id":"prod-001","product_name":"Margherita","quantity":2,"unit_price":"12.50"}],"shipping_address":"1 Main Street"}"#;

fn curl(words: &[&str]) -> (String, String) {
    let said =
        must(Command::new("curl").args(["--silent", "--show-error", "--include", "--max-time", "30"]).args(words));
    let said = said.replace("\r\n", "\n");
    let (head, body) = said.split_once("\n\n").unwrap_or((&said, ""));
    (head.to_owned(), body.to_owned())
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

#[test]
fn an_order_is_placed_repeated_read_changed_and_called_off() {
    let dev = Dev::start(&[]);
    let orders = format!("{}/api/v1/orders", dev.rest());
    let json = "Content-Type: application/json";
    let place = || curl(&["-H", json, "-H", "Idempotency-Key: one", "-d", ORDER, &orders]);
    let (head, first) = place();
    assert!(head.starts_with("HTTP/1.1 201"), "{head}\n{first}");
    let (again, second) = place();
    assert!(again.starts_with("HTTP/1.1 201"), "{again}\n{second}");
    assert_eq!(first, second, "byte for byte");
    let order: Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!((&order["total"], &order["delivery"]), (&"25.00".into(), &"waiting_for_store".into()));
    let at = format!("{orders}/{}", order["order_id"].as_str().expect("an id"));
    assert_eq!(header(&head, "location").as_deref(), at.strip_prefix(&dev.rest()));
    let etag = header(&head, "etag").expect("a tag");

    let (head, read) = curl(&[&at]);
    assert!(head.starts_with("HTTP/1.1 200") && read == first, "{head}\n{read}");
    let (head, _) = curl(&["-H", &format!("If-None-Match: {etag}"), &at]);
    assert!(head.starts_with("HTTP/1.1 304") || head.starts_with("HTTP/1.1 200"), "{head}");

    let change = r#"{"items":[{"item":{"product_id":"prod-002","quantity":1}}]}"#;
    let matching = format!("If-Match: {etag}");
    let (head, changed) = curl(&["-X", "PATCH", "-H", json, "-H", &matching, "-d", change, &at]);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{changed}");
    let (head, stale) = curl(&["-X", "PATCH", "-H", json, "-H", &matching, "-d", change, &at]);
    assert!(head.starts_with("HTTP/1.1 412"), "{head}\n{stale}");

    let cancel = ["-H", json, "-H", "Idempotency-Key: two", "-d", r#"{"reason":"changed my mind"}"#];
    let (head, gone) = curl(&[&cancel[..], &[&format!("{at}/cancel")]].concat());
    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{gone}");
    let gone: Value = serde_json::from_str(&gone).expect("JSON");
    assert_eq!((&gone["status"], &gone["cancel_reason"]), (&"cancelled".into(), &"changed my mind".into()));
}
