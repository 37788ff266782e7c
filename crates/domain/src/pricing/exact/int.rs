//! Whole numbers of any size; those of 128 bits cost no allocation.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use super::limbs::{self, Limbs};

/// A whole number. `Big` is used only for what does not fit into `Small`, so equal numbers have equal forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pricing) enum Int {
    /// Within 128 bits.
    Small(i128),
    /// Beyond them.
    Big {
        /// Whether it is below zero.
        negative: bool,
        /// Its magnitude.
        magnitude: Limbs,
    },
}

impl Int {
    pub const ZERO: Self = Self::Small(0);
    pub const ONE: Self = Self::Small(1);

    fn from_limbs(negative: bool, magnitude: Limbs) -> Self {
        let small = limbs::to_u128(&magnitude)
            .and_then(|value| if negative { 0_i128.checked_sub_unsigned(value) } else { value.try_into().ok() });
        small.map_or(Self::Big { negative, magnitude }, Self::Small)
    }

    fn limbs(&self) -> Limbs {
        match self {
            Self::Small(value) => limbs::from_u128(value.unsigned_abs()),
            Self::Big { magnitude, .. } => magnitude.clone(),
        }
    }

    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub fn is_one(&self) -> bool {
        *self == Self::ONE
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Self::Small(value) => *value < 0,
            Self::Big { negative, .. } => *negative,
        }
    }

    pub fn is_even(&self) -> bool {
        match self {
            Self::Small(value) => value & 1 == 0,
            Self::Big { magnitude, .. } => magnitude.first().is_none_or(|limb| limb & 1 == 0),
        }
    }

    pub fn abs(&self) -> Self {
        if self.is_negative() { -self } else { self.clone() }
    }

    /// The value as `i128`, if it fits.
    pub fn to_i128(&self) -> Option<i128> {
        match self {
            Self::Small(value) => Some(*value),
            Self::Big { .. } => None,
        }
    }

    /// Quotient towards zero, and the remainder with the sign of the dividend; the divisor must not be zero.
    pub fn div_rem(&self, divisor: &Self) -> (Self, Self) {
        if let (Self::Small(left), Self::Small(right)) = (self, divisor) {
            // Division of 128 bits is done in software and many times slower than that of 64.
            if let (Ok(left), Ok(right)) = (i64::try_from(*left), i64::try_from(*right))
                && let Some(quotient) = left.checked_div(right)
            {
                return (Self::Small(quotient.into()), Self::Small((left % right).into()));
            }
            if let Some(quotient) = left.checked_div(*right) {
                return (Self::Small(quotient), Self::Small(left % right));
            }
        }
        let (quotient, remainder) = limbs::divide(&self.limbs(), &divisor.limbs());
        (
            Self::from_limbs(self.is_negative() != divisor.is_negative(), quotient),
            Self::from_limbs(self.is_negative(), remainder),
        )
    }

    /// The greatest common divisor, zero only for two zeros.
    pub fn gcd(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.abs(), other.abs());
        while !right.is_zero() {
            let (_, remainder) = left.div_rem(&right);
            left = std::mem::replace(&mut right, remainder);
        }
        left
    }
}

impl From<i128> for Int {
    fn from(value: i128) -> Self {
        Self::Small(value)
    }
}

impl Neg for &Int {
    type Output = Int;
    fn neg(self) -> Int {
        match self {
            Int::Small(value) => match value.checked_neg() {
                Some(value) => Int::Small(value),
                None => Int::from_limbs(false, self.limbs()),
            },
            Int::Big { negative, magnitude } => Int::from_limbs(!negative, magnitude.clone()),
        }
    }
}

impl Add for &Int {
    type Output = Int;
    fn add(self, other: &Int) -> Int {
        if let (Int::Small(left), Int::Small(right)) = (self, other)
            && let Some(sum) = left.checked_add(*right)
        {
            return Int::Small(sum);
        }
        let (left, right) = (self.limbs(), other.limbs());
        if self.is_negative() == other.is_negative() {
            return Int::from_limbs(self.is_negative(), limbs::add(&left, &right));
        }
        match limbs::compare(&left, &right) {
            Ordering::Less => Int::from_limbs(other.is_negative(), limbs::subtract(&right, &left)),
            _ => Int::from_limbs(self.is_negative(), limbs::subtract(&left, &right)),
        }
    }
}

impl Sub for &Int {
    type Output = Int;
    fn sub(self, other: &Int) -> Int {
        self + &-other
    }
}

impl Mul for &Int {
    type Output = Int;
    fn mul(self, other: &Int) -> Int {
        if let (Int::Small(left), Int::Small(right)) = (self, other)
            && let Some(product) = left.checked_mul(*right)
        {
            return Int::Small(product);
        }
        Int::from_limbs(self.is_negative() != other.is_negative(), limbs::multiply(&self.limbs(), &other.limbs()))
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(left), Self::Small(right)) => left.cmp(right),
            _ => match (self.is_negative(), other.is_negative()) {
                (false, true) => Ordering::Greater,
                (true, false) => Ordering::Less,
                (false, false) => limbs::compare(&self.limbs(), &other.limbs()),
                (true, true) => limbs::compare(&other.limbs(), &self.limbs()),
            },
        }
    }
}
