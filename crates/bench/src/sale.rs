//! The sale that is measured: six commands, ten events.

use docket_contracts::CommandRequest;
use docket_domain::ids::{CommandId, ProductId, SessionId};
use docket_terminal::Terminal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::BenchError;
use crate::stopwatch::Stopwatch;

/// Commands of a sale.
pub const COMMANDS: u64 = 6;
/// Events of a sale: opened and four lines, placed, fired, started, ready, paid.
pub const EVENTS: u64 = 10;
/// Lines of a sale.
pub const LINES: usize = 4;

/// A signed-in till that sells.
#[derive(Clone)]
pub struct Seller {
    terminal: Terminal,
    session: Option<SessionId>,
    products: [ProductId; LINES],
}

impl Seller {
    /// A seller at this till.
    pub fn new(terminal: Terminal, session: SessionId, products: [ProductId; LINES]) -> Self {
        Self { terminal, session: Some(session), products }
    }

    /// Sells `sales` times; gives the nanoseconds of each command.
    pub async fn sell(&self, sales: u64) -> Result<Vec<u64>, BenchError> {
        let mut nanos = Vec::new();
        for _ in 0..sales {
            // Made before the watch runs, as a host has its request in hand when it calls.
            for (name, request) in self.script() {
                let watch = Stopwatch::start();
                let outcome = self.terminal.command(self.session, name, request).await;
                nanos.push(watch.nanos());
                let outcome = outcome.map_err(BenchError::refused(name))?;
                if !outcome.applied {
                    return Err(BenchError::NotComparable(format!("{name} wrote nothing")));
                }
            }
        }
        Ok(nanos)
    }

    /// The till and the session, for a caller that goes another way.
    pub fn till(&self) -> (Terminal, Option<SessionId>) {
        (self.terminal.clone(), self.session)
    }

    /// Ends the till.
    pub async fn close(self) {
        self.terminal.close().await;
    }

    /// The commands of the next sale, with ids of their own.
    pub fn script(&self) -> Vec<(&'static str, CommandRequest)> {
        script(&self.products)
    }
}

/// The commands of a sale of these products, with ids of their own.
pub fn script(products: &[ProductId; LINES]) -> Vec<(&'static str, CommandRequest)> {
    let order = new_id();
    let lines: Vec<Value> =
        products.iter().map(|product| json!({"line_id": new_id(), "product_id": product})).collect();
    let create = json!({"order_id": order, "order_type": "counter", "lines": lines});
    let on_order = |name| (name, json!({"order_id": order}));
    let pay = json!({"order_id": order, "payment_id": new_id(), "tendered": "100.00"});
    [
        ("create_order", create),
        on_order("place"),
        on_order("confirm"),
        on_order("start"),
        on_order("ready"),
        ("pay_cash", pay),
    ]
    .into_iter()
    .map(|(name, input)| (name, request(input)))
    .collect()
}

/// A command of its own.
pub fn request(input: Value) -> CommandRequest {
    CommandRequest { command_id: CommandId(new_id()), expected_version: None, input }
}

/// The first products of a page that ask nothing.
pub fn plain_products(page: &Value) -> Result<[ProductId; LINES], BenchError> {
    let rows = page["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let plain: Vec<_> = rows
        .iter()
        .filter(|row| row["asks"] == Value::Bool(false))
        .filter_map(|row| serde_json::from_value(row["product_id"].clone()).ok())
        .take(LINES)
        .collect();
    plain.try_into().map_err(|_| BenchError::NotComparable("the shop has too few products that ask nothing".into()))
}

/// An id as a client makes it.
#[allow(clippy::disallowed_methods, reason = "the bench is the client, and clients make ids")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
