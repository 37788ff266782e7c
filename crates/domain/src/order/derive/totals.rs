//! The order as a pricing document, and the sums that pricing gives back.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::money::{Currency, Money, TaxRate};
use crate::order::event::ServiceCharge;
use crate::order::line::{LineTax, OrderType};
use crate::order::view::{Order, ServiceChargeSums, Sums, TaxSum, Totals};
use crate::pricing::{Document, Line as PricingLine, PricingError, RoundingMode, Rule, Scale, Tax, TaxRef, price};

impl Order {
    /// The document that the order's sums come from: each line with the taxes of the order type, lines that don't count
    /// marked as voided, and the service charge as a last line of its own. `pricing::price` on it gives the order's
    /// totals, so that an integrator can hold theirs against ours.
    ///
    /// The charge is its percentage of the amounts of the lines that count, as the menu states them (price and modifiers
    /// times quantity), rounded once to the currency's minor unit by the policy's mode.
    ///
    /// # Errors
    /// A tax rate out of range or a sum beyond any amount of money, which only foreign facts can hold.
    pub fn pricing_document(&self) -> Result<Document, PricingError> {
        let terms = self.terms();
        let mut document = Document::new(Scale::of(terms.currency), terms.policy);
        document.lines.reserve_exact(self.lines.len() + 1);
        for (index, line) in self.lines.iter().enumerate() {
            let field = || format!("lines[{index}].taxes");
            let content = &*line.content;
            let taxes = tax_refs(&mut document, &content.taxes, self.order_type, field)?;
            let minor = |minor| Decimal::new(minor, terms.currency.exponent().into());
            let mut priced =
                PricingLine::new(content.name.as_str(), minor(content.unit_price_minor), content.quantity.to_decimal());
            priced.modifiers = content.modifiers.iter().map(|item| minor(item.price_minor)).collect();
            priced.taxes = taxes;
            priced.voided = !line.counts;
            document.lines.push(priced);
        }
        if let Some(charge) = &terms.service_charge {
            let field = || "service_charge.taxes".to_owned();
            let taxes = tax_refs(&mut document, &charge.taxes, self.order_type, field)?;
            let amount = self.service_charge_amount(charge)?;
            let mut priced = PricingLine::new(charge.name.as_str(), amount, Decimal::ONE);
            priced.taxes = taxes;
            priced.voided = !self.lines.iter().any(|line| line.counts);
            document.lines.push(priced);
        }
        Ok(document)
    }

    fn service_charge_amount(&self, charge: &ServiceCharge) -> Result<Decimal, PricingError> {
        let terms = self.terms();
        let too_large = || PricingError {
            field: "service_charge".to_owned(),
            rule: Rule::ResultTooLarge { max: Money::MAX_MINOR },
        };
        let lines = self.lines.iter().filter(|line| line.counts);
        // A line's amount in thousandths of a minor unit is exact in 128 bits.
        let base = lines
            .map(|line| line.content.amount_in_thousandths())
            .try_fold(0_i128, |sum, amount| sum.checked_add(amount?))
            .ok_or_else(too_large)?;
        let scale = u32::from(terms.currency.exponent());
        let strategy = match terms.policy.mode {
            RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            RoundingMode::HalfEven => RoundingStrategy::MidpointNearestEven,
            RoundingMode::HalfDown => RoundingStrategy::MidpointTowardZero,
        };
        Decimal::try_from_i128_with_scale(base, scale + 5)
            .ok()
            .and_then(|hundredth| hundredth.checked_mul(charge.percent))
            .map(|amount| amount.round_dp_with_strategy(scale, strategy))
            .ok_or_else(too_large)
    }
}

fn tax_refs(
    document: &mut Document,
    taxes: &[LineTax],
    order_type: OrderType,
    field: impl Fn() -> String,
) -> Result<Vec<TaxRef>, PricingError> {
    taxes
        .iter()
        .filter(|tax| applies(tax, order_type))
        .map(|tax| {
            let rate = TaxRate::try_from_percent(tax.percent)
                .map_err(|_| PricingError { field: field(), rule: Rule::RateOutOfRange })?;
            Ok(document.add_tax(Tax::percent(tax.id.as_str(), rate, tax.included)))
        })
        .collect()
}

