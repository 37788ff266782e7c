//! A till that has sold joins a store of head office: what it sold stays with it, and goes up as an archive.

use docket_acceptance::{Office, Order, Shop};
use docket_contracts::ErrorCode;
use docket_sync::v1::Tally;
use docket_terminal::Enrolled;
use docket_terminal::statement;
use serde_json::{Value, json};

use super::{enrolling, in_step, own_logs, sell, store_of, tenant_of};

/// A store of head office, with its first till.
async fn founded() -> (Shop, Office) {
    let (first, office) = (Shop::demo().await, Office::open().await);
    first.till().enrol(enrolling(&office, office.code(None))).await.expect("enrolled");
    sell(&first, 2).await;
    in_step(&first, &office).await;
    office.carry(&["A"]);
    (first, office)
}

/// A till with a shop of its own.
async fn alone() -> Shop {
    Shop::set_up("EUR", Some("corner-cafe")).await
}

/// Brings the joined store's shop down, and signs in there.
async fn settled(till: &mut Shop, first: &Shop) {
    assert!(till.take_in(&first.exported()).await.is_whole());
    till.reopen().await;
    till.sign_in_as_demo().await;
    till.till().attach().await.expect("enrolled");
}

/// An order that was sold and handed over, with its only payment.
async fn sold(shop: &Shop) -> (Order, Value) {
    let order = shop.opened(&["Espresso", "Croissant"]).await;
    let cash = order.cash();
    let payment = cash["payment_id"].clone();
    shop.must("pay_cash", cash).await;
    shop.must("complete", order.on()).await;
    (order, payment)
}

