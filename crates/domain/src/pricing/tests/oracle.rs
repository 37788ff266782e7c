//! A second implementation, written from the text of the rules for clearness alone: no shared code, no fast path. It
//! solves for the net by trying two nets, since every tax is linear in it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::documents::{SMALL, document};
use super::fraction::{Fraction, exact, fraction};
use crate::pricing::*;

struct Oracle<'a> {
    document: &'a Document,
    step: Fraction,
}

struct Sums {
    net: Fraction,
    taxes: BTreeMap<String, Fraction>,
    lines: Vec<(Fraction, Fraction)>,
}

impl Oracle<'_> {
    fn round(&self, value: Fraction) -> Fraction {
        let steps = (value / self.step).abs();
        let whole = steps.cut();
        let up = match (steps - whole).cmp(&fraction(1, 2)) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match self.document.policy.mode {
                RoundingMode::HalfUp => true,
                RoundingMode::HalfDown => false,
                RoundingMode::HalfEven => whole.top() % 2 == 1,
            },
        };
        let rounded = if up { whole + Fraction::ONE } else { whole };
        rounded * value.sign() * self.step
    }

    /// Largest remainder: one step (or `chunk` of them) to each claim that was cut most, `first` before others in ties.
    fn share(
        &self,
        target: Fraction,
        claims: &[Fraction],
        chunk: Fraction,
        room: Option<&[Fraction]>,
        first: &dyn Fn(usize, usize) -> Ordering,
    ) -> Vec<Fraction> {
        let cut = |claim: Fraction| (claim / self.step).cut() * self.step;
        let mut shares: Vec<Fraction> = claims.iter().map(|claim| cut(*claim) * chunk).collect();
        let mut left = shares.iter().fold(target, |left, share| left - *share);
        for round in 0..2 {
            let mut waiting: Vec<usize> = (0..claims.len()).collect();
            while left != Fraction::ZERO && !waiting.is_empty() {
                let direction = (left / chunk).sign();
                let lost = |index: usize| (claims[index] - cut(claims[index])) * direction;
                waiting.sort_by(|one, other| lost(*other).cmp(&lost(*one)).then_with(|| first(*one, *other)));
                let next = waiting.remove(0);
                let mut most = if round == 0 { left.abs().min(self.step * chunk.abs()) } else { left.abs() };
                if let Some(room) = room {
                    let after_all = if room[next].sign() == left.sign() { room[next] } else { Fraction::ZERO };
                    most = most.min((after_all - shares[next]).abs());
                }
                shares[next] = shares[next] + most * left.sign();
                left = left - most * left.sign();
            }
        }
        shares
    }

    fn amount(&self, line: &Line) -> Fraction {
        let quantity = exact(line.quantity);
        let unit = line.modifiers.iter().fold(exact(line.unit_price), |unit, extra| unit + exact(*extra));
        let mut amount = unit * quantity;
        for discount in &line.discounts {
            let off = match discount {
                LineDiscount::Percent(percent) => amount.abs() * exact(*percent) / fraction(100, 1),
                LineDiscount::FixedLine(value) => exact(*value),
                LineDiscount::FixedUnit(value) => exact(*value) * quantity.abs(),
            };
            amount = (amount.abs() - off).max(Fraction::ZERO) * amount.sign();
        }
        match self.document.policy.tax_rounding {
            TaxRounding::Line => self.round(amount),
            TaxRounding::Unit if self.counts_pieces(line) => self.round(amount / quantity) * quantity,
            TaxRounding::Unit => self.round(amount),
            TaxRounding::Order | TaxRounding::OrderTotalFirst => amount,
        }
    }

    fn counts_pieces(&self, line: &Line) -> bool {
        self.document.policy.tax_rounding == TaxRounding::Unit
            && exact(line.quantity).is_whole()
            && !line.quantity.is_zero()
    }

    fn first_line(&self, amounts: &[Fraction], one: (usize, &Line), other: (usize, &Line)) -> Ordering {
        let ids = |line: &Line| -> Vec<String> {
            line.taxes.iter().map(|tax| self.document.taxes[tax.0].id.clone()).collect()
        };
        let content = |line: &Line| {
            (line.name.clone(), line.unit_price, line.quantity.abs(), line.modifiers.clone(), line.discounts.clone())
        };
        (amounts[other.0].abs(), ids(one.1), content(one.1)).cmp(&(
            amounts[one.0].abs(),
            ids(other.1),
            content(other.1),
        ))
    }

    fn lower(&self, amounts: &mut [Fraction], lines: &[&Line]) {
        for discount in &self.document.order_discounts {
            let sum = amounts.iter().fold(Fraction::ZERO, |sum, amount| sum + *amount);
            let wanted = match discount {
                OrderDiscount::Percent(percent) => sum.abs() * exact(*percent) / fraction(100, 1),
                OrderDiscount::Fixed(value) => exact(*value),
            };
            if wanted >= sum.abs() || self.round(wanted) >= sum.abs() {
                amounts.fill(Fraction::ZERO);
                continue;
            }
            let off = self.round(wanted) * sum.sign();
            let claims: Vec<Fraction> = amounts.iter().map(|amount| off * *amount / sum).collect();
            let shares = self.share(off, &claims, Fraction::ONE, Some(amounts), &|one, other| {
                self.first_line(amounts, (one, lines[one]), (other, lines[other]))
            });
            for (amount, share) in amounts.iter_mut().zip(shares) {
                *amount = *amount - share;
            }
        }
    }

    /// The taxes of a line whose net is known.
    fn taxes_on(&self, line: &Line, net: Fraction, quantity: Fraction) -> Vec<Fraction> {
        let mut amounts: Vec<Fraction> = Vec::new();
        for tax in &line.taxes {
            let tax = &self.document.taxes[tax.0];
            let mut base = net;
            for (before, amount) in line.taxes.iter().zip(&amounts) {
                if tax.base_affected && self.document.taxes[before.0].compound {
                    base = base + *amount;
                }
            }
            amounts.push(match tax.kind {
                TaxKind::Percent(rate) => base * exact(rate.percent()) / fraction(100, 1),
                TaxKind::FixedPerUnit(amount) => exact(amount) * quantity,
            });
        }
        amounts
    }

    fn included(&self, line: &Line, taxes: &[Fraction]) -> Fraction {
        let included = line.taxes.iter().zip(taxes).filter(|(tax, _)| self.document.taxes[tax.0].included);
        included.fold(Fraction::ZERO, |sum, (_, tax)| sum + *tax)
    }

    fn split(&self, line: &Line, price: Fraction, quantity: Fraction) -> (Fraction, Vec<Fraction>) {
        let price_of = |net| net + self.included(line, &self.taxes_on(line, net, quantity));
        let (at_zero, at_one) = (price_of(Fraction::ZERO), price_of(Fraction::ONE));
        let net = (price - at_zero) / (at_one - at_zero);
        (net, self.taxes_on(line, net, quantity))
    }

    fn price(&self) -> Sums {
        let lines: Vec<&Line> = self.document.lines.iter().filter(|line| !line.voided).collect();
        let mut amounts: Vec<Fraction> = lines.iter().map(|line| self.amount(line)).collect();
        self.lower(&mut amounts, &lines);
        match self.document.policy.tax_rounding {
            TaxRounding::Line | TaxRounding::Unit => self.by_line(&lines, &amounts),
            TaxRounding::Order | TaxRounding::OrderTotalFirst => self.by_order(&lines, &amounts),
        }
    }

    fn by_line(&self, lines: &[&Line], amounts: &[Fraction]) -> Sums {
        let mut sums = Sums { net: Fraction::ZERO, taxes: BTreeMap::new(), lines: Vec::new() };
        for (line, amount) in lines.iter().zip(amounts) {
            let pieces = if self.counts_pieces(line) { exact(line.quantity) } else { Fraction::ONE };
            let (net, parts) = self.split(line, *amount / pieces, exact(line.quantity) / pieces);
            let mut taxes: Vec<Fraction> = parts.iter().map(|part| self.round(*part) * pieces).collect();
            let inside: Vec<usize> =
                (0..parts.len()).filter(|at| self.document.taxes[line.taxes[*at].0].included).collect();
            let mut rest = *amount - self.included(line, &taxes);
            if self.document.policy.incl_residual == InclResidual::Tax && !inside.is_empty() {
                rest = self.round(net) * pieces;
                let claims: Vec<Fraction> = inside.iter().map(|at| parts[*at]).collect();
                let id = |at: usize| &self.document.taxes[line.taxes[inside[at]].0].id;
                let shares = self.share(*amount - rest, &claims, pieces, None, &|one, other| {
                    claims[other].abs().cmp(&claims[one].abs()).then_with(|| id(one).cmp(id(other)))
                });
                for (at, share) in inside.iter().zip(shares) {
                    taxes[*at] = share;
                }
            }
            for (tax, amount) in line.taxes.iter().zip(&taxes) {
                let sum = sums.taxes.entry(self.document.taxes[tax.0].id.clone()).or_insert(Fraction::ZERO);
                *sum = *sum + *amount;
            }
            sums.net = sums.net + rest;
            sums.lines.push((rest, taxes.iter().fold(Fraction::ZERO, |sum, tax| sum + *tax)));
        }
        sums
    }

    fn by_order(&self, lines: &[&Line], amounts: &[Fraction]) -> Sums {
        let total_first = self.document.policy.tax_rounding == TaxRounding::OrderTotalFirst;
        let parts: Vec<Vec<Fraction>> =
            lines.iter().zip(amounts).map(|(line, amount)| self.split(line, *amount, exact(line.quantity)).1).collect();
        let mut by_tax: BTreeMap<usize, Vec<(usize, Fraction)>> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate() {
            for (tax, part) in line.taxes.iter().zip(&parts[at]) {
                by_tax.entry(tax.0).or_default().push((at, *part));
            }
        }
        let tax_sum = |claims: &[(usize, Fraction)]| claims.iter().fold(Fraction::ZERO, |sum, claim| sum + claim.1);
        let sum = amounts.iter().fold(Fraction::ZERO, |sum, amount| sum + *amount);
        let mut taxes: BTreeMap<usize, Fraction> =
            by_tax.iter().map(|(tax, claims)| (*tax, self.round(tax_sum(claims)))).collect();
        let inside: Vec<usize> = taxes.keys().copied().filter(|tax| self.document.taxes[*tax].included).collect();
        let mut net = inside.iter().fold(self.round(sum), |net, tax| net - taxes[tax]);
        if total_first {
            let added = by_tax.iter().filter(|(tax, _)| !self.document.taxes[**tax].included);
            let total = self.round(added.fold(sum, |total, (_, claims)| total + tax_sum(claims)));
            net = taxes.values().fold(total, |net, tax| net - *tax);
        } else if self.document.policy.incl_residual == InclResidual::Tax && !inside.is_empty() {
            let claims: Vec<Fraction> = inside.iter().map(|tax| tax_sum(&by_tax[tax])).collect();
            net = self.round(claims.iter().fold(sum, |net, tax| net - *tax));
            let shares = self.share(self.round(sum) - net, &claims, Fraction::ONE, None, &|one, other| {
                claims[other].abs().cmp(&claims[one].abs()).then(inside[one].cmp(&inside[other]))
            });
            taxes.extend(inside.iter().copied().zip(shares));
        }
        let shown = self.shown(lines, amounts, &by_tax, &taxes);
        let named = taxes.into_iter().map(|(tax, amount)| (self.document.taxes[tax].id.clone(), amount)).collect();
        Sums { net, taxes: named, lines: shown }
    }

    fn shown(
        &self,
        lines: &[&Line],
        amounts: &[Fraction],
        by_tax: &BTreeMap<usize, Vec<(usize, Fraction)>>,
        taxes: &BTreeMap<usize, Fraction>,
    ) -> Vec<(Fraction, Fraction)> {
        let total_first = self.document.policy.tax_rounding == TaxRounding::OrderTotalFirst;
        let (mut inside, mut added, mut gross) =
            (vec![Fraction::ZERO; lines.len()], vec![Fraction::ZERO; lines.len()], amounts.to_vec());
        for (tax, claims) in by_tax {
            let parts: Vec<Fraction> = claims.iter().map(|claim| claim.1).collect();
            let shares = self.share(taxes[tax], &parts, Fraction::ONE, None, &|one, other| {
                let (one, other) = (claims[one].0, claims[other].0);
                self.first_line(amounts, (one, lines[one]), (other, lines[other]))
            });
            for ((at, part), share) in claims.iter().zip(shares) {
                if self.document.taxes[*tax].included {
                    inside[*at] = inside[*at] + share;
                } else {
                    added[*at] = added[*at] + share;
                    gross[*at] = gross[*at] + *part;
                }
            }
        }
        (0..lines.len())
            .map(|at| {
                let tax = inside[at] + added[at];
                let net = if total_first { self.round(gross[at]) - tax } else { self.round(amounts[at]) - inside[at] };
                (net, tax)
            })
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_sums_are_those_of_the_slow_way(document in document(SMALL)) {
        let priced = price(&document).unwrap();
        let sums = Oracle { document: &document, step: exact(document.scale.step()) }.price();
        prop_assert_eq!(exact(priced.subtotal_excl), sums.net);
        let taxes: BTreeMap<String, Fraction> =
            priced.taxes.iter().map(|(id, amount)| (id.clone(), exact(*amount))).collect();
        prop_assert_eq!(taxes, sums.taxes);
        let live = document.lines.iter().zip(&priced.lines).filter(|(line, _)| !line.voided);
        let lines: Vec<_> = live.map(|(_, line)| (exact(line.net), exact(line.tax))).collect();
        prop_assert_eq!(lines, sums.lines);
    }
}
