//! Anchor of C7 and C8: the till itself with a single caller in the process.
//!
//! It does: the same sales through the same function on the same store, each command after the answer to the last.
//!
//! It leaves out: everyone else, so each command has a commit and a sync of its own; and the way through a socket.

use crate::error::BenchError;
use crate::sale::Seller;

/// Sells `sales` times, one command after the other; gives the nanoseconds of each.
pub async fn sell(seller: &Seller, sales: u64) -> Result<Vec<u64>, BenchError> {
    seller.sell(sales).await
}
