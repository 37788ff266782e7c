//! Numbers that people and the law go by: labels of orders, receipts.

use std::collections::{BTreeMap, BTreeSet};

use docket_devices::seen::Shown;
use serde_json::Value;

use crate::meeting;

fn devices() -> impl Iterator<Item = &'static Shown> {
    meeting().met.iter().chain(&meeting().settled)
}

#[test]
fn no_two_live_orders_of_a_day_show_the_same_label() {
    for device in devices() {
        let orders = device.export.iter().filter(|line| line["kind"] == "order");
        let live = orders.filter(|order| order["status"] != "cancelled" && order["status"] != "completed");
        let labels: Vec<(String, String)> =
            live.map(|order| (order["business_day"].to_string(), order["label"].to_string())).collect();
        let distinct: BTreeSet<&(String, String)> = labels.iter().collect();
        assert!(labels.len() > 10, "{}", device.device);
        assert_eq!(distinct.len(), labels.len(), "{}: {labels:?}", device.device);
    }
}

/// A receipt as a fact states it: number, grand total, amount, and the public key of the register that gave it.
type Receipt = (u64, i64, i64, String);

/// The receipts of each series, in the order of their numbers.
fn receipts(device: &Shown) -> BTreeMap<String, Vec<Receipt>> {
    let payload = |row: &Value| -> Value { serde_json::from_str(row["payload"].as_str().unwrap()).unwrap() };
    let mut keys: BTreeMap<&str, String> = BTreeMap::new();
    for row in device.rows().filter(|row| row["event_type"] == "log.opened") {
        keys.insert(row["log"].as_str().unwrap(), payload(row)["public_key"].to_string());
    }
    let mut series: BTreeMap<String, Vec<Receipt>> = BTreeMap::new();
    for row in device.rows().filter(|row| row["event_type"] == "order.cash_paid") {
        let paid = payload(row);
        let receipt = &paid["receipt"];
        let register = keys[row["log"].as_str().unwrap()].clone();
        series.entry(receipt["series"].to_string()).or_default().push((
            receipt["number"].as_u64().unwrap(),
            receipt["grand_total_minor"].as_i64().unwrap(),
            paid["amount_minor"].as_i64().unwrap(),
            register,
        ));
    }
    series.values_mut().for_each(|receipts| receipts.sort());
    series
}

#[test]
fn receipt_numbers_are_unique_and_gapless_in_a_series_that_belongs_to_one_register() {
    for device in devices() {
        let series = receipts(device);
        assert_eq!(series.len(), 4, "{}: three tills and the one of the fixtures", device.device);
        for (name, receipts) in &series {
            let numbers: Vec<u64> = receipts.iter().map(|(number, ..)| *number).collect();
            assert_eq!(numbers, (1..=receipts.len() as u64).collect::<Vec<_>>(), "{name} at {}", device.device);
            let registers: BTreeSet<&str> = receipts.iter().map(|(.., register)| register.as_str()).collect();
            assert_eq!(registers.len(), 1, "{name} at {}", device.device);
        }
    }
}

#[test]
fn the_grand_total_of_a_series_rises_by_each_amount() {
    for device in devices() {
        for (name, receipts) in receipts(device) {
            let mut total = 0;
            for (number, grand_total, amount, _) in receipts {
                total += amount;
                assert_eq!(grand_total, total, "receipt {number} of {name} at {}", device.device);
            }
        }
    }
}
