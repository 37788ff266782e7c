//! Fractions of whole numbers.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use rust_decimal::Decimal;

use super::Int;
use crate::pricing::RoundingMode;

/// A fraction with a positive denominator. It is reduced only when it outgrows 128 bits, because most fractions of an
/// order are whole or share a denominator, and reducing them would cost more than it saves.
#[derive(Debug, Clone)]
pub(in crate::pricing) struct Ratio {
    numerator: Int,
    denominator: Int,
}

impl Ratio {
    pub const ZERO: Self = Self { numerator: Int::ZERO, denominator: Int::ONE };
    pub const ONE: Self = Self { numerator: Int::ONE, denominator: Int::ONE };

    /// `numerator / denominator`; the denominator must not be zero.
    pub fn new(numerator: Int, denominator: Int) -> Self {
        let ratio = if denominator.is_negative() {
            Self { numerator: -&numerator, denominator: -&denominator }
        } else {
            Self { numerator, denominator }
        };
        let fits = ratio.numerator.to_i128().is_some() && ratio.denominator.to_i128().is_some();
        if fits { ratio } else { ratio.reduced() }
    }

    /// The same value in lowest terms: for a factor that is used often.
    pub fn reduced(self) -> Self {
        let divisor = self.numerator.gcd(&self.denominator);
        if divisor.is_one() {
            return self;
        }
        Self { numerator: self.numerator.div_rem(&divisor).0, denominator: self.denominator.div_rem(&divisor).0 }
    }

    /// The same value, as a whole number if it is one.
    pub fn compact(self) -> Self {
        match self.whole() {
            Some(whole) => whole.into(),
            None => self,
        }
    }

    pub fn is_zero(&self) -> bool {
        self.numerator.is_zero()
    }

    pub fn is_negative(&self) -> bool {
        self.numerator.is_negative()
    }

    pub fn abs(&self) -> Self {
        Self { numerator: self.numerator.abs(), denominator: self.denominator.clone() }
    }

    /// The value as a whole number, if it is one.
    pub fn whole(&self) -> Option<Int> {
        let (quotient, rest) = self.split();
        rest.is_zero().then_some(quotient)
    }

    /// The whole part towards zero, and the rest with the sign of the value.
    pub fn split(&self) -> (Int, Self) {
        if self.denominator.is_one() {
            return (self.numerator.clone(), Self::ZERO);
        }
        let (quotient, remainder) = self.numerator.div_rem(&self.denominator);
        (quotient, Self { numerator: remainder, denominator: self.denominator.clone() })
    }

    /// The nearest whole number; every mode is symmetric about zero.
    pub fn round(&self, mode: RoundingMode) -> Int {
        let (quotient, rest) = self.split();
        if rest.is_zero() {
            return quotient;
        }
        let twice = &rest.numerator.abs() + &rest.numerator.abs();
        let away = match twice.cmp(&rest.denominator) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match mode {
                RoundingMode::HalfUp => true,
                RoundingMode::HalfDown => false,
                RoundingMode::HalfEven => !quotient.is_even(),
            },
        };
        match (away, self.is_negative()) {
            (false, _) => quotient,
            (true, false) => &quotient + &Int::ONE,
            (true, true) => &quotient - &Int::ONE,
        }
    }

    /// The quotient, unless the divisor is zero.
    pub fn checked_div(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero())
            .then(|| Self::new(&self.numerator * &divisor.denominator, &self.denominator * &divisor.numerator))
    }
}

impl From<Int> for Ratio {
    fn from(numerator: Int) -> Self {
        Self { numerator, denominator: Int::ONE }
    }
}

impl From<Decimal> for Ratio {
    fn from(value: Decimal) -> Self {
        // 10^28 is the largest denominator of a Decimal and lies far below 2^127.
        Self { numerator: value.mantissa().into(), denominator: 10_i128.pow(value.scale()).into() }
    }
}

impl Neg for &Ratio {
    type Output = Ratio;
    fn neg(self) -> Ratio {
        Ratio { numerator: -&self.numerator, denominator: self.denominator.clone() }
    }
}

impl Add for &Ratio {
    type Output = Ratio;
    fn add(self, other: &Ratio) -> Ratio {
        if self.denominator == other.denominator {
            return Ratio::new(&self.numerator + &other.numerator, self.denominator.clone());
        }
        if other.is_zero() {
            return self.clone();
        }
        if self.is_zero() {
            return other.clone();
        }
        let divisor = self.denominator.gcd(&other.denominator);
        let (left, right) = (self.denominator.div_rem(&divisor).0, other.denominator.div_rem(&divisor).0);
        Ratio::new(&(&self.numerator * &right) + &(&other.numerator * &left), &self.denominator * &right)
    }
}

impl Sub for &Ratio {
    type Output = Ratio;
    fn sub(self, other: &Ratio) -> Ratio {
        self + &-other
    }
}

impl Mul for &Ratio {
    type Output = Ratio;
    fn mul(self, other: &Ratio) -> Ratio {
        if other.denominator.is_one() && other.numerator.is_one() {
            return self.clone();
        }
        Ratio::new(&self.numerator * &other.numerator, &self.denominator * &other.denominator)
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.denominator == other.denominator {
            return self.numerator.cmp(&other.numerator);
        }
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}
