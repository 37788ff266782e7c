//! The limits of a document, in one place. They bound time and memory; within them no input makes pricing fail except
//! by a result that is too large to be money.

use crate::money::Money;

/// Lines in one document.
pub const MAX_LINES: usize = 1_000;
/// Tax definitions in one document.
pub const MAX_TAXES: usize = 100;
/// Taxes on one line.
pub const MAX_TAXES_PER_LINE: usize = 8;
/// Modifiers on one line.
pub const MAX_MODIFIERS_PER_LINE: usize = 100;
/// Discounts on one line.
pub const MAX_DISCOUNTS_PER_LINE: usize = 8;
/// Discounts on the whole order.
pub const MAX_ORDER_DISCOUNTS: usize = 8;
/// Characters of a name or an id.
pub const MAX_TEXT_CHARS: usize = 500;
/// Decimals of a price, an amount, a discount value or a percentage. Prices may be finer than the currency: fuel and
/// weighed goods are priced by the tenth of a cent.
pub const MAX_AMOUNT_DECIMALS: u32 = 6;
/// The largest magnitude of a price, an amount or a discount value: twelve digits.
pub const MAX_AMOUNT: i64 = 999_999_999_999;
/// Decimals of a quantity.
pub const MAX_QUANTITY_DECIMALS: u32 = 6;
/// The largest magnitude of a quantity: nine digits.
pub const MAX_QUANTITY: i64 = 999_999_999;
/// Decimals of a currency that is not in the table.
pub const MAX_CURRENCY_DECIMALS: u32 = 6;
/// The largest step of a currency, in major units.
pub const MAX_STEP: i64 = 1_000_000;
/// The largest result, in minor units: what [`Money`] holds.
pub const MAX_RESULT_MINOR: i64 = Money::MAX_MINOR;
