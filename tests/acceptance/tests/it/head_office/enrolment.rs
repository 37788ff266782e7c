//! A till becomes one of head office.

use docket_acceptance::{Office, Shop, fresh};
use docket_contracts::ErrorCode;
use docket_domain::ids::StoreId;
use docket_domain::staff::Role;
use docket_terminal::{EnrolOptions, Enrolled};
use serde_json::json;

use super::{enrolled, enrolling, in_step, own_logs, sell, store_of, tenant_of, till_until};

#[tokio::test(flavor = "multi_thread")]
async fn founding_keeps_the_store_and_begins_a_log_that_names_the_tenant() {
    let (mut shop, office) = (Shop::demo().await, Office::open().await);
    sell(&shop, 1).await;
    let (store, tenant, logs) = (store_of(&shop), tenant_of(&shop), own_logs(&shop).len());
    let outcome = shop.till().enrol(enrolling(&office, office.code(None))).await.expect("enrolled");
    assert_eq!(outcome, Enrolled::Founded);
    assert_eq!((store_of(&shop), tenant_of(&shop)), (store, office.tenant()));
    assert_ne!(tenant_of(&shop), tenant);
    let (log, _) = *own_logs(&shop).last().expect("a log");
    assert_eq!(own_logs(&shop).len(), logs + 1);
    let opened: String = shop.on_disk(|store| {
        let sql = "SELECT payload FROM events WHERE log_id = ?1 AND seq = 1";
        store.query_row(sql, [&log.0[..]], |row| row.get(0)).expect("row 1")
    });
    assert!(opened.contains(r#""reason":"enrolment""#) && opened.contains(&office.tenant().to_string()), "{opened}");
    sell(&shop, 1).await;
    in_step(&shop, &office).await;
    shop.reopen().await;
    assert_eq!(shop.verify().faults, Vec::<String>::new());
    let view = shop.ask("status", json!({})).await;
    assert_eq!(view["enrolled"], false, "nobody attached it");
    assert!(shop.till().attach().await.expect("enrolled"));
    let view = till_until(&shop, "connected", |view| view["connected"] == true).await;
    assert_eq!((&view["state"], &view["url"]), (&json!("enrolled"), &json!(office.url())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_till_of_the_store_goes_on_in_it() {
    let (first, office) = enrolled().await;
    in_step(&first, &office).await;
    let provisional = Shop::demo().await;
    let second = Shop::joined(&[&provisional.exported()]).await;
    provisional.till().enrol(enrolling(&office, office.code(None))).await.expect("enrolled");
    let outcome =
        second.till().enrol(enrolling(&office, office.code(Some(store_of(&second))))).await.expect("enrolled");
    assert_eq!(outcome, Enrolled::Continued);
    in_step(&second, &office).await;
    // What a till of the store wrote before its own enrolment is of the store all the same.
    sell(&provisional, 1).await;
    assert!(second.take_in(&provisional.exported()).await.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_has_sold_nothing_joins_another_store() {
    let (mut shop, office) = (Shop::demo().await, Office::open().await);
    let store = StoreId(fresh());
    let outcome = shop.till().enrol(enrolling(&office, office.code(Some(store)))).await.expect("enrolled");
    assert_eq!((outcome, store_of(&shop)), (Enrolled::Joined, store));
    shop.reopen().await;
    assert_eq!(shop.verify().faults, Vec::<String>::new());
    let view = shop.till().query(None, "shop", json!({})).await.expect("a view");
    assert_eq!(view["name"], json!(null), "the shop comes down: {view}");
    let input = json!({
        "shop_name": "Another", "currency": "EUR", "manager_name": "Mia", "pin": "1111", "time_zone": "Europe/Berlin",
    });
    let refused = shop.send_in(None, "set_up_shop", input).await.expect_err("nobody makes a second shop here");
    assert_eq!(refused.code, ErrorCode::ShopExists, "{}", refused.rule);
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolment_is_refused_by_name() {
    let (shop, mut office) = (Shop::demo().await, Office::open().await);
    let input = |url: &str, code: &str| json!({ "url": url, "code": code, "plain": true });
    let url = office.url();
    shop.refused("enrol", input("office.example", "x"), ErrorCode::BadInput, "url").await;
    shop.refused("enrol", input("http://office.example", "x"), ErrorCode::BadInput, "url").await;
    shop.refused("enrol", input(&url, " "), ErrorCode::BadInput, "code").await;
    shop.refused("enrol", input(&url, "a code that nobody gave"), ErrorCode::EnrolmentRefused, "code").await;
    let cashier = shop.send_as(Role::Cashier, "enrol", input(&url, "x")).await.expect_err("refused");
    assert_eq!(cashier.code, ErrorCode::RoleNotAllowed);
    office.stop().await;
    let error = shop.refused("enrol", input(&url, "x"), ErrorCode::HeadOfficeUnreachable, "url").await;
    assert!(error.retryable);
    office.open_again().await;
    shop.must("enrol", input(&url, &office.code(None))).await;
    shop.refused("enrol", input(&url, "x"), ErrorCode::AlreadyEnrolled, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_head_office_is_vouched_for_by_its_certificates() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let office = Office::with_certificate(certificate.clone(), key).await;
    let shop = Shop::demo().await;
    let options = |ca: Option<String>| EnrolOptions { url: office.url(), code: office.code(None), ca, plain: false };
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate").cert.pem();
    let refused = shop.till().enrol(options(Some(other))).await.expect_err("another certificate vouches for nothing");
    assert_eq!(refused.code, ErrorCode::HeadOfficeUnreachable);
    assert!(refused.rule.contains("certificate"), "{}", refused.rule);
    shop.till().enrol(options(Some(certificate))).await.expect("enrolled");
    sell(&shop, 1).await;
    in_step(&shop, &office).await;
}
