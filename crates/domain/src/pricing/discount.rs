//! Discounts. They lower a magnitude and stop at zero, so that goods taken back mirror goods sold.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::allocate::{Claims, apportion};
use super::document::{LineDiscount, OrderDiscount};
use super::exact::{Int, Ratio};
use super::policy::RoundingMode;
use super::round::Steps;

/// What a discount leaves of a line's amount.
pub(super) fn lower_line(amount: &Ratio, quantity: &Ratio, discount: LineDiscount, steps: &Steps) -> Ratio {
    match discount {
        LineDiscount::Percent(percent) => {
            share(amount, Decimal::ONE_HUNDRED.saturating_sub(percent).max(Decimal::ZERO))
        }
        LineDiscount::FixedLine(value) => towards_zero(amount, &steps.count(value)),
        LineDiscount::FixedUnit(value) => towards_zero(amount, &(&steps.count(value) * &quantity.abs())),
    }
}

/// Lowers the amounts by a discount on their sum: a whole number of steps, shared in proportion.
pub(super) fn lower_order(
    amounts: &mut [Ratio],
    discount: OrderDiscount,
    steps: &Steps,
    mode: RoundingMode,
    tie: impl Fn(&[Ratio], usize, usize) -> Ordering,
) {
    let sum = amounts.iter().fold(Ratio::ZERO, |sum, amount| &sum + amount);
    let off = match discount {
        OrderDiscount::Percent(percent) => share(&sum, percent),
        OrderDiscount::Fixed(value) if sum.is_negative() => -&steps.count(value),
        OrderDiscount::Fixed(value) => steps.count(value),
    };
    if off.abs() >= sum.abs() {
        amounts.fill(Ratio::ZERO);
        return;
    }
    let off = Ratio::from(off.round(mode));
    if off.abs() >= sum.abs() {
        amounts.fill(Ratio::ZERO);
        return;
    }
    let part = off.checked_div(&sum).expect("a sum of zero was lowered to zero above").reduced();
    let exact: Vec<Ratio> = amounts.iter().map(|amount| (amount * &part).compact()).collect();
    let claims = Claims { exact: &exact, chunk: &Int::ONE, bounds: Some(amounts) };
    let shares = apportion(&off, &claims, |one, other| tie(amounts, one, other));
    for (amount, share) in amounts.iter_mut().zip(&shares) {
        *amount = (&*amount - share).compact();
    }
}

/// `percent` of the amount.
fn share(amount: &Ratio, percent: Decimal) -> Ratio {
    let hundredths = &Ratio::from(percent) * &Ratio::new(Int::ONE, Int::from(100));
    (amount * &hundredths).compact()
}

fn towards_zero(amount: &Ratio, off: &Ratio) -> Ratio {
    if off >= &amount.abs() {
        return Ratio::ZERO;
    }
    if amount.is_negative() { amount + off } else { amount - off }
}
