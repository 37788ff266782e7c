//! After a restart: what was acknowledged is there, what was not is done once, and nothing else is.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::checks::Checks;
use crate::client::{Books, Client, Pending, patiently};
use crate::http::Connection;
use crate::ledger::{Ledger, Order, Stand, minor_of};
use crate::rng::Rng;
use crate::shop::{Shop, answer};
use crate::store;

/// Orders of earlier starts that are looked at again after each kill; all of them are at the end.
const OLD_ORDERS_SAMPLED: usize = 50;
/// Acknowledged commands that are repeated after each kill.
const REPEATS: usize = 10;

/// What the retries found.
#[derive(Debug, Default)]
pub struct Found {
    /// Commands that were done although nobody was told.
    pub done: u64,
    /// Commands that the kill came before.
    pub not_done: u64,
}

/// Retries what the kill left without an answer, with the same command id: it gives the answer that was stored, or is
/// decided anew, and never does a thing twice.
pub fn settle(clients: &mut [Client], shop: &Shop, books: &Books, store: &rusqlite::Connection, found: &mut Found) {
    let mut connection = Connection::new(&shop.address);
    for client in clients {
        let Some(Pending { sent, .. }) = client.pending.take() else { continue };
        let trace = || store::trace(store, &sent.command_id, &sent.order_id);
        let Some(before) = lock(books.checks).worked(trace()) else { continue };
        let done = before.receipt && before.events > 0;
        let half = before.receipt != (before.events > 0);
        lock(books.checks).expect(half.then(|| format!("{} is half done: {before:?}", sent.name)));
        if done {
            found.done += 1
        } else {
            found.not_done += 1
        }
        let retried = patiently(shop, &mut connection, &sent)
            .map_err(|error| format!("the retry of {} ended with {error}", sent.name));
        let Some(answer) = lock(books.checks).worked(retried) else { continue };
        if answer.status == 200 {
            client.acknowledged(&sent, &answer.body, books);
        } else if done {
            lock(books.checks).expect([format!("{} was done, and its retry refused: {}", sent.name, answer.body)]);
        } else {
            client.refused(&sent, &answer, books);
        }
        let Some(after) = lock(books.checks).worked(trace()) else { continue };
        let twice = done && after != before;
        lock(books.checks).expect(twice.then(|| format!("{} was {before:?}, and its retry made {after:?}", sent.name)));
    }
}

/// Holds orders against the ledger: all that moved since the last audit, and a sample of older ones, or all.
pub fn orders(shop: &Shop, ledger: &mut Ledger, since_round: u64, all: bool, rng: &mut Rng, checks: &mut Checks) {
    let mut connection = Connection::new(&shop.address);
    let mut looked_at = Vec::new();
    let (fresh, old): (Vec<_>, Vec<_>) = ledger.orders.iter().partition(|(_, order)| order.round >= since_round);
    let sampled: Vec<_> = if all || old.len() <= OLD_ORDERS_SAMPLED {
        old
    } else {
        (0..OLD_ORDERS_SAMPLED).map(|_| old[rng.index(old.len())]).collect()
    };
    for (order_id, order) in fresh.into_iter().chain(sampled) {
        match shop.order(&mut connection, order_id) {
            Ok(Some(view)) => {
                checks.expect(differences(order, &view));
                let text = |key: &str| view[key].as_str().unwrap_or_default().to_owned();
                let stand = Stand { status: text("status"), version: text("version") };
                looked_at.push((order_id.clone(), stand));
            }
            Ok(None) => checks.expect([format!("order {} ({order_id}) is gone", order.label)]),
            Err(error) => checks.expect([format!("order {} can't be read: {error}", order.label)]),
        }
    }
    checks.expect(ledger.receipt_faults());
    // From now on a shared order may not move by itself either.
    for (order_id, stand) in looked_at {
        if let Some(order) = ledger.orders.get_mut(&order_id) {
            order.stand.get_or_insert(stand);
        }
    }
}

