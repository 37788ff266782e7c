//! The decision and the actions that a screen draws agree, in every status, for every command and role.

use docket_acceptance::{Order, Shop, fresh, merged};
use docket_contracts::view::OrderStatus;
use docket_domain::order::Action;
use docket_domain::staff::Role;
use serde_json::{Value, json};

/// Actions on an order that exists.
fn acts() -> impl Iterator<Item = Action> {
    Action::ALL.iter().copied().filter(|action| *action != Action::Create)
}

/// The first line that the action fits, else any.
fn line(view: &Value, states: &[&str]) -> Value {
    let lines = view["lines"].as_array().expect("lines");
    let fits = |line: &&Value| states.contains(&line["state"].as_str().expect("a state"));
    lines.iter().find(fits).or(lines.first()).map_or(json!(fresh()), |line| line["line_id"].clone())
}

/// An input of the action that fits the order as well as any can.
async fn fitting(shop: &Shop, order: &Order, view: &Value, action: Action) -> Value {
    const LIVE: &[&str] = &["new", "fired", "started", "ready"];
    match action {
        Action::AddLine => order.with(json!({ "line": shop.line("Black tea").await })),
        Action::ChangeLine => {
            let id = line(view, &["new"]);
            let line = merged(shop.line("Black tea").await, json!({ "line_id": id, "note": fresh().to_string() }));
            order.with(json!({ "line": line }))
        }
        Action::SplitLine => {
            order.with(json!({ "line_id": line(view, LIVE), "new_line_id": fresh(), "quantity": "0.001" }))
        }
        Action::VoidLine => order.with(json!({ "line_id": line(view, LIVE), "reason": "dropped" })),
        Action::SetType => {
            let other = if view["order_type"] == "counter" { "take_away" } else { "counter" };
            order.with(json!({ "order_type": other }))
        }
        Action::SetTable => order.with(json!({ "table": fresh().to_string() })),
        Action::SetNote => order.with(json!({ "note": "window" })),
        Action::SetCustomer => order.with(json!({ "name": "Zoë" })),
        Action::SetCovers => order.with(json!({ "covers": if view["covers"] == 4 { 5 } else { 4 } })),
        Action::SetRush => order.with(json!({ "rush": view["rush"] != true })),
        Action::BumpLine => order.with(json!({ "line_id": line(view, &["fired", "started"]) })),
        Action::Cancel => order.with(json!({ "reason": "guest left" })),
        Action::CloseException => order.with(json!({ "exception_id": "0".repeat(32), "resolution": "keep" })),
        Action::PayCash => order.cash(),
        Action::Refund => {
            let payment = view["refundable"][0].get("payment_id").cloned().unwrap_or(json!(fresh()));
            order.with(json!({ "payment_id": payment, "refund_id": fresh(), "reason": "cold" }))
        }
        _ => order.on(),
    }
}

/// Tries an action and holds the outcome against what the screen offered.
async fn try_it(shop: &Shop, order: &Order, action: Action, role: Role) {
    let view = shop.ask_as(role, "order", order.on()).await.expect("everyone sees an order");
    let offered = view["actions"].as_array().expect("actions").contains(&json!(action));
    let status = view["status"].clone();
    let input = fitting(shop, order, &view, action).await;
    let outcome = shop.send_as(role, action.as_str(), input).await;
    let did = outcome.as_ref().is_ok_and(|outcome| outcome.applied);
    assert_eq!(did, offered, "{role}: {action} while {status}: {outcome:?}");
    if let Ok(outcome) = outcome {
        let after = outcome.order.expect("the order");
        let view = shop.view(order).await;
        assert_eq!((&view["status"], &view["version"]), (&json!(after.status), &json!(after.version)), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_in_a_status_does_something_and_nothing_else_does() {
    let shop = Shop::demo().await;
    for status in OrderStatus::ALL {
        for action in acts() {
            let order = shop.at(status).await;
            try_it(&shop, &order, action, Role::Manager).await;
        }
    }
    assert!(shop.verify().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_of_any_people_through_any_commands_meets_only_what_was_offered() {
    let shop = Shop::demo().await;
    let acts: Vec<Action> = acts().collect();
    let mut dice = 0x1234_5678_u64;
    let mut below = |bound: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).expect("31 bits") % bound
    };
    for _ in 0..25 {
        let order = shop.opened(&["Espresso", "Croissant"]).await;
        for _ in 0..25 {
            let role = Role::ALL[below(6).saturating_sub(3)];
            try_it(&shop, &order, acts[below(acts.len())], role).await;
        }
    }
    assert!(shop.verify().faults.is_empty());
}
