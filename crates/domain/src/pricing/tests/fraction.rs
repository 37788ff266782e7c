//! Fractions of 128 bits for the oracle: always reduced, and a panic beyond the range.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use rust_decimal::Decimal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fraction {
    top: i128,
    bottom: i128,
}

fn gcd(left: i128, right: i128) -> i128 {
    if right == 0 { left.abs() } else { gcd(right, left % right) }
}

pub(super) fn fraction(top: i128, bottom: i128) -> Fraction {
    let divisor = gcd(top, bottom) * bottom.signum();
    Fraction { top: top / divisor, bottom: bottom / divisor }
}

pub(super) fn exact(value: Decimal) -> Fraction {
    fraction(value.mantissa(), 10_i128.pow(value.scale()))
}

impl Fraction {
    pub const ZERO: Self = Self { top: 0, bottom: 1 };
    pub const ONE: Self = Self { top: 1, bottom: 1 };

    pub fn abs(self) -> Self {
        Self { top: self.top.abs(), bottom: self.bottom }
    }

    pub fn sign(self) -> Self {
        fraction(self.top.signum(), 1)
    }

    pub fn is_whole(self) -> bool {
        self.bottom == 1
    }

    pub fn cut(self) -> Self {
        fraction(self.top / self.bottom, 1)
    }

    pub fn top(self) -> i128 {
        self.top
    }
}

fn times(left: i128, right: i128) -> i128 {
    left.checked_mul(right).expect("the oracle's documents are small enough")
}

impl Add for Fraction {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let shared = gcd(self.bottom, other.bottom);
        let (left, right) = (other.bottom / shared, self.bottom / shared);
        fraction(times(self.top, left) + times(other.top, right), times(self.bottom, left))
    }
}

impl Neg for Fraction {
    type Output = Self;
    fn neg(self) -> Self {
        Self { top: -self.top, bottom: self.bottom }
    }
}

impl Sub for Fraction {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Fraction {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (one, two) = (fraction(self.top, other.bottom), fraction(other.top, self.bottom));
        fraction(times(one.top, two.top), times(one.bottom, two.bottom))
    }
}

impl Div for Fraction {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.mul(fraction(other.bottom, other.top))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (*self - *other).top.cmp(&0)
    }
}
