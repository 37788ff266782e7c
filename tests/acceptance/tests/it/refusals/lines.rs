//! Opening an order, its lines and what it is called.

use docket_acceptance::{fresh, merged};
use docket_contracts::ErrorCode::*;
use docket_domain::order::limits::{MAX_LINES, MAX_NOTE_CHARS, MAX_REASON_CHARS, MAX_TABLE_CHARS};
use serde_json::json;

use super::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_opened_once_with_lines_of_their_own() {
    let stage = Stage::set().await;
    let line = stage.shop.line("Espresso").await;
    let open = |lines: serde_json::Value| json!({ "order_id": fresh(), "order_type": "counter", "lines": lines });
    let mut many = Vec::new();
    for _ in 0..=MAX_LINES {
        many.push(stage.espresso(json!({ "line_id": fresh() })).await);
    }
    let long = "T".repeat(MAX_TABLE_CHARS + 1);
    stage
        .refuses(
            "create_order",
            [
                (OrderExists, "order_id", stage.draft.with(json!({ "order_type": "counter" }))),
                (LineExists, "line_id", open(json!([line, line]))),
                (TooManyLines, "lines", open(json!(many))),
                (TextTooLong, "table", json!({ "order_id": fresh(), "order_type": "dine_in", "table": long })),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_added_where_there_is_room_and_the_order_is_open() {
    let stage = Stage::set().await;
    let line = stage.shop.line("Espresso").await;
    let known = stage.espresso(json!({ "line_id": stage.draft.lines[0] })).await;
    stage
        .refuses(
            "add_line",
            [
                (LineExists, "line_id", stage.draft.with(json!({ "line": known }))),
                (TooManyLines, "lines", stage.full.with(json!({ "line": line }))),
                (StatusForbids, "status", stage.completed.with(json!({ "line": line }))),
                (StatusForbids, "status", stage.cancelled.with(json!({ "line": line }))),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_line_that_the_kitchen_does_not_have_is_changed() {
    let stage = Stage::set().await;
    let line = stage.shop.line("Espresso").await;
    let change = |order: &docket_acceptance::Order, id| {
        order.with(json!({ "line": merged(line.clone(), json!({ "line_id": id })) }))
    };
    let mixed = &stage.mixed;
    stage
        .refuses(
            "change_line",
            [
                (LineNotFound, "line_id", change(mixed, fresh())),
                (LineHandedOver, "line_id", change(mixed, mixed.lines[0])),
                (LineInKitchen, "line_id", change(mixed, mixed.lines[1])),
                (LineInKitchen, "line_id", change(mixed, mixed.lines[2])),
                (LineVoided, "line_id", change(mixed, mixed.lines[3])),
                (StatusForbids, "status", change(&stage.completed, stage.completed.lines[0])),
                (StatusForbids, "status", change(&stage.cancelled, stage.cancelled.lines[0])),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_moves_a_part_and_leaves_a_part() {
    let stage = Stage::set().await;
    let split = |order: &docket_acceptance::Order, index: usize, quantity: &str| {
        merged(order.line(index), json!({ "new_line_id": fresh(), "quantity": quantity }))
    };
    let (draft, mixed) = (&stage.draft, &stage.mixed);
    let onto_itself = merged(split(draft, 0, "0.5"), json!({ "new_line_id": draft.lines[1] }));
    let unknown = merged(split(draft, 0, "0.5"), json!({ "line_id": fresh() }));
    stage
        .refuses(
            "split_line",
            [
                (LineNotFound, "line_id", unknown),
                (LineVoided, "line_id", split(mixed, 3, "0.5")),
                (LineHandedOver, "line_id", split(mixed, 0, "0.5")),
                (LineExists, "line_id", onto_itself),
                (TooManyLines, "lines", split(&stage.full, 0, "0.5")),
                (QuantityNotPositive, "quantity", split(draft, 0, "0")),
                (QuantityNotPositive, "quantity", split(draft, 0, "-1")),
                (QuantityTooLarge, "quantity", split(draft, 0, "10000")),
                (SplitQuantity, "quantity", split(draft, 0, "1")),
                (SplitQuantity, "quantity", split(draft, 0, "2")),
                (StatusForbids, "status", split(&stage.completed, 0, "0.5")),
                (StatusForbids, "status", split(&stage.cancelled, 0, "0.5")),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_the_kitchen_has_is_voided_with_a_reason_only() {
    let stage = Stage::set().await;
    let mixed = &stage.mixed;
    let because = |index: usize, reason: &str| merged(mixed.line(index), json!({ "reason": reason }));
    stage
        .refuses(
            "void_line",
            [
                (LineNotFound, "line_id", mixed.with(json!({ "line_id": fresh() }))),
                (ReasonRequired, "reason", mixed.line(1)),
                (ReasonRequired, "reason", because(2, "  ")),
                (TextTooLong, "reason", because(2, &"x".repeat(MAX_REASON_CHARS + 1))),
                (LineHandedOver, "line_id", because(0, "cold")),
                (StatusForbids, "status", stage.completed.line(0)),
                (StatusForbids, "status", stage.cancelled.line(0)),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_notes_have_an_end_and_a_closed_order_keeps_its_own() {
    let stage = Stage::set().await;
    let (draft, done, off) = (&stage.draft, &stage.completed, &stage.cancelled);
    let long = |field: &str, max: usize| draft.with(json!({ field: "é".repeat(max + 1) }));
    let dine_in = json!({ "order_type": "dine_in" });
    let forbidden =
        [("set_type", dine_in), ("set_table", json!({ "table": "4" })), ("set_note", json!({ "note": "x" }))];
    let marks = [("set_covers", json!({ "covers": 4 })), ("set_rush", json!({ "rush": true }))];
    for (command, more) in forbidden.into_iter().chain([("set_customer", json!({ "name": "Zoë" }))]).chain(marks) {
        let inputs = [(StatusForbids, "status", done.with(more.clone())), (StatusForbids, "status", off.with(more))];
        stage.refuses(command, inputs).await;
    }
    for covers in [0, 1_000] {
        let input = draft.with(json!({ "covers": covers }));
        stage.refuses("set_covers", [(CoversOutOfRange, "covers", input)]).await;
    }
    stage.refuses("set_table", [(TextTooLong, "table", long("table", MAX_TABLE_CHARS))]).await;
    stage.refuses("set_note", [(TextTooLong, "note", long("note", MAX_NOTE_CHARS))]).await;
    let nowhere = draft.with(json!({ "address": { "lines": [], "postal_code": "", "city": "", "country": "" } }));
    stage.refuses("set_customer", [(BadInput, "address", nowhere)]).await;
    let max = docket_terminal::limits::CUSTOMER_TEXT_CHARS_MAX;
    stage
        .refuses("set_customer", [(TextTooLong, "name", long("name", max)), (TextTooLong, "phone", long("phone", max))])
        .await;
}
