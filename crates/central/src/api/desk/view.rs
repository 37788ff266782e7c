//! An order as the API shows it, from what others were told of it.

use chrono::{DateTime, SecondsFormat};
use docket_contracts::integration::{LineBody, OrderBody};
use docket_domain::money::{Currency, Money};
use docket_domain::order::LineState;

use crate::api::order::{Choice, Delivery, LineView, OrderView};

/// The order with what head office alone knows of it.
#[must_use]
pub fn view(body: &OrderBody, delivery: Delivery, address: Option<String>) -> OrderView {
    let money = |minor| decimal(minor, &body.currency);
    OrderView {
        order_id: body.order_id,
        store_id: body.store_id,
        customer_id: body.customer_id,
        label: body.label.clone(),
        order_type: body.order_type,
        status: body.status.as_str().to_owned(),
        version: body.version,
        currency: body.currency.clone(),
        items: body.lines.iter().map(|line| line_view(line, &body.currency)).collect(),
        net: money(body.net_minor),
        tax: money(body.tax_minor),
        total: money(body.total_minor),
        balance: money(body.balance_minor),
        delivery,
        opened_at: rfc3339(body.opened_at_ms),
        cancel_reason: body.cancel_reason.clone(),
        shipping_address: address,
    }
}

fn line_view(line: &LineBody, currency: &str) -> LineView {
    let choices = line.modifiers.iter().map(|chosen| Choice {
        group_id: chosen.group_id.clone(),
        option_id: chosen.option_id.clone(),
        count: chosen.count,
    });
    LineView {
        line_id: line.line_id,
        product_id: line.product_id.0,
        product_name: line.name.clone(),
        quantity: line.quantity.clone(),
        unit_price: decimal(line.unit_price_minor, currency),
        total: decimal(line.total_minor, currency),
        state: state(line.state).to_owned(),
        choices: choices.collect(),
    }
}

fn state(state: LineState) -> &'static str {
    match state {
        LineState::New => "new",
        LineState::Fired => "fired",
        LineState::Started => "started",
        LineState::Ready => "ready",
        LineState::HandedOver => "handed_over",
        LineState::Voided => "voided",
    }
}

/// An amount as a decimal; one in a currency that this program does not know stays in minor units.
fn decimal(minor: i64, currency: &str) -> String {
    match Currency::try_from_code(currency) {
        Ok(currency) => Money::new(minor, currency).to_decimal_string(),
        Err(_) => minor.to_string(),
    }
}

/// A wall time as RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH).to_rfc3339_opts(SecondsFormat::Millis, true)
}
