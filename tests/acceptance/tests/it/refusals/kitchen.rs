//! From the counter to the kitchen and back: place, fire, cook, hand over, cancel.

use docket_acceptance::{Order, fresh, merged};
use docket_contracts::ErrorCode::{self, *};
use docket_domain::order::limits::MAX_REASON_CHARS;
use docket_domain::staff::Role;
use serde_json::{Value, json};

use super::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_lines_goes_nowhere() {
    let stage = Stage::set().await;
    for command in ["place", "send"] {
        stage.refuses(command, [(OrderEmpty, "lines", stage.empty.on())]).await;
    }
    for command in ["confirm", "send", "complete"] {
        stage.refuses(command, [(OrderEmpty, "lines", stage.emptied.on())]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_forbids_what_its_row_of_the_table_does_not_name() {
    let stage = Stage::set().await;
    let (draft, done, off) = (stage.draft.on(), stage.completed.on(), stage.cancelled.on());
    let rows: [(&str, &[&Value]); 9] = [
        ("place", &[&off]),
        ("confirm", &[&draft, &done, &off]),
        ("send", &[&done, &off]),
        ("start", &[&draft, &done, &off]),
        ("ready", &[&draft, &done, &off]),
        ("recall", &[&draft, &done, &off]),
        ("hand_over", &[&draft, &off]),
        ("complete", &[&draft, &off]),
        ("pay_cash", &[&done, &off]),
    ];
    for (command, orders) in rows {
        for &input in orders {
            let more = if command == "pay_cash" { json!({ "payment_id": fresh() }) } else { json!({}) };
            let error = stage.shop.refused(command, merged(input.clone(), more), StatusForbids, "status").await;
            assert!(error.rule.starts_with(command) && error.rule.contains("while the order is"), "{}", error.rule);
        }
    }
    for order in [&stage.draft, &stage.completed, &stage.cancelled] {
        stage.refuses("bump_line", [(StatusForbids, "status", order.line(0))]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kitchen_acts_on_lines_that_it_has() {
    let stage = Stage::set().await;
    let mixed = &stage.mixed;
    let nobody = mixed.with(json!({ "lines": [fresh()] }));
    let (handed_over, fired, voided, new) = (mixed.some(&[0]), mixed.some(&[2]), mixed.some(&[3]), mixed.some(&[1, 4]));
    for command in ["start", "ready", "recall", "hand_over"] {
        let cases: [(ErrorCode, &str, Value); 3] = [
            (LineNotFound, "line_id", nobody.clone()),
            (LineVoided, "line_id", voided.clone()),
            (LineNotFired, "line_id", new.clone()),
        ];
        stage.refuses(command, cases).await;
    }
    stage.refuses("recall", [(LineNotReady, "line_id", fired.clone()), (LineHandedOver, "line_id", handed_over)]).await;
    stage.refuses("hand_over", [(LineNotReady, "line_id", fired)]).await;
    let bumps = [(LineVoided, "line_id", mixed.line(3)), (LineNotFired, "line_id", mixed.line(4))];
    stage.refuses("bump_line", bumps).await;
    stage.refuses("bump_line", [(LineNotFound, "line_id", mixed.with(json!({ "line_id": fresh() })))]).await;
    for command in ["recall", "hand_over"] {
        stage.refuses(command, [(NothingToDo, "lines", stage.preparing.on())]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_change_that_waits_is_acknowledged() {
    let stage = Stage::set().await;
    let unknown = stage.mixed.with(json!({ "facts": [fresh()] }));
    let cases = [(NothingToDo, "lines", stage.confirmed.on()), (ChangeNotFound, "facts", unknown)];
    stage.refuses("acknowledge_changes", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_needs_a_reason_and_comes_before_money_and_food() {
    let stage = Stage::set().await;
    let cancel = |order: &Order, reason: &str| order.with(json!({ "reason": reason }));
    let long = "x".repeat(MAX_REASON_CHARS + 1);
    stage
        .refuses(
            "cancel",
            [
                (ReasonRequired, "reason", cancel(&stage.draft, " ")),
                (TextTooLong, "reason", cancel(&stage.confirmed, &long)),
                (OrderCompleted, "status", cancel(&stage.completed, "guest left")),
                (PaymentCaptured, "order", cancel(&stage.paid, "guest left")),
                (PartHandedOver, "order", cancel(&stage.mixed, "guest left")),
            ],
        )
        .await;
    let cashier = stage.shop.session(Role::Cashier).await;
    let refusal = stage.shop.send_in(Some(cashier), "cancel", cancel(&stage.preparing, "guest left")).await;
    assert_eq!(refusal.map_err(|error| error.code), Err(RoleNotAllowed), "the kitchen is at work: a manager's word");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_cancelled_order_is_reinstated_and_only_an_exception_closed() {
    let stage = Stage::set().await;
    let long = stage.cancelled.with(json!({ "reason": "x".repeat(MAX_REASON_CHARS + 1) }));
    stage.refuses("reinstate", [(NothingToDo, "lines", stage.confirmed.on()), (TextTooLong, "reason", long)]).await;
    let unknown = stage.draft.with(json!({ "exception_id": "0".repeat(32), "resolution": "keep" }));
    stage.refuses("close_exception", [(ExceptionNotFound, "exception_id", unknown)]).await;
}
