//! What holds for every document under every policy.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::documents::{SMALL, WILD, document};
use crate::pricing::*;

fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Decimal {
    amounts.into_iter().sum()
}

fn any_document() -> impl Strategy<Value = Document> {
    prop_oneof![document(SMALL), document(WILD)]
}

fn negated(document: &Document) -> Document {
    let mut negated = document.clone();
    for line in &mut negated.lines {
        line.quantity = -line.quantity;
    }
    negated
}

/// Amounts in a form that can be compared after negation and permutation.
fn amounts(priced: &Priced) -> Vec<Decimal> {
    let lines = priced.lines.iter().flat_map(|line| [line.net, line.tax, line.total]);
    [priced.subtotal_excl, priced.tax, priced.total, priced.rounding.map_or(Decimal::ZERO, |rounding| rounding.amount)]
        .into_iter()
        .chain(priced.taxes.values().copied())
        .chain(lines)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn sums_add_up(document in any_document()) {
        let priced = price(&document).unwrap();
        prop_assert_eq!(priced.subtotal_excl + priced.tax, priced.total);
        prop_assert_eq!(sum(priced.taxes.values().copied()), priced.tax);
        for line in &priced.lines {
            prop_assert_eq!(line.net + line.tax, line.total);
        }
    }

    #[test]
    fn lines_add_up_to_the_document_or_say_what_is_missing(document in any_document()) {
        let priced = price(&document).unwrap();
        let missing = priced.rounding.map_or(Decimal::ZERO, |rounding| rounding.amount);
        prop_assert_eq!(priced.rounding.is_some(), !missing.is_zero());
        prop_assert_eq!(sum(priced.lines.iter().map(|line| line.total)) + missing, priced.total);
        prop_assert_eq!(sum(priced.lines.iter().map(|line| line.net)) + missing, priced.subtotal_excl);
        prop_assert_eq!(sum(priced.lines.iter().map(|line| line.tax)), priced.tax);
        if matches!(document.policy.tax_rounding, TaxRounding::Line | TaxRounding::Unit) {
            prop_assert!(missing.is_zero(), "lines that are rounded one by one are the document");
        }
    }

    #[test]
    fn every_amount_is_a_multiple_of_the_step_at_the_scale_of_the_currency(document in any_document()) {
        for amount in amounts(&price(&document).unwrap()) {
            prop_assert!((amount % document.scale.step()).is_zero());
            prop_assert!(amount.is_zero() || amount.scale() == document.scale.dp());
        }
    }

    #[test]
    fn the_negated_order_is_the_exact_negation(document in any_document()) {
        let (there, back) = (price(&document).unwrap(), price(&negated(&document)).unwrap());
        let mirrored: Vec<Decimal> = amounts(&back).into_iter().map(|amount| -amount).collect();
        prop_assert_eq!(amounts(&there), mirrored);
        prop_assert_eq!(there.taxes.keys().collect::<Vec<_>>(), back.taxes.keys().collect::<Vec<_>>());
    }

    #[test]
    fn the_order_of_lines_changes_nothing(
        (document, shuffled) in any_document().prop_flat_map(|document| {
            let places = Just((0..document.lines.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(document), places)
        }).prop_map(|(document, places)| {
            let lines = places.iter().map(|&place| document.lines[place].clone()).collect();
            let shuffled = Document { lines, ..document.clone() };
            (document, shuffled)
        }),
    ) {
        let (straight, mixed) = (price(&document).unwrap(), price(&shuffled).unwrap());
        // Lines that say the same can't be told apart, so their results are compared as a collection.
        let by_content = |document: &Document, priced: &Priced| {
            let mut pairs: Vec<String> =
                document.lines.iter().zip(&priced.lines).map(|(line, priced)| format!("{line:?} {priced:?}")).collect();
            pairs.sort();
            pairs
        };
        prop_assert_eq!(by_content(&document, &straight), by_content(&shuffled, &mixed));
        prop_assert_eq!(Priced { lines: vec![], ..straight }, Priced { lines: vec![], ..mixed });
    }

    #[test]
    fn a_voided_line_counts_for_nothing(document in any_document(), place in any::<prop::sample::Index>()) {
        let mut document = document;
        document.lines.push(Line::new("one at least", Decimal::ONE, Decimal::TWO));
        let place = place.index(document.lines.len());
        let (mut voided, mut without) = (document.clone(), document);
        voided.lines[place].voided = true;
        without.lines.remove(place);
        let (voided, without) = (price(&voided).unwrap(), price(&without).unwrap());
        prop_assert!(voided.lines[place].total.is_zero());
        prop_assert_eq!(Priced { lines: vec![], ..voided }, Priced { lines: vec![], ..without });
    }

    #[test]
    fn a_price_with_everything_included_is_what_is_paid(document in any_document()) {
        let mut document = document;
        for tax in &mut document.taxes {
            tax.included = true;
        }
        let mut untaxed = document.clone();
        for line in &mut untaxed.lines {
            line.taxes.clear();
        }
        prop_assert_eq!(price(&document).unwrap().total, price(&untaxed).unwrap().total);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\":,.a-z0-9 -]{0,80}") {
        let _ = json::price_json(&text);
    }
}
