//! Faulty orders: each names code, field and rule, and nothing makes the reader panic.

use serde_json::{Value, json};

use super::examples::{sums, totals};
use crate::pricing::json::price_json;
use crate::pricing::limits;

/// An order in which every field is right, for breaking one.
fn sound() -> Value {
    json!({
        "currency": { "code": "EUR" },
        "policy": {},
        "taxes": [{ "id": "vat", "kind": "percent", "rate": "20", "included": false }, { "id": "dep", "kind": "fixed_per_unit", "amount": "0.25" }],
        "lines": [
            { "unit_price": "1.00", "qty": "1", "taxes": ["vat"] },
            { "unit_price": "1.00", "qty": "1", "modifiers": ["0.10"], "discount": { "type": "percent", "value": "10" } },
        ],
        "order_discounts": [{ "type": "fixed", "value": "0.10" }],
    })
}

fn refusal(order: &str) -> [String; 2] {
    let (answer, ok) = price_json(order);
    assert!(!ok, "{order} was priced");
    assert!(!answer["error"]["rule"].as_str().unwrap().is_empty());
    ["code", "field"].map(|part| answer["error"][part].as_str().unwrap().to_owned())
}

#[test]
fn a_fault_names_its_code_and_its_field() {
    let many = json!(vec![json!({ "unit_price": "1", "qty": "1" }); limits::MAX_LINES + 1]);
    for (pointer, value, code, field) in [
        ("/currency", Value::Null, "required", "currency.code"),
        ("/currency/code", Value::Null, "required", "currency.code"),
        ("/currency/code", json!(""), "empty", "currency.code"),
        ("/currency/code", json!("XXX"), "unknown_currency", "currency.code"),
        ("/currency/code", json!(978), "wrong_type", "currency.code"),
        ("/currency", json!({ "code": "EUR", "dp": 7 }), "too_large", "currency.dp"),
        ("/currency", json!({ "code": "EUR", "dp": -1 }), "negative", "currency.dp"),
        ("/currency", json!({ "code": "EUR", "dp": "1.5" }), "not_whole", "currency.dp"),
        ("/currency", json!({ "code": "EUR", "step": "0" }), "not_positive", "currency.step"),
        ("/currency", json!({ "code": "EUR", "step": "0.001" }), "too_many_decimals", "currency.step"),
        ("/policy", json!("line"), "wrong_type", "policy"),
        ("/policy", json!({ "tax_rounding": "never" }), "unknown_value", "policy.tax_rounding"),
        ("/policy", json!({ "mode": "up" }), "unknown_value", "policy.mode"),
        ("/policy", json!({ "incl_residual": 1 }), "wrong_type", "policy.incl_residual"),
        ("/taxes/0/id", Value::Null, "required", "taxes[0].id"),
        ("/taxes/1/id", json!("vat"), "duplicate", "taxes[1].id"),
        ("/taxes/0/kind", json!("flat"), "unknown_value", "taxes[0].kind"),
        ("/taxes/0/rate", Value::Null, "required", "taxes[0].rate"),
        ("/taxes/0/rate", json!("-1"), "rate_out_of_range", "taxes[0].rate"),
        ("/taxes/0/rate", json!("20%"), "not_a_number", "taxes[0].rate"),
        ("/taxes/0/included", json!("yes"), "wrong_type", "taxes[0].included"),
        ("/taxes/1/amount", json!("-0.25"), "negative", "taxes[1].amount"),
        ("/lines", json!({}), "wrong_type", "lines"),
        ("/lines", many, "too_many", "lines"),
        ("/lines/1", json!(3), "wrong_type", "lines[1]"),
        ("/lines/1/unit_price", Value::Null, "required", "lines[1].unit_price"),
        ("/lines/1/qty", Value::Null, "required", "lines[1].qty"),
        ("/lines/1/unit_price", json!("1,00"), "not_a_number", "lines[1].unit_price"),
        ("/lines/1/unit_price", json!(true), "wrong_type", "lines[1].unit_price"),
        ("/lines/1/unit_price", json!("1.0000001"), "too_many_decimals", "lines[1].unit_price"),
        ("/lines/1/unit_price", json!("1000000000000"), "too_large", "lines[1].unit_price"),
        ("/lines/1/unit_price", json!("9".repeat(40)), "too_many_digits", "lines[1].unit_price"),
        ("/lines/1/qty", json!("1e3"), "not_a_number", "lines[1].qty"),
        ("/lines/1/qty", json!("1000000000"), "too_large", "lines[1].qty"),
        ("/lines/1/modifiers/0", json!("x"), "not_a_number", "lines[1].modifiers[0]"),
        ("/lines/0/taxes/0", json!("gst"), "unknown_tax", "lines[0].taxes[0]"),
        ("/lines/0/taxes", json!(["vat", "vat"]), "duplicate", "lines[0].taxes[1]"),
        ("/lines/1/discount/type", json!("half"), "unknown_value", "lines[1].discount.type"),
        ("/lines/1/discount/value", json!("-1"), "negative", "lines[1].discount.value"),
        ("/lines/1/discount", json!([{ "type": "percent" }]), "required", "lines[1].discount[0].value"),
        ("/order_discounts/0/type", json!("fixed_line"), "unknown_value", "order_discounts[0].type"),
        ("/order_discounts/0/value", json!("ten"), "not_a_number", "order_discounts[0].value"),
    ] {
        let mut order = sound();
        *order.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        assert_eq!(refusal(&order.to_string()), [code, field], "{order}");
    }
    assert!(price_json(&sound().to_string()).1);
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let (answer, ok) = price_json("{\n  \"currency\": }");
    assert!(!ok);
    assert_eq!(answer["error"]["code"], "malformed_json");
    assert_eq!(answer["error"]["rule"], "not valid JSON at line 2, column 15");
    for text in ["", "{", "[{}", "{} {}", "[1,]", "\u{0}"] {
        assert_eq!(refusal(text), ["malformed_json", "$"], "{text:?}");
    }
    for text in ["3", "null", "\"x\""] {
        assert_eq!(refusal(text), ["wrong_type", "$"], "{text:?}");
    }
}

