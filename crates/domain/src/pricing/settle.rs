//! From exact parts to whole steps: the four places where a policy may round.

use std::collections::BTreeMap;

use super::allocate::{Claims, apportion};
use super::document::Document;
use super::exact::{Int, Ratio};
use super::line::{LiveLine, by_content};
use super::policy::{InclResidual, TaxRounding};
use super::tax::{ExactParts, PlannedTax, TaxPlans};

/// The sums of a document in steps.
pub(super) struct Settled<'a> {
    pub net: Int,
    pub tax: Int,
    pub taxes: BTreeMap<&'a str, Int>,
    /// Net and tax of each line, in the order of the lines given.
    pub lines: Vec<(Int, Int)>,
}

/// `line` and `unit`: every line is rounded by itself, the document is their sum.
pub(super) fn per_line<'a>(document: &Document, lines: &[LiveLine], plans: &TaxPlans<'a>) -> Settled<'a> {
    let mut settled = Settled { net: Int::ZERO, tax: Int::ZERO, taxes: BTreeMap::new(), lines: Vec::new() };
    for line in lines {
        let plan = plans.get(line.plan);
        let (price, quantity) = line.piece();
        let (net, taxes) = round_line(document, line, plan.taxes(), &plan.split(&price, &quantity));
        let tax = sum(&taxes);
        for (planned, amount) in plan.taxes().iter().zip(&taxes) {
            add_to(&mut settled.taxes, &planned.tax.id, amount);
        }
        settled.net = &settled.net + &net;
        settled.tax = &settled.tax + &tax;
        settled.lines.push((net, tax));
    }
    settled
}

fn round_line(document: &Document, line: &LiveLine, planned: &[PlannedTax<'_>], exact: &ExactParts) -> (Int, Vec<Int>) {
    let mode = document.policy.mode;
    let amount = line.amount.whole().expect("the amount was rounded, and order discounts are whole steps");
    let mut taxes: Vec<Int> = exact.taxes.iter().map(|tax| &tax.round(mode) * &line.pieces).collect();
    let included: Vec<usize> = (0..planned.len()).filter(|&index| planned[index].tax.included).collect();
    if document.policy.incl_residual == InclResidual::Tax && !included.is_empty() {
        let net = &exact.net.round(mode) * &line.pieces;
        let shares: Vec<Ratio> = included.iter().map(|&index| exact.taxes[index].clone()).collect();
        let claims = Claims { exact: &shares, chunk: &line.pieces, bounds: None };
        let rest = apportion(&Ratio::from(&amount - &net), &claims, |one, other| {
            let ids = (&planned[included[one]].tax.id, &planned[included[other]].tax.id);
            shares[other].abs().cmp(&shares[one].abs()).then_with(|| ids.0.cmp(ids.1))
        });
        for (&index, share) in included.iter().zip(&rest) {
            taxes[index] = whole(share);
        }
        return (net, taxes);
    }
    let net = included.iter().fold(amount, |net, &index| &net - &taxes[index]);
    (net, taxes)
}

/// A tax of the document: its id, and whether prices contain it.
type TaxKey<'a> = (&'a str, bool);

/// `order` and `order_total_first`: exact until the end, then the document is rounded, and its lines are shown so that
/// their taxes add up to it.
pub(super) fn per_order<'a>(document: &Document, lines: &[LiveLine], plans: &TaxPlans<'a>) -> Settled<'a> {
    let exact: Vec<ExactParts> =
        lines.iter().map(|line| plans.get(line.plan).split(&line.amount, &line.quantity)).collect();
    let mut claims: BTreeMap<TaxKey<'a>, Vec<(usize, Ratio)>> = BTreeMap::new();
    for (index, (line, parts)) in lines.iter().zip(&exact).enumerate() {
        for (planned, amount) in plans.get(line.plan).taxes().iter().zip(&parts.taxes) {
            let key = (planned.tax.id.as_str(), planned.tax.included);
            claims.entry(key).or_default().push((index, amount.clone()));
        }
    }
    let amount = lines.iter().fold(Ratio::ZERO, |sum, line| &sum + &line.amount);
    let (net, rounded) = round_order(document, &amount, &claims);
    let mut taxes = BTreeMap::new();
    for ((id, _), amount) in &rounded {
        add_to(&mut taxes, id, amount);
    }
    let shown = show_lines(document, lines, &exact, plans, &claims, &rounded);
    Settled { net, tax: taxes.values().fold(Int::ZERO, |sum, tax| &sum + tax), taxes, lines: shown }
}

