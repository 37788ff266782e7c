//! Natural numbers of any size as limbs of 32 bits, the lowest first, without leading zeros; zero has no limb.

use std::cmp::Ordering;

pub(super) type Limbs = Vec<u32>;

const LIMB_BITS: u32 = 32;
const LOW: u64 = 0xffff_ffff;

fn low(value: u64) -> u32 {
    (value & LOW) as u32
}

fn trimmed(mut limbs: Limbs) -> Limbs {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
    limbs
}

pub(super) fn from_u128(value: u128) -> Limbs {
    let limbs = [0, 1, 2, 3].map(|place| value >> (place * LIMB_BITS) & u128::from(LOW));
    trimmed(limbs.map(|limb| u32::try_from(limb).expect("masked to 32 bits")).to_vec())
}

/// The value, if it fits.
pub(super) fn to_u128(limbs: &[u32]) -> Option<u128> {
    (limbs.len() <= 4).then(|| limbs.iter().rev().fold(0, |value, limb| value << LIMB_BITS | u128::from(*limb)))
}

pub(super) fn compare(left: &[u32], right: &[u32]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

pub(super) fn add(left: &[u32], right: &[u32]) -> Limbs {
    let (long, short) = if left.len() >= right.len() { (left, right) } else { (right, left) };
    let mut sum = Limbs::with_capacity(long.len() + 1);
    let mut carry = 0_u64;
    for (index, limb) in long.iter().enumerate() {
        carry += u64::from(*limb) + u64::from(short.get(index).copied().unwrap_or(0));
        sum.push(low(carry));
        carry >>= LIMB_BITS;
    }
    sum.push(low(carry));
    trimmed(sum)
}

/// The difference; `left` must not be the smaller one.
pub(super) fn subtract(left: &[u32], right: &[u32]) -> Limbs {
    debug_assert!(compare(left, right) != Ordering::Less, "a natural number has no negative difference");
    let mut difference = Limbs::with_capacity(left.len());
    let mut borrow = 0_u64;
    for (index, limb) in left.iter().enumerate() {
        let taken = u64::from(right.get(index).copied().unwrap_or(0)) + borrow;
        let lent = u64::from(*limb) + (1 << LIMB_BITS) - taken;
        difference.push(low(lent));
        borrow = 1 - (lent >> LIMB_BITS);
    }
    trimmed(difference)
}

pub(super) fn multiply(left: &[u32], right: &[u32]) -> Limbs {
    let mut product = vec![0_u32; left.len() + right.len()];
    for (offset, factor) in left.iter().enumerate() {
        let mut carry = 0_u64;
        for (index, limb) in right.iter().enumerate() {
            carry += u64::from(*factor) * u64::from(*limb) + u64::from(product[offset + index]);
            product[offset + index] = low(carry);
            carry >>= LIMB_BITS;
        }
        product[offset + right.len()] = low(carry);
    }
    trimmed(product)
}

/// Quotient and remainder; the divisor must not be zero.
pub(super) fn divide(dividend: &[u32], divisor: &[u32]) -> (Limbs, Limbs) {
    if compare(dividend, divisor) == Ordering::Less {
        return (Limbs::new(), dividend.to_vec());
    }
    match divisor {
        [] => unreachable!("callers never divide by zero"),
        [single] => divide_by_limb(dividend, *single),
        [.., top] => {
            // Knuth, volume 2, algorithm D: shifted so that the divisor's top bit is set, each guessed digit of the
            // quotient is at most one too large after the test against the second limb.
            let shift = top.leading_zeros();
            let divisor = shift_left(divisor, shift);
            let mut rest = shift_left(dividend, shift);
            rest.resize(dividend.len() + 1, 0);
            let quotient = long_division(&mut rest, trimmed(divisor).as_slice());
            (quotient, shift_right(&trimmed(rest), shift))
        }
    }
}

fn divide_by_limb(dividend: &[u32], divisor: u32) -> (Limbs, Limbs) {
    let mut quotient = vec![0_u32; dividend.len()];
    let mut rest = 0_u64;
    for (index, limb) in dividend.iter().enumerate().rev() {
        rest = rest << LIMB_BITS | u64::from(*limb);
        quotient[index] = low(rest / u64::from(divisor));
        rest %= u64::from(divisor);
    }
    (trimmed(quotient), trimmed(vec![low(rest)]))
}

fn long_division(rest: &mut [u32], divisor: &[u32]) -> Limbs {
    let size = divisor.len();
    let (top, second) = (u64::from(divisor[size - 1]), u64::from(divisor[size - 2]));
    let mut quotient = vec![0_u32; rest.len() - size];
    for place in (0..quotient.len()).rev() {
        let head = u64::from(rest[place + size]) << LIMB_BITS | u64::from(rest[place + size - 1]);
        let (mut digit, mut left) = (head / top, head % top);
        while digit > LOW || digit * second > (left << LIMB_BITS | u64::from(rest[place + size - 2])) {
            digit -= 1;
            left += top;
            if left > LOW {
                break;
            }
        }
        if !subtract_product(&mut rest[place..=place + size], divisor, digit) {
            digit -= 1;
            add_back(&mut rest[place..=place + size], divisor);
        }
        quotient[place] = low(digit);
    }
    trimmed(quotient)
}

/// Takes `digit` times the divisor off the window; false if that went below zero and wrapped.
fn subtract_product(window: &mut [u32], divisor: &[u32], digit: u64) -> bool {
    let (mut carry, mut borrow) = (0_u64, 0_u64);
    for (index, limb) in window.iter_mut().enumerate() {
        carry += digit * u64::from(divisor.get(index).copied().unwrap_or(0));
        let lent = u64::from(*limb) + (1 << LIMB_BITS) - u64::from(low(carry)) - borrow;
        *limb = low(lent);
        borrow = 1 - (lent >> LIMB_BITS);
        carry >>= LIMB_BITS;
    }
    borrow == 0
}

fn add_back(window: &mut [u32], divisor: &[u32]) {
    let mut carry = 0_u64;
    for (index, limb) in window.iter_mut().enumerate() {
        carry += u64::from(*limb) + u64::from(divisor.get(index).copied().unwrap_or(0));
        *limb = low(carry);
        carry >>= LIMB_BITS;
    }
}

/// Shifts by less than a limb; the result may keep a leading zero.
fn shift_left(limbs: &[u32], bits: u32) -> Limbs {
    let mut carry = 0_u64;
    let mut shifted: Limbs = limbs
        .iter()
        .map(|limb| {
            carry |= u64::from(*limb) << bits;
            let limb = low(carry);
            carry >>= LIMB_BITS;
            limb
        })
        .collect();
    shifted.push(low(carry));
    shifted
}

fn shift_right(limbs: &[u32], bits: u32) -> Limbs {
    let shifted = (0..limbs.len())
        .map(|index| {
            let above = u64::from(limbs.get(index + 1).copied().unwrap_or(0));
            low((above << LIMB_BITS | u64::from(limbs[index])) >> bits)
        })
        .collect();
    trimmed(shifted)
}
