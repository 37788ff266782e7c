//! Why a value of money can't be made or combined.

use super::plain_decimal::PlainDecimalError;

/// Why an amount, a quantity, a rate or a currency was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The code is not that of an active ISO 4217 currency.
    #[error("currency: {code:?} is not an active ISO 4217 code")]
    UnknownCurrency {
        /// The code as given, cut to a length that is safe to show.
        code: String,
    },
    /// Two amounts of different currencies can't be combined or compared.
    #[error("currency: {left} and {right} can't be combined")]
    CurrencyMismatch {
        /// Code of the first amount.
        left: &'static str,
        /// Code of the second amount.
        right: &'static str,
    },
    /// The result is beyond what the type holds.
    #[error("{field}: beyond the largest value of {max}")]
    OutOfRange {
        /// What was being made: `amount`, `quantity` or `rate`.
        field: &'static str,
        /// The bound, as text.
        max: &'static str,
    },
    /// The value has more decimals than its kind allows.
    #[error("{field}: at most {max} decimals are allowed")]
    TooManyDecimals {
        /// What was being made: `amount`, `quantity` or `rate`.
        field: &'static str,
        /// The number of decimals allowed.
        max: u32,
    },
    /// A tax rate lies outside 0 to 100 percent.
    #[error("rate: a tax rate lies between 0 and 100 percent")]
    RateOutOfRange,
    /// The text is not a plain decimal number.
    #[error("{field}: {source}")]
    NotANumber {
        /// What was being made: `amount`, `quantity` or `rate`.
        field: &'static str,
        /// What is wrong with the text.
        source: PlainDecimalError,
    },
}
