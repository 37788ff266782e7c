//! Orders over REST, and how the door refuses.

use axum::http::Method;
use serde_json::{Value, json};

use crate::door::{Door, created, request};
use crate::feed::settled;
use crate::house::House;

fn order() -> Value {
    json!({
        "user_id": "user-123",
        "items": [{ "product_id": "prod-001", "product_name": "Margherita", "quantity": 2, "unit_price": "12.50" }],
        "shipping_address": "1 Main Street"
    })
}

const ORDERS: &str = "/api/v1/orders";

#[tokio::test]
async fn an_order_is_placed_once_under_its_key_and_read_back() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let first = door.post(ORDERS, "k1", &order()).await;
    let view = created(&first);
    let place = first.header("location").to_owned();
    assert_eq!(place, format!("{ORDERS}/{}", view["order_id"].as_str().expect("an id")));
    assert_eq!((first.header("etag"), first.header("idempotency-replayed")), ("\"1\"", ""));
    let again = door.post(ORDERS, "k1", &order()).await;
    assert_eq!((again.status, &again.body, again.header("location")), (201, &first.body, place.as_str()));
    assert_eq!((again.header("etag"), again.header("idempotency-replayed")), ("\"1\"", "true"));
    let mut other = order();
    other["items"][0]["quantity"] = json!(3);
    let refused = door.post(ORDERS, "k1", &other).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "idempotency_key_mismatch"));
    let read = door.get(&place).await;
    assert_eq!((read.status, read.json(), read.header("etag")), (200, view, "\"1\""));
    let status = door.get(&format!("{place}/status")).await.json();
    assert_eq!((&status["status"], &status["delivery"]), (&json!("confirmed"), &json!("waiting_for_store")));
    assert_eq!(house.count("central.orders").await, 1);
}

