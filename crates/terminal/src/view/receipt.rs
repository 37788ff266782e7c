//! The receipt as it is shown: every sum comes from the pricing module, none is computed here.

use docket_contracts::view::{ReceiptLine, ReceiptView};
use docket_domain::ids::PersonId;
use docket_domain::money::Money;
use docket_domain::order::event::ReceiptNumber;
use docket_domain::order::{Line, Order};

use super::order::{charges, payments, refunds};
use super::totals::shown;
use super::{People, receipt_text, totals_view};

/// Draws the receipt of an order; `receipt` is the payment's legal number, if it was paid.
pub(crate) fn receipt_view(
    shop: &str,
    order: &Order,
    cashier: Option<PersonId>,
    receipt: Option<(&ReceiptNumber, i64)>,
    people: &People,
) -> ReceiptView {
    let money = |minor| Money::new(minor, order.currency());
    let lines = order.lines.iter().filter(|line| line.counts).map(|line| receipt_line(order, line));
    let charges = charges(order).into_iter().map(|charge| ReceiptLine {
        text: charge.name,
        details: Vec::new(),
        amount: Some(charge.amount),
    });
    ReceiptView {
        shop: shop.to_owned(),
        number: receipt.map(|(number, _)| receipt_text(number)),
        label: order.label().to_owned(),
        order_type: order.order_type,
        table: order.table().map(str::to_owned),
        at_ms: receipt.map_or(order.opened_at_ms, |(_, at_ms)| at_ms),
        cashier: people.name(cashier),
        lines: lines.chain(charges).collect(),
        totals: totals_view(order),
        payments: payments(order),
        refunds: refunds(order),
        balance: money(order.balance_minor),
    }
}

fn receipt_line(order: &Order, line: &Line) -> ReceiptLine {
    let money = |minor| Money::new(minor, order.currency());
    let content = &line.content;
    let details = content
        .modifiers
        .iter()
        .map(|modifier| {
            let times = if modifier.count == 1 { String::new() } else { format!("{} × ", modifier.count) };
            let price = if modifier.price_minor == 0 {
                String::new()
            } else {
                format!(" +{}", money(modifier.price_minor).to_decimal_string())
            };
            format!("{times}{}{price}", modifier.name)
        })
        .collect();
    ReceiptLine {
        text: format!("{} × {}", content.quantity, content.name),
        details,
        amount: Some(money(shown(order, line.sums, &content.taxes))),
    }
}
