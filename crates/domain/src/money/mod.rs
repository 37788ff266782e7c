//! Money and the small values around it: [`Money`], [`Currency`], [`Quantity`], [`TaxRate`], [`Address`].
//!
//! Every amount is whole minor units with its currency, all arithmetic is checked, and a text that can't be held
//! exactly is refused, never rounded. Nothing here knows a price policy: how sums are rounded is
//! [`crate::pricing`]'s business.

mod address;
mod amount;
mod currency;
mod currency_table;
mod error;
mod plain_decimal;
mod quantity;
mod tax_rate;

pub use address::{Address, AddressError};
pub use amount::Money;
pub use currency::Currency;
pub use error::MoneyError;
pub use plain_decimal::{PlainDecimalError, parse_plain_decimal};
pub use quantity::Quantity;
pub use tax_rate::TaxRate;

#[cfg(test)]
mod laws;
