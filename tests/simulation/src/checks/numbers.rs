//! Numbers that people rely on: receipts and grand totals (S12), labels of orders (S13).

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use crate::failure::{Failure, broken};
use crate::ledger::Ledger;
use crate::rows::Rows;

struct Receipt {
    event: Uuid,
    amount_minor: i64,
    grand_total_minor: i64,
}

/// S12: in each series every number was given once, without a gap, and the grand total rises by what was captured.
/// A receipt that went with an old copy was given to a guest all the same, so its number counts as used.
pub fn receipts(union: &Rows, ledger: &Ledger) -> Result<(), Failure> {
    let mut series: BTreeMap<String, BTreeMap<u64, Receipt>> = BTreeMap::new();
    for row in union.values().chain(ledger.lost()).filter(|row| row.event_type == "order.cash_paid") {
        let paid = row.json()?;
        let receipt = &paid["receipt"];
        let name = receipt["series"].as_str().ok_or(Failure::Answer("series"))?.to_owned();
        let number = receipt["number"].as_u64().ok_or(Failure::Answer("number"))?;
        let found = Receipt {
            event: row.event_id,
            amount_minor: paid["amount_minor"].as_i64().ok_or(Failure::Answer("amount_minor"))?,
            grand_total_minor: receipt["grand_total_minor"].as_i64().ok_or(Failure::Answer("grand_total_minor"))?,
        };
        let event = found.event;
        let known = series.entry(name.clone()).or_default().insert(number, found);
        if known.is_some_and(|known| known.event != event) {
            return Err(broken("S12", format!("receipt {name}-{number:06} was given twice")));
        }
    }
    for (name, receipts) in &series {
        let (mut expected, mut total) = (1, 0);
        for (number, receipt) in receipts {
            total += receipt.amount_minor;
            if *number != expected {
                return Err(broken("S12", format!("series {name} has no receipt {expected}, but {number}")));
            }
            if receipt.grand_total_minor != total {
                let text =
                    format!("{name}-{number:06} says {}, the receipts sum to {total}", receipt.grand_total_minor);
                return Err(broken("S12", text));
            }
            expected += 1;
        }
    }
    Ok(())
}

/// S13: no two live orders of a day show the same label.
pub fn labels(connection: &Connection) -> Result<(), Failure> {
    let sql = "SELECT business_day, label, count(*) FROM orders WHERE open = 1 GROUP BY 1, 2 HAVING count(*) > 1";
    let twice = connection.query_row(sql, [], |row| {
        Ok(format!("{} orders of {} are {}", row.get::<_, i64>(2)?, row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    });
    match twice.optional()? {
        None => Ok(()),
        Some(text) => Err(broken("S13", text)),
    }
}
