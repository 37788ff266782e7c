//! Laws of exact numbers, on both sides of the 128-bit border.

use proptest::prelude::*;

use super::{Int, Ratio};
use crate::pricing::RoundingMode;

fn any_int() -> impl Strategy<Value = Int> {
    let factor = prop_oneof![any::<i128>(), -1000_i128..1000, Just(i128::MIN), Just(i128::MAX), Just(1_i128 << 64)];
    proptest::collection::vec(factor, 1..5)
        .prop_map(|factors| factors.into_iter().map(Int::from).fold(Int::ONE, |product, factor| &product * &factor))
}

fn any_ratio() -> impl Strategy<Value = Ratio> {
    (any_int(), any_int()).prop_map(|(numerator, denominator)| {
        Ratio::new(numerator, if denominator.is_zero() { Int::ONE } else { denominator })
    })
}

proptest! {
    #[test]
    fn division_is_undone_by_multiplication(left in any_int(), right in any_int()) {
        prop_assume!(!right.is_zero());
        let (quotient, remainder) = left.div_rem(&right);
        prop_assert_eq!(&(&quotient * &right) + &remainder, left.clone());
        prop_assert!(remainder.abs() < right.abs());
        prop_assert!(remainder.is_zero() || remainder.is_negative() == left.is_negative());
    }

    #[test]
    fn a_product_is_divided_exactly(left in any_int(), right in any_int()) {
        prop_assume!(!right.is_zero());
        prop_assert_eq!((&left * &right).div_rem(&right), (left, Int::ZERO));
    }

    #[test]
    fn addition_is_undone_and_ordered(left in any_int(), right in any_int()) {
        let sum = &left + &right;
        prop_assert_eq!(&sum - &right, left.clone());
        prop_assert_eq!(&right + &left, sum.clone());
        prop_assert_eq!(sum > left, right > Int::ZERO);
        prop_assert_eq!(-&(-&left), left);
    }

    #[test]
    fn multiplication_distributes(a in any_int(), b in any_int(), c in any_int()) {
        prop_assert_eq!(&a * &(&b + &c), &(&a * &b) + &(&a * &c));
    }

    #[test]
    fn small_numbers_agree_with_the_machine(left in any::<i64>(), right in any::<i64>()) {
        let (wide_left, wide_right) = (i128::from(left), i128::from(right));
        prop_assert_eq!((&Int::from(wide_left) * &Int::from(wide_right)).to_i128(), Some(wide_left * wide_right));
        prop_assert_eq!(Int::from(wide_left).cmp(&wide_right.into()), left.cmp(&right));
    }

    #[test]
    fn fractions_form_a_field(a in any_ratio(), b in any_ratio()) {
        prop_assert_eq!(&(&a + &b) - &b, a.clone());
        if let Some(quotient) = a.checked_div(&b) {
            prop_assert_eq!(&quotient * &b, a.clone());
        }
        prop_assert_eq!(a.clone().reduced(), a);
    }

    #[test]
    fn rounding_is_symmetric_and_within_half(a in any_ratio()) {
        for mode in [RoundingMode::HalfUp, RoundingMode::HalfEven, RoundingMode::HalfDown] {
            let rounded = a.round(mode);
            prop_assert_eq!((-&a).round(mode), -&rounded);
            let off = (&a - &rounded.into()).abs();
            prop_assert!(&off + &off <= Ratio::ONE);
        }
    }
}

#[test]
fn ties_go_by_mode() {
    for (halves, up, even, down) in [(1, 1, 0, 0), (3, 2, 2, 1), (5, 3, 2, 2), (-1, -1, 0, 0), (-3, -2, -2, -1)] {
        let value = Ratio::new(Int::from(halves), Int::from(2));
        assert_eq!(value.round(RoundingMode::HalfUp), Int::from(up));
        assert_eq!(value.round(RoundingMode::HalfEven), Int::from(even));
        assert_eq!(value.round(RoundingMode::HalfDown), Int::from(down));
    }
}
