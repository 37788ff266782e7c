//! Every refusal of every command and query: code, field and rule, nothing written, and the till goes on. The table
//! `tests/browser/refusals.json` has a row for each; `Shop::refused` holds every refusal against it.

mod catalogue;
mod everywhere;
mod kitchen;
mod lines;
mod money;
mod people;
mod queries;
mod setup;
mod table;

use docket_acceptance::{Order, Shop, fresh, merged};
use docket_contracts::ErrorCode;
use docket_contracts::view::OrderStatus;
use serde_json::{Value, json};

/// Orders in every state that a refusal needs. Refusals change nothing, so all cases share them.
struct Stage {
    shop: Shop,
    draft: Order,
    /// No lines.
    empty: Order,
    /// Placed, and its only line was voided.
    emptied: Order,
    confirmed: Order,
    preparing: Order,
    completed: Order,
    cancelled: Order,
    /// Sent and paid, not handed over.
    paid: Order,
    /// Of five lines: handed over, ready, fired, voided, new. Nothing is paid.
    mixed: Order,
    /// As many lines as an order has room for.
    full: Order,
}

impl Stage {
    async fn set() -> Self {
        let shop = Shop::demo().await;
        let draft = shop.at(OrderStatus::Draft).await;
        let empty = shop.opened(&[]).await;
        let emptied = shop.opened(&["Espresso"]).await;
        shop.must("place", emptied.on()).await;
        shop.must("void_line", emptied.line(0)).await;
        let paid = shop.at(OrderStatus::Draft).await;
        shop.must("pay_cash", paid.cash()).await;
        let (mixed, full) = (mixed(&shop).await, full(&shop).await);
        Stage {
            draft,
            empty,
            emptied,
            confirmed: shop.at(OrderStatus::Confirmed).await,
            preparing: shop.at(OrderStatus::Preparing).await,
            completed: shop.at(OrderStatus::Completed).await,
            cancelled: shop.at(OrderStatus::Cancelled).await,
            paid,
            mixed,
            full,
            shop,
        }
    }

    /// A line of an espresso with these members changed.
    async fn espresso(&self, more: Value) -> Value {
        merged(self.shop.line("Espresso").await, more)
    }

    /// Refuses the command in turn for each input.
    async fn refuses(&self, command: &str, cases: impl IntoIterator<Item = (ErrorCode, &str, Value)>) {
        for (code, field, input) in cases {
            self.shop.refused(command, input, code, field).await;
        }
    }
}

async fn mixed(shop: &Shop) -> Order {
    let order = shop.opened(&["Espresso", "Croissant", "Americano", "Cheesecake"]).await;
    shop.must("send", order.on()).await;
    shop.must("ready", order.some(&[0, 1])).await;
    shop.must("hand_over", order.some(&[0])).await;
    shop.must("void_line", merged(order.line(3), json!({ "reason": "dropped" }))).await;
    let new = fresh();
    let line = merged(shop.line("Black tea").await, json!({ "line_id": new }));
    shop.must("add_line", order.with(json!({ "line": line }))).await;
    Order { id: order.id, lines: [order.lines, vec![new]].concat() }
}

async fn full(shop: &Shop) -> Order {
    let products = vec!["Espresso"; docket_domain::order::limits::MAX_LINES];
    shop.opened(&products).await
}
