//! Sharing a sum among claims in whole steps by largest remainder, with no regard to position.

use std::cmp::Ordering;

use super::exact::{Int, Ratio};

/// What a sum is shared by.
pub(super) struct Claims<'a> {
    /// The exact share of each, for one chunk.
    pub exact: &'a [Ratio],
    /// How many steps move at once: the quantity where shares are rounded per unit, else one.
    pub chunk: &'a Int,
    /// Amounts that a share may use up but not pass: it stays between zero and them.
    pub bounds: Option<&'a [Ratio]>,
}

/// Shares `target` among the claims; the shares sum to it exactly.
///
/// Each share is first cut towards zero to whole steps. What is left goes, a chunk each, to the claims that the cut
/// took most from; `tie` decides between equal ones. Because the cut is towards zero and not down, the shares of a
/// negated sum are the negated shares.
pub(super) fn apportion(target: &Ratio, claims: &Claims<'_>, tie: impl Fn(usize, usize) -> Ordering) -> Vec<Ratio> {
    let chunk = Ratio::from(claims.chunk.clone());
    let parts: Vec<(Int, Ratio)> = claims.exact.iter().map(Ratio::split).collect();
    let mut shares: Vec<Ratio> = parts.iter().map(|(whole, _)| &Ratio::from(whole.clone()) * &chunk).collect();
    let mut left = shares.iter().fold(target.clone(), |left, share| &left - share);
    if left.is_zero() || shares.is_empty() {
        return shares;
    }
    let mirrored = left.is_negative() != claims.chunk.is_negative();
    let mut queue: Vec<usize> = (0..shares.len()).collect();
    queue.sort_by(|&one, &other| {
        let by_remainder = parts[other].1.cmp(&parts[one].1);
        (if mirrored { by_remainder.reverse() } else { by_remainder }).then_with(|| tie(one, other))
    });
    // The first round hands out a chunk each. Something is left after it only where a bound or a rounded target stands
    // in the way; then each takes what it can, in the same order.
    for most in [Some(chunk.abs()), None] {
        for &index in &queue {
            if left.is_zero() {
                return shares;
            }
            let give = [most.clone(), room(claims.bounds, index, &shares[index], left.is_negative())]
                .into_iter()
                .flatten()
                .fold(left.abs(), Ord::min);
            let give = if left.is_negative() { -&give } else { give };
            shares[index] = &shares[index] + &give;
            left = &left - &give;
        }
    }
    shares
}

/// How far a share may still move in this direction.
fn room(bounds: Option<&[Ratio]>, index: usize, share: &Ratio, down: bool) -> Option<Ratio> {
    let bound = bounds?.get(index)?;
    let end = if bound.is_negative() == down { bound } else { &Ratio::ZERO };
    Some((end - share).abs())
}
