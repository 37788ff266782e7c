//! Orders computed by hand: lines, units, discounts and taxes. Each comment is the arithmetic.

use serde_json::{Value, json};

use crate::pricing::json::price_json;

/// The totals of an order in EUR with the given taxes and lines, under the default policy.
pub(super) fn order(taxes: Value, lines: Value) -> Value {
    json!({ "currency": { "code": "EUR" }, "taxes": taxes, "lines": lines })
}

pub(super) fn with(mut order: Value, field: &str, value: Value) -> Value {
    order[field] = value;
    order
}

pub(super) fn totals(order: &Value) -> Value {
    let (totals, ok) = price_json(&order.to_string());
    assert!(ok, "{totals}");
    totals
}

/// Net, tax and total.
pub(super) fn sums(order: &Value) -> [String; 3] {
    let totals = totals(order);
    ["subtotal_excl", "tax", "total"].map(|field| totals[field].as_str().unwrap().to_owned())
}

pub(super) fn percent(id: &str, rate: &str, included: bool) -> Value {
    json!({ "id": id, "kind": "percent", "rate": rate, "included": included })
}

fn line(price: &str, qty: &str, taxes: &[&str]) -> Value {
    json!({ "name": "x", "unit_price": price, "qty": qty, "taxes": taxes })
}

#[test]
fn the_order_of_the_documentation() {
    // (3.80 + 0.50) × 2 = 8.60, less 10 % = 7.74; of that 20 % included: 7.74 × 20/120 = 1.29; net 6.45
    let order = json!({
        "currency": { "code": "EUR", "dp": 2, "step": "0.01" },
        "policy": { "tax_rounding": "line", "mode": "half_up", "incl_residual": "net" },
        "taxes": [
            { "id": "vat", "kind": "percent", "rate": "20", "included": true, "compound": false, "base_affected": true },
            { "id": "deposit", "kind": "fixed_per_unit", "amount": "0.25", "included": false },
        ],
        "lines": [{
            "name": "Latte", "unit_price": "3.80", "qty": "2", "modifiers": ["0.50"], "taxes": ["vat"], "voided": false,
            "discount": { "type": "percent", "value": "10" },
        }],
    });
    assert_eq!(
        totals(&order),
        json!({
            "subtotal_excl": "6.45", "tax": "1.29", "total": "7.74", "taxes": { "vat": "1.29" },
            "lines": [{ "name": "Latte", "net": "6.45", "tax": "1.29", "total": "7.74" }],
        })
    );
}

#[test]
fn an_added_tax_comes_on_top() {
    // 9.99 × 8.875 % = 0.8866… → 0.89; 9.99 + 0.89 = 10.88
    let order = order(json!([percent("t", "8.875", false)]), json!([line("9.99", "1", &["t"])]));
    assert_eq!(sums(&order), ["9.99", "0.89", "10.88"]);
}

#[test]
fn two_included_taxes_leave_one_net() {
    // 11.50 / (1 + 0.10 + 0.05) = 10.00; taxes 1.00 and 0.50
    let order =
        order(json!([percent("a", "10", true), percent("b", "5", true)]), json!([line("11.50", "1", &["a", "b"])]));
    assert_eq!(totals(&order)["taxes"], json!({ "a": "1.00", "b": "0.50" }));
    assert_eq!(sums(&order), ["10.00", "1.50", "11.50"]);
}

#[test]
fn a_compound_tax_enters_the_base_of_the_next() {
    // 100.00 × 10 % = 10.00; (100 + 10) × 5 % = 5.50
    let order = order(
        json!([{ "id": "a", "rate": "10", "kind": "percent", "compound": true }, percent("b", "5", false)]),
        json!([line("100.00", "1", &["a", "b"])]),
    );
    assert_eq!(sums(&order), ["100.00", "15.50", "115.50"]);
}

#[test]
fn a_tax_may_keep_out_of_compounding() {
    // 10.00, and 100 × 5 % = 5.00 although the tax before it is compound
    let order = order(
        json!([
            { "id": "a", "rate": "10", "kind": "percent", "compound": true },
            { "id": "b", "rate": "5", "kind": "percent", "base_affected": false },
        ]),
        json!([line("100.00", "1", &["a", "b"])]),
    );
    assert_eq!(sums(&order), ["100.00", "15.00", "115.00"]);
}

#[test]
fn taxes_apply_in_the_order_of_the_line() {
    // b first: 100 × 5 % = 5.00, not compound; then a: 100 × 10 % = 10.00
    let order = order(
        json!([{ "id": "a", "rate": "10", "kind": "percent", "compound": true }, percent("b", "5", false)]),
        json!([line("100.00", "1", &["b", "a"])]),
    );
    assert_eq!(sums(&order), ["100.00", "15.00", "115.00"]);
}

