//! The policy that a price is computed under. It is stated, never guessed: orders record the one they were priced with.

use serde::{Deserialize, Serialize};

/// How sums are rounded. The default is `line`, `half_up`, `net`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Policy {
    /// Where rounding happens.
    pub tax_rounding: TaxRounding,
    /// What happens to a tie.
    pub mode: RoundingMode,
    /// Which part of an included price takes the rounding rest.
    pub incl_residual: InclResidual,
}

/// Where rounding happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    /// Each line's amount and each of its taxes, then they add up.
    #[default]
    Line,
    /// One unit of a line, then times the quantity; the line rule where the quantity is not whole.
    Unit,
    /// Exact values throughout; the order's net and each of its taxes once.
    Order,
    /// The order's exact grand total, then each of its taxes; the net is the rest.
    OrderTotalFirst,
}

/// What happens to a value halfway between two steps. Each mode is symmetric about zero, so that the negated order is
/// the exact negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// Away from zero.
    #[default]
    HalfUp,
    /// To the even multiple of the step.
    HalfEven,
    /// Towards zero.
    HalfDown,
}

/// Which part of a price with tax in it takes the rounding rest, so that the price itself stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum InclResidual {
    /// The taxes are rounded, the net is the rest.
    #[default]
    Net,
    /// The net is rounded, the taxes share the rest.
    Tax,
}
