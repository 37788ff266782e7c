//! A6: from the call of an order to the kitchen's board of a real till, against the bare way: a row in PostgreSQL, a
//! notification, a row in SQLite, a frame of an event stream.
//!
//! The kitchen does as its screen does: it asks for the board when the feed says that it has changed. Each order is cooked,
//! paid and handed over before the next one comes, and head office has heard of it by then.

use std::collections::BTreeSet;

use docket_contracts::{Change, Topic};
use docket_terminal::ChangeFeed;
use serde_json::{Value, json};

use super::{Ground, ORDERS};
use crate::anchor::bare_board::BareBoard;
use crate::api::line::Line;
use crate::error::BenchError;
use crate::figure::{Figure, quantile, show_quantiles};
use crate::measure::pressure;
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::rows::catch_up::emptied;
use crate::rows::tap::enrol;
use crate::sale::{Seller, new_id, request};
use crate::stopwatch::Stopwatch;

/// Orders of a round.
const ORDERS_OF_ROUND: u64 = 300;
/// Orders before the watch runs: each connection of head office makes its plans.
const WARM: u64 = 80;
/// How long an order may be on its way.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A till with a kitchen, and its store at head office.
struct Kitchen {
    seller: Seller,
    product: String,
    store: String,
    sent: u64,
    /// The caller's connection.
    line: Line,
}

/// Measures the row.
pub(super) fn row(ground: &mut Ground<'_>, rig: &Rig) -> Result<Row, BenchError> {
    // The listener of the anchor is closed on a runtime.
    let runtime = ground.runtime;
    let _entered = runtime.enter();
    let mut kitchen = open(ground, rig)?;
    let mut bare = ground.runtime.block_on(BareBoard::open(&ground.api.office.url(), rig.folder()))?;
    ground.runtime.block_on(known(ground, &kitchen))?;
    for _ in 0..WARM {
        ordered(ground, &mut kitchen)?;
        ground.runtime.block_on(bare.once())?;
    }
    let count = ground.amount(ORDERS_OF_ROUND).max(2);
    let pairs = pressure::rounds(ground.rounds, || {
        let (mut ours, mut answered, mut anchor) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let took = ordered(ground, &mut kitchen)?;
            ours.push(took.on_board);
            answered.push(took.answered);
            anchor.push(ground.runtime.block_on(bare.once())?);
        }
        for (name, times) in [("answered", &mut answered), ("on the board", &mut ours), ("bare", &mut anchor)] {
            show_quantiles("A6", name, times);
        }
        Ok::<_, BenchError>((quantile(&mut ours, 99), quantile(&mut anchor, 99)))
    })?;
    ground.runtime.block_on(kitchen.seller.close());
    let must = Must::AtMostTimes(Figure(3_000));
    Ok(ground.row(
        "A6",
        "order over REST to the kitchen's board of a till, p99, against the bare way",
        "µs",
        &pairs,
        must,
    ))
}

