//! An order in the form that `docket-till price` takes.

use std::collections::HashMap;

use docket_domain::order::Order;
use docket_domain::pricing::{Document, Tax, TaxKind};
use serde_json::{Value, json};

/// The document that the order's sums come from, as JSON. An order that can't be priced gives its error instead.
pub(crate) fn price_json(order: &Order) -> Value {
    match order.pricing_document() {
        Ok(document) => document_json(order, &document),
        Err(error) => {
            json!({ "error": { "code": error.rule.code(), "field": error.field, "rule": error.rule.to_string() } })
        }
    }
}

fn document_json(order: &Order, document: &Document) -> Value {
    let ids = tax_ids(&document.taxes);
    let taxes: Vec<Value> = document.taxes.iter().zip(&ids).map(|(tax, id)| tax_json(tax, id)).collect();
    let lines: Vec<Value> = document
        .lines
        .iter()
        .map(|line| {
            json!({
                "name": line.name,
                "unit_price": line.unit_price.to_string(),
                "qty": line.quantity.to_string(),
                "modifiers": line.modifiers.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "taxes": line.taxes.iter().map(|tax| ids[tax.index()].as_str()).collect::<Vec<_>>(),
                "voided": line.voided,
            })
        })
        .collect();
    json!({
        "currency": { "code": order.currency().code(), "dp": document.scale.dp(), "step": document.scale.step().to_string() },
        "policy": document.policy,
        "taxes": taxes,
        "lines": lines,
        "order_discounts": [],
    })
}

/// Two rates under one id are two taxes to a reader of the document: the later ones get a number.
fn tax_ids(taxes: &[Tax]) -> Vec<String> {
    let mut count: HashMap<&str, u32> = HashMap::new();
    taxes
        .iter()
        .map(|tax| {
            let times = count.entry(tax.id.as_str()).or_insert(0);
            *times += 1;
            if *times == 1 { tax.id.clone() } else { format!("{}#{times}", tax.id) }
        })
        .collect()
}

fn tax_json(tax: &Tax, id: &str) -> Value {
    let mut value =
        json!({ "id": id, "included": tax.included, "compound": tax.compound, "base_affected": tax.base_affected });
    let (kind, field, amount) = match tax.kind {
        TaxKind::Percent(rate) => ("percent", "rate", rate.percent().to_string()),
        TaxKind::FixedPerUnit(amount) => ("fixed_per_unit", "amount", amount.to_string()),
    };
    value["kind"] = json!(kind);
    value[field] = json!(amount);
    value
}
