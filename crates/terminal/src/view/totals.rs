//! Sums as text, and the amounts that a guest would hand over.

use docket_contracts::view::{TaxView, TotalsView};
use docket_domain::money::{Currency, Money};
use docket_domain::order::Order;
use docket_domain::order::event::ReceiptNumber;
use docket_domain::order::view::Sums;

/// Chips beside the exact amount at most.
const SUGGESTIONS_MAX: usize = 4;

/// The sums of an order.
pub(crate) fn totals_view(order: &Order) -> TotalsView {
    let money = |minor| Money::new(minor, order.currency());
    let defined = |id: &str| {
        let of_lines = order.lines.iter().flat_map(|line| line.content.taxes.iter());
        let of_charge = order.terms().service_charge.iter().flat_map(|charge| charge.taxes.iter());
        of_lines.chain(of_charge).find(|tax| tax.id == id)
    };
    let taxes = order
        .totals
        .taxes
        .iter()
        .map(|sum| {
            let tax = defined(&sum.id);
            TaxView {
                id: sum.id.clone(),
                name: tax.map_or_else(|| sum.id.clone(), |tax| tax.name.clone()),
                percent: tax.map_or_else(String::new, |tax| tax.percent.normalize().to_string()),
                included: tax.is_some_and(|tax| tax.included),
                amount: money(sum.tax_minor),
            }
        })
        .collect();
    let sums = order.totals.sums;
    let charge = order.totals.service_charge.as_ref().map_or(0, |charge| charge.sums.total_minor);
    let of_lines: i64 = order.lines.iter().filter(|line| line.counts).map(|line| line.sums.total_minor).sum();
    let rounding_minor = if order.pricing_error.is_some() { 0 } else { sums.total_minor - of_lines - charge };
    let lines: i64 =
        order.lines.iter().filter(|line| line.counts).map(|line| shown(order, line.sums, &line.content.taxes)).sum();
    let subtotal = lines + charge_shown(order).map_or(0, |(_, minor)| minor);
    TotalsView {
        subtotal: money(subtotal),
        net: money(sums.net_minor),
        tax: money(sums.tax_minor),
        taxes,
        total: money(sums.total_minor),
        rounding: (rounding_minor != 0).then(|| money(rounding_minor)),
    }
}

/// The service charge as it is shown to the guest: its name and minor units.
pub(crate) fn charge_shown(order: &Order) -> Option<(&str, i64)> {
    let taxes = order.terms().service_charge.as_ref().map(|charge| charge.taxes.as_slice()).unwrap_or_default();
    let charge = order.totals.service_charge.as_ref()?;
    Some((&charge.name, shown(order, charge.sums, taxes)))
}

/// What a line shows to the guest: its total where its taxes are included, its net where they are added.
pub(crate) fn shown(order: &Order, sums: Sums, taxes: &[docket_domain::order::line::LineTax]) -> i64 {
    let applies = |tax: &&docket_domain::order::line::LineTax| {
        tax.order_types.is_empty() || tax.order_types.contains(&order.order_type)
    };
    if taxes.iter().filter(applies).any(|tax| tax.included) { sums.total_minor } else { sums.net_minor }
}

/// A legal receipt as text.
pub(crate) fn receipt_text(receipt: &ReceiptNumber) -> String {
    format!("{}-{:06}", receipt.series, receipt.number)
}

/// Steps that notes and coins come in, in units of 1, 2 and 5 times a power of ten of minor units. What a guest hands
/// over is the exact amount or the next multiple of one of them.
pub(crate) fn cash_suggestions(balance_minor: i64, currency: Currency) -> Vec<Money> {
    if balance_minor <= 0 {
        return Vec::new();
    }
    let mut amounts: Vec<i64> = vec![balance_minor];
    // The smallest step worth offering is one unit of the currency; a currency without minor units has larger notes.
    let mut base: i64 = if currency.exponent() == 0 { 100 } else { 10_i64.pow(u32::from(currency.exponent())) };
    while amounts.len() <= SUGGESTIONS_MAX && base <= balance_minor.saturating_mul(20) {
        for step in [base, base.saturating_mul(2), base.saturating_mul(5)] {
            let next = balance_minor.div_euclid(step) + i64::from(balance_minor.rem_euclid(step) != 0);
            let amount = next.saturating_mul(step);
            if !amounts.contains(&amount) && amounts.len() <= SUGGESTIONS_MAX {
                amounts.push(amount);
            }
        }
        base = base.saturating_mul(10);
    }
    amounts.sort_unstable();
    amounts.into_iter().map(|minor| Money::new(minor, currency)).collect()
}

#[cfg(test)]
mod tests {
    use super::cash_suggestions;
    use docket_domain::money::Currency;

    fn chips(minor: i64, code: &str) -> Vec<String> {
        let currency = Currency::try_from_code(code).expect("active");
        cash_suggestions(minor, currency).iter().map(docket_domain::money::Money::to_decimal_string).collect()
    }

    #[test]
    fn a_coffee_offers_the_exact_amount_and_the_next_notes() {
        assert_eq!(chips(380, "EUR"), ["3.80", "4.00", "5.00", "10.00", "20.00"]);
        assert_eq!(chips(1_250, "JPY"), ["1250", "1300", "1400", "1500", "2000"]);
        assert_eq!(chips(2_000, "EUR"), ["20.00", "50.00", "100.00", "200.00", "500.00"]);
    }

    #[test]
    fn nothing_to_pay_offers_nothing() {
        assert!(chips(0, "EUR").is_empty());
    }
}
