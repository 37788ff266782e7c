//! What the catalogue refuses of a line, in each command that takes one.

use docket_acceptance::{fresh, merged};
use docket_contracts::ErrorCode::{self, *};
use serde_json::{Value, json};

use super::Stage;

/// Inputs of a line that are faulty in one member each: code, field inside the line, line.
async fn faulty_lines(stage: &Stage) -> Vec<(ErrorCode, &'static str, Value)> {
    let shop = &stage.shop;
    let choice = |group: &Value, index: usize, count: u32| json!({ "group_id": group["id"], "option_id": group["options"][index]["id"], "count": count });
    let flat_white = shop.product("Flat white").await;
    let (milk, extras) = (&flat_white["groups"][0], &flat_white["groups"][1]);
    assert_eq!((&milk["min"], &milk["max"]), (&json!(1), &json!(1)));
    let coffee = |modifiers: Vec<Value>| json!({ "line_id": fresh(), "product_id": flat_white["product"]["product_id"], "modifiers": modifiers });
    let whole = || choice(milk, 0, 1);
    let voucher = shop.line("Gift voucher").await;
    let priced = |price: Option<&str>| merged(voucher.clone(), json!({ "open_price": price }));
    let mut lines = vec![
        (
            UnknownProduct,
            "product_id",
            stage.espresso(json!({ "product_id": "00000000-0000-7000-8000-000000000001" })).await,
        ),
        (QuantityNotPositive, "quantity", stage.espresso(json!({ "quantity": "0" })).await),
        (QuantityNotPositive, "quantity", stage.espresso(json!({ "quantity": "-1" })).await),
        (QuantityTooLarge, "quantity", stage.espresso(json!({ "quantity": "10000" })).await),
        (QuantityTooLarge, "quantity", stage.espresso(json!({ "quantity": "999999999" })).await),
        (QuantityTooLarge, "quantity", stage.espresso(json!({ "quantity": "999999999999" })).await),
        (BadInput, "quantity", stage.espresso(json!({ "quantity": "two" })).await),
        (TooManyDecimals, "quantity", stage.espresso(json!({ "quantity": "0.0001" })).await),
        (UnknownModifierGroup, "modifiers", stage.espresso(json!({ "modifiers": [whole()] })).await),
        (UnknownModifier, "modifiers", coffee(vec![json!({ "group_id": milk["id"], "option_id": "sand" })])),
        (ModifierMissing, "modifiers", coffee(vec![])),
        (ModifierForbidden, "modifiers", coffee(vec![whole(), choice(milk, 1, 1)])),
        (ModifierForbidden, "modifiers", coffee(vec![choice(milk, 0, 2)])),
        (ModifierCountOutOfRange, "modifiers", coffee(vec![whole(), choice(extras, 0, 0)])),
        (ModifierCountOutOfRange, "modifiers", coffee(vec![whole(), choice(extras, 0, 100)])),
        (TooManyModifiers, "modifiers", coffee(vec![choice(extras, 0, 1); 101])),
        (PriceRequired, "open_price", priced(None)),
        (PriceNotOpen, "open_price", stage.espresso(json!({ "open_price": "1.00" })).await),
        (PriceNegative, "open_price", priced(Some("-0.01"))),
        (PriceTooLarge, "open_price", priced(Some("10000000000.00"))),
        (AmountInvalid, "open_price", priced(Some("five"))),
        (AmountInvalid, "open_price", priced(Some("5 EUR"))),
        (AmountInvalid, "open_price", priced(Some("1e2"))),
        (TooManyDecimals, "open_price", priced(Some("5.001"))),
        (NoteTooLong, "note", stage.espresso(json!({ "note": "x".repeat(281) })).await),
    ];
    lines.iter_mut().for_each(|(_, _, line)| line["line_id"] = json!(fresh()));
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_order_takes_no_line_that_the_catalogue_refuses() {
    let stage = Stage::set().await;
    let good = stage.shop.line("Croissant").await;
    for (code, field, line) in faulty_lines(&stage).await {
        // Behind a good line, so that the place in the field is more than zero.
        let input = json!({ "order_id": fresh(), "order_type": "counter", "lines": [good, line] });
        stage.shop.refused("create_order", input, code, &format!("lines[1].{field}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_gets_no_line_that_the_catalogue_refuses() {
    let stage = Stage::set().await;
    for (code, field, line) in faulty_lines(&stage).await {
        let input = stage.draft.with(json!({ "line": line }));
        stage.shop.refused("add_line", input, code, &format!("line.{field}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_not_changed_to_one_that_the_catalogue_refuses() {
    let stage = Stage::set().await;
    for (code, field, mut line) in faulty_lines(&stage).await {
        line["line_id"] = json!(stage.draft.lines[0]);
        let input = stage.draft.with(json!({ "line": line }));
        stage.shop.refused("change_line", input, code, &format!("line.{field}")).await;
    }
}
