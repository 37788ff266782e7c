//! A currency: its ISO 4217 code and the number of decimals of its minor unit.

use serde::{Deserialize, Serialize};

use super::{MoneyError, currency_table};

/// An active ISO 4217 currency. In JSON it is its code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, specta::Type)]
#[specta(type = String)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

impl Currency {
    /// The currency with this code (three capital letters).
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] if ISO 4217 has no such active currency.
    pub fn try_from_code(code: &str) -> Result<Self, MoneyError> {
        currency_table::find(code)
            .map(|(code, exponent)| Self { code, exponent })
            .ok_or_else(|| MoneyError::UnknownCurrency { code: code.chars().take(12).collect() })
    }

    /// Every active currency, in no particular order.
    pub fn all() -> impl Iterator<Item = Self> {
        currency_table::all().map(|(code, exponent)| Self { code, exponent })
    }

    /// The three-letter code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Decimals of the minor unit: 0, 2, 3 or 4.
    #[must_use]
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.code)
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

impl std::str::FromStr for Currency {
    type Err = MoneyError;
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::try_from_code(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(super::plain_decimal::TextVisitor::new("an ISO 4217 code", Self::try_from_code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_that_of_the_standard() {
        for (code, exponent) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("TRY", 2), ("ISK", 0), ("XCG", 2)] {
            assert_eq!(Currency::try_from_code(code).unwrap().exponent(), exponent, "{code}");
        }
    }

    #[test]
    fn a_code_that_is_not_active_is_refused() {
        for code in ["", "eur", "EURO", "XXX", "XAU", "DEM", "HRK", "€"] {
            assert!(matches!(Currency::try_from_code(code), Err(MoneyError::UnknownCurrency { .. })), "{code}");
        }
    }

    #[test]
    fn json_carries_the_code() {
        let json = serde_json::to_string(&Currency::try_from_code("KWD").unwrap()).unwrap();
        assert_eq!(json, "\"KWD\"");
        assert_eq!(serde_json::from_str::<Currency>(&json).unwrap().exponent(), 3);
        assert!(serde_json::from_str::<Currency>("\"KW\"").is_err());
    }
}
