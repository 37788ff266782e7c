//! What every command refuses alike: an input that is not its own, no session, a role that may not, an order that is
//! not there or has moved, a command id that was used.

use docket_acceptance::{fresh, merged};
use docket_contracts::{COMMANDS, CommandRequest, ErrorCode};
use docket_domain::ids::CommandId;
use docket_domain::policy::{POLICY, allows};
use docket_domain::staff::Role;
use serde_json::{Value, json};

use super::Stage;

/// An input of each command that acts on an order, for its draft.
async fn inputs(stage: &Stage) -> Vec<(&'static str, Value)> {
    let draft = &stage.draft;
    let line = stage.shop.line("Espresso").await;
    let replaced = merged(line.clone(), json!({ "line_id": draft.lines[0] }));
    let mut inputs = vec![
        ("create_order", json!({ "order_id": fresh(), "order_type": "counter" })),
        ("add_line", draft.with(json!({ "line": line }))),
        ("change_line", draft.with(json!({ "line": replaced }))),
        ("split_line", merged(draft.line(0), json!({ "new_line_id": fresh(), "quantity": "0.5" }))),
        ("void_line", draft.line(0)),
        ("set_type", draft.with(json!({ "order_type": "take_away" }))),
        ("set_table", draft.with(json!({ "table": "4" }))),
        ("set_note", draft.with(json!({ "note": "window" }))),
        ("set_customer", draft.with(json!({ "name": "Zoë" }))),
        ("set_covers", draft.with(json!({ "covers": 4 }))),
        ("set_rush", draft.with(json!({ "rush": true }))),
        ("bump_line", draft.line(0)),
        ("cancel", draft.with(json!({ "reason": "guest left" }))),
        ("close_exception", draft.with(json!({ "exception_id": "0".repeat(32), "resolution": "keep" }))),
        ("pay_cash", draft.cash()),
        ("refund", draft.with(json!({ "payment_id": fresh(), "refund_id": fresh(), "reason": "cold" }))),
    ];
    for name in [
        "place",
        "confirm",
        "send",
        "start",
        "ready",
        "recall",
        "hand_over",
        "acknowledge_changes",
        "reinstate",
        "complete",
    ] {
        inputs.push((name, draft.on()));
    }
    inputs
}

/// The commands that act on no order and need a session.
fn others() -> Vec<(&'static str, Value)> {
    let mut others = vec![
        ("sign_out", json!({})),
        ("import_menu", json!({ "menu": "{}" })),
        ("check_menu", json!({ "menu": "{}" })),
        ("add_person", json!({ "person_id": fresh(), "name": "Zoë", "role": "cashier", "pin": "4321" })),
        ("change_person", json!({ "person_id": fresh(), "name": "Zoë" })),
        ("change_shop", json!({ "name": "Corner" })),
        ("set_device", json!({ "name": "Window" })),
        ("enrol", json!({ "url": "http://127.0.0.1:9", "code": "x", "plain": true })),
        ("import_part", json!({ "file_id": fresh(), "at": 0, "bytes": "" })),
        ("import_log", json!({ "file_id": fresh() })),
        ("cancel_work", json!({ "work": "verify" })),
    ];
    others.extend(["rebuild", "verify", "export"].map(|name| (name, json!({}))));
    others
}

