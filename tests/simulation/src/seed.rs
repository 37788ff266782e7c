//! One seed from its first step to its verdict, and the search for a shorter walk that fails in the same way.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::figures::Figures;
use crate::template::Template;
use crate::world::{Seed, World};

/// Walks that are tried to make a failing one shorter.
const SHORTENINGS_MAX: usize = 150;

/// A walk's end.
pub struct Verdict {
    /// What was counted.
    pub figures: Figures,
    /// What happened, a line each.
    pub trace: Vec<String>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// Walks a seed without the steps that are left out.
pub async fn walk(seed: Seed, template: &Template, left_out: &BTreeSet<usize>) -> Verdict {
    match World::new(seed, template).await {
        Err(failure) => Verdict { figures: Figures::default(), trace: Vec::new(), failure: Some(failure) },
        Ok(mut world) => {
            let ended = world.run(left_out).await;
            let (trace, figures) = (std::mem::take(&mut world.trace), world.figures);
            world.close().await;
            Verdict { figures, trace, failure: ended.err() }
        }
    }
}

/// Leaves steps out as long as the walk fails in the same way: halves first, then ever smaller parts.
pub async fn shorten(seed: Seed, template: &Template, whole: Verdict) -> Verdict {
    let Some(kind) = whole.failure.as_ref().map(Failure::kind) else { return whole };
    let steps = World::steps(seed);
    let (mut left_out, mut shortest, mut tries) = (BTreeSet::new(), whole, 0);
    let mut size = steps.div_ceil(2);
    while size > 0 {
        let taken: Vec<usize> = (0..steps).filter(|step| !left_out.contains(step)).collect();
        let mut shorter = false;
        for part in taken.chunks(size) {
            if tries >= SHORTENINGS_MAX {
                return shortest;
            }
            tries += 1;
            let mut without = left_out.clone();
            without.extend(part);
            let verdict = walk(seed, template, &without).await;
            if verdict.failure.as_ref().is_some_and(|failure| failure.kind() == kind) {
                (left_out, shortest, shorter) = (without, verdict, true);
            }
        }
        if !shorter || size > 1 {
            size /= 2;
        }
    }
    shortest
}
