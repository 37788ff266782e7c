//! Signing in: wrong PINs slow down and lock one person, and nobody else. The real cost of a PIN is paid here.

use docket_acceptance::{Shop, fresh};
use docket_contracts::ErrorCode::*;
use docket_domain::staff::Role;
use docket_terminal::limits::{PIN_FAILURES_MAX, STATION_CHARS_MAX};
use serde_json::{Value, json};

async fn sign_in(shop: &Shop, name: &str, pin: &str) -> Value {
    json!({ "person_id": shop.person(name).await, "pin": pin, "station": "till" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_a_wrong_pin_and_a_nameless_station_open_no_session() {
    let shop = Shop::demo().await;
    let refused = async |input: Value, code, field: &str| {
        let request = docket_contracts::CommandRequest {
            command_id: docket_domain::ids::CommandId(fresh()),
            expected_version: None,
            input,
        };
        shop.refused_request(None, "sign_in", request, code, field).await
    };
    let good = sign_in(&shop, "Mia Brandt", "1111").await;
    let with = |more: Value| docket_acceptance::merged(good.clone(), more);
    refused(with(json!({ "person_id": fresh() })), UnknownPerson, "person_id").await;
    for station in ["", "  ", "till@home", "a:b", &"x".repeat(STATION_CHARS_MAX + 1)] {
        refused(with(json!({ "station": station })), NameInvalid, "station").await;
    }
    for pin in ["1112", "", "111", "one"] {
        refused(with(json!({ "pin": pin })), WrongPin, "pin").await;
    }
    let session =
        shop.send_in(None, "sign_in", good).await.expect("four failures lock nobody").session.expect("a session");
    assert_eq!((session.person.name.as_str(), session.person.role), ("Mia Brandt", Role::Manager));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_wrong_pins_lock_that_person_over_a_restart_and_nobody_else() {
    let mut shop = Shop::demo().await;
    for failure in 1..PIN_FAILURES_MAX {
        let code =
            shop.send_in(None, "sign_in", sign_in(&shop, "Carlos Vega", "0000").await).await.expect_err("wrong").code;
        assert_eq!(code, WrongPin, "failure {failure}");
    }
    let session = None;
    let request = |input: Value| docket_contracts::CommandRequest {
        command_id: docket_domain::ids::CommandId(fresh()),
        expected_version: None,
        input,
    };
    let wrong = sign_in(&shop, "Carlos Vega", "0000").await;
    let error = shop.refused_request(session, "sign_in", request(wrong), PersonLocked, "pin").await;
    assert!(error.retryable, "the lock ends");
    let until: i64 = error.details[0].parse().expect("the time that the lock ends");
    let right = sign_in(&shop, "Carlos Vega", "2222").await;
    shop.refused_request(session, "sign_in", request(right.clone()), PersonLocked, "pin").await;

    shop.reopen().await;
    shop.refused_request(session, "sign_in", request(right.clone()), PersonLocked, "pin").await;
    let people = shop.till().query(None, "shop", json!({})).await.expect("the shop")["people"].clone();
    let shown: Vec<_> =
        people.as_array().expect("people").iter().map(|entry| entry["locked_until_ms"].as_i64()).collect();
    let [None, Some(shown), None] = shown[..] else { panic!("the sign-in page shows who waits: {shown:?}") };
    assert!((until - shown).abs() <= 1_000, "and until when: {shown}, {until}");
    for (name, pin) in [("Mia Brandt", "1111"), ("Kenji Mori", "3333")] {
        shop.send_in(None, "sign_in", sign_in(&shop, name, pin).await).await.expect("others sign in");
    }

    // Half a minute later.
    shop.on_disk(|store| {
        store
            .execute("UPDATE pin_verifiers SET locked_until_ms = locked_until_ms - 31000 WHERE failures > 0", [])
            .expect("time")
    });
    shop.send_in(None, "sign_in", right).await.expect("the lock has ended");
    let failures: i64 = shop.on_disk(|store| {
        store.query_row("SELECT sum(failures) FROM pin_verifiers", [], |row| row.get(0)).expect("a sum")
    });
    assert_eq!(failures, 0, "the right PIN forgives");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_stored_as_an_argon2id_verifier_of_real_cost_only() {
    let shop = Shop::set_up("EUR", None).await;
    let verifier: String = shop.on_disk(|store| {
        store.query_row("SELECT verifier FROM pin_verifiers", [], |row| row.get(0)).expect("one person")
    });
    assert!(verifier.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{verifier}");
    shop.session(Role::Manager).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_signing_out_and_with_the_program() {
    let mut shop = Shop::demo().await;
    let (till, kitchen) = (shop.session(Role::Cashier).await, shop.session(Role::Kitchen).await);
    assert!(shop.till().has_session(till));
    shop.send_in(Some(till), "sign_out", json!({})).await.expect("signs out");
    assert!(!shop.till().has_session(till));
    let code = shop.till().query(Some(till), "session", json!({})).await.expect_err("no session any more").code;
    assert_eq!(code, SessionRequired);
    let mine = shop.till().query(Some(kitchen), "session", json!({})).await.expect("the other window's goes on");
    assert_eq!((&mine["person"]["name"], &mine["station"]), (&json!("Kenji Mori"), &json!("kitchen")));
    shop.reopen().await;
    let code = shop.till().query(Some(kitchen), "session", json!({})).await.expect_err("a new start").code;
    assert_eq!(code, SessionRequired);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_too_many_are_signed_in_the_oldest_session_ends() {
    let shop = Shop::demo().await;
    let (oldest, second) = (shop.session(Role::Manager).await, shop.session(Role::Cashier).await);
    let input = sign_in(&shop, "Kenji Mori", "3333").await;
    for _ in 0..docket_terminal::limits::SESSIONS_MAX - 1 {
        shop.send_in(None, "sign_in", input.clone()).await.expect("signs in");
    }
    assert!(!shop.till().has_session(oldest) && shop.till().has_session(second));
}

async fn active(shop: &Shop) -> Vec<String> {
    let people = shop.till().query(None, "shop", json!({})).await.expect("the shop")["people"].clone();
    people
        .as_array()
        .expect("people")
        .iter()
        .map(|row| row["person"]["name"].as_str().expect("a name").into())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_adds_people_and_changes_them_and_the_shop_keeps_a_manager() {
    let mut shop = Shop::demo().await;
    let (mia, carlos) = (shop.person("Mia Brandt").await, shop.person("Carlos Vega").await);
    let zoe = json!({ "person_id": fresh(), "name": "Zoë", "role": "cashier", "pin": "4321" });
    let with = |more: Value| docket_acceptance::merged(zoe.clone(), more);
    shop.refused("add_person", with(json!({ "name": " " })), NameInvalid, "name").await;
    shop.refused("add_person", with(json!({ "pin": "12" })), PinInvalid, "pin").await;
    shop.must("add_person", zoe.clone()).await;
    shop.refused("add_person", with(json!({ "name": "Other" })), PersonExists, "person_id").await;
    shop.send_in(None, "sign_in", sign_in(&shop, "Zoë", "4321").await).await.expect("the new PIN is good");

    let change = |person: &Value, more: Value| docket_acceptance::merged(json!({ "person_id": person }), more);
    shop.refused("change_person", change(&json!(fresh()), json!({ "name": "X" })), UnknownPerson, "person_id").await;
    shop.refused("change_person", change(&carlos, json!({ "name": "a\nb" })), NameInvalid, "name").await;
    shop.refused("change_person", change(&carlos, json!({ "pin": "none" })), PinInvalid, "pin").await;
    for last in [json!({ "active": false }), json!({ "role": "cashier" })] {
        shop.refused("change_person", change(&mia, last), LastManager, "role").await;
    }

    let till = shop.session(Role::Cashier).await;
    shop.must("change_person", change(&carlos, json!({ "name": "Carlos", "role": "manager" }))).await;
    let mine = shop.till().query(Some(till), "session", json!({})).await.expect("the window stays open");
    assert_eq!((&mine["person"]["name"], &mine["person"]["role"]), (&json!("Carlos"), &json!("manager")));
    shop.must("change_person", change(&carlos, json!({ "pin": "9876" }))).await;
    let old = shop.send_in(None, "sign_in", sign_in(&shop, "Carlos", "2222").await).await.expect_err("the old PIN");
    assert_eq!(old.code, WrongPin);
    shop.must("change_person", change(&carlos, json!({ "active": false }))).await;
    assert!(!shop.till().has_session(till), "whoever left is signed out");
    assert_eq!(active(&shop).await, ["Mia Brandt", "Kenji Mori", "Zoë"]);
    let staff = shop.ask("staff", json!({})).await;
    assert_eq!(
        staff["people"][1],
        json!({ "person": { "person_id": carlos, "name": "Carlos", "role": "manager" }, "active": false })
    );

    shop.reopen().await;
    shop.must("change_person", change(&carlos, json!({ "active": true }))).await;
    shop.send_in(None, "sign_in", sign_in(&shop, "Carlos", "9876").await).await.expect("the new PIN outlives the run");
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_has_a_name_and_a_lock_of_its_own_over_a_restart() {
    let mut shop = Shop::demo().await;
    let device =
        async |shop: &Shop| shop.till().query(None, "shop", json!({})).await.expect("the shop")["device"].clone();
    assert_eq!(device(&shop).await, json!({ "name": null, "lock_after_minutes": 0 }));
    shop.refused("set_device", json!({ "name": "x".repeat(41) }), NameInvalid, "name").await;
    shop.refused("set_device", json!({ "lock_after_minutes": 241 }), BadInput, "lock_after_minutes").await;
    let rows = shop.ask("status", json!({})).await["head_seq"].clone();
    shop.must("set_device", json!({ "name": " Window " })).await;
    shop.must("set_device", json!({ "lock_after_minutes": 5 })).await;
    assert_eq!(shop.ask("status", json!({})).await["head_seq"], rows, "no log knows of it");
    shop.reopen().await;
    assert_eq!(device(&shop).await, json!({ "name": "Window", "lock_after_minutes": 5 }));
    shop.must("set_device", json!({ "name": "" })).await;
    assert_eq!(device(&shop).await, json!({ "name": null, "lock_after_minutes": 5 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_window_one_session_follows_another() {
    let shop = Shop::demo().await;
    let (manager, kitchen) = (shop.session(Role::Manager).await, shop.session(Role::Kitchen).await);
    let mia = docket_acceptance::merged(sign_in(&shop, "Mia Brandt", "1111").await, json!({ "station": "manager" }));
    let wrong = docket_acceptance::merged(mia.clone(), json!({ "pin": "0000" }));
    shop.send_in(Some(manager), "sign_in", wrong).await.expect_err("a wrong PIN");
    assert!(shop.till().has_session(manager), "and the window is hers still");
    let again = shop.send_in(Some(manager), "sign_in", mia).await.expect("she unlocks it").session.expect("a session");
    assert_eq!(again.session_id, manager, "what she had open goes on");
    let carlos =
        docket_acceptance::merged(sign_in(&shop, "Carlos Vega", "2222").await, json!({ "station": "manager" }));
    let other =
        shop.send_in(Some(manager), "sign_in", carlos).await.expect("he takes over").session.expect("a session");
    assert!(!shop.till().has_session(manager) && shop.till().has_session(other.session_id));
    let elsewhere = sign_in(&shop, "Carlos Vega", "2222").await;
    shop.send_in(Some(kitchen), "sign_in", elsewhere).await.expect("at another station of the window");
    assert!(shop.till().has_session(kitchen));
}
