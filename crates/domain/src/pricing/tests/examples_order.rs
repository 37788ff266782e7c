//! Orders computed by hand: what concerns the order as a whole.

use serde_json::{Value, json};

use super::examples::{order, percent, sums, totals, with};

fn lines(entries: &[(&str, &str, &[&str])]) -> Value {
    entries
        .iter()
        .map(|(name, price, taxes)| json!({ "name": name, "unit_price": price, "qty": "1", "taxes": taxes }))
        .collect()
}

fn nets(order: &Value) -> Vec<String> {
    totals(order)["lines"].as_array().unwrap().iter().map(|line| line["net"].as_str().unwrap().to_owned()).collect()
}

fn policy(tax_rounding: &str) -> Value {
    json!({ "tax_rounding": tax_rounding })
}

#[test]
fn an_order_discount_is_shared_in_proportion() {
    // 5.00 over 10.00, 20.00 and 30.00: 0.8333, 1.6667, 2.5000: cut to 0.83, 1.66, 2.50; the cent left goes to 1.6667
    let order = with(
        order(json!([]), lines(&[("a", "10.00", &[]), ("b", "20.00", &[]), ("c", "30.00", &[])])),
        "order_discounts",
        json!([{ "type": "fixed", "value": "5" }]),
    );
    assert_eq!(nets(&order), ["9.17", "18.33", "27.50"]);
    assert_eq!(sums(&order), ["55.00", "0.00", "55.00"]);
}

#[test]
fn an_order_discount_comes_before_tax() {
    // 10 % of 30.00 = 3.00: 1.00 and 2.00; taxes 9.00 × 20 % = 1.80 and 18.00 × 10 % = 1.80
    let order = with(
        order(
            json!([percent("v", "20", false), percent("r", "10", false)]),
            lines(&[("a", "10.00", &["v"]), ("b", "20.00", &["r"])]),
        ),
        "order_discounts",
        json!([{ "type": "percent", "value": "10" }]),
    );
    assert_eq!(totals(&order)["taxes"], json!({ "v": "1.80", "r": "1.80" }));
    assert_eq!(sums(&order), ["27.00", "3.60", "30.60"]);
}

#[test]
fn order_discounts_follow_each_other() {
    // 20.00 − 10 % = 18.00; − 3.00 = 15.00
    let order = with(
        order(json!([]), lines(&[("a", "20.00", &[])])),
        "order_discounts",
        json!([{ "type": "percent", "value": "10" }, { "type": "fixed", "value": "3" }]),
    );
    assert_eq!(sums(&order)[2], "15.00");
}

#[test]
fn an_order_discount_stops_at_zero() {
    // 2.00 − 5.00 → 0, and no tax on nothing
    let order = with(
        order(json!([percent("v", "20", false)]), lines(&[("a", "2.00", &["v"])])),
        "order_discounts",
        json!([{ "type": "fixed", "value": "5" }]),
    );
    assert_eq!(sums(&order), ["0.00", "0.00", "0.00"]);
}

#[test]
fn equal_remainders_go_by_tax_id_and_not_by_position() {
    // 0.01 over 1.00 and 1.00: half a cent each; amounts are equal, so the line with the lower tax id takes it
    for names in [["a", "b"], ["b", "a"]] {
        let entries = names.map(|name| (name, "1.00", if name == "a" { ["x"] } else { ["y"] }));
        let entries: Vec<(&str, &str, &[&str])> =
            entries.iter().map(|(name, price, taxes)| (*name, *price, &taxes[..])).collect();
        let order = with(
            order(json!([percent("x", "0", false), percent("y", "0", false)]), lines(&entries)),
            "order_discounts",
            json!([{ "type": "fixed", "value": "0.01" }]),
        );
        let expected = names.map(|name| if name == "a" { "0.99" } else { "1.00" });
        assert_eq!(nets(&order), expected);
    }
}

#[test]
fn tax_ids_break_a_tie_before_names() {
    // as above, but the name would choose the other line
    let order = with(
        order(
            json!([percent("x", "0", false), percent("y", "0", false)]),
            lines(&[("a", "1.00", &["y"]), ("b", "1.00", &["x"])]),
        ),
        "order_discounts",
        json!([{ "type": "fixed", "value": "0.01" }]),
    );
    assert_eq!(nets(&order), ["1.00", "0.99"]);
}

#[test]
fn the_larger_amount_breaks_a_tie_first() {
    // 0.02 over 1.00 and 3.00: 0.005 and 0.015, both half a cent over; 3.00 takes the cent: 0.00 and 0.02
    let order = with(
        order(json!([]), lines(&[("a", "1.00", &[]), ("b", "3.00", &[])])),
        "order_discounts",
        json!([{ "type": "fixed", "value": "0.02" }]),
    );
    assert_eq!(nets(&order), ["1.00", "2.98"]);
}

