//! The proof that nothing is missing, from till to Kafka, and that it notices what is.

use docket_circle::{Office, Role, Till, until};
use serde_json::Value;

/// Head office with its relay, and all that a till sold: with the store and the day that are to be proven.
fn sold(orders: usize) -> (Office, Till, String, String) {
    let mut office = Office::open_with_kafka();
    office.start(Role::Serve);
    office.start(Role::Relay);
    let mut till = Till::demo();
    till.enrol(&office.address(), &office.code(None));
    till.sell(orders);
    until("everything is at head office", || office.holds_all_of(&till));
    let day = office.count("SELECT max(business_day)::bigint FROM central.log_rows").to_string();
    let store = till.store_id();
    (office, till, store, day)
}

#[test]
fn a_day_is_proven_equal_from_the_till_to_kafka_and_a_missing_row_is_found() {
    let (office, mut till, store, day) = sold(8);
    let json = until("the day is equal everywhere", || {
        office.tool(&["reconcile", "--once"])?;
        office.tool(&["prove", &store, &day, "--json"])
    });
    let statement: Value = serde_json::from_str(&json).expect("the statement is JSON");
    assert!(statement.to_string().contains(&store), "it names the store: {statement}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &json).expect("the statement is written");
    let path = file.path().to_str().expect("a path").to_owned();
    till.end();
    till.tool("prove", &[&day, "--statement", &path]).expect("the till holds the same, and the signature is good");

    // A digit of what was signed: the till finds it out.
    // The body is JSON inside of JSON.
    let changed = json.replacen("captured_minor\\\":", "captured_minor\\\":1", 1);
    assert_ne!(changed, json);
    std::fs::write(file.path(), changed).expect("it is written");
    till.tool("prove", &[&day, "--statement", &path]).expect_err("a changed statement is no proof");

    // A row that goes missing at head office: head office finds it out.
    office.ask(
        "DELETE FROM central.log_rows WHERE (log_id, seq) IN (SELECT log_id, seq FROM central.log_rows \
         WHERE event_type = 'order.cash_paid' LIMIT 1)",
        |_| (),
    );
    let unequal = office.tool(&["prove", &store, &day]).expect_err("a day with a missing row is not equal");
    assert!(unequal.contains("not equal"), "{unequal}");
}

#[test]
fn a_till_that_told_before_the_days_last_rows_is_asked_again() {
    let (office, mut till, store, day) = sold(1);
    let equal = || {
        office.tool(&["reconcile", "--once"])?;
        office.tool(&["prove", &store, &day])
    };
    until("the day is equal everywhere", equal);
    // What stands there if the line broke after the last rows and before the till was asked.
    till.end();
    office.ask("UPDATE central.tallies SET rows = rows - 1, told_at = told_at - interval '1 minute'", |_| ());
    equal().expect_err("the till's word is old");
    till.start();
    until("the till was asked again", equal);
}
