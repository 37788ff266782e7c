//! What is priced: an order reduced to what its sums depend on.

use rust_decimal::Decimal;

use super::error::{PricingError, Rule};
use super::limits;
use super::policy::Policy;
use crate::money::{Currency, TaxRate};

/// An order to be priced. Amounts are in major units of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// How the currency counts.
    pub scale: Scale,
    /// How sums are rounded.
    pub policy: Policy,
    /// The taxes that lines refer to; see [`Document::add_tax`].
    pub taxes: Vec<Tax>,
    /// The lines, in any order.
    pub lines: Vec<Line>,
    /// Discounts on the whole order, applied in order.
    pub order_discounts: Vec<OrderDiscount>,
}

impl Document {
    /// A document without lines.
    #[must_use]
    pub const fn new(scale: Scale, policy: Policy) -> Self {
        Self { scale, policy, taxes: Vec::new(), lines: Vec::new(), order_discounts: Vec::new() }
    }

    /// The reference under which lines name this tax; an equal tax is added once.
    pub fn add_tax(&mut self, tax: Tax) -> TaxRef {
        let known = self.taxes.iter().position(|known| *known == tax);
        TaxRef(known.unwrap_or_else(|| {
            self.taxes.push(tax);
            self.taxes.len() - 1
        }))
    }
}

/// How a currency counts: its decimals, and the smallest amount that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    dp: u32,
    step: Decimal,
}

impl Scale {
    /// The scale of a currency whose smallest amount is its minor unit.
    #[must_use]
    pub fn of(currency: Currency) -> Self {
        let dp = u32::from(currency.exponent());
        Self { dp, step: Decimal::new(1, dp) }
    }

    /// A scale with `dp` decimals, whose amounts are multiples of `step` (of one minor unit if none is given).
    ///
    /// # Errors
    /// Names `currency.dp` or `currency.step`.
    pub fn try_new(dp: u32, step: Option<Decimal>) -> Result<Self, PricingError> {
        if dp > limits::MAX_CURRENCY_DECIMALS {
            let rule = Rule::TooLarge { max: limits::MAX_CURRENCY_DECIMALS.into() };
            return Err(PricingError::new("currency.dp", rule));
        }
        let step = step.unwrap_or_else(|| Decimal::new(1, dp)).normalize();
        let broken = if step <= Decimal::ZERO {
            Rule::NotPositive
        } else if step > Decimal::from(limits::MAX_STEP) {
            Rule::TooLarge { max: limits::MAX_STEP }
        } else if step.scale() > dp {
            Rule::TooManyDecimals { max: dp }
        } else {
            return Ok(Self { dp, step });
        };
        Err(PricingError::new("currency.step", broken))
    }

    /// Decimals of every result.
    #[must_use]
    pub const fn dp(&self) -> u32 {
        self.dp
    }

    /// The smallest amount; every result is a multiple of it.
    #[must_use]
    pub const fn step(&self) -> Decimal {
        self.step
    }
}

/// A tax as lines refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxRef(pub(super) usize);

impl TaxRef {
    /// Place of the tax in [`Document::taxes`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// A tax. Two versions of one tax (a rate that changed while the order was open) may share an id: their sums are
/// rounded and shown as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tax {
    /// The id that results are grouped by.
    pub id: String,
    /// How it is computed.
    pub kind: TaxKind,
    /// Whether the price already contains it.
    pub included: bool,
    /// Whether it enters the base of the taxes after it.
    pub compound: bool,
    /// Whether compound taxes before it enter its base.
    pub base_affected: bool,
}

impl Tax {
    /// A plain percent tax, added or included.
    #[must_use]
    pub fn percent(id: impl Into<String>, rate: TaxRate, included: bool) -> Self {
        Self { id: id.into(), kind: TaxKind::Percent(rate), included, compound: false, base_affected: true }
    }

    /// A fixed amount per unit, added or included, in major units.
    #[must_use]
    pub fn fixed_per_unit(id: impl Into<String>, amount: Decimal, included: bool) -> Self {
        Self { id: id.into(), kind: TaxKind::FixedPerUnit(amount), included, compound: false, base_affected: true }
    }
}

/// How a tax is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxKind {
    /// A share of its base.
    Percent(TaxRate),
    /// An amount times the quantity.
    FixedPerUnit(Decimal),
}

/// A line of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The name, for the reader; it decides only ties between lines that are otherwise equal.
    pub name: String,
    /// Price of one unit.
    pub unit_price: Decimal,
    /// How many units; negative for goods taken back.
    pub quantity: Decimal,
    /// Prices of the modifiers of one unit.
    pub modifiers: Vec<Decimal>,
    /// The taxes, in the order in which they apply.
    pub taxes: Vec<TaxRef>,
    /// Whether the line counts for nothing.
    pub voided: bool,
    /// Discounts on this line, in the order in which they apply.
    pub discounts: Vec<LineDiscount>,
}

impl Line {
    /// A line without modifiers, taxes and discounts.
    #[must_use]
    pub fn new(name: impl Into<String>, unit_price: Decimal, quantity: Decimal) -> Self {
        Self {
            name: name.into(),
            unit_price,
            quantity,
            modifiers: Vec::new(),
            taxes: Vec::new(),
            voided: false,
            discounts: Vec::new(),
        }
    }
}

/// A discount on a line. It lowers the magnitude and stops at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineDiscount {
    /// Percent of what the discounts before it left.
    Percent(Decimal),
    /// An amount off the line.
    FixedLine(Decimal),
    /// An amount off each unit.
    FixedUnit(Decimal),
}

/// A discount on the order. It lowers the magnitude and stops at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderDiscount {
    /// Percent of what the discounts before it left.
    Percent(Decimal),
    /// An amount off the order.
    Fixed(Decimal),
}
