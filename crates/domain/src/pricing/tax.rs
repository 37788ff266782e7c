//! What the taxes of a line come to, exactly.

use super::document::{Document, Tax, TaxKind, TaxRef};
use super::exact::{Int, Ratio};
use super::round::Steps;

/// A list of taxes solved for the net. Lines with the same list share one plan.
///
/// Each tax is linear in the net N and the quantity q: `T = c·N + e·q`. With the base of a tax being N plus the
/// compound taxes before it, c and e follow in list order. A price A contains N and the included taxes, hence
/// `N = (A − q·Σe) / (1 + Σc)` over the included ones.
pub(super) struct TaxPlan<'a> {
    list: &'a [TaxRef],
    taxes: Vec<PlannedTax<'a>>,
    net_per_price: Ratio,
    included_per_unit: Ratio,
}

/// One tax of a plan.
pub(super) struct PlannedTax<'a> {
    pub tax: &'a Tax,
    per_price: Ratio,
    per_unit: Ratio,
}

/// The exact parts of a price.
pub(super) struct ExactParts {
    pub net: Ratio,
    /// The taxes in the order of the plan.
    pub taxes: Vec<Ratio>,
}

impl<'a> TaxPlan<'a> {
    fn new(document: &'a Document, list: &'a [TaxRef], steps: &Steps) -> Self {
        let (mut compound_net, mut compound_unit) = (Ratio::ZERO, Ratio::ZERO);
        let (mut included_net, mut included_unit) = (Ratio::ONE, Ratio::ZERO);
        let mut taxes = Vec::with_capacity(list.len());
        for tax in list.iter().map(|tax| &document.taxes[tax.0]) {
            let (per_net, per_unit) = match tax.kind {
                TaxKind::FixedPerUnit(amount) => (Ratio::ZERO, steps.count(amount)),
                TaxKind::Percent(rate) => {
                    let rate = &Ratio::from(rate.percent()) * &Ratio::new(Int::ONE, Int::from(100));
                    if tax.base_affected {
                        (&rate * &(&Ratio::ONE + &compound_net), &rate * &compound_unit)
                    } else {
                        (rate, Ratio::ZERO)
                    }
                }
            };
            if tax.compound {
                compound_net = &compound_net + &per_net;
                compound_unit = &compound_unit + &per_unit;
            }
            if tax.included {
                included_net = &included_net + &per_net;
                included_unit = &included_unit + &per_unit;
            }
            taxes.push(PlannedTax { tax, per_price: per_net, per_unit: per_unit.reduced() });
        }
        let net_per_price =
            Ratio::ONE.checked_div(&included_net).expect("rates are not negative, so this is at least one").reduced();
        for planned in &mut taxes {
            planned.per_price = (&planned.per_price * &net_per_price).reduced();
        }
        Self { list, taxes, net_per_price, included_per_unit: included_unit.reduced() }
    }

    /// The taxes in list order.
    pub fn taxes(&self) -> &[PlannedTax<'a>] {
        &self.taxes
    }

    /// The exact net and taxes of a price for so many units.
    pub fn split(&self, price: &Ratio, quantity: &Ratio) -> ExactParts {
        let percent_part = if self.included_per_unit.is_zero() {
            price.clone()
        } else {
            price - &(&self.included_per_unit * quantity)
        };
        let taxes = self
            .taxes
            .iter()
            .map(|tax| {
                let share = &percent_part * &tax.per_price;
                if tax.per_unit.is_zero() { share } else { &share + &(&tax.per_unit * quantity) }
            })
            .collect();
        ExactParts { net: &percent_part * &self.net_per_price, taxes }
    }
}

/// The plans of a document, one for each list of taxes that a line has.
pub(super) struct TaxPlans<'a> {
    plans: Vec<TaxPlan<'a>>,
}

impl<'a> TaxPlans<'a> {
    pub const fn new() -> Self {
        Self { plans: Vec::new() }
    }

    /// Index of the plan for this list.
    pub fn plan_for(&mut self, document: &'a Document, list: &'a [TaxRef], steps: &Steps) -> usize {
        let known = self.plans.iter().position(|plan| plan.list == list);
        known.unwrap_or_else(|| {
            self.plans.push(TaxPlan::new(document, list, steps));
            self.plans.len() - 1
        })
    }

    pub fn get(&self, index: usize) -> &TaxPlan<'a> {
        &self.plans[index]
    }
}