fn applies(tax: &LineTax, order_type: OrderType) -> bool {
    tax.order_types.is_empty() || tax.order_types.contains(&order_type)
}

/// Prices the order and writes the sums into it and its lines. Pricing is a pure function, so sums of the same lines
/// under the same terms are taken over from `before`.
pub(super) fn set_totals(order: &mut Order, before: Option<&Order>) {
    if let Some(before) = before
        && prices_alike(before, order)
    {
        order.totals = before.totals.clone();
        order.pricing_error.clone_from(&before.pricing_error);
        for (line, known) in order.lines.iter_mut().zip(&before.lines) {
            line.sums = known.sums;
        }
        return;
    }
    match priced(order) {
        Ok((totals, lines)) => {
            order.totals = totals;
            for (line, sums) in order.lines.iter_mut().zip(lines) {
                line.sums = sums;
            }
        }
        Err(error) => order.pricing_error = Some(error),
    }
}

/// Whether everything that [`Order::pricing_document`] reads is the same. Contents are compared by address: equal ones
/// at two addresses are only priced once more.
fn prices_alike(a: &Order, b: &Order) -> bool {
    let mut lines = a.lines.iter().zip(&b.lines);
    Arc::ptr_eq(&a.opened, &b.opened)
        && a.order_type == b.order_type
        && a.lines.len() == b.lines.len()
        && lines.all(|(a, b)| a.counts == b.counts && Arc::ptr_eq(&a.content, &b.content))
}

fn priced(order: &Order) -> Result<(Totals, Vec<Sums>), PricingError> {
    let document = order.pricing_document()?;
    let result = price(&document)?;
    let currency = order.currency();
    let minor = |field: &'static str, amount| minor(field, amount, currency);
    let sums = |net, tax, total| {
        Ok::<_, PricingError>(Sums {
            net_minor: minor("net", net)?,
            tax_minor: minor("tax", tax)?,
            total_minor: minor("total", total)?,
        })
    };
    let mut lines = Vec::with_capacity(result.lines.len());
    for line in &result.lines {
        lines.push(sums(line.net, line.tax, line.total)?);
    }
    let mut totals = Totals {
        sums: sums(result.subtotal_excl, result.tax, result.total)?,
        rounding_minor: result.rounding.map_or(Ok(0), |rest| minor("rounding", rest.amount))?,
        ..Totals::default()
    };
    let service_charge = order.terms().service_charge.as_ref();
    totals.service_charge = service_charge.and_then(|charge| {
        let sums = lines.pop()?;
        Some(ServiceChargeSums { name: charge.name.clone(), sums })
    });
    for (id, amount) in &result.taxes {
        let tax = named_tax(order, id);
        totals.taxes.push(TaxSum {
            id: id.clone(),
            name: tax.name.clone(),
            percent: tax.percent,
            included: tax.included,
            tax_minor: minor("tax", *amount)?,
        });
    }
    Ok((totals, lines))
}

/// The first tax with this id that the order applies: it names the sum on the receipt.
fn named_tax<'o>(order: &'o Order, id: &str) -> &'o LineTax {
    let of_lines = order.lines.iter().filter(|line| line.counts).flat_map(|line| &line.content.taxes);
    let of_charge = order.terms().service_charge.iter().flat_map(|charge| &charge.taxes);
    let mut known = of_lines.chain(of_charge);
    let found = known.find(|tax| tax.id == id && applies(tax, order.order_type));
    found.expect("pricing names only taxes of the document")
}

fn minor(field: &str, amount: Decimal, currency: Currency) -> Result<i64, PricingError> {
    Money::try_from_decimal(amount, currency)
        .map(|money| money.minor())
        .map_err(|_| PricingError { field: field.to_owned(), rule: Rule::ResultTooLarge { max: Money::MAX_MINOR } })
}
