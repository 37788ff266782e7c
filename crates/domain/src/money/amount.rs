//! An amount of money: whole minor units of one currency.

use rust_decimal::Decimal;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use super::{Currency, MoneyError, Quantity, parse_plain_decimal};

/// An amount in whole minor units of its currency. In JSON: `{"amount":"3.80","currency":"EUR"}`.
///
/// Amounts have no order of their own, because two currencies have none; compare [`Money::minor`] after
/// [`Money::same_currency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, specta::Type)]
#[specta(type = MoneyText)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// [`Money`] as it is written.
#[derive(Deserialize, specta::Type)]
#[specta(inline)]
struct MoneyText {
    amount: String,
    currency: Currency,
}

impl Money {
    /// The largest magnitude that arithmetic and reading produce: 17 digits. It leaves a factor of 92 to the end of
    /// `i64`, and is beyond any sum that a restaurant's books hold in any currency.
    pub const MAX_MINOR: i64 = 99_999_999_999_999_999;
    const MAX_TEXT: &'static str = "17 digits of minor units";

    /// `minor` units of `currency`.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units: cents for EUR, yen for JPY, fils for KWD.
    #[must_use]
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// Whether this is less than nothing.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.minor < 0
    }

    /// Whether this is more than nothing.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.minor > 0
    }

    /// Requires both amounts to be of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`].
    pub fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency.code(), right: other.currency.code() })
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::bounded(self.minor.checked_add(other.minor), self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::bounded(self.minor.checked_sub(other.minor), self.currency)
    }

    /// The negated amount.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        Self::bounded(self.minor.checked_neg(), self.currency)
    }

    /// The amount so many times.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyError> {
        Self::bounded(self.minor.checked_mul(times), self.currency)
    }

    /// The amount times a quantity, where that is a whole number of minor units. A product that has to be rounded needs
    /// a policy and belongs to [`crate::pricing`].
    ///
    /// # Errors
    /// [`MoneyError::TooManyDecimals`] if digits would be lost, [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn checked_mul_quantity(self, quantity: Quantity) -> Result<Self, MoneyError> {
        let scaled = i128::from(self.minor) * i128::from(quantity.thousandths());
        if scaled % i128::from(Quantity::THOUSANDTHS_PER_UNIT) != 0 {
            return Err(MoneyError::TooManyDecimals { field: "amount", max: self.currency.exponent().into() });
        }
        Self::bounded(i64::try_from(scaled / i128::from(Quantity::THOUSANDTHS_PER_UNIT)).ok(), self.currency)
    }

    /// The sum of amounts that are all of `currency`; nothing sums to zero.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn checked_sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Reads `3.80` as an amount of `currency`. Fewer decimals than the currency has are fine, more are not, even zeros.
    ///
    /// # Errors
    /// [`MoneyError::NotANumber`], [`MoneyError::TooManyDecimals`], [`MoneyError::OutOfRange`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let value = parse_plain_decimal(text).map_err(|source| MoneyError::NotANumber { field: "amount", source })?;
        if value.scale() > currency.exponent().into() {
            return Err(MoneyError::TooManyDecimals { field: "amount", max: currency.exponent().into() });
        }
        Self::try_from_decimal(value, currency)
    }

    /// The amount that equals `value` exactly.
    ///
    /// # Errors
    /// [`MoneyError::TooManyDecimals`] if digits would be lost, [`MoneyError::OutOfRange`] beyond [`Money::MAX_MINOR`].
    pub fn try_from_decimal(value: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let exponent = u32::from(currency.exponent());
        let value = value.normalize();
        let missing = exponent
            .checked_sub(value.scale())
            .ok_or(MoneyError::TooManyDecimals { field: "amount", max: exponent })?;
        let minor = value.mantissa().checked_mul(10_i128.pow(missing)).and_then(|minor| i64::try_from(minor).ok());
        Self::bounded(minor, currency)
    }

    /// The amount in major units, at the scale of the currency.
    #[must_use]
    pub fn to_decimal(&self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent().into())
    }

    /// The amount in major units with all decimals of the currency: `3.80`, `-0.005`, `380`.
    #[must_use]
    pub fn to_decimal_string(&self) -> String {
        self.to_decimal().to_string()
    }

    fn bounded(minor: Option<i64>, currency: Currency) -> Result<Self, MoneyError> {
        minor
            .filter(|minor| minor.unsigned_abs() <= Self::MAX_MINOR.unsigned_abs())
            .map(|minor| Self { minor, currency })
            .ok_or(MoneyError::OutOfRange { field: "amount", max: Self::MAX_TEXT })
    }
}

/// For people and logs: `3.80 EUR`. Screens format by locale themselves.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Money", 2)?;
        fields.serialize_field("amount", &self.to_decimal_string())?;
        fields.serialize_field("currency", &self.currency)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let MoneyText { amount, currency } = MoneyText::deserialize(deserializer)?;
        Self::parse(&amount, currency).map_err(serde::de::Error::custom)
    }
}
