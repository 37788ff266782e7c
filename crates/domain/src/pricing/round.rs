//! The way from decimal amounts to steps, the unit in which everything is computed, and back.

use rust_decimal::Decimal;

use super::document::Scale;
use super::error::{PricingError, Rule};
use super::exact::{Int, Ratio};
use super::limits;

/// Counts amounts in the smallest amount of the currency, so that rounding to it is rounding to a whole number.
pub(super) struct Steps {
    mantissa: i128,
    scale: u32,
    dp: u32,
}

impl Steps {
    pub fn of(scale: Scale) -> Self {
        Self { mantissa: scale.step().mantissa(), scale: scale.step().scale(), dp: scale.dp() }
    }

    /// The amount in steps, exactly. Limits keep the powers of ten far below 128 bits.
    pub fn count(&self, amount: Decimal) -> Ratio {
        let amount = if amount.scale() > self.scale { amount.normalize() } else { amount };
        let finer = amount.scale().saturating_sub(self.scale);
        let coarser = self.scale.saturating_sub(amount.scale());
        let numerator = &Int::from(amount.mantissa()) * &Int::from(10_i128.pow(coarser));
        let denominator = &Int::from(self.mantissa) * &Int::from(10_i128.pow(finer));
        Ratio::new(numerator, denominator).compact()
    }

    /// So many steps as an amount with all decimals of the currency.
    pub fn amount(&self, steps: &Int, field: impl Fn() -> String) -> Result<Decimal, PricingError> {
        let minor_per_step = self.mantissa * 10_i128.pow(self.dp - self.scale);
        steps
            .to_i128()
            .and_then(|steps| steps.checked_mul(minor_per_step))
            .filter(|minor| minor.unsigned_abs() <= u128::from(limits::MAX_RESULT_MINOR.unsigned_abs()))
            .and_then(|minor| Decimal::try_from_i128_with_scale(minor, self.dp).ok())
            .ok_or_else(|| PricingError::new(field(), Rule::ResultTooLarge { max: limits::MAX_RESULT_MINOR }))
    }
}
