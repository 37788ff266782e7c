//! A tax rate in percent.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::MoneyError;
use super::plain_decimal::{TextVisitor, parse_plain_decimal};

/// A rate between 0 and 100 percent with at most [`TaxRate::MAX_DECIMALS`] decimals. In JSON it is a decimal string:
/// `"8.875"` means 8.875 %.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, specta::Type)]
#[specta(type = String)]
pub struct TaxRate(Decimal);

impl TaxRate {
    /// Decimals that a rate may have. Combined local rates in the wild have up to four.
    pub const MAX_DECIMALS: u32 = 6;
    /// No tax.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The rate of so many percent.
    ///
    /// # Errors
    /// [`MoneyError::RateOutOfRange`], [`MoneyError::TooManyDecimals`].
    pub fn try_from_percent(percent: Decimal) -> Result<Self, MoneyError> {
        let percent = percent.normalize();
        if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
            return Err(MoneyError::RateOutOfRange);
        }
        if percent.scale() > Self::MAX_DECIMALS {
            return Err(MoneyError::TooManyDecimals { field: "rate", max: Self::MAX_DECIMALS });
        }
        Ok(Self(percent))
    }

    /// Reads `20` or `8.875`.
    ///
    /// # Errors
    /// [`MoneyError::NotANumber`], [`MoneyError::RateOutOfRange`], [`MoneyError::TooManyDecimals`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let percent = parse_plain_decimal(text).map_err(|source| MoneyError::NotANumber { field: "rate", source })?;
        Self::try_from_percent(percent)
    }

    /// The rate in percent, without trailing zeros.
    #[must_use]
    pub const fn percent(self) -> Decimal {
        self.0
    }
}

impl std::fmt::Display for TaxRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Debug for TaxRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TaxRate({}%)", self.0)
    }
}

impl std::str::FromStr for TaxRate {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for TaxRate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaxRate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor::new("a tax rate in percent as a decimal string", Self::parse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_from_none_to_the_whole_are_taken() {
        for (text, shown) in [("0", "0"), ("8.8750", "8.875"), ("100", "100"), ("100.000000", "100"), ("-0", "0")] {
            assert_eq!(TaxRate::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn a_rate_outside_its_range_is_refused() {
        for text in ["-0.1", "100.000001", "1000"] {
            assert_eq!(TaxRate::parse(text), Err(MoneyError::RateOutOfRange), "{text}");
        }
        assert_eq!(
            TaxRate::parse("0.0000001"),
            Err(MoneyError::TooManyDecimals { field: "rate", max: TaxRate::MAX_DECIMALS })
        );
        assert!(matches!(TaxRate::parse("20%"), Err(MoneyError::NotANumber { .. })));
    }

    #[test]
    fn json_carries_a_decimal_string() {
        let rate: TaxRate = serde_json::from_str("\"8.875\"").unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), "\"8.875\"");
        assert!(serde_json::from_str::<TaxRate>("8.875").is_err(), "a float can't carry a rate");
    }
}