#[test]
fn an_included_compound_tax_is_taken_out_of_the_price() {
    // 115.50 = N × (1 + 0.10 + 0.05 × 1.10) = N × 1.155, N = 100.00; 10.00; 5.50
    let order = order(
        json!([{ "id": "a", "rate": "10", "kind": "percent", "included": true, "compound": true }, percent("b", "5", true)]),
        json!([line("115.50", "1", &["a", "b"])]),
    );
    assert_eq!(totals(&order)["taxes"], json!({ "a": "10.00", "b": "5.50" }));
    assert_eq!(sums(&order), ["100.00", "15.50", "115.50"]);
}

#[test]
fn an_added_tax_on_an_included_compound_one() {
    // 12.00 / 1.20 = 10.00 net, 2.00 included; added: (10.00 + 2.00) × 10 % = 1.20
    let order = order(
        json!([{ "id": "a", "rate": "20", "kind": "percent", "included": true, "compound": true }, percent("b", "10", false)]),
        json!([line("12.00", "1", &["a", "b"])]),
    );
    assert_eq!(sums(&order), ["10.00", "3.20", "13.20"]);
}

#[test]
fn a_deposit_is_charged_per_unit() {
    // 3 × 1.00 = 3.00; 3 × 0.25 = 0.75
    let deposit = json!([{ "id": "d", "kind": "fixed_per_unit", "amount": "0.25" }]);
    assert_eq!(sums(&order(deposit, json!([line("1.00", "3", &["d"])]))), ["3.00", "0.75", "3.75"]);
}

#[test]
fn an_included_deposit_leaves_the_price_before_percent() {
    // 2 × 6.25 = 12.50; less 2 × 0.25 = 12.00; / 1.20 = 10.00; vat 2.00, deposit 0.50
    let order = order(
        json!([{ "id": "d", "kind": "fixed_per_unit", "amount": "0.25", "included": true }, percent("v", "20", true)]),
        json!([line("6.25", "2", &["d", "v"])]),
    );
    assert_eq!(totals(&order)["taxes"], json!({ "d": "0.50", "v": "2.00" }));
    assert_eq!(sums(&order), ["10.00", "2.50", "12.50"]);
}

#[test]
fn a_compound_deposit_is_taxed() {
    // (10.00 + 0.25) × 20 % = 2.05
    let order = order(
        json!([
            { "id": "d", "kind": "fixed_per_unit", "amount": "0.25", "compound": true },
            percent("v", "20", false),
        ]),
        json!([line("10.00", "1", &["d", "v"])]),
    );
    assert_eq!(sums(&order), ["10.00", "2.30", "12.30"]);
}

#[test]
fn discounts_apply_in_order() {
    // 20.00 − 10 % = 18.00; − 3.00 = 15.00; − 2 × 0.50 = 14.00
    let mut line = line("10.00", "2", &[]);
    line["discount"] = json!([
        { "type": "percent", "value": "10" },
        { "type": "fixed_line", "value": "3.00" },
        { "type": "fixed_unit", "value": "0.50" },
    ]);
    assert_eq!(sums(&order(json!([]), json!([line]))), ["14.00", "0.00", "14.00"]);
}

#[test]
fn a_discount_stops_at_zero_from_either_side() {
    // 2.00 − 5.00 → 0; −2.00 + 5.00 → 0
    let off = json!({ "type": "fixed_line", "value": "5" });
    for qty in ["1", "-1"] {
        let line = with(line("2.00", qty, &[]), "discount", off.clone());
        assert_eq!(sums(&order(json!([]), json!([line]))), ["0.00", "0.00", "0.00"]);
    }
}

#[test]
fn a_weighed_line_is_rounded_by_mode() {
    // 0.85 × 0.5 = 0.425: a tie; to 0.43, to the even 0.42, to 0.42. 0.87 × 0.5 = 0.435: 0.44, 0.44, 0.43
    for (price, mode, total) in [
        ("0.85", "half_up", "0.43"),
        ("0.85", "half_even", "0.42"),
        ("0.85", "half_down", "0.42"),
        ("0.87", "half_up", "0.44"),
        ("0.87", "half_even", "0.44"),
        ("0.87", "half_down", "0.43"),
    ] {
        let order = with(order(json!([]), json!([line(price, "0.5", &[])])), "policy", json!({ "mode": mode }));
        assert_eq!(sums(&order)[2], total, "{price} {mode}");
    }
}

