//! gRPC without a .proto file: grpcurl where it can be had, and Python's client through server reflection everywhere.

use std::process::Command;

use docket_circle::program::output;
use docket_strangers::{Dev, must, must_json, own, python};

/// The request of the documentation, word for word.
const ORDER: &str = r#"{"user_id":"user-123","items":[{"product_id":"prod-001","product_name":"Margherita","quantity":2,"unit_price":"12.50"}],"shipping_address":"1 Main Street"}"#;

/// Calls a method with Python's client.
fn reflect(dev: &Dev, method: &str, request: &str) -> Command {
    let mut command = Command::new(python("python"));
    command.arg(own("reflect.py")).args([&dev.grpc(), method, request]);
    command
}

#[test]
fn a_client_that_knows_only_the_address_places_finds_and_calls_off_an_order() {
    let dev = Dev::start(&[]);
    let health = must_json(&mut reflect(&dev, "grpc.health.v1.Health/Check", "{}"));
    assert_eq!(health["status"], "SERVING");
    let made = must_json(&mut reflect(&dev, "order.v1.OrderService/CreateOrder", ORDER));
    let order = &made["order"];
    assert_eq!((&order["total"], &order["delivery"]), (&"25.00".into(), &"waiting_for_store".into()), "{made}");
    let id = format!(r#"{{"order_id":{}}}"#, order["order_id"]);
    let found = must_json(&mut reflect(&dev, "order.v1.OrderService/GetOrder", &id));
    assert_eq!(found["order"], *order);
    let page = must_json(&mut reflect(&dev, "order.v1.OrderService/ListOrders", r#"{"page_size":1}"#));
    assert_eq!(page["orders"][0]["order_id"], order["order_id"]);
    let cancel = format!(r#"{{"order_id":{},"reason":"changed my mind"}}"#, order["order_id"]);
    let gone = must_json(&mut reflect(&dev, "order.v1.OrderService/CancelOrder", &cancel));
    assert_eq!(gone["order"]["status"], "cancelled");
    let wrong = ORDER.replace("12.50", "12.00");
    let said =
        output(&mut reflect(&dev, "order.v1.OrderService/CreateOrder", &wrong)).expect_err("the price is another one");
    assert!(said.contains("unit_price"), "{said}");
}

#[test]
fn grpcurl_sends_the_request_of_the_documentation_word_for_word() {
    let Some(grpcurl) = std::env::var_os("DOCKET_GRPCURL").filter(|value| !value.is_empty()) else {
        // xtask has said in one line why it is not here; the test above sends the same request.
        return;
    };
    let dev = Dev::start(&[]);
    let mut call = Command::new(&grpcurl);
    call.args(["-plaintext", "-d", ORDER, &dev.grpc(), "order.v1.OrderService/CreateOrder"]);
    let made = must_json(&mut call);
    assert_eq!(made["order"]["total"], "25.00", "{made}");
    let listed = must(Command::new(&grpcurl).args(["-plaintext", &dev.grpc(), "list"]));
    assert!(listed.contains("order.v1.OrderService") && listed.contains("grpc.health.v1.Health"), "{listed}");
}