fn round_order<'a>(
    document: &Document,
    amount: &Ratio,
    claims: &BTreeMap<TaxKey<'a>, Vec<(usize, Ratio)>>,
) -> (Int, BTreeMap<TaxKey<'a>, Int>) {
    let mode = document.policy.mode;
    let exact: BTreeMap<TaxKey<'a>, Ratio> = claims
        .iter()
        .map(|(key, claims)| (*key, claims.iter().fold(Ratio::ZERO, |sum, (_, amount)| &sum + amount)))
        .collect();
    let mut rounded: BTreeMap<TaxKey<'a>, Int> = exact.iter().map(|(key, tax)| (*key, tax.round(mode))).collect();
    if document.policy.tax_rounding == TaxRounding::OrderTotalFirst {
        let added = exact.iter().filter(|((_, included), _)| !included);
        let total = added.fold(amount.clone(), |total, (_, tax)| &total + tax).round(mode);
        return (rounded.values().fold(total, |net, tax| &net - tax), rounded);
    }
    let included: Vec<(TaxKey<'a>, Ratio)> = exact.into_iter().filter(|((_, included), _)| *included).collect();
    if document.policy.incl_residual == InclResidual::Tax && !included.is_empty() {
        let net = included.iter().fold(amount.clone(), |net, (_, tax)| &net - tax).round(mode);
        let shares: Vec<Ratio> = included.iter().map(|(_, tax)| tax.clone()).collect();
        let claims = Claims { exact: &shares, chunk: &Int::ONE, bounds: None };
        let rest = apportion(&Ratio::from(&amount.round(mode) - &net), &claims, |one, other| {
            shares[other].abs().cmp(&shares[one].abs()).then_with(|| included[one].0.cmp(&included[other].0))
        });
        rounded.extend(included.iter().zip(&rest).map(|((key, _), share)| (*key, whole(share))));
        return (net, rounded);
    }
    let net = included.iter().fold(amount.round(mode), |net, (key, _)| &net - &rounded[key]);
    (net, rounded)
}

/// Net and tax of each line. Each rounded tax of the document is shared among its lines, so the taxes always add up;
/// only where an amount is not a whole number of steps may nets and totals differ from the document's.
fn show_lines<'a>(
    document: &Document,
    lines: &[LiveLine],
    exact: &[ExactParts],
    plans: &TaxPlans<'a>,
    claims: &BTreeMap<TaxKey<'a>, Vec<(usize, Ratio)>>,
    rounded: &BTreeMap<TaxKey<'a>, Int>,
) -> Vec<(Int, Int)> {
    let mode = document.policy.mode;
    let total_first = document.policy.tax_rounding == TaxRounding::OrderTotalFirst;
    let mut shown: Vec<(Int, Int)> = lines
        .iter()
        .zip(exact)
        .map(|(line, parts)| {
            let planned = plans.get(line.plan).taxes().iter().zip(&parts.taxes);
            let added = planned.filter(|(planned, _)| total_first && !planned.tax.included);
            let price = added.fold(line.amount.clone(), |price, (_, tax)| &price + tax);
            (price.round(mode), Int::ZERO)
        })
        .collect();
    for (key, claims) in claims {
        let shares: Vec<Ratio> = claims.iter().map(|(_, amount)| amount.clone()).collect();
        let target = Ratio::from(rounded[key].clone());
        let dealt = apportion(&target, &Claims { exact: &shares, chunk: &Int::ONE, bounds: None }, |one, other| {
            let (one, other) = (&lines[claims[one].0], &lines[claims[other].0]);
            by_content(document, (&one.amount, one.index), (&other.amount, other.index))
        });
        for ((index, _), share) in claims.iter().zip(&dealt) {
            let (net, tax) = &mut shown[*index];
            let share = whole(share);
            if key.1 || total_first {
                *net = &*net - &share;
            }
            *tax = &*tax + &share;
        }
    }
    shown
}

fn add_to<'a>(taxes: &mut BTreeMap<&'a str, Int>, id: &'a str, amount: &Int) {
    let sum = taxes.entry(id).or_insert(Int::ZERO);
    *sum = &*sum + amount;
}

fn sum(amounts: &[Int]) -> Int {
    amounts.iter().fold(Int::ZERO, |sum, amount| &sum + amount)
}

fn whole(share: &Ratio) -> Int {
    share.whole().expect("a whole target without bounds is dealt in whole steps")
}