#[test]
fn per_order_rounding_rounds_each_tax_once() {
    // 3 × 1.05 × 7 % = 3 × 0.0735 = 0.2205: per line 0.07 × 3 = 0.21, per order 0.22
    let order = order(
        json!([percent("t", "7", false)]),
        lines(&[("a", "1.05", &["t"]), ("b", "1.05", &["t"]), ("c", "1.05", &["t"])]),
    );
    assert_eq!(sums(&order), ["3.15", "0.21", "3.36"]);
    assert_eq!(sums(&with(order, "policy", policy("order"))), ["3.15", "0.22", "3.37"]);
}

#[test]
fn the_taxes_of_shown_lines_add_up_to_the_order() {
    // 0.22 over 0.0735 three times: 0.07 each, the cent left goes by content to the first name
    let order = with(
        order(
            json!([percent("t", "7", false)]),
            lines(&[("c", "1.05", &["t"]), ("a", "1.05", &["t"]), ("b", "1.05", &["t"])]),
        ),
        "policy",
        policy("order"),
    );
    let totals = totals(&order);
    let taxes: Vec<_> = totals["lines"].as_array().unwrap().iter().map(|line| line["tax"].as_str().unwrap()).collect();
    assert_eq!(taxes, ["0.07", "0.08", "0.07"]);
    assert!(totals.get("rounding").is_none());
}

#[test]
fn included_taxes_of_an_order_leave_its_total_alone() {
    // 3 × 0.35 = 1.05 with 10 %: tax 1.05 × 10/110 = 0.09545 → 0.10, net 0.95. Per line: 0.0318 → 0.03 each: 0.09
    let order = order(
        json!([percent("t", "10", true)]),
        lines(&[("a", "0.35", &["t"]), ("b", "0.35", &["t"]), ("c", "0.35", &["t"])]),
    );
    assert_eq!(sums(&order), ["0.96", "0.09", "1.05"]);
    assert_eq!(sums(&with(order, "policy", policy("order"))), ["0.95", "0.10", "1.05"]);
}

#[test]
fn a_sum_that_is_exactly_a_tie_is_seen_as_one() {
    // 11.5 % and 3.5 % in 0.05: tax a = 0.05 × 11.5/115 = 0.005, a tie though 0.05/1.15 never ends
    let order =
        order(json!([percent("a", "11.5", true), percent("b", "3.5", true)]), lines(&[("x", "0.05", &["a", "b"])]));
    assert_eq!(totals(&order)["taxes"], json!({ "a": "0.01", "b": "0.00" }));
    let down = with(order, "policy", json!({ "mode": "half_down" }));
    assert_eq!(totals(&down)["taxes"], json!({ "a": "0.00", "b": "0.00" }));
}

#[test]
fn the_grand_total_may_be_rounded_first() {
    // 1.05 × 3 = 3.15; taxes 7 % = 0.2205 and 3 % = 0.0945; total 3.465 → 3.47; taxes 0.22 and 0.09; net 3.16
    let order = order(
        json!([percent("t", "7", false), percent("u", "3", false)]),
        lines(&[("a", "1.05", &["t", "u"]), ("b", "1.05", &["t", "u"]), ("c", "1.05", &["t", "u"])]),
    );
    assert_eq!(sums(&with(order.clone(), "policy", policy("order_total_first"))), ["3.16", "0.31", "3.47"]);
    // and per order: 3.15 + 0.22 + 0.09 = 3.46
    assert_eq!(sums(&with(order, "policy", policy("order"))), ["3.15", "0.31", "3.46"]);
}

#[test]
fn lines_that_do_not_add_up_say_by_how_much() {
    // 0.333 × 3 = 0.999 → 1.00; shown 0.33 each, 0.99; 0.01 is missing
    let order = with(
        order(json!([]), lines(&[("a", "0.333", &[]), ("b", "0.333", &[]), ("c", "0.333", &[])])),
        "policy",
        policy("order"),
    );
    let totals = totals(&order);
    assert_eq!(totals["total"], "1.00");
    assert_eq!(totals["rounding"], json!({ "amount": "0.01", "reason": "order_rounded_once" }));
}

#[test]
fn a_voided_line_is_shown_as_nothing() {
    let mut order = order(json!([percent("v", "20", false)]), lines(&[("a", "1.00", &["v"]), ("b", "9.00", &["v"])]));
    order["lines"][1]["voided"] = json!(true);
    // 1.00 + 20 % = 1.20
    assert_eq!(sums(&order), ["1.00", "0.20", "1.20"]);
    assert_eq!(totals(&order)["lines"][1], json!({ "name": "b", "net": "0.00", "tax": "0.00", "total": "0.00" }));
}

#[test]
fn a_sale_and_its_return_are_nothing() {
    let mut order = order(json!([percent("v", "8.5", true)]), lines(&[("a", "9.99", &["v"]), ("a", "9.99", &["v"])]));
    order["lines"][1]["qty"] = json!("-1");
    for rounding in ["line", "unit", "order", "order_total_first"] {
        assert_eq!(sums(&with(order.clone(), "policy", policy(rounding))), ["0.00", "0.00", "0.00"], "{rounding}");
    }
}

#[test]
fn an_order_without_lines_is_nothing() {
    assert_eq!(
        totals(&json!({ "currency": { "code": "JPY" } })),
        json!({ "subtotal_excl": "0", "tax": "0", "total": "0", "taxes": {}, "lines": [] })
    );
}
