//! The fold: S6, and that the read models are what the facts say.

use std::collections::BTreeMap;

use docket_domain::ids::OrderId;
use docket_domain::order::{Order, OrderState};
use rusqlite::Connection;
use uuid::Uuid;

use crate::device::Device;
use crate::failure::{Failure, broken};
use crate::rows::{self, Rows, Stored};
use docket_testkit::dice::Dice;

/// Arrival orders that are tried beside the sorted one.
const SHUFFLES: usize = 2;

/// Every order that was opened, folded from its set; in any order of arrival and with doubles it is the same.
pub fn orders(union: &Rows, dice: &mut Dice) -> Result<Vec<Order>, Failure> {
    let mut orders = Vec::new();
    for (id, mut facts) in rows::orders(union) {
        let sorted = fold(id, &facts);
        for _ in 0..SHUFFLES {
            dice.shuffle(&mut facts);
            let mut arrived = facts.clone();
            arrived.extend(facts.iter().take(3));
            if fold(id, &arrived) != sorted {
                return Err(broken("S6", format!("order {id} depends on the order in which its facts arrive")));
            }
        }
        orders.extend(sorted);
    }
    Ok(orders)
}

fn fold(id: Uuid, facts: &[&Stored]) -> Option<Order> {
    let mut state = OrderState::new(OrderId(id));
    for fact in facts {
        state.evolve(fact.fact());
    }
    state.derive()
}

/// S6: a rebuild changes nothing. Gives the digest.
pub async fn rebuilt(device: &Device) -> Result<String, Failure> {
    let report = docket_terminal::rebuild::run(device.till(), |_, _| {}).await.map_err(Failure::till("a rebuild"))?;
    if report.before != report.after {
        return Err(broken("S6", format!("{}: a rebuild gives another digest", device.name)));
    }
    Ok(report.after)
}

/// The list of orders and the open exceptions say what the fold says.
pub fn read_models(connection: &Connection, orders: &[Order]) -> Result<(), Failure> {
    let wanted: BTreeMap<Uuid, (String, i64, i64, i64)> = orders
        .iter()
        .map(|order| {
            let open = i64::try_from(order.open_exceptions().count()).expect("few exceptions");
            let status = order.status.as_str().to_owned();
            (order.id.0, (status, order.totals.sums.total_minor, order.balance_minor, open))
        })
        .collect();
    let mut statement =
        connection.prepare("SELECT order_id, status, total_minor, balance_minor, exceptions FROM orders")?;
    let found = statement.query_map([], |row| {
        Ok((Uuid::from_bytes(row.get(0)?), (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
    })?;
    let found: BTreeMap<Uuid, (String, i64, i64, i64)> = found.collect::<Result<_, _>>()?;
    if found == wanted {
        return Ok(());
    }
    let differs = wanted.iter().find(|(id, order)| found.get(id) != Some(order)).map(|(id, order)| (*id, order));
    Err(broken("S6", format!("the list of orders is not what the facts say: {differs:?} by the facts")))
}
