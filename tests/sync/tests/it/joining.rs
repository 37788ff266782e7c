//! A till that has sold joins a store: both of its lives are at head office, and the store's tills agree.

use docket_circle::{Office, Role, Till, until};
use serde_json::json;

#[test]
fn a_till_that_has_sold_joins_a_store_and_its_past_is_archived_beside_it() {
    let mut office = Office::open();
    office.start(Role::Serve);
    let mut first = Till::demo();
    first.enrol(&office.address(), &office.code(None));
    first.sell(3);
    let mut second = Till::demo();
    let past = second.sell(5);
    let former = second.store_id();
    let code = office.code(Some(&first.store_id()));
    let open = second.order(1);
    second.end();
    let words = ["--central", &office.address(), "--plain", "--code", &code];
    let refused = second.tool("enrol", &words).expect_err("an order is open");
    assert!(refused.contains("orders_open"), "{refused}");
    second.start();
    second.must("cancel", &json!({"order_id": open, "reason": "mistake"}));
    second.end();
    // The code is as good as it was.
    second.join(&office.address(), &code);
    let present = second.sell(2);
    assert_eq!(second.store_id(), first.store_id());
    until("everything is at head office", || office.holds_all_of(&second));
    for order in present.iter().chain(&past) {
        assert_eq!(office.told()[order]["status"], "completed", "{order}");
    }
    let store_of = |order: &str| office.told()[order]["store_id"].as_str().map(str::to_owned);
    assert_eq!(store_of(&past[0]), Some(former.clone()), "what was sold before is the former store's");
    assert_eq!(store_of(&present[0]), Some(first.store_id()));
    let archived = "SELECT count(*) FROM central.stores s JOIN central.stores live ON live.tenant = s.tenant \
         AND live.store = s.joined WHERE s.state = 'archived' AND live.state = 'live'";
    assert_eq!(office.count(archived), 1);
    let linked = "SELECT count(*) FROM central.log_rows r JOIN central.logs l USING (tenant, log_id) \
         WHERE r.event_type = 'store.till_joined' AND convert_from(r.payload, 'UTF8')::json ->> 'former_store' = \
         (SELECT store::text FROM central.stores WHERE state = 'archived')";
    assert_eq!(office.count(linked), 1);
    assert_eq!(office.count("SELECT count(*) FROM central.evidence"), 0);
    assert_eq!(office.count("SELECT count(*) FROM central.quarantine"), 0);
    // The first till gets what the second sells now, and nothing of its past.
    until("the store's tills hold the same", || {
        if present.iter().all(|order| first.holds(order)) { Ok(()) } else { Err("orders are on their way".into()) }
    });
    assert!(past.iter().all(|order| !first.holds(order)));
    let past_view = second.query("order", &format!("?order_id={}", past[0])).expect("it is seen as before");
    assert_eq!((&past_view["archived"], &past_view["status"]), (&json!(true), &json!("completed")));
    until("the last words are down", || {
        let sums = [first.verified()?, second.verified()?];
        if sums[0] == sums[1] { Ok(()) } else { Err(format!("{sums:?}")) }
    });
}

#[test]
fn each_life_of_a_joined_till_is_proven_by_itself() {
    let mut office = Office::open_with_kafka();
    office.start(Role::Serve);
    office.start(Role::Relay);
    let mut first = Till::demo();
    first.enrol(&office.address(), &office.code(None));
    let mut second = Till::demo();
    second.sell(3);
    let former = second.store_id();
    second.end();
    second.join(&office.address(), &office.code(Some(&first.store_id())));
    second.sell(2);
    first.sell(1);
    for till in [&first, &second] {
        until("everything is at head office", || office.holds_all_of(till));
    }
    let day = office.count("SELECT max(business_day)::bigint FROM central.log_rows").to_string();
    for store in [first.store_id(), former] {
        let json = until("the day is equal everywhere", || {
            office.tool(&["reconcile", "--once"])?;
            office.tool(&["prove", &store, &day, "--json"])
        });
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &json).expect("the statement is written");
        let path = file.path().to_str().expect("a path").to_owned();
        second.end();
        second.tool("prove", &[&day, "--statement", &path]).expect("the till holds the same of this store");
        second.start();
    }
}
