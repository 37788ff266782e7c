//! The export of the whole store, held against the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::ledger::{Ledger, Order};

/// A payment as the export tells of it: minor units, series and number of the receipt.
type Told = (i64, String, u64);

/// Every difference between the export and the ledger.
///
/// # Errors
/// The line that can't be read.
pub fn differences(file: &Path, ledger: &Ledger) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    let mut orders: BTreeMap<String, Value> = BTreeMap::new();
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", number + 1))?;
        if line["event_type"] == "order.cash_paid" {
            let (payment_id, payment) =
                payment(&line).ok_or_else(|| format!("line {}: no payment in it", number + 1))?;
            if told.insert(payment_id.clone(), payment).is_some() {
                faults.push(format!("payment {payment_id} stands in two events"));
            }
        } else if line["kind"] == "order" {
            let order_id = line["order_id"].as_str().unwrap_or_default().to_owned();
            if orders.insert(order_id.clone(), line).is_some() {
                faults.push(format!("order {order_id} is exported twice"));
            }
        }
    }
    faults.extend(unequal_payments(&told, ledger));
    faults.extend(unequal_orders(&orders, ledger));
    faults.extend(double_labels(&orders));
    Ok(faults)
}

fn unequal_payments(told: &BTreeMap<String, Told>, ledger: &Ledger) -> Option<String> {
    let payments = ledger.orders.values().flat_map(|order| &order.payments);
    let ours: BTreeMap<String, Told> = payments
        .filter_map(|(payment_id, payment)| {
            let (series, number) = payment.receipt_number()?;
            Some((payment_id.clone(), (payment.minor, series.to_owned(), number)))
        })
        .collect();
    let sum = |payments: &BTreeMap<String, Told>| payments.values().map(|(minor, ..)| minor).sum::<i64>();
    let counted = ours.values().map(|(minor, ..)| minor).sum::<i64>() == ledger.captured_minor();
    (ours != *told || !counted).then(|| {
        let (acknowledged, exported) = (ours.len(), told.len());
        let (captured, events) = (ledger.captured_minor(), sum(told));
        format!(
            "{acknowledged} payments over {captured} were acknowledged, {exported} over {events} stand in the events"
        )
    })
}

/// A run may pass the hour at which the business day ends and labels begin anew.
fn double_labels(orders: &BTreeMap<String, Value>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = orders.values().map(|order| format!("{} of {}", order["label"], order["business_day"]));
    names.filter(|name| !seen.insert(name.clone())).map(|name| format!("two orders are called {name}")).collect()
}

fn unequal_orders(orders: &BTreeMap<String, Value>, ledger: &Ledger) -> Vec<String> {
    let unequal = |(order_id, ours): &(&String, &Order)| orders.get(*order_id).is_none_or(|theirs| !same(ours, theirs));
    let mut faults: Vec<String> = ledger
        .orders
        .iter()
        .filter(unequal)
        .map(|(order_id, ours)| {
            format!("order {} is not exported as acknowledged: {:?}", ours.label, orders.get(order_id))
        })
        .collect();
    if orders.len() != ledger.orders.len() {
        faults.push(format!("{} orders were acknowledged and {} exported", ledger.orders.len(), orders.len()));
    }
    faults
}

fn same(ours: &Order, theirs: &Value) -> bool {
    let captured = theirs["captured"].as_str().and_then(|text| text.replace('.', "").parse().ok());
    let stand = ours.stand.as_ref();
    stand.is_some_and(|stand| theirs["status"] == stand.status && theirs["version"] == stand.version)
        && theirs["label"] == ours.label
        && captured == Some(ours.captured_minor())
        && theirs["lines"].as_array().map(Vec::len) == Some(ours.lines.len())
}

/// The payload is the text that was hashed, so it is JSON inside a JSON string.
fn payment(event: &Value) -> Option<(String, Told)> {
    let payload: Value = serde_json::from_str(event["payload"].as_str()?).ok()?;
    let receipt = &payload["receipt"];
    let (series, number) = (receipt["series"].as_str()?.to_owned(), receipt["number"].as_u64()?);
    Some((payload["payment_id"].as_str()?.to_owned(), (payload["amount_minor"].as_i64()?, series, number)))
}
