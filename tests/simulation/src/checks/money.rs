//! Money: S8 and S9, added up from the payloads alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_domain::order::Order;
use rusqlite::Connection;
use serde_json::Value;

use crate::failure::{Failure, broken};
use crate::rows::{Rows, Stored};

/// Day, drawer and tender.
type Till = (i64, String, String);

/// What moves money: the fact, its id (one effect for each), its amount, and which way it goes.
const MOVES: [(&str, &str, &str, i64); 2] =
    [("order.cash_paid", "payment_id", "amount_minor", 1), ("order.refunded", "refund_id", "payout_minor", -1)];

/// S8: captured − refunded by day, drawer and tender is the same over facts and read models.
pub fn sums(connection: &Connection, union: &Rows, orders: &[Order]) -> Result<(), Failure> {
    let opened: BTreeSet<_> = orders.iter().map(|order| order.id.0).collect();
    let mut wanted: BTreeMap<Till, i64> = BTreeMap::new();
    for (event_type, id, amount, sign) in MOVES {
        let mut once: HashMap<Value, (&Stored, Value)> = HashMap::new();
        for row in union.values().filter(|row| row.event_type == event_type && opened.contains(&row.stream_id)) {
            let moved = row.json()?;
            let id = moved[id].clone();
            let earlier = once.get(&id).is_some_and(|(known, _)| rank(known) < rank(row));
            if !earlier {
                once.insert(id, (row, moved));
            }
        }
        for (row, moved) in once.values() {
            let drawer = moved["drawer"].as_str().unwrap_or_default().to_owned();
            let amount = moved[amount].as_i64().ok_or(Failure::Answer(amount))?;
            *wanted.entry((i64::from(row.business_day), drawer, "cash".to_owned())).or_default() += sign * amount;
        }
    }
    let sql =
        "SELECT business_day, drawer, tender, sum(captured_minor) - sum(refunded_minor) FROM payments GROUP BY 1, 2, 3";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?)))?;
    let found: BTreeMap<Till, i64> = found.collect::<Result<_, _>>()?;
    if found != wanted {
        return Err(broken("S8", format!("the facts hold {wanted:?}, the read models {found:?}")));
    }
    Ok(())
}

fn rank(row: &Stored) -> (u64, [u8; 32]) {
    (row.clock, row.key.2)
}

/// S9: a payment id takes effect once, over all orders, and with the amount that was captured.
pub fn once(orders: &[Order]) -> Result<(), Failure> {
    let mut known = BTreeSet::new();
    for order in orders {
        for payment in &order.payments {
            if !known.insert(payment.id) {
                return Err(broken("S9", format!("payment {} counts twice", payment.id)));
            }
        }
        let sum: i64 = order.payments.iter().map(|payment| payment.amount_minor).sum();
        if sum != order.captured_minor {
            return Err(broken(
                "S9",
                format!("order {}: payments of {sum}, captured {}", order.id, order.captured_minor),
            ));
        }
    }
    Ok(())
}
