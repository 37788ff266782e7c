//! An order that comes over the API: to the kitchen of a real till, and its status back.

use docket_circle::{Office, Role, Till, until};
use serde_json::{Value, json};

/// The tenant that `serve --dev` makes.
const DEMO_TENANT: &str = "d0c4e700-0000-8000-8000-000000000001";

/// Head office with a shop that was set up at a till, and a plain product of its menu.
fn shop() -> (Office, Till, Value) {
    let mut office = Office::open();
    office.start(Role::Dev);
    office.tenant = DEMO_TENANT.to_owned();
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    until("the shop is at head office", || office.holds_all_of(&till));
    let products = till.query("products", "?limit=100").expect("products");
    let rows = products["rows"].as_array().expect("rows");
    let plain = rows.iter().find(|row| row["asks"] == false).expect("a plain one").clone();
    // Documents come behind the rows that name them.
    let dear = json!({
        "user_id": "user-1",
        "store_id": till.store_id(),
        "items": [{"product_id": plain["product_id"], "quantity": 1, "unit_price": "999999.00"}],
    });
    until("head office has the menu", || match office.api("POST", "orders", Some(&dear), "dear") {
        Err(refused) if refused.contains("price_changed") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    (office, till, plain)
}

/// A ticket of the kitchen's board.
fn ticket(till: &Till, id: &str) -> Result<Value, String> {
    let board = till.query("kitchen_board", "").map_err(|refused| format!("{refused:?}"))?;
    let cooking = board["cooking"].as_array().cloned().unwrap_or_default();
    let found = cooking.into_iter().find(|ticket| ticket["order_id"] == id);
    found.ok_or_else(|| format!("not on the board: {board}"))
}

#[test]
fn a_till_shows_whom_an_order_of_the_api_is_for_until_the_guest_is_erased() {
    let (office, mut till, plain) = shop();
    let person =
        json!({"user_id": "user-7", "name": "Ada Lovelace", "email": "ada@example.com", "phone": "+442079460000"});
    let person = office.api("POST", "customers", Some(&person), "person").expect("she is registered");
    let order = json!({
        "user_id": "user-7",
        "store_id": till.store_id(),
        "items": [{"product_id": plain["product_id"], "quantity": 1}],
        "note": "no peanuts, please",
        "shipping_address": "1 Main Street\nFlat 4",
    });
    let place = |key: &str| office.api("POST", "orders", Some(&order), key);
    let placed = place("guest").expect("head office takes the order");
    let id = placed["order_id"].as_str().expect("an id").to_owned();
    let rung = until("it is on the kitchen's screen", || ticket(&till, &id));
    assert_eq!(rung["note"], "no peanuts, please", "{rung}");
    let guest = |till: &Till| till.query("order", &format!("?order_id={id}")).expect("the order")["customer"].clone();
    let seen = guest(&till);
    assert_eq!(
        (seen["name"].as_str(), seen["phone"].as_str()),
        (Some("Ada Lovelace"), Some("+442079460000")),
        "{seen}"
    );
    assert_eq!(seen["address"]["lines"], json!(["1 Main Street", "Flat 4"]));
    let moved = json!({"shipping_address": "2 Side Road", "expected_version": placed["version"]});
    let changed = office.api("PATCH", &format!("orders/{id}"), Some(&moved), "moved").expect("it goes elsewhere");
    assert_eq!(changed["shipping_address"], "2 Side Road");
    until("the till shows where it goes now", || {
        let seen = guest(&till);
        if seen["address"]["lines"] == json!(["2 Side Road"]) && seen["name"] == "Ada Lovelace" {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    });
    // The key is gone at a till that was away too.
    till.end();
    let customer = person["customer_id"].as_str().expect("an id");
    office.api("DELETE", &format!("customers/{customer}"), None, "").expect("she is erased");
    till.start();
    until("the till has forgotten her", || {
        let seen = guest(&till);
        if seen["erased"] == true && seen["name"].is_null() { Ok(()) } else { Err(seen.to_string()) }
    });
    let rung = ticket(&till, &id).expect("it is cooked all the same");
    assert!(rung["note"].is_null(), "{rung}");
    till.verified().expect("no row has changed");
}

#[test]
fn an_order_of_the_api_rings_in_the_store_and_its_status_flows_back() {
    let (office, mut till, plain) = shop();
    let order = json!({
        "user_id": "user-123",
        "store_id": till.store_id(),
        "order_type": "take_away",
        "items": [{"product_id": plain["product_id"], "product_name": plain["name"], "quantity": 2}],
        "shipping_address": "1 Main Street",
    });
    // No till is there: it is accepted, and it is said that it waits.
    till.end();
    let placed = office.api("POST", "orders", Some(&order), "circle").expect("head office takes the order");
    assert_eq!(
        (placed["status"].as_str(), placed["delivery"].as_str()),
        (Some("confirmed"), Some("waiting_for_store"))
    );
    let id = placed["order_id"].as_str().expect("an id").to_owned();
    let see = || office.api("GET", &format!("orders/{id}"), None, "");
    assert_eq!(see().expect("it is there"), placed);
    till.start();
    until("it is on the kitchen's screen", || ticket(&till, &id));
    until("head office knows that the store has it", || {
        let now = see()?;
        if now["delivery"] == "at_store" { Ok(()) } else { Err(format!("it is {}", now["delivery"])) }
    });
    till.must("ready", &json!({"order_id": id, "lines": []}));
    until("its status is back", || {
        let now = see()?;
        if now["status"] == "ready" { Ok(()) } else { Err(format!("it is {}", now["status"])) }
    });
    until("the change feed tells it", || {
        let page = office.api("GET", &format!("orders/{id}/events"), None, "")?;
        let told = page["items"].as_array().cloned().unwrap_or_default();
        let kinds: Vec<&str> = told.iter().filter_map(|event| event["event_type"].as_str()).collect();
        if kinds == ["order.created", "order.status-changed"] { Ok(()) } else { Err(format!("{page}")) }
    });
    let again = office.api("POST", "orders", Some(&order), "circle").expect("a repeat");
    assert_eq!(again, placed, "the first answer, whatever has become of it since");
}

#[test]
fn the_demo_order_rings_on_a_till_that_joined_the_demo_store() {
    let mut office = Office::open();
    office.start(Role::Dev);
    // As the start says it.
    let said = office.said(Role::Dev);
    let invitation = said.lines().find(|line| line.contains("docket-till enrol")).expect("it says how a till joins");
    let word = |option: &str| {
        let mut words = invitation.split_whitespace().skip_while(|word| *word != option);
        words.nth(1).unwrap_or_else(|| panic!("{option}: {invitation}")).to_owned()
    };
    assert_eq!(word("--central"), office.address());
    let mut till = Till::unused();
    till.join(&office.address(), &word("--code"));
    assert_eq!(till.store_id(), "d0c4e700-0000-8000-8000-000000000002", "the demo store, and none of its own");
    let order = json!({"user_id": "user-123", "items": [{"product_id": "prod-001", "quantity": 2}]});
    let placed =
        office.api("POST", "orders", Some(&order), "demo").expect("the store of the demo is the one that is meant");
    let id = placed["order_id"].as_str().expect("an id").to_owned();
    let ticket = until("it is on the kitchen's screen", || -> Result<Value, String> {
        let board = till.query("kitchen_board", "").map_err(|refused| format!("{refused:?}"))?;
        let cooking = board["cooking"].as_array().cloned().unwrap_or_default();
        let found = cooking.into_iter().find(|ticket| ticket["order_id"] == id.as_str());
        found.ok_or_else(|| format!("not on the board: {board}"))
    });
    assert!(ticket.to_string().contains("Margherita"), "{ticket}");
    till.must("ready", &json!({"order_id": id, "lines": []}));
    until("its status is back", || {
        let now = office.api("GET", &format!("orders/{id}"), None, "")?;
        let is = (now["status"].as_str(), now["delivery"].as_str());
        if is == (Some("ready"), Some("at_store")) { Ok(()) } else { Err(format!("{is:?}")) }
    });
    // It is a till like any other: it sells the demo's menu, and head office has it.
    till.sell(1);
    until("what it sold is at head office", || office.holds_all_of(&till));
    // A second start finds the shop there, and invites once more.
    office.kill(Role::Dev);
    office.start(Role::Dev);
    let codes = office.said(Role::Dev).matches("--code").count();
    assert_eq!(codes, 2);
    let set_up = "SELECT count(*) FROM central.log_rows WHERE event_type = 'store.set_up' AND stream_id = \
         (SELECT store FROM central.stores WHERE name = 'Demo')";
    assert_eq!(office.count(set_up), 1);
}
