//! Conflicts: S10 and S11, found in the rows alone and then looked for in what the fold says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_domain::order::{ExceptionKind, Order};
use serde_json::json;
use uuid::Uuid;

use crate::device::Device;
use crate::failure::{Failure, broken};
use crate::rows::{self, Rows, Sight, Stored};

const WORK: [&str; 4] =
    ["order.preparation_started", "order.lines_ready", "order.lines_recalled", "order.lines_handed_over"];

/// S10: work that did not know of a cancel, which did not know of it, is on some screen.
pub fn work_against_cancels(union: &Rows, orders: &[Order]) -> Result<(), Failure> {
    let facts = rows::orders(union);
    for order in orders {
        let sight = Sight::of(&facts[&order.id.0]);
        for cancel in sight.of_type("order.cancelled") {
            let raised = |kinds: &[ExceptionKind], other: Option<&Stored>| {
                order.exceptions.iter().any(|exception| {
                    let names = |fact: &Stored| exception.facts.iter().any(|id| id.0 == fact.event_id);
                    kinds.contains(&exception.kind) && names(cancel) && other.is_none_or(names)
                })
            };
            let worked = WORK.iter().flat_map(|kind| sight.of_type(kind)).find(|work| sight.concurrent(cancel, work));
            if let Some(work) = worked
                && !raised(&[ExceptionKind::AlreadyMade, ExceptionKind::CancelledAfterHandover], None)
            {
                let text = format!("order {}: {} beside a cancel raised nothing", order.label(), work.event_type);
                return Err(broken("S10", text));
            }
            for payment in &order.payments {
                let fact = sight.of_type("order.cash_paid").find(|paid| paid.event_id == payment.fact.0);
                if fact.is_some_and(|paid| sight.concurrent(cancel, paid) && !raised(&[ExceptionKind::RefundDue], fact))
                {
                    return Err(broken(
                        "S10",
                        format!("order {}: a payment beside a cancel raised nothing", order.label()),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// S11: a content of a line lives, was replaced by someone who knew it, or can be read beside the one that lives.
pub fn losers(union: &Rows, orders: &[Order]) -> Result<(), Failure> {
    let facts = rows::orders(union);
    for order in orders {
        let mut parents: HashMap<Uuid, Uuid> = HashMap::new();
        let mut contents: BTreeSet<Uuid> = BTreeSet::new();
        for fact in &facts[&order.id.0] {
            let named = match fact.event_type.as_str() {
                "order.line_added" => None,
                "order.line_replaced" => Some("replaces"),
                "order.line_split" | "order.line_split_off" => Some("splits"),
                _ => continue,
            };
            if fact.event_type == "order.line_added" || fact.event_type == "order.line_replaced" {
                contents.insert(fact.event_id);
            }
            if let Some(member) = named
                && let Some(parent) = fact.json()?[member].as_str().and_then(|id| id.parse().ok())
            {
                parents.insert(fact.event_id, parent);
            }
        }
        for line in &order.lines {
            let mut version = Some(line.version.0);
            while let Some(id) = version {
                contents.remove(&id);
                version = parents.get(&id).copied();
            }
            for superseded in &line.superseded {
                contents.remove(&superseded.version.0);
            }
        }
        if let Some(lost) = contents.first() {
            return Err(broken(
                "S11",
                format!("order {}: version {lost} of a line can't be read any more", order.label()),
            ));
        }
    }
    Ok(())
}

/// S11: the history shows every fact of every order.
pub async fn history(device: &Device, union: &Rows, orders: &[Order]) -> Result<(), Failure> {
    let facts: BTreeMap<Uuid, Vec<&Stored>> = rows::orders(union);
    for order in orders {
        let shown = device.ask("history", json!({ "order_id": order.id })).await.map_err(Failure::till("history"))?;
        let shown = shown.as_array().map_or(0, Vec::len);
        let held = facts[&order.id.0].len();
        if shown != held {
            return Err(broken("S11", format!("the history of {} shows {shown} of {held} facts", order.label())));
        }
        let open = device.ask("order", json!({ "order_id": order.id })).await.map_err(Failure::till("order"))?;
        let listed = open["exceptions"].as_array().map_or(0, Vec::len);
        if listed != order.exceptions.len() || open["status"] != order.status.as_str() {
            return Err(broken("S7", format!("{} shows order {} otherwise", device.name, order.label())));
        }
    }
    Ok(())
}
