//! Random documents: small ones for the oracle, wild ones for the laws.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use crate::money::TaxRate;
use crate::pricing::*;

/// How far the numbers of a document may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub price_minor: i64,
    pub rates: &'static [&'static str],
    pub quantities: &'static [&'static str],
    pub percents: &'static [&'static str],
    pub tax_lists: usize,
    pub taxes_per_list: usize,
    pub lines: usize,
}

/// Small enough that 128 bits hold every exact sum.
pub(super) const SMALL: Bounds = Bounds {
    price_minor: 3_000,
    rates: &["0", "5", "10", "20", "11.5", "3.5", "8.5"],
    quantities: &["0", "1", "2", "3", "7", "-1", "-2", "0.5", "1.25", "-0.5"],
    percents: &["0", "10", "33", "50", "100", "150"],
    tax_lists: 2,
    taxes_per_list: 3,
    lines: 6,
};

/// Sums whose exact form outgrows 128 bits many times over.
pub(super) const WILD: Bounds = Bounds {
    price_minor: 999_999_999,
    rates: &["0", "100", "7.7", "19", "8.875", "33.333333", "0.000001", "12.345679", "99.999989"],
    quantities: &["0", "1", "3", "-1", "-999", "1000000", "0.333333", "12.000001", "-0.000001"],
    percents: &["0", "0.000001", "33.333333", "99.999999", "100", "250"],
    tax_lists: 6,
    taxes_per_list: 6,
    lines: 12,
};

fn decimal(texts: &'static [&'static str]) -> impl Strategy<Value = Decimal> {
    select(texts).prop_map(|text| text.parse().unwrap())
}

fn scale() -> impl Strategy<Value = Scale> {
    select(vec![(2, "0.01"), (2, "0.05"), (0, "1"), (3, "0.001"), (2, "0.25")])
        .prop_map(|(dp, step)| Scale::try_new(dp, Some(step.parse().unwrap())).unwrap())
}

fn policy() -> impl Strategy<Value = Policy> {
    let rounding = vec![TaxRounding::Line, TaxRounding::Unit, TaxRounding::Order, TaxRounding::OrderTotalFirst];
    let mode = vec![RoundingMode::HalfUp, RoundingMode::HalfEven, RoundingMode::HalfDown];
    (select(rounding), select(mode), select(vec![InclResidual::Net, InclResidual::Tax]))
        .prop_map(|(tax_rounding, mode, incl_residual)| Policy { tax_rounding, mode, incl_residual })
        .boxed()
}

fn tax(bounds: Bounds) -> impl Strategy<Value = Tax> {
    let kind = prop_oneof![
        3 => decimal(bounds.rates).prop_map(|rate| TaxKind::Percent(TaxRate::try_from_percent(rate).unwrap())),
        1 => (0..60_i64).prop_map(|cents| TaxKind::FixedPerUnit(Decimal::new(cents, 2))),
    ];
    (kind, any::<[bool; 3]>()).prop_map(|(kind, [included, compound, base_affected])| Tax {
        id: String::new(),
        kind,
        included,
        compound,
        base_affected,
    })
}

fn line(bounds: Bounds, lists: usize) -> impl Strategy<Value = (Line, usize)> {
    let discount = prop_oneof![
        decimal(bounds.percents).prop_map(LineDiscount::Percent),
        (0..500_i64).prop_map(|cents| LineDiscount::FixedLine(Decimal::new(cents, 2))),
        (0..100_i64).prop_map(|cents| LineDiscount::FixedUnit(Decimal::new(cents, 2))),
    ];
    (
        select(&["", "Latte", "Bread"][..]),
        // Few prices make equal lines, and with them ties, frequent.
        prop_oneof![select(vec![100_i64, 333, 250]), -200..bounds.price_minor],
        decimal(bounds.quantities),
        vec(-50..150_i64, 0..2),
        vec(discount, 0..2),
        prop::bool::weighted(0.1),
        0..lists,
    )
        .prop_map(|(name, price, quantity, modifiers, discounts, voided, list)| {
            let mut line = Line::new(name, Decimal::new(price, 2), quantity);
            line.modifiers = modifiers.into_iter().map(|cents| Decimal::new(cents, 2)).collect();
            line.discounts = discounts;
            line.voided = voided;
            (line, list)
        })
}

/// Any document within the bounds, under any policy.
pub(super) fn document(bounds: Bounds) -> impl Strategy<Value = Document> {
    let order_discount = prop_oneof![
        decimal(bounds.percents).prop_map(OrderDiscount::Percent),
        (0..2_000_i64).prop_map(|cents| OrderDiscount::Fixed(Decimal::new(cents, 2))),
    ];
    (
        scale(),
        policy(),
        vec(tax(bounds), 0..=4),
        vec(vec(any::<prop::sample::Index>(), 0..=bounds.taxes_per_list), 1..=bounds.tax_lists),
        vec(line(bounds, bounds.tax_lists), 0..=bounds.lines),
        vec(order_discount, 0..2),
    )
        .prop_map(|(scale, policy, taxes, lists, lines, order_discounts)| {
            let mut document = Document::new(scale, policy);
            document.taxes = taxes;
            for (index, tax) in document.taxes.iter_mut().enumerate() {
                tax.id = format!("t{index}");
            }
            document.order_discounts = order_discounts;
            for (mut line, list) in lines {
                for index in &lists[list % lists.len()] {
                    if !document.taxes.is_empty() {
                        let tax = TaxRef(index.index(document.taxes.len()));
                        if !line.taxes.contains(&tax) {
                            line.taxes.push(tax);
                        }
                    }
                }
                document.lines.push(line);
            }
            document
        })
}
