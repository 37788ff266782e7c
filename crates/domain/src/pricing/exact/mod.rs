//! Exact numbers for pricing: fractions that never round and never overflow.
//!
//! A price with several included taxes is divided by numbers such as 1.155, and a sum of such quotients can lie exactly
//! on a tie, which a decimal of 28 digits would miss by its last digit. Nearly every order stays within 128 bits;
//! beyond them the same operations go on in limbs.

mod int;
mod limbs;
mod ratio;

pub(super) use int::Int;
pub(super) use ratio::Ratio;

#[cfg(test)]
mod laws;