#[test]
fn half_up_is_away_from_zero_for_goods_taken_back() {
    // 0.85 × −0.5 = −0.425 → −0.43
    assert_eq!(sums(&order(json!([]), json!([line("0.85", "-0.5", &[])])))[2], "-0.43");
}

#[test]
fn per_unit_rounding_multiplies_what_one_unit_rounds_to() {
    // one unit 0.99 × 8.5 % = 0.08415 → 0.08, × 3 = 0.24; per line 2.97 × 8.5 % = 0.25245 → 0.25
    let order = order(json!([percent("t", "8.5", false)]), json!([line("0.99", "3", &["t"])]));
    assert_eq!(sums(&order), ["2.97", "0.25", "3.22"]);
    assert_eq!(sums(&with(order, "policy", json!({ "tax_rounding": "unit" }))), ["2.97", "0.24", "3.21"]);
}

#[test]
fn per_unit_rounding_comes_after_line_discounts() {
    // 0.99 less 15 % = 0.8415 → 0.84, × 3 = 2.52; tax 0.84 × 10 % = 0.084 → 0.08, × 3 = 0.24
    let line = with(line("0.99", "3", &["t"]), "discount", json!({ "type": "percent", "value": "15" }));
    let order =
        with(order(json!([percent("t", "10", false)]), json!([line])), "policy", json!({ "tax_rounding": "unit" }));
    assert_eq!(sums(&order), ["2.52", "0.24", "2.76"]);
}

#[test]
fn half_a_unit_is_rounded_as_a_line() {
    // 0.99 × 2.5 = 2.475 → 2.48; × 8.5 % = 0.2108 → 0.21
    let order = with(
        order(json!([percent("t", "8.5", false)]), json!([line("0.99", "2.5", &["t"])])),
        "policy",
        json!({ "tax_rounding": "unit" }),
    );
    assert_eq!(sums(&order), ["2.48", "0.21", "2.69"]);
}

#[test]
fn the_residual_of_an_included_price_goes_where_the_policy_says() {
    // 0.03 with 20 %: net 0.025, tax 0.005: both ties. Rest in net: tax 0.01, net 0.02; rest in tax: net 0.03, tax 0.00
    let order = order(json!([percent("v", "20", true)]), json!([line("0.03", "1", &["v"])]));
    assert_eq!(sums(&order), ["0.02", "0.01", "0.03"]);
    assert_eq!(sums(&with(order, "policy", json!({ "incl_residual": "tax" }))), ["0.03", "0.00", "0.03"]);
}

#[test]
fn several_taxes_share_the_residual_by_largest_remainder() {
    // 1.00 / 1.30 = 0.76923 → net 0.77; left 0.23 for a = 0.076923, b = 0.153846: cut to 0.07 and 0.15; the step left
    // goes to a, which was cut by 0.69 of a step against 0.38: a 0.08, b 0.15
    let order = with(
        order(json!([percent("a", "10", true), percent("b", "20", true)]), json!([line("1.00", "1", &["a", "b"])])),
        "policy",
        json!({ "incl_residual": "tax" }),
    );
    assert_eq!(totals(&order)["taxes"], json!({ "a": "0.08", "b": "0.15" }));
}

#[test]
fn a_coarse_step_rounds_every_amount_to_its_multiples() {
    // step 0.05: 1.98 → 2.00; 2.00 × 7.7 % = 0.154 → 0.15; and a tie: 1.475 → 29.5 steps → half_even 1.50 (30 steps)
    let order = json!({
        "currency": { "code": "CHF", "step": "0.05" }, "policy": { "mode": "half_even" },
        "taxes": [percent("v", "7.7", false)], "lines": [line("1.98", "1", &["v"]), line("1.475", "1", &[])],
    });
    assert_eq!(sums(&order), ["3.50", "0.15", "3.65"]);
}

#[test]
fn amounts_have_the_decimals_of_the_currency() {
    // JPY: 380 × 10/110 = 34.5… → 35; KWD: 1.500 + 15 % 0.225
    let yen = with(
        order(json!([percent("v", "10", true)]), json!([line("380", "1", &["v"])])),
        "currency",
        json!({ "code": "JPY" }),
    );
    assert_eq!(sums(&yen), ["345", "35", "380"]);
    let dinar = with(
        order(json!([percent("v", "15", false)]), json!([line("1.5", "1", &["v"])])),
        "currency",
        json!({ "code": "KWD" }),
    );
    assert_eq!(sums(&dinar), ["1.500", "0.225", "1.725"]);
}
