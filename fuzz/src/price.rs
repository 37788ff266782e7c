//! `docket-till price`: an order of anybody's making.

use docket_domain::pricing::json::price_json;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::refusal;

/// Prices the text: sums add up, a fault has code, field and rule, and an order in a list is priced as it is alone.
pub fn check(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let (totals, sound) = price_json(text);
    let orders = totals.as_array().map_or(std::slice::from_ref(&totals), Vec::as_slice);
    let faulty = orders.iter().filter(|order| is_fault(order)).count();
    assert_eq!(sound, faulty == 0, "the flag says whether every order was priced");
    orders.iter().filter(|order| !is_fault(order)).for_each(adds_up);
    let is_json = totals["error"]["code"] != "malformed_json";
    if !totals.is_array() && is_json {
        let in_a_list = format!("[{0},{0}]", text.trim_start_matches('\u{feff}'));
        assert_eq!(price_json(&in_a_list), (Value::Array(vec![totals.clone(), totals]), sound));
    }
}

fn is_fault(order: &Value) -> bool {
    let Some(error) = order.get("error") else { return false };
    let part = |name: &str| error[name].as_str().expect("a fault has code, field and rule");
    assert!(!part("code").is_empty() && !part("field").is_empty());
    refusal::check(part("field"), part("rule"));
    true
}

fn adds_up(order: &Value) {
    let taxes = order["taxes"].as_object().expect("taxes");
    let lines = order["lines"].as_array().expect("lines");
    let missing = order.get("rounding").map_or(Decimal::ZERO, |rounding| amount(&rounding["amount"]));
    let of_lines = |name: &str| lines.iter().map(|line| amount(&line[name])).sum::<Decimal>();
    assert_eq!(amount(&order["subtotal_excl"]) + amount(&order["tax"]), amount(&order["total"]));
    assert_eq!(taxes.values().map(amount).sum::<Decimal>(), amount(&order["tax"]));
    assert_eq!(of_lines("total") + missing, amount(&order["total"]));
    assert_eq!(of_lines("net") + missing, amount(&order["subtotal_excl"]));
    assert_eq!(of_lines("tax"), amount(&order["tax"]));
    for line in lines {
        assert_eq!(amount(&line["net"]) + amount(&line["tax"]), amount(&line["total"]));
    }
}

fn amount(value: &Value) -> Decimal {
    let text = value.as_str().expect("amounts are texts");
    text.parse().unwrap_or_else(|error| panic!("{text} is no decimal: {error}"))
}
