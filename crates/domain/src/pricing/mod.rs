//! Pricing of an order: one pure function from a [`Document`] to its sums, used for every sum on screen and receipt.
//!
//! The rules are those of issue 3, section 3, as formulae. Amounts are counted in *steps*, the smallest amount of the
//! currency, and stay exact fractions until a rule below says `round`; rounding is to a whole step, symmetric about
//! zero, with ties by the policy's mode.
//!
//! 1. **Line.** `A = (unit price + Σ modifiers) × quantity`, lowered by the line's discounts in order: `percent p` to
//!    `A × (1 − p/100)`, `fixed_line v` by `v`, `fixed_unit v` by `v × |quantity|`; never past zero, from either side.
//!    Then `line` takes `round(A)`; `unit` takes `round(A / quantity) × quantity` where the quantity is whole, else the
//!    line rule; the two order policies keep `A`. A voided line is left out.
//! 2. **Order discounts**, in order. `S = Σ A`. `D = round(p/100 × S)` or `round(v)` with the sign of S; if D reaches S,
//!    all lines are zero. Else each line's share is `D × A / S`, cut towards zero to whole steps, and the steps left go to
//!    the largest remainders (ties: larger amount, tax ids, content), no line past zero. `A` is lowered by its share.
//! 3. **Taxes** of a line, in list order: `T = rate × (N + Σ compound taxes before it)`, or `rate × N` with
//!    `base_affected: false`, or `amount × quantity`. N is the net: what is left of A without the included taxes. All are
//!    linear in N and in the quantity, so N has a closed form; see `tax.rs`.
//! 4. **Rounding.**
//!    - `line`: each `T` is `round(T)`; `N = A − Σ included T`. With the residual in `tax`, `N` is `round(N)`, and the
//!      included taxes share `A − N` by largest remainder (ties: larger tax, id).
//!    - `unit`: the same for `A / quantity`, each part then times the quantity. An order discount may leave a unit price
//!      that is no whole step; `N = A − Σ included T` holds for the line all the same.
//!    - `order`: each tax is `round(Σ T)`; `N = round(Σ A) − Σ included taxes`, or with the residual in `tax`, `round(Σ N)`
//!      and the included taxes share the rest.
//!    - `order_total_first`: the total is `round(Σ A + Σ added T)`, each tax `round(Σ T)`, and N the rest.
//! 5. **Lines of an order policy** are shown rounded: each tax of the document is shared among its lines by largest
//!    remainder, so taxes add up; a line's price is `round(A)` (`order`) or `round(A + added T)` (`order_total_first`).
//!    `rounding` is what these lack to the document, and is absent where they lack nothing.

mod allocate;
mod discount;
mod document;
mod error;
mod exact;
pub mod json;
pub mod limits;
mod line;
mod policy;
mod price;
mod round;
mod settle;
mod tax;
mod validate;

pub use document::{Document, Line, LineDiscount, OrderDiscount, Scale, Tax, TaxKind, TaxRef};
pub use error::{PricingError, Rule};
pub use policy::{InclResidual, Policy, RoundingMode, TaxRounding};
pub use price::{Priced, PricedLine, Rounding, RoundingReason, price};

#[cfg(test)]
mod tests;