#[tokio::test]
async fn a_change_holds_only_on_the_version_that_it_was_decided_on() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let place = door.post(ORDERS, "k1", &order()).await.header("location").to_owned();
    let body = json!({ "shipping_address": "2 Main Street" });
    let stale = door.patch(&place, &[("if-match", "\"7\"")], &body).await;
    assert_eq!((stale.status, stale.code().as_str()), (412, "precondition_failed"));
    let weak = door.patch(&place, &[("if-match", "W/\"1\"")], &body).await;
    assert_eq!(weak.status, 412);
    let odd = door.patch(&place, &[("if-match", "1")], &body).await;
    assert_eq!((odd.status, odd.field().as_str()), (400, "If-Match"));
    let expected = door.patch(&place, &[], &json!({ "expected_version": 7, "shipping_address": "x" })).await;
    assert_eq!((expected.status, expected.code().as_str()), (409, "version_conflict"));
    let done = door.patch(&place, &[("if-match", "\"1\"")], &body).await;
    assert_eq!((done.status, &done.json()["shipping_address"]), (200, &json!("2 Main Street")));
    let tag = done.header("etag").to_owned();
    let cancel = json!({ "reason": "changed my mind" });
    let keyed =
        |headers: &[(&str, &str)]| request(Method::POST, &format!("{place}/cancel"), headers, Some(cancel.to_string()));
    let stale = door.send(keyed(&[("idempotency-key", "c1"), ("if-match", "\"99\"")])).await;
    assert_eq!(stale.status, 412);
    let cancelled = door.send(keyed(&[("idempotency-key", "c1"), ("if-match", &tag)])).await;
    assert_eq!((cancelled.status, &cancelled.json()["status"]), (200, &json!("cancelled")));
    let again = door.send(keyed(&[("idempotency-key", "c1"), ("if-match", &tag)])).await;
    assert_eq!((again.status, again.body), (200, cancelled.body));
    settled(&door, 2).await;
    let events = door.get(&format!("{place}/events")).await.json();
    let kinds: Vec<&str> = events["items"]
        .as_array()
        .expect("events")
        .iter()
        .map(|one| one["event_type"].as_str().expect("a kind"))
        .collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"order.created"), Some(&"order.cancelled")));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_along_its_links() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    for number in 0..5 {
        created(&door.post(ORDERS, &format!("k{number}"), &order()).await);
    }
    let mut path = format!("{ORDERS}?page_size=2&status=confirmed&type=take_away&from=2020-01-01T00%3A00%3A00Z");
    let mut seen = Vec::new();
    loop {
        let page = door.get(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let json = page.json();
        for one in json["items"].as_array().expect("orders") {
            seen.push(one["order_id"].as_str().expect("an id").to_owned());
        }
        let Some(link) = page.header("link").strip_suffix(">; rel=\"next\"") else {
            assert_eq!(json["next_page_token"], Value::Null);
            break;
        };
        path = link.trim_start_matches('<').to_owned();
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let token = door.get(&format!("{ORDERS}?page_size=2")).await.json()["next_page_token"].clone();
    let foreign = door.get(&format!("{ORDERS}?status=ready&page_token={}", token.as_str().expect("a token"))).await;
    assert_eq!((foreign.status, foreign.field().as_str()), (400, "page_token"));
    assert_eq!(door.get(&format!("{ORDERS}?to=2020-01-01T00:00:00Z")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn every_post_of_the_document_asks_for_a_key() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let id = "0193b5c0-6a7b-7c3d-8e4f-112233445566";
    let mut posts = 0;
    for (template, item) in door.document["paths"].as_object().expect("paths") {
        if item.get("post").is_none() {
            continue;
        }
        posts += 1;
        let path: String =
            template.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/");
        let said = door.send(request(Method::POST, &path, &[], Some("{}".into()))).await;
        assert_eq!(
            (said.status, said.code().as_str(), said.field().as_str()),
            (400, "missing_header", "Idempotency-Key"),
            "{path}"
        );
        for key in ["two words", &"k".repeat(256), "ключ"] {
            let said = door.send(request(Method::POST, &path, &[("idempotency-key", key)], Some("{}".into()))).await;
            assert_eq!((said.status, said.field().as_str()), (400, "Idempotency-Key"), "{path} {key}");
        }
    }
    assert!(posts >= 8, "{posts}");
}

#[tokio::test]
async fn what_is_wrong_is_said_with_field_and_rule_and_changes_nothing() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = order();
        change(&mut body);
        body
    };
    let bodies = [
        (changed(&|body| body["items"][0]["quantity"] = json!(0)), "items[0].quantity"),
        (changed(&|body| body["items"][0]["quantity"] = json!(-1)), "items[0].quantity"),
        (changed(&|body| body["items"][0]["quantity"] = json!(1e300)), "items[0].quantity"),
        (changed(&|body| body["items"][0]["unit_price"] = json!("12.500000000000")), "items[0].unit_price"),
        (changed(&|body| body["items"][0]["colour"] = json!("red")), "items[0].colour"),
        (changed(&|body| body["items"] = json!([])), "items"),
        (changed(&|body| body["user_id"] = json!("a\u{0}b")), "user_id"),
        (changed(&|body| body["items"] = vec![body["items"][0].clone(); 1_000].into()), "items"),
        (changed(&|body| body["store_id"] = json!("7")), "store_id"),
    ];
    for (number, (body, field)) in bodies.iter().enumerate() {
        let said = door.post(ORDERS, &format!("k{number}"), body).await;
        assert_eq!(said.field(), *field, "{said:?}");
        assert!([400, 409, 413].contains(&said.status), "{said:?}");
    }
    let wrong_price = door.post(ORDERS, "p", &changed(&|body| body["items"][0]["unit_price"] = json!("9.00"))).await;
    assert_eq!((wrong_price.status, wrong_price.code().as_str()), (409, "price_changed"));
    assert_eq!(wrong_price.json()["violations"][0]["valid"], json!("12.50"));
    let deep = format!(r#"{{"user_id":"u","items":{}{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
    let lone = r#"{"user_id":"\ud800","items":[]}"#;
    let raw = |body: String| request(Method::POST, ORDERS, &[("idempotency-key", "k")], Some(body));
    assert_eq!(door.send(raw(deep)).await.status, 400);
    assert_eq!(door.send(raw(lone.into())).await.field(), "user_id");
    assert_eq!(door.send(raw(String::new())).await.field(), "body");
    let large = door.send(raw(format!("\"{}\"", "x".repeat(1024 * 1024)))).await;
    assert_eq!((large.status, large.code().as_str()), (413, "too_large"));
    assert_eq!(house.count("central.orders").await, 0);
    assert_eq!(house.count("api.idempotency").await, 0);
}

#[tokio::test]
async fn a_call_that_is_none_is_refused_as_a_problem() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let nowhere = door.get("/api/v1/location-1").await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (404, "not_found"));
    let method = door.send(request(Method::PUT, ORDERS, &[], None)).await;
    assert_eq!((method.status, method.code().as_str()), (405, "method_not_allowed"));
    assert!(method.header("allow").contains("GET") && method.header("allow").contains("POST"), "{method:?}");
    let accept = door.send(request(Method::GET, ORDERS, &[("accept", "image/png")], None)).await;
    assert_eq!((accept.status, accept.code().as_str()), (406, "not_acceptable"));
    let mut plain = request(Method::POST, ORDERS, &[("idempotency-key", "k")], Some(order().to_string()));
    plain.headers_mut().insert("content-type", "text/plain".parse().expect("a value"));
    let plain = door.send(plain).await;
    assert_eq!((plain.status, plain.code().as_str()), (415, "unsupported_media_type"));
    for path in ["/api/v1/orders/7", "/api/v1/orders/%00", "/api/v1/orders/%ff%fe", "/api/v1/customers/x"] {
        let said = door.get(path).await;
        assert_eq!(said.status, 400, "{path}: {said:?}");
    }
    let unknown = door.get("/api/v1/orders/0193b5c0-6a7b-7c3d-8e4f-112233445566").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "not_found"));
    for (query, field) in [
        ("colour=red", "colour"),
        ("page_size=0", "page_size"),
        ("page_size=x", "page_size"),
        ("from=now", "from"),
        ("page_token=%00", "page_token"),
    ] {
        let said = door.get(&format!("{ORDERS}?{query}")).await;
        assert_eq!((said.status, said.field().as_str()), (400, field), "{query}");
    }
    let twice = request(Method::GET, ORDERS, &[("authorization", "Bearer a"), ("authorization", "Bearer b")], None);
    let twice = door.send(twice).await;
    assert_eq!((twice.status, twice.header("www-authenticate")), (401, "Bearer"));
}

