//! A line before tax: its amount after all discounts, and its place among equals.

use std::cmp::Ordering;

use super::discount::{lower_line, lower_order};
use super::document::{Document, Line, TaxRef};
use super::exact::{Int, Ratio};
use super::policy::{RoundingMode, TaxRounding};
use super::round::Steps;
use super::tax::TaxPlans;

/// A line that counts, with its amount in steps, as priced: included taxes are still in it.
pub(super) struct LiveLine {
    /// Its place in the document.
    pub index: usize,
    pub quantity: Ratio,
    pub amount: Ratio,
    /// Units that are rounded one by one; one where the line is rounded as a whole.
    pub pieces: Int,
    /// Index of its tax plan.
    pub plan: usize,
}

impl LiveLine {
    /// Price and quantity of what is rounded at once.
    pub fn piece(&self) -> (Ratio, Ratio) {
        if self.pieces.is_one() {
            return (self.amount.clone(), self.quantity.clone());
        }
        let pieces = Ratio::from(self.pieces.clone());
        (self.amount.checked_div(&pieces).expect("pieces are never zero").compact(), Ratio::ONE)
    }
}

/// The lines that count, after line and order discounts.
pub(super) fn live_lines<'a>(document: &'a Document, steps: &Steps, plans: &mut TaxPlans<'a>) -> Vec<LiveLine> {
    let mut lines: Vec<LiveLine> = document
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.voided)
        .map(|(index, line)| {
            let quantity = Ratio::from(line.quantity).compact();
            let (amount, pieces) = rounded(exact_amount(line, &quantity, steps), &quantity, document);
            LiveLine { index, quantity, amount, pieces, plan: plans.plan_for(document, &line.taxes, steps) }
        })
        .collect();
    if !document.order_discounts.is_empty() {
        let mut amounts: Vec<Ratio> = lines.iter().map(|line| line.amount.clone()).collect();
        for discount in &document.order_discounts {
            lower_order(&mut amounts, *discount, steps, document.policy.mode, |amounts, one, other| {
                by_content(document, (&amounts[one], lines[one].index), (&amounts[other], lines[other].index))
            });
        }
        for (line, amount) in lines.iter_mut().zip(amounts) {
            line.amount = amount;
        }
    }
    lines
}

fn exact_amount(line: &Line, quantity: &Ratio, steps: &Steps) -> Ratio {
    let unit =
        line.modifiers.iter().fold(steps.count(line.unit_price), |unit, modifier| &unit + &steps.count(*modifier));
    let amount = (&unit * quantity).compact();
    line.discounts.iter().fold(amount, |amount, discount| lower_line(&amount, quantity, *discount, steps))
}

/// The amount as the policy rounds it before order discounts, and the units that are rounded one by one.
fn rounded(amount: Ratio, quantity: &Ratio, document: &Document) -> (Ratio, Int) {
    let mode: RoundingMode = document.policy.mode;
    match (document.policy.tax_rounding, quantity.whole()) {
        (TaxRounding::Order | TaxRounding::OrderTotalFirst, _) => (amount, Int::ONE),
        (TaxRounding::Unit, Some(pieces)) if !pieces.is_zero() => {
            let unit = amount.checked_div(quantity).expect("the quantity is not zero").round(mode);
            ((&unit * &pieces).into(), pieces)
        }
        (TaxRounding::Line | TaxRounding::Unit, _) => (amount.round(mode).into(), Int::ONE),
    }
}

/// The order among lines with equal remainders: the larger amount first, then tax ids, then what the line says. Lines
/// that are still equal can't be told apart, so position never matters.
pub(super) fn by_content(document: &Document, one: (&Ratio, usize), other: (&Ratio, usize)) -> Ordering {
    let (left, right) = (&document.lines[one.1], &document.lines[other.1]);
    let ids = |taxes: &[TaxRef], index: usize| taxes.get(index).map(|tax| document.taxes[tax.0].id.as_str());
    let by_tax_ids = || {
        let longest = left.taxes.len().max(right.taxes.len());
        (0..longest).map(|index| ids(&left.taxes, index).cmp(&ids(&right.taxes, index))).find(|order| order.is_ne())
    };
    (other.0.abs())
        .cmp(&one.0.abs())
        .then_with(|| by_tax_ids().unwrap_or(Ordering::Equal))
        .then_with(|| left.name.cmp(&right.name))
        .then_with(|| left.unit_price.cmp(&right.unit_price))
        .then_with(|| left.quantity.abs().cmp(&right.quantity.abs()))
        .then_with(|| left.modifiers.cmp(&right.modifiers))
        .then_with(|| left.discounts.cmp(&right.discounts))
}
