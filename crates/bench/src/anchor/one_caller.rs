//! Anchor of C7: the till itself with a single caller.
//!
//! It does: the same sales through the same function on the same store, each command after the answer to the last.
//!
//! It leaves out: everyone else. With nobody beside it, each command has a commit and a sync of its own.

use crate::error::BenchError;
use crate::sale::Seller;

/// Sells `sales` times, one command after the other.
pub async fn sell(seller: &Seller, sales: u64) -> Result<(), BenchError> {
    seller.sell(sales).await.map(drop)
}
