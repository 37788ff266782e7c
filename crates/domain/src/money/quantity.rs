//! How much of a thing: pieces, kilograms, litres.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::MoneyError;
use super::plain_decimal::{TextVisitor, parse_plain_decimal};

/// A positive or negative quantity with at most [`Quantity::MAX_DECIMALS`] decimals. In JSON it is a decimal string
/// without trailing zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, specta::Type)]
#[specta(type = String)]
pub struct Quantity(i64);

impl Quantity {
    /// Decimals that a quantity may have: grams of a kilogram.
    pub const MAX_DECIMALS: u32 = 3;
    /// The unit in which a quantity is kept.
    pub const THOUSANDTHS_PER_UNIT: i64 = 1_000;
    /// The largest magnitude that the type holds, in thousandths: 999,999,999.999. What a till accepts is far less.
    pub const MAX_THOUSANDTHS: i64 = 999_999_999_999;
    /// No piece.
    pub const ZERO: Self = Self(0);
    /// One piece.
    pub const ONE: Self = Self(Self::THOUSANDTHS_PER_UNIT);

    /// So many whole pieces.
    #[must_use]
    pub const fn whole(pieces: i32) -> Self {
        // Lossless: i32 widens to i64, and 2^31 thousandfold is within the bound only up to 999,999,999 pieces.
        let thousandths = pieces as i64 * Self::THOUSANDTHS_PER_UNIT;
        assert!(thousandths.unsigned_abs() <= Self::MAX_THOUSANDTHS.unsigned_abs(), "beyond the largest quantity");
        Self(thousandths)
    }

    /// So many thousandths.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond [`Quantity::MAX_THOUSANDTHS`].
    pub fn try_from_thousandths(thousandths: i64) -> Result<Self, MoneyError> {
        Self::bounded(Some(thousandths))
    }

    /// The quantity that equals `value` exactly.
    ///
    /// # Errors
    /// [`MoneyError::TooManyDecimals`], [`MoneyError::OutOfRange`].
    pub fn try_from_decimal(value: Decimal) -> Result<Self, MoneyError> {
        let value = value.normalize();
        let missing = Self::MAX_DECIMALS
            .checked_sub(value.scale())
            .ok_or(MoneyError::TooManyDecimals { field: "quantity", max: Self::MAX_DECIMALS })?;
        let thousandths = value.mantissa().checked_mul(10_i128.pow(missing));
        Self::bounded(thousandths.and_then(|thousandths| i64::try_from(thousandths).ok()))
    }

    /// Reads `2`, `0.5` or `-1.250`.
    ///
    /// # Errors
    /// [`MoneyError::NotANumber`], [`MoneyError::TooManyDecimals`], [`MoneyError::OutOfRange`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let value = parse_plain_decimal(text).map_err(|source| MoneyError::NotANumber { field: "quantity", source })?;
        Self::try_from_decimal(value)
    }

    /// The quantity in thousandths of a unit.
    #[must_use]
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// The quantity as a decimal number without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, Self::MAX_DECIMALS).normalize()
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it counts whole pieces.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 % Self::THOUSANDTHS_PER_UNIT == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        Self::bounded(self.0.checked_add(other.0))
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        Self::bounded(self.0.checked_sub(other.0))
    }

    /// The negated quantity; the range is symmetric, so this can't fail.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    fn bounded(thousandths: Option<i64>) -> Result<Self, MoneyError> {
        thousandths
            .filter(|thousandths| thousandths.unsigned_abs() <= Self::MAX_THOUSANDTHS.unsigned_abs())
            .map(Self)
            .ok_or(MoneyError::OutOfRange { field: "quantity", max: "999999999.999" })
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_decimal().fmt(f)
    }
}

impl std::fmt::Debug for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quantity({self})")
    }
}

impl std::str::FromStr for Quantity {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor::new("a quantity as a decimal string", Self::parse))
    }
}