#[tokio::test]
async fn the_document_is_served_with_a_page_that_needs_no_line_to_the_outside() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let served = door.get("/api/v1/openapi.json").await;
    assert_eq!(
        (served.status, served.header("content-type"), served.json()),
        (200, "application/json", door.document.clone())
    );
    let document = served.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    // Whatever is referred to is there.
    let text = document.to_string();
    for part in text.split("\"$ref\":\"").skip(1) {
        let pointer = part.split('"').next().expect("a reference").trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    let page = door.send(request(Method::GET, "/api/v1/reference", &[("accept", "text/html")], None)).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    for outside in ["<script", "src=", "@import", "url(", "href=\"http", "href=\"//", "<link"] {
        assert!(!page.body.contains(outside), "{outside}");
    }
    let (mut ids, mut linked) = (Vec::new(), Vec::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(page.body.contains(&format!("id=\"{id}\"")), "{method} {path}");
            ids.push(id.to_owned());
            let links = operation["responses"]["201"]["links"].as_object();
            let names = links.into_iter().flatten().filter_map(|(_, link)| link["operationId"].as_str());
            linked.extend(names.map(str::to_owned));
        }
    }
    // From what was made, each call about it can be found, and each of them is there.
    for id in ["getOrder", "updateOrder", "cancelOrder", "getCustomer", "eraseCustomer", "getWebhook"] {
        assert!(linked.iter().any(|known| known == id), "{id} is not in {linked:?}");
    }
    assert!(linked.iter().all(|id| ids.contains(id)), "{linked:?}");
}
