//! Nothing goes wrong but time: offline for long, enrolled late, told what to cook.

use docket_circle::{Office, Role, Till, until};
use serde_json::{Value, json};

#[test]
fn a_till_that_sold_before_it_was_enrolled_delivers_every_row() {
    let mut office = Office::open();
    office.start(Role::Serve);
    let mut till = Till::demo();
    till.sell(30);
    till.enrol(&office.address(), &office.code(None));
    till.sell(5);
    until("everything is at head office", || office.holds_all_of(&till));
    assert_eq!(office.count("SELECT count(*) FROM central.orders WHERE status = 'completed'"), 35);
    assert_eq!(office.count("SELECT count(*) FROM central.quarantine"), 0);
    assert_eq!(office.count("SELECT count(*) FROM central.evidence"), 0);
}

#[test]
fn a_till_sells_on_without_head_office_and_catches_up() {
    let mut office = Office::open();
    office.start(Role::Serve);
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    until("the first rows are there", || office.holds_all_of(&till));
    office.kill(Role::Serve);
    let sold = till.sell(40);
    assert!(till.waiting() > 0, "what can't be delivered waits");
    // A restart while nobody answers: what waits still waits.
    till.end();
    till.start();
    office.start(Role::Serve);
    until("everything is at head office", || office.holds_all_of(&till));
    let told = office.told();
    for order in &sold {
        assert_eq!(told[order]["status"], "completed", "{order}");
        // Others see the end of a week, not each step of it.
        assert_eq!(told[order]["balance_minor"], 0, "{order}");
    }
}

#[test]
fn an_order_of_head_office_is_cooked_in_the_store_and_its_status_comes_back() {
    let mut office = Office::open();
    office.start(Role::Serve);
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    until("the shop is at head office", || office.holds_all_of(&till));
    let products = till.query("products", "?limit=100").expect("products");
    let plain =
        products["rows"].as_array().expect("rows").iter().find(|row| row["asks"] == false).expect("a plain one");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let order = json!({"order_type": "take_away", "lines": [{"product_id": plain["product_id"], "quantity": "2"}]});
    std::fs::write(file.path(), order.to_string()).expect("the order is written");
    let store = till.store_id();
    let add = || {
        let path = file.path().to_str().expect("a path");
        office.tool(&["order", "add", "--tenant", &office.tenant, "--store", &store, "--file", path])
    };
    let order = until("head office holds the catalogue and takes the order", add);
    let on_the_board = || -> Result<Value, String> {
        let board = till.query("kitchen_board", "").map_err(|refused| format!("{refused:?}"))?;
        let cooking = board["cooking"].as_array().cloned().unwrap_or_default();
        let found = cooking.into_iter().find(|ticket| ticket["order_id"] == order.as_str());
        found.ok_or_else(|| format!("not on the board: {board}"))
    };
    until("it is on the kitchen's screen", on_the_board);
    till.must("ready", &json!({"order_id": order, "lines": []}));
    until("head office knows that it is ready", || {
        let told = office.told();
        let status = told.get(&order).map(|body| body["status"].clone()).unwrap_or_default();
        if status == "ready" { Ok(()) } else { Err(format!("it is {status}")) }
    });
}
