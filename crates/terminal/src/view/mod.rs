//! From the order as it stands to what a screen draws: names, unsealed text, money as text, allowed actions.

mod order;
mod people;
mod price;
mod receipt;
mod totals;

pub(crate) use order::order_view;
pub(crate) use people::{People, Secrets};
pub(crate) use price::price_json;
pub(crate) use receipt::receipt_view;
pub(crate) use totals::{cash_suggestions, receipt_text, totals_view};