fn request(input: Value) -> CommandRequest {
    CommandRequest { command_id: CommandId(fresh()), expected_version: None, input }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_takes_a_field_that_is_unknown_missing_or_of_another_type() {
    let stage = Stage::set().await;
    let open = [
        ("sign_in", json!({ "person_id": fresh(), "pin": "1111", "station": "till" })),
        ("set_up_shop", set_up()),
        ("first_pin", json!({})),
    ];
    let all: Vec<_> = inputs(&stage).await.into_iter().chain(others()).chain(open).collect();
    assert_eq!(all.len(), COMMANDS.len(), "every command of the list is here");
    for (name, input) in all {
        let unknown = merged(input.clone(), json!({ "price": "0.01" }));
        let error = stage.shop.refused(name, unknown, ErrorCode::BadInput, "price").await;
        assert!(error.rule.contains("`price`"), "{}", error.rule);
        stage.shop.refused(name, json!(7), ErrorCode::BadInput, "input").await;
        let Some(field) = input.as_object().and_then(|fields| fields.keys().next().cloned()) else { continue };
        let place = field.clone();
        let other = if name == "set_covers" { json!("seven") } else { json!(7) };
        stage.shop.refused(name, merged(input, json!({ field: other })), ErrorCode::BadInput, &place).await;
    }
    let split = merged(stage.draft.line(0), json!({ "new_line_id": fresh(), "quantity": "0.0001" }));
    let error = stage.shop.refused("split_line", split, ErrorCode::TooManyDecimals, "quantity").await;
    assert!(error.rule.contains("decimal"), "{}", error.rule);
}

fn set_up() -> Value {
    json!({ "shop_name": "x", "currency": "EUR", "manager_name": "y", "pin": "1111" })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_acts_without_a_session() {
    let stage = Stage::set().await;
    let stranger = docket_domain::ids::SessionId(fresh());
    for (name, input) in inputs(&stage).await.into_iter().chain(others()) {
        for session in [None, Some(stranger)] {
            stage
                .shop
                .refused_request(session, name, request(input.clone()), ErrorCode::SessionRequired, "session")
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_the_policy_says_and_nothing_else() {
    let stage = Stage::set().await;
    let operation = |name: &str| POLICY.iter().map(|(operation, _)| *operation).find(|known| known.as_str() == name);
    let mut refused = 0;
    for (name, input) in inputs(&stage).await.into_iter().chain(others()) {
        // Whoever is signed in may sign out.
        let Some(operation) = operation(name) else { continue };
        for role in Role::ALL {
            let session = stage.shop.session(role).await;
            if !allows(role, operation) {
                stage
                    .shop
                    .refused_request(Some(session), name, request(input.clone()), ErrorCode::RoleNotAllowed, "")
                    .await;
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 47, "the kitchen neither sells nor takes money, and fifteen acts are a manager's");
    for (name, input) in inputs(&stage).await {
        for role in Role::ALL.into_iter().filter(|role| allows(*role, operation(name).expect("a row"))) {
            // Onto an order that is not there, so that the same input can be asked by all.
            let elsewhere = merged(input.clone(), json!({ "order_id": fresh() }));
            let code = stage.shop.send_as(role, name, elsewhere).await.err().map(|error| error.code);
            assert_ne!(code, Some(ErrorCode::RoleNotAllowed), "{role} may {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_acts_on_an_order_that_is_not_there() {
    let stage = Stage::set().await;
    for (name, input) in inputs(&stage).await.into_iter().filter(|(name, _)| *name != "create_order") {
        let elsewhere = merged(input, json!({ "order_id": fresh() }));
        stage.shop.refused(name, elsewhere, ErrorCode::OrderNotFound, "order_id").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_names_an_older_version_is_refused_and_told_the_one_now() {
    let stage = Stage::set().await;
    let seen = stage.shop.view(&stage.draft).await["version"].as_str().expect("a version").to_owned();
    stage.shop.must("set_table", stage.draft.with(json!({ "table": "7" }))).await;
    let now = stage.shop.view(&stage.draft).await["version"].as_str().expect("a version").to_owned();
    assert_ne!(seen, now);
    let session = Some(stage.shop.session(Role::Manager).await);
    for (name, input) in inputs(&stage).await.into_iter().filter(|(name, _)| *name != "create_order") {
        for version in [seen.clone(), "no version".into(), String::new()] {
            let request = CommandRequest { expected_version: Some(version), ..request(input.clone()) };
            let error =
                stage.shop.refused_request(session, name, request, ErrorCode::StaleVersion, "expected_version").await;
            assert_eq!(error.details, [now.as_str()]);
        }
    }
    let request = CommandRequest { expected_version: Some(now), ..request(stage.draft.on()) };
    assert!(stage.shop.request("place", request).await.expect("the version is the one now").applied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_id_stands_for_one_content() {
    let stage = Stage::set().await;
    let used = CommandId(fresh());
    let first = CommandRequest {
        command_id: used,
        expected_version: None,
        input: json!({ "order_id": fresh(), "order_type": "counter" }),
    };
    let outcome = stage.shop.request("create_order", first.clone()).await.expect("an order");
    let session = Some(stage.shop.session(Role::Manager).await);
    for (name, input) in inputs(&stage).await {
        let request = CommandRequest { command_id: used, ..request(input) };
        stage.shop.refused_request(session, name, request, ErrorCode::CommandIdReused, "command_id").await;
    }
    let menu = json!({ "menu": include_str!("../../../../../crates/terminal/samples/corner-cafe.json") });
    let publish = CommandRequest { command_id: used, ..request(menu) };
    stage.shop.refused_request(session, "import_menu", publish, ErrorCode::CommandIdReused, "command_id").await;
    let moved = CommandRequest { expected_version: Some("another".into()), ..first.clone() };
    stage.shop.refused_request(session, "create_order", moved, ErrorCode::CommandIdReused, "command_id").await;

    let before = stage.shop.print();
    let again = stage.shop.request("create_order", first).await.expect("the same content is a retry");
    assert_eq!((again, stage.shop.print()), (outcome, before), "the first outcome, and nothing written");
}