fn facts(shop: &Shop, event_type: &str) -> Vec<(Vec<u8>, Value)> {
    shop.on_disk(|store| {
        let mut rows = store.prepare("SELECT log_id, payload FROM events WHERE event_type = ?1").expect("a statement");
        let rows = rows.query_map([event_type], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).expect("rows");
        let read = |(log, payload): (Vec<u8>, String)| (log, serde_json::from_str(&payload).expect("JSON"));
        rows.map(|row| read(row.expect("a row"))).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_with_open_orders_joins_no_other_store() {
    let (first, office) = founded().await;
    let till = alone().await;
    let order = till.opened(&["Espresso"]).await;
    till.must("pay_cash", order.cash()).await;
    let (store, tenant) = (store_of(&till), tenant_of(&till));
    let code = office.code(Some(store_of(&first)));
    let input = json!({ "url": office.url(), "code": code, "plain": true });
    let refused = till.refused("enrol", input.clone(), ErrorCode::OrdersOpen, "code").await;
    let label = till.ask("order", order.on()).await["label"].as_str().expect("a label").to_owned();
    assert_eq!(
        refused.params.and_then(|params| params.name),
        Some(format!("1: {label}")),
        "it says how many, and which"
    );
    assert_eq!((store_of(&till), tenant_of(&till)), (store, tenant));
    assert_eq!(till.ask("status", json!({})).await["enrolled"], false);
    // The code is as good as before.
    till.must("complete", order.on()).await;
    till.must("enrol", input).await;
    assert_eq!(store_of(&till), store_of(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sold_before_joining_goes_up_as_an_archive_that_a_fact_links() {
    let (first, office) = founded().await;
    let mut till = alone().await;
    sold(&till).await;
    let (former, made_up, logs) = (store_of(&till), tenant_of(&till), own_logs(&till));
    let joined = till.till().enrol(enrolling(&office, office.code(Some(store_of(&first))))).await.expect("enrolled");
    assert_eq!(joined, Enrolled::Joined);
    assert_eq!((store_of(&till), tenant_of(&till)), (store_of(&first), office.tenant()));
    let linked = facts(&till, "store.till_joined");
    let (log, fact) = linked.first().expect("a fact links the two");
    let (last, seq) = logs.last().expect("a log");
    let told = json!({
        "former_store": former, "former_tenant": made_up, "last_log": last.to_string(), "last_seq": seq,
    });
    assert_eq!((linked.len(), fact), (1, &told));
    assert_eq!(log[..], own_logs(&till).last().expect("a log").0.0[..], "it stands in the new log");
    settled(&mut till, &first).await;
    in_step(&till, &office).await;
    for (log, last) in &logs {
        assert!(office.last(*log) >= *last, "log {log} of the former store is at head office");
    }
    // A letter and a series that neither store knew.
    let status = till.ask("status", json!({})).await;
    assert_ne!(status["letter"], "A");
    let (order, _) = sold(&till).await;
    let receipt = till.ask("receipt", order.on()).await;
    let letter = status["letter"].as_str().expect("a letter");
    assert!(receipt["number"].as_str().expect("a number").starts_with(&format!("{letter}-")), "{receipt}");
    assert!(receipt["number"].as_str().expect("a number").ends_with("-000001"), "{receipt}");
    // The two tills of the store agree, though one of them holds an archive beside it.
    assert!(first.take_in(&store_part(&till)).await.is_whole());
    assert!(till.take_in(&first.exported()).await.is_whole());
    assert_eq!(first.summary(), till.summary());
}

/// The lines of an export that are of the store that the till is in.
fn store_part(till: &Shop) -> String {
    let store = store_of(till).to_string();
    let text = till.exported();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let opened = rows.filter(|row| row["event_type"] == "log.opened" && row["payload"].to_string().contains(&store));
    let logs: Vec<String> = opened.map(|row| row["log"].as_str().expect("a log").to_owned()).collect();
    let ours = text.lines().filter(|line| logs.iter().any(|log| line.contains(log.as_str())));
    ours.map(|line| format!("{line}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sold_before_joining_is_seen_and_printed_and_nothing_changes_it() {
    let (first, office) = founded().await;
    let mut till = alone().await;
    let (order, payment) = sold(&till).await;
    let before = till.ask("receipt", order.on()).await;
    assert_eq!((&before["shop"], &before["cashier"]), (&json!("Test"), &json!("Mia")));
    till.till().enrol(enrolling(&office, office.code(Some(store_of(&first))))).await.expect("enrolled");
    assert!(till.take_in(&first.exported()).await.is_whole());
    till.sign_in_as_demo().await;
    assert_eq!(till.ask("receipt", order.on()).await, before, "a receipt is printed as it was");
    let view = till.ask("order", order.on()).await;
    assert_eq!((&view["archived"], &view["actions"], &view["refundable"]), (&json!(true), &json!([]), &json!([])));
    assert_eq!(view["opened_by"], "Mia");
    let listed = till.ask("orders", json!({})).await;
    let listed = listed["rows"].as_array().expect("rows").iter().any(|row| row["order_id"] == json!(order.id));
    assert!(listed, "it is found in the list");
    assert!(!till.ask("history", order.on()).await.as_array().expect("facts").is_empty());
    let back = json!({
        "order_id": order.id, "payment_id": payment, "refund_id": docket_acceptance::fresh(), "amount": "1.00",
        "reason": "cold",
    });
    till.refused("refund", back, ErrorCode::OrderArchived, "order_id").await;
    assert_eq!(till.verify().faults, Vec::<String>::new());
    let (digest, exported) = (till.summary(), till.exported());
    let rebuilt = docket_terminal::rebuild::run(till.till(), |_, _| {}).await.expect("rebuilt");
    assert_eq!(rebuilt.before, rebuilt.after);
    assert_eq!(till.summary(), digest);
    assert!(exported.contains(&order.id.to_string()), "an export holds both stores");
    till.reopen().await;
    till.sign_in_as_demo().await;
    assert_eq!(till.ask("receipt", order.on()).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_that_was_cut_off_is_finished_by_the_next_start_and_done_once() {
    let (first, office) = founded().await;
    let mut till = alone().await;
    let (order, _) = sold(&till).await;
    let former = store_of(&till);
    till.close().await;
    let copy = tempfile::tempdir().expect("a folder");
    copy_all(till.home(), copy.path());
    till.open().await.expect("the store opens");
    till.till().enrol(enrolling(&office, office.code(Some(store_of(&first))))).await.expect("enrolled");
    till.close().await;
    // The machine stopped when head office's answer was kept, and nothing after it.
    let file = till.options().data.join("head-office.json");
    let answer = std::fs::read(&file).expect("the answer was kept");
    let home = till.home().to_owned();
    std::fs::remove_dir_all(&home).expect("the folder goes");
    copy_all(copy.path(), &home);
    std::fs::write(&file, answer).expect("the answer is there");
    till.open().await.expect("the store opens");
    assert_eq!(store_of(&till), former);
    assert!(till.till().attach().await.expect("attached"));
    assert_eq!(store_of(&till), store_of(&first));
    assert_eq!(facts(&till, "store.till_joined").len(), 1);
    till.till().attach().await.expect("attached");
    till.reopen().await;
    till.till().attach().await.expect("attached");
    assert_eq!(facts(&till, "store.till_joined").len(), 1, "it is done once");
    let again = till.till().enrol(enrolling(&office, office.code(None))).await.expect_err("enrolled already");
    assert_eq!(again.code, ErrorCode::AlreadyEnrolled);
    settled(&mut till, &first).await;
    in_step(&till, &office).await;
    assert_eq!(till.ask("order", order.on()).await["archived"], true);
    assert_eq!(till.verify().faults, Vec::<String>::new());
}

fn copy_all(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy_all(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), &target).expect("a copy")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joined_tills_file_is_salvaged_with_both_stores_in_it() {
    let (first, office) = founded().await;
    let mut till = alone().await;
    let (order, _) = sold(&till).await;
    till.till().enrol(enrolling(&office, office.code(Some(store_of(&first))))).await.expect("enrolled");
    settled(&mut till, &first).await;
    sold(&till).await;
    in_step(&till, &office).await;
    let before = till.summary();
    till.close().await;
    let data = till.options().data.clone();
    // The file's header and what would help are gone: the logs alone say which store is which.
    std::fs::remove_file(data.join("store.spare")).expect("the spare goes");
    let path = data.join(docket_terminal::data::DATABASE);
    let mut bytes = std::fs::read(&path).expect("the file");
    bytes[..4096].fill(0);
    std::fs::write(&path, bytes).expect("the file");
    till.open().await.expect("the store is salvaged");
    docket_terminal::rebuild::run(till.till(), |_, _| {}).await.expect("rebuilt");
    assert_eq!(till.summary(), before);
    assert_eq!(till.verify().faults, Vec::<String>::new());
    till.sign_in_as_demo().await;
    let view = till.ask("order", order.on()).await;
    assert_eq!((&view["archived"], &view["actions"]), (&json!(true), &json!([])));
    let shop = till.till().query(None, "shop", json!({})).await.expect("the shop");
    assert_eq!(shop["name"], first.till().query(None, "shop", json!({})).await.expect("the shop")["name"]);
}

/// The business day that an order belongs to, as yyyymmdd.
async fn day_of(shop: &Shop, order: &Order) -> i32 {
    let day = shop.ask("order", order.on()).await["business_day"].as_i64().expect("a day");
    i32::try_from(day).expect("a day")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_told_store_by_store() {
    let (first, office) = founded().await;
    let mut till = alone().await;
    let (earlier, _) = sold(&till).await;
    let former = store_of(&till);
    // The stores may be in two zones, so each has a day of its own.
    let former_day = day_of(&till, &earlier).await;
    till.till().enrol(enrolling(&office, office.code(Some(store_of(&first))))).await.expect("enrolled");
    settled(&mut till, &first).await;
    let (order, _) = sold(&till).await;
    in_step(&till, &office).await;
    let day = day_of(&till, &order).await;
    let of = |day, store| docket_terminal::tally::tally(&till.options().data, day, store).expect("a tally");
    let (now, before) = (of(day, None), of(former_day, Some(former)));
    assert_eq!(now, of(day, Some(store_of(&till))));
    assert_eq!(now.captured_minor, before.captured_minor, "the same was sold in each");
    assert!(now.captured_minor > 0);
    let apart = now.logs.iter().all(|log| before.logs.iter().all(|other| other.log != log.log));
    assert!(apart && !now.logs.is_empty() && !before.logs.is_empty());
    assert!(statement::store_of("{}").is_err());
    office.ask_tally(day);
    let logs: Vec<_> = now.logs.iter().map(|log| log.log.0.to_vec()).collect();
    let told = |tally: &Tally| tally.logs.iter().map(|log| log.log_id.to_vec()).collect::<Vec<_>>() == logs;
    office.until("the till tells of this store alone", |held| held.tallies.iter().any(told)).await;
    let money = office.look(|held| held.tallies.iter().find(|tally| told(tally)).map(|tally| tally.captured_minor));
    assert_eq!(money, Some(now.captured_minor));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_joined_shows_a_managers_first_pin_once() {
    let (first, office) = founded().await;
    let till = Shop::none().await;
    let none = till.send_in(None, "first_pin", json!({})).await.expect_err("there is no shop");
    assert_eq!(none.code, ErrorCode::ShopNotSetUp, "{}", none.rule);
    // Before the first start there is nobody to sign in, so the code is enough.
    let input = json!({ "url": office.url(), "code": office.code(Some(store_of(&first))), "plain": true });
    till.send_in(None, "enrol", input).await.expect("enrolled");
    let shop = till.till().query(None, "shop", json!({})).await.expect("a view");
    assert_eq!((&shop["set_up"], &shop["comes_down"]), (&json!(false), &json!(true)));
    assert!(till.take_in(&first.exported()).await.is_whole());
    let shop = till.till().query(None, "shop", json!({})).await.expect("a view");
    assert_eq!((&shop["comes_down"], &shop["first_pin_due"]), (&json!(false), &json!(true)));
    let shown = till.send_in(None, "first_pin", json!({})).await.expect("a PIN").first_pin.expect("it is shown");
    let input = json!({ "person_id": till.person(&shown.name).await, "pin": shown.pin, "station": "till" });
    assert!(till.send_in(None, "sign_in", input).await.expect("the PIN is right").session.is_some());
    let again = till.send_in(None, "first_pin", json!({})).await.expect("nothing happens");
    assert_eq!((again.applied, again.first_pin), (false, None), "it is shown once");
    let shop = till.till().query(None, "shop", json!({})).await.expect("a view");
    assert_eq!(shop["first_pin_due"], false);
    // A till that was founded has its manager's own PIN, and shows none.
    let founded = first.send_in(None, "first_pin", json!({})).await.expect("nothing happens");
    assert_eq!(founded.first_pin, None);
}