#[test]
fn an_array_prices_each_order_by_itself() {
    let (answer, ok) = price_json(&json!([sound(), {}, sound()]).to_string());
    assert!(!ok);
    assert_eq!(answer[1]["error"]["field"], "currency.code");
    assert_eq!(answer[0], answer[2]);
    assert_eq!(price_json("[]"), (json!([]), true));
}

#[test]
fn unknown_fields_and_nulls_are_ignored() {
    let mut order = sound();
    order["colour"] = json!("red");
    order["policy"] = Value::Null;
    order["lines"][0]["note"] = json!({ "deep": [1, 2] });
    order["lines"][0]["discount"] = Value::Null;
    assert_eq!(totals(&order), totals(&sound()));
}

#[test]
fn plainly_written_json_numbers_are_read_by_their_text() {
    // 0.1 × 3 = 0.30, and a number that no float holds: 123456789012.01 × 1
    let order = |price: &str, qty: &str| {
        let text = format!(r#"{{"currency":{{"code":"EUR"}},"lines":[{{"unit_price":{price},"qty":{qty}}}]}}"#);
        serde_json::from_str::<Value>(&text).map(|_| text).unwrap()
    };
    assert_eq!(price_json(&order("0.1", "3")).0["total"], "0.30");
    assert_eq!(price_json(&order("999999999998.999999", "1")).0["total"], "999999999999.00");
    assert_eq!(refusal(&order("1e2", "1")), ["not_a_number", "lines[0].unit_price"]);
}

#[test]
fn a_currency_outside_the_table_may_say_its_own_decimals() {
    // 1.25 × 1 at one decimal → 1.3
    let order = json!({ "currency": { "code": "POINTS", "dp": 1 }, "lines": [{ "unit_price": "1.25", "qty": "1" }] });
    assert_eq!(sums(&order), ["1.3", "0.0", "1.3"]);
}

#[test]
fn a_sum_beyond_money_is_refused_and_not_wrapped() {
    let line = json!({ "unit_price": "999999999999", "qty": "999999999" });
    let order = json!({ "currency": { "code": "EUR" }, "lines": [line] });
    assert_eq!(refusal(&order.to_string()), ["result_too_large", "lines[0]"]);
}

#[test]
fn a_deeply_nested_text_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!price_json(&deep).1);
    let inside = format!(r#"{{"currency":{{"code":"EUR"}},"extra":{deep}}}"#);
    assert!(price_json(&inside).1);
}