/// A repeat of an acknowledged command returns its outcome; its id with other content is refused.
pub fn repeats(shop: &Shop, ledger: &Ledger, rng: &mut Rng, checks: &mut Checks) {
    // What wrote nothing left no receipt and is decided anew.
    let orders: Vec<&Order> = ledger.orders.values().filter(|order| order.last.1["applied"] == true).collect();
    if orders.is_empty() {
        return;
    }
    let mut connection = Connection::new(&shop.address);
    for _ in 0..REPEATS {
        let (sent, outcome) = &orders[rng.index(orders.len())].last;
        let repeated = answer(patiently(shop, &mut connection, sent));
        checks.expect(match repeated {
            Ok(again) if again == *outcome => None,
            other => Some(format!("{} answered {outcome}, and its repeat {other:?}", sent.name)),
        });
    }
    let (sent, _) = &orders[rng.index(orders.len())].last;
    let mut other = sent.clone();
    other.body = other.body.replacen(&sent.order_id, &rng.uuid(), 1);
    let reused = patiently(shop, &mut connection, &other);
    checks.expect(match reused {
        Ok(answer) if answer.status == 409 && answer.body["code"] == "command_id_reused" => None,
        other => Some(format!("a command id with other content was answered with {other:?}")),
    });
}

/// What an order lacks of what was acknowledged.
fn lost(order: &Order, view: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for line_id in order.lines.keys() {
        if line(view, line_id).is_none() {
            faults.push(format!("order {} lost line {line_id}", order.label));
        }
    }
    for payment_id in order.payments.keys() {
        if payments(view).all(|payment| payment["payment_id"] != payment_id.as_str()) {
            faults.push(format!("order {} lost payment {payment_id}", order.label));
        }
    }
    faults
}

/// Every difference between an order as acknowledged and as shown.
fn differences(order: &Order, view: &Value) -> Vec<String> {
    let mut faults = lost(order, view);
    let mut differ = |what: &str, ours: Value, theirs: &Value| {
        if ours != *theirs {
            faults.push(format!("order {}: {what} was acknowledged as {ours} and is {theirs}", order.label));
        }
    };
    differ("label", json!(order.label), &view["label"]);
    if let Some(stand) = &order.stand {
        differ("status", json!(stand.status), &view["status"]);
        differ("version", json!(stand.version), &view["version"]);
    }
    for (line_id, ours) in &order.lines {
        let Some(theirs) = line(view, line_id) else { continue };
        differ("the product of a line", json!(ours.product_id), &theirs["product_id"]);
        differ("the quantity of a line", json!(ours.quantity), &theirs["quantity"]);
        differ("the void of a line", json!(ours.voided), &json!(theirs["state"] == "voided"));
    }
    for theirs in payments(view) {
        let id = theirs["payment_id"].as_str().unwrap_or_default();
        let ours = order.payments.get(id);
        differ("the amount of a payment", json!(ours.map(|ours| ours.minor)), &json!(minor_of(&theirs["amount"])));
        differ("a receipt", json!(ours.map(|ours| &ours.receipt)), &theirs["receipt"]);
    }
    differ("the number of lines", json!(order.lines.len()), &json!(view["lines"].as_array().map(Vec::len)));
    differ("the number of payments", json!(order.payments.len()), &json!(payments(view).count()));
    differ("what was captured", json!(order.captured_minor()), &json!(minor_of(&view["captured"])));
    faults
}

fn line<'a>(view: &'a Value, line_id: &str) -> Option<&'a Value> {
    view["lines"].as_array()?.iter().find(|line| line["line_id"] == line_id)
}

fn payments(view: &Value) -> impl Iterator<Item = &Value> {
    view["payments"].as_array().into_iter().flatten()
}

fn lock(checks: &Mutex<Checks>) -> std::sync::MutexGuard<'_, Checks> {
    checks.lock().expect("no client panics")
}
