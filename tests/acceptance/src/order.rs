//! An order of a test, and how to bring one into a status.

use docket_contracts::view::OrderStatus;
use docket_domain::ids::LogId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Shop, fresh, merged};

/// An order with the lines that it was opened with.
#[derive(Debug, Clone)]
pub struct Order {
    /// The order.
    pub id: Uuid,
    /// Its lines.
    pub lines: Vec<Uuid>,
}

impl Order {
    /// The input of a command that needs no more than the order.
    #[must_use]
    pub fn on(&self) -> Value {
        json!({ "order_id": self.id })
    }

    /// The input of a command with these members besides the order.
    #[must_use]
    pub fn with(&self, more: Value) -> Value {
        merged(self.on(), more)
    }

    /// The input of a command on one of its lines.
    #[must_use]
    pub fn line(&self, index: usize) -> Value {
        self.with(json!({ "line_id": self.lines[index] }))
    }

    /// The input of a command on some of its lines.
    #[must_use]
    pub fn some(&self, indexes: &[usize]) -> Value {
        let lines: Vec<Uuid> = indexes.iter().map(|index| self.lines[*index]).collect();
        self.with(json!({ "lines": lines }))
    }

    /// The input of an exact cash payment.
    #[must_use]
    pub fn cash(&self) -> Value {
        self.with(json!({ "payment_id": fresh() }))
    }
}

impl Shop {
    /// Opens an order at the counter with a line of each product.
    pub async fn opened(&self, products: &[&str]) -> Order {
        let order = Order { id: fresh(), lines: products.iter().map(|_| fresh()).collect() };
        let mut lines = Vec::new();
        for (name, id) in products.iter().zip(&order.lines) {
            lines.push(merged(self.line(name).await, json!({ "line_id": id })));
        }
        self.must("create_order", order.with(json!({ "order_type": "counter", "lines": lines }))).await;
        order
    }

    /// An order of an espresso and a croissant in this status.
    pub async fn at(&self, status: OrderStatus) -> Order {
        let order = self.opened(&["Espresso", "Croissant"]).await;
        let way: &[&str] = match status {
            OrderStatus::Draft => &[],
            OrderStatus::Pending => &["place"],
            OrderStatus::Confirmed => &["send"],
            OrderStatus::Preparing => &["send", "start"],
            OrderStatus::Ready => &["send", "ready"],
            OrderStatus::Completed => &["pay_cash", "complete"],
            OrderStatus::Cancelled => &["cancel"],
        };
        for name in way {
            let input = match *name {
                "pay_cash" => order.cash(),
                "cancel" => order.with(json!({ "reason": "guest left" })),
                _ => order.on(),
            };
            self.must(name, input).await;
        }
        assert_eq!(self.view(&order).await["status"], status.as_str());
        order
    }

    /// The order as its screen shows it.
    pub async fn view(&self, order: &Order) -> Value {
        self.ask("order", order.on()).await
    }

    /// The types of the order's facts, oldest first.
    pub async fn facts(&self, order: &Order) -> Vec<String> {
        let history = self.ask("history", order.on()).await;
        let entries = history.as_array().expect("a history").iter();
        entries
            .map(|entry| entry["event_type"].as_str().expect("a type").trim_start_matches("order.").to_owned())
            .collect()
    }

    /// The open log and the seq of its last row.
    pub async fn head(&self) -> (LogId, u64) {
        let status = self.ask("status", json!({})).await;
        let log = status["log"].as_str().expect("a log").parse().expect("a log id");
        (log, status["head_seq"].as_u64().expect("a number"))
    }
}
