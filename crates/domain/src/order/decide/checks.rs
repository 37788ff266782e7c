//! Bounds of what a command carries.

use crate::money::{Currency, Quantity};
use crate::order::event::Sealed;
use crate::order::limits::{
    MAX_AMOUNT_MINOR, MAX_LINE_NOTE_CHARS, MAX_MODIFIERS, MAX_ORDER_AMOUNT, MAX_QUANTITY, MAX_REASON_CHARS,
    MAX_SEALED_CHARS,
};
use crate::order::line::LineContent;
use crate::order::rejection::Rejection;

/// A text that is not too long.
pub(super) fn text(field: &'static str, text: &str, max: usize) -> Result<(), Rejection> {
    // Bytes are never fewer than characters: the count is needed only beyond the bound.
    if text.len() > max && text.chars().count() > max {
        return Err(Rejection::TextTooLong { field, max });
    }
    Ok(())
}

/// A text that is neither blank nor too long.
pub(super) fn name(field: &'static str, value: &str, max: usize) -> Result<(), Rejection> {
    if value.trim().is_empty() {
        return Err(Rejection::TextEmpty { field });
    }
    text(field, value, max)
}

/// A reason without the blanks around it; a blank one is none.
pub(super) fn reason(given: Option<&str>) -> Result<Option<String>, Rejection> {
    let given = given.map(str::trim).filter(|reason| !reason.is_empty());
    given.map(|reason| text("reason", reason, MAX_REASON_CHARS).map(|()| reason.to_owned())).transpose()
}

/// A sealed text that is not too long.
pub(super) fn sealed(field: &'static str, sealed: Option<&Sealed>) -> Result<(), Rejection> {
    sealed.map_or(Ok(()), |sealed| text(field, &sealed.text, MAX_SEALED_CHARS))
}

/// A quantity that a till sells.
pub(super) fn quantity(quantity: Quantity) -> Result<(), Rejection> {
    if !quantity.is_positive() {
        return Err(Rejection::QuantityNotPositive);
    }
    if quantity > Quantity::whole(MAX_QUANTITY) {
        return Err(Rejection::QuantityTooLarge { max: MAX_QUANTITY });
    }
    Ok(())
}

/// A content that a till sells.
pub(super) fn content(content: &LineContent) -> Result<(), Rejection> {
    quantity(content.quantity)?;
    if content.modifiers.len() > MAX_MODIFIERS {
        return Err(Rejection::TooManyModifiers { max: MAX_MODIFIERS });
    }
    let in_range = |amount: i128| (0..=i128::from(MAX_AMOUNT_MINOR)).contains(&amount);
    let unit = i128::from(content.unit_price_minor);
    let modifiers: i128 = content.modifiers.iter().map(|item| i128::from(item.price_minor)).sum();
    // A modifier may lower the price, a unit never costs less than nothing.
    let modest = |minor: i64| minor.unsigned_abs() <= MAX_AMOUNT_MINOR.unsigned_abs();
    let fits =
        in_range(unit) && in_range(unit + modifiers) && content.modifiers.iter().all(|item| modest(item.price_minor));
    if !fits {
        return Err(Rejection::PriceOutOfRange { max_minor: MAX_AMOUNT_MINOR });
    }
    text("note", content.note.as_deref().unwrap_or_default(), MAX_LINE_NOTE_CHARS)
}

/// Lines that together are no more than an order can be.
pub(super) fn order_amount<'l>(
    currency: Currency,
    lines: impl Iterator<Item = &'l LineContent>,
) -> Result<(), Rejection> {
    let minor_per_major = 10_i128.pow(currency.exponent().into());
    let max = i128::from(MAX_ORDER_AMOUNT) * minor_per_major * i128::from(Quantity::THOUSANDTHS_PER_UNIT);
    let mut amounts = lines.map(LineContent::amount_in_thousandths);
    let sum = amounts.try_fold(0_i128, |sum, amount| sum.checked_add(amount?));
    match sum {
        Some(sum) if sum <= max => Ok(()),
        _ => Err(Rejection::OrderTooLarge { max: MAX_ORDER_AMOUNT }),
    }
}