fn open(ground: &Ground<'_>, rig: &Rig) -> Result<Kitchen, BenchError> {
    let folder = rig.copy("kitchen")?;
    let code = ground.api.office.code()?;
    ground.runtime.block_on(async {
        let seller = rig::open(&folder).await?;
        let before = stores(ground).await?;
        enrol(&seller, ground.api.office.address(), code).await?;
        let (terminal, session) = seller.till();
        let page = terminal
            .query(session, "products", json!({"limit": 100}))
            .await
            .map_err(BenchError::refused("products"))?;
        let plain = page["rows"].as_array().and_then(|rows| rows.iter().find(|row| row["asks"] == false));
        let product = plain.and_then(|row| row["product_id"].as_str()).unwrap_or_default().to_owned();
        let watch = Stopwatch::start();
        loop {
            let found = stores(ground).await?;
            if let Some(store) = found.difference(&before).next() {
                let line = Line::open(ground.api.port).await?;
                return Ok(Kitchen { seller, product, store: store.clone(), sent: 0, line });
            }
            if watch.elapsed() > PATIENCE {
                return Err(BenchError::NotComparable("the till's catalogue did not come up".into()));
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
}

/// The stores whose catalogue head office holds.
async fn stores(ground: &Ground<'_>) -> Result<BTreeSet<String>, BenchError> {
    let mut owner = crate::office::database::connect(&ground.api.office.url()).await?;
    let sql = "SELECT DISTINCT store::text FROM central.document_heads h JOIN central.documents d ON d.hash = h.hash \
         WHERE h.kind = 'catalogue'";
    let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut owner).await?;
    Ok(found.into_iter().collect())
}

/// Waits until the API knows the new store, as it believes its list of stores for some seconds, and an order has been served.
async fn known(ground: &Ground<'_>, kitchen: &Kitchen) -> Result<(), BenchError> {
    let request = ground.admin.post(ORDERS, "board-first", &kitchen.body());
    let mut line = Line::open(ground.api.port).await?;
    let watch = Stopwatch::start();
    loop {
        let answer = line.must(&request, &[201, 400]).await?;
        let order: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        // It takes a moment to come to the till.
        if answer.status == 201 && serve(&kitchen.seller, &order["order_id"]).await.is_ok() {
            return Ok(());
        }
        if watch.elapsed() > PATIENCE {
            return Err(BenchError::NotComparable(String::from_utf8_lossy(&answer.body).into_owned()));
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

impl Kitchen {
    fn body(&self) -> String {
        let item = json!({ "product_id": self.product, "quantity": 1 });
        json!({ "user_id": "guest", "store_id": self.store, "items": [item] }).to_string()
    }
}

/// Nanoseconds from the call of an order.
struct Took {
    answered: u64,
    on_board: u64,
}

/// Places an order, waits until the board has it, and has it served.
fn ordered(ground: &Ground<'_>, kitchen: &mut Kitchen) -> Result<Took, BenchError> {
    kitchen.sent += 1;
    let call = ground.admin.post(ORDERS, &format!("board-{}", kitchen.sent), &kitchen.body());
    ground.runtime.block_on(async {
        let Kitchen { line, seller, .. } = kitchen;
        let mut changes = seller.till().0.changes(None);
        // A new follower is told to look at all there is.
        changes.next().await;
        let watch = Stopwatch::start();
        let answer = async {
            let answer = line.must(&call, &[201]).await?;
            let order: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            Ok::<_, BenchError>((order["order_id"].clone(), watch.nanos()))
        };
        let shown = async {
            loop {
                let cooking = board_once_changed(seller, &mut changes, &watch).await?;
                if let Some(ticket) = cooking.first() {
                    return Ok::<_, BenchError>((ticket["order_id"].clone(), watch.nanos()));
                }
            }
        };
        let ((order, answered), (ticket, on_board)) = tokio::try_join!(answer, shown)?;
        if order != ticket {
            return Err(BenchError::NotComparable("another order is on the board".into()));
        }
        serve(seller, &order).await?;
        Ok(Took { answered, on_board })
    })
}

/// An order is cooked, paid and handed over, and head office has heard of it.
async fn serve(seller: &Seller, order: &Value) -> Result<(), BenchError> {
    let (terminal, session) = seller.till();
    let on_order = json!({ "order_id": order });
    let pay = json!({ "order_id": order, "payment_id": new_id(), "tendered": "500.00" });
    for (name, input) in [("ready", on_order.clone()), ("pay_cash", pay), ("hand_over", on_order)] {
        terminal.command(session, name, request(input)).await.map_err(BenchError::refused(name))?;
    }
    emptied(seller).await
}

/// What is to be cooked, after the next change of it.
async fn board_once_changed(
    seller: &Seller,
    changes: &mut ChangeFeed,
    watch: &Stopwatch,
) -> Result<Vec<Value>, BenchError> {
    loop {
        let change = changes.next().await;
        // It gives a heartbeat at least, so that the time is looked at.
        if change.is_none() || watch.elapsed() > PATIENCE {
            return Err(BenchError::NotComparable("the order did not come to the board".into()));
        }
        if matches!(change, Some(Change::Changed { topics, .. }) if topics.contains(&Topic::Kitchen)) {
            let (terminal, session) = seller.till();
            let board = terminal.query(session, "kitchen_board", json!({})).await;
            let mut board = board.map_err(BenchError::refused("kitchen_board"))?;
            return Ok(board["cooking"].as_array_mut().map(std::mem::take).unwrap_or_default());
        }
    }
}
