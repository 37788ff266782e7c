//! The JSON of `docket-till price`: an order, or an array of orders, to its totals.
//!
//! Amounts are decimal strings. JSON numbers are taken as well, by their text and never as a float, as long as they are
//! plainly written (`3.80`, not `38e-1`). `null` is the same as leaving a field out. Unknown fields are ignored. A
//! faulty order becomes `{"error": {"code", "field", "rule"}}`; in an array the other orders are still priced.

mod node;
mod read;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::error::{PricingError, Rule};
use super::price::{Priced, price};
use node::Node;

/// Prices an order or an array of orders. The flag says whether every order was priced.
///
/// ```
/// let order = r#"{"currency":{"code":"EUR"},"lines":[{"name":"Latte","unit_price":"3.80","qty":"2"}]}"#;
/// let (totals, ok) = docket_domain::pricing::json::price_json(order);
/// assert!(ok);
/// assert_eq!(totals["total"], "7.60");
/// ```
#[must_use]
pub fn price_json(input: &str) -> (Value, bool) {
    // Some editors put a byte order mark before the text; it is no part of the order.
    let raw: &RawValue = match serde_json::from_str(input.trim_start_matches('\u{feff}')) {
        Ok(raw) => raw,
        Err(error) => return (faulty(&malformed(&error)), false),
    };
    if !raw.get().starts_with('[') {
        return price_one(raw);
    }
    match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        Ok(orders) => {
            let results: Vec<(Value, bool)> = orders.into_iter().map(price_one).collect();
            let all_priced = results.iter().all(|(_, ok)| *ok);
            (results.into_iter().map(|(value, _)| value).collect(), all_priced)
        }
        Err(error) => (faulty(&malformed(&error)), false),
    }
}

fn price_one(raw: &RawValue) -> (Value, bool) {
    match read::document(&Node::root(raw)).and_then(|document| price(&document)) {
        Ok(priced) => (written(&priced), true),
        Err(error) => (faulty(&error), false),
    }
}

fn malformed(error: &serde_json::Error) -> PricingError {
    PricingError::new("$", Rule::MalformedJson { line: error.line(), column: error.column() })
}

fn faulty(error: &PricingError) -> Value {
    json!({ "error": { "code": error.rule.code(), "field": error.field, "rule": error.rule.to_string() } })
}

fn written(priced: &Priced) -> Value {
    let lines: Vec<Value> = priced
        .lines
        .iter()
        .map(|line| {
            json!({
                "name": line.name,
                "net": line.net.to_string(),
                "tax": line.tax.to_string(),
                "total": line.total.to_string(),
            })
        })
        .collect();
    let taxes: serde_json::Map<String, Value> =
        priced.taxes.iter().map(|(id, amount)| (id.clone(), amount.to_string().into())).collect();
    let mut totals = json!({
        "subtotal_excl": priced.subtotal_excl.to_string(),
        "tax": priced.tax.to_string(),
        "total": priced.total.to_string(),
        "taxes": taxes,
        "lines": lines,
    });
    if let Some(rounding) = priced.rounding {
        totals["rounding"] = json!({ "amount": rounding.amount.to_string(), "reason": rounding.reason.code() });
    }
    totals
}
