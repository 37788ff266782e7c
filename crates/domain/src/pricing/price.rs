//! The one function that every sum comes from.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::document::Document;
use super::error::PricingError;
use super::exact::Int;
use super::line::live_lines;
use super::policy::TaxRounding;
use super::round::Steps;
use super::settle::{Settled, per_line, per_order};
use super::tax::TaxPlans;
use super::validate::validate;

/// The sums of a document, all with the decimals of its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The sum without any tax.
    pub subtotal_excl: Decimal,
    /// All taxes.
    pub tax: Decimal,
    /// What is to be paid: `subtotal_excl + tax`.
    pub total: Decimal,
    /// Each tax that a live line has, by id; they sum to `tax`.
    pub taxes: BTreeMap<String, Decimal>,
    /// One entry for each line of the document, in its order; zeros for a voided one.
    pub lines: Vec<PricedLine>,
    /// What the lines' totals lack to the document's, if they don't add up to it.
    pub rounding: Option<Rounding>,
}

/// The sums of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// The line's name.
    pub name: String,
    /// Its part of the sum without tax.
    pub net: Decimal,
    /// Its taxes.
    pub tax: Decimal,
    /// `net + tax`.
    pub total: Decimal,
}

/// Why and by how much the lines don't add up to the document. Taxes always do: the amount is missing in the nets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    /// The document's total less the sum of the lines' totals.
    pub amount: Decimal,
    /// Why.
    pub reason: RoundingReason,
}

/// Why lines don't add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundingReason {
    /// The order was rounded once, each line for itself.
    OrderRoundedOnce,
    /// The grand total was rounded first, each line for itself.
    TotalRoundedFirst,
}

impl RoundingReason {
    /// The reason's name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OrderRoundedOnce => "order_rounded_once",
            Self::TotalRoundedFirst => "total_rounded_first",
        }
    }
}

/// Prices a document. The result depends on nothing else, and not on the order of its lines.
///
/// # Errors
/// [`PricingError`] names the field that is outside the [limits](super::limits), or the sum that is.
pub fn price(document: &Document) -> Result<Priced, PricingError> {
    validate(document)?;
    let steps = Steps::of(document.scale);
    let mut plans = TaxPlans::new();
    let live = live_lines(document, &steps, &mut plans);
    let settled = match document.policy.tax_rounding {
        TaxRounding::Line | TaxRounding::Unit => per_line(document, &live, &plans),
        TaxRounding::Order | TaxRounding::OrderTotalFirst => per_order(document, &live, &plans),
    };
    let places: Vec<usize> = live.iter().map(|line| line.index).collect();
    written(document, &steps, &settled, &places)
}

fn written(
    document: &Document,
    steps: &Steps,
    settled: &Settled<'_>,
    places: &[usize],
) -> Result<Priced, PricingError> {
    let zero = Decimal::new(0, document.scale.dp());
    let mut lines: Vec<PricedLine> = document
        .lines
        .iter()
        .map(|line| PricedLine { name: line.name.clone(), net: zero, tax: zero, total: zero })
        .collect();
    let mut shown = Int::ZERO;
    for (&index, (net, tax)) in places.iter().zip(&settled.lines) {
        let field = || format!("lines[{index}]");
        let total = net + tax;
        let line = &mut lines[index];
        (line.net, line.tax) = (steps.amount(net, field)?, steps.amount(tax, field)?);
        line.total = steps.amount(&total, field)?;
        shown = &shown + &total;
    }
    let document_total = &settled.net + &settled.tax;
    let total = steps.amount(&document_total, || "total".into())?;
    let missing = &document_total - &shown;
    let rounding = if missing.is_zero() {
        None
    } else {
        let reason = match document.policy.tax_rounding {
            TaxRounding::OrderTotalFirst => RoundingReason::TotalRoundedFirst,
            _ => RoundingReason::OrderRoundedOnce,
        };
        Some(Rounding { amount: steps.amount(&missing, || "rounding".into())?, reason })
    };
    Ok(Priced {
        subtotal_excl: steps.amount(&settled.net, || "subtotal_excl".into())?,
        tax: steps.amount(&settled.tax, || "tax".into())?,
        total,
        taxes: settled
            .taxes
            .iter()
            .map(|(id, amount)| Ok(((*id).to_owned(), steps.amount(amount, || format!("taxes.{id}"))?)))
            .collect::<Result<_, PricingError>>()?,
        lines,
        rounding,
    })
}
