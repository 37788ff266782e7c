//! The limits of a document, checked before anything is computed.

use rust_decimal::Decimal;

use super::document::{Document, Line, LineDiscount, OrderDiscount, Tax, TaxKind};
use super::error::{PricingError, Rule};
use super::limits;

/// Requires every field to lie within the limits.
pub(super) fn validate(document: &Document) -> Result<(), PricingError> {
    at_most(document.taxes.len(), limits::MAX_TAXES, || "taxes".into())?;
    at_most(document.lines.len(), limits::MAX_LINES, || "lines".into())?;
    at_most(document.order_discounts.len(), limits::MAX_ORDER_DISCOUNTS, || "order_discounts".into())?;
    for (index, tax) in document.taxes.iter().enumerate() {
        validate_tax(tax).map_err(|(field, rule)| PricingError::new(format!("taxes[{index}].{field}"), rule))?;
    }
    for (index, line) in document.lines.iter().enumerate() {
        validate_line(line, document.taxes.len())
            .map_err(|(field, rule)| PricingError::new(format!("lines[{index}].{field}"), rule))?;
    }
    for (index, discount) in document.order_discounts.iter().enumerate() {
        let (OrderDiscount::Percent(value) | OrderDiscount::Fixed(value)) = discount;
        magnitude(*value).map_err(|rule| PricingError::new(format!("order_discounts[{index}].value"), rule))?;
    }
    Ok(())
}

fn at_most(count: usize, max: usize, field: impl FnOnce() -> String) -> Result<(), PricingError> {
    if count <= max { Ok(()) } else { Err(PricingError::new(field(), Rule::TooMany { max })) }
}

fn validate_tax(tax: &Tax) -> Result<(), (String, Rule)> {
    text(&tax.id).map_err(|rule| ("id".into(), rule))?;
    match tax.kind {
        TaxKind::Percent(_) => Ok(()),
        TaxKind::FixedPerUnit(value) => magnitude(value).map_err(|rule| ("amount".into(), rule)),
    }
}

fn validate_line(line: &Line, taxes: usize) -> Result<(), (String, Rule)> {
    let count = |count: usize, max: usize, field: &str| {
        if count <= max { Ok(()) } else { Err((field.to_owned(), Rule::TooMany { max })) }
    };
    count(line.modifiers.len(), limits::MAX_MODIFIERS_PER_LINE, "modifiers")?;
    count(line.taxes.len(), limits::MAX_TAXES_PER_LINE, "taxes")?;
    count(line.discounts.len(), limits::MAX_DISCOUNTS_PER_LINE, "discount")?;
    text(&line.name).map_err(|rule| ("name".into(), rule))?;
    amount(line.unit_price).map_err(|rule| ("unit_price".into(), rule))?;
    bounded(line.quantity, limits::MAX_QUANTITY, limits::MAX_QUANTITY_DECIMALS).map_err(|rule| ("qty".into(), rule))?;
    for (index, modifier) in line.modifiers.iter().enumerate() {
        amount(*modifier).map_err(|rule| (format!("modifiers[{index}]"), rule))?;
    }
    for (index, tax) in line.taxes.iter().enumerate() {
        if tax.0 >= taxes {
            return Err((format!("taxes[{index}]"), Rule::UnknownTax));
        }
        if line.taxes[..index].contains(tax) {
            return Err((format!("taxes[{index}]"), Rule::Duplicate));
        }
    }
    for (index, discount) in line.discounts.iter().enumerate() {
        let (LineDiscount::Percent(value) | LineDiscount::FixedLine(value) | LineDiscount::FixedUnit(value)) = discount;
        magnitude(*value).map_err(|rule| (format!("discount[{index}].value"), rule))?;
    }
    Ok(())
}

fn text(text: &str) -> Result<(), Rule> {
    let max = limits::MAX_TEXT_CHARS;
    // Bytes first: counting characters is needed only where there are more bytes than characters allowed.
    if text.len() > max && text.chars().count() > max { Err(Rule::TextTooLong { max }) } else { Ok(()) }
}

fn amount(value: Decimal) -> Result<(), Rule> {
    bounded(value, limits::MAX_AMOUNT, limits::MAX_AMOUNT_DECIMALS)
}

/// An amount that says how much, not in which direction.
pub(super) fn magnitude(value: Decimal) -> Result<(), Rule> {
    amount(value)?;
    if value < Decimal::ZERO { Err(Rule::Negative) } else { Ok(()) }
}

fn bounded(value: Decimal, max: i64, decimals: u32) -> Result<(), Rule> {
    if value.scale() > decimals && value.normalize().scale() > decimals {
        return Err(Rule::TooManyDecimals { max: decimals });
    }
    if value.abs() > Decimal::from(max) { Err(Rule::TooLarge { max }) } else { Ok(()) }
}
