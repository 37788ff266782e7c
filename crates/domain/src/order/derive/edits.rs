//! Conflicts over the content of one line: two edits, or an edit and a firing, that did not see each other.

use crate::order::exception::ExceptionKind;
use crate::order::held::Place;
use crate::order::state::OrderState;

use super::conflicts::Found;
use super::versions::{Made, Versions, by_line};

/// Writes down the conflicts among the versions of each line.
pub(super) fn find(state: &OrderState, versions: &Versions<'_>, found: &mut Found) {
    for line in by_line(versions).chunk_by(|a, b| a.0 == b.0) {
        for (position, (_, index)) in line.iter().enumerate() {
            if versions.all[*index].made == Made::Replaced {
                changed_after_firing(state, versions, *index, found);
            }
            for (_, other) in &line[..position] {
                conflicting_edit(state, versions, (*other, *index), found);
            }
        }
    }
}

/// A replacement ∥ a firing of another version of the line. A chain of replacements raises it once, for its first.
fn changed_after_firing(state: &OrderState, versions: &Versions<'_>, index: usize, found: &mut Found) {
    let version = &versions.all[index];
    let met = |replacement: usize, firing: &Place| {
        versions.all[replacement].made == Made::Replaced && state.concurrent(firing, versions.all[replacement].at)
    };
    let mut firings: Vec<(usize, &Place)> = Vec::new();
    for firing in &state.fired {
        if !met(index, &firing.at) {
            continue;
        }
        let of_line = firing.payload.fired.iter().filter_map(|id| versions.find(*id));
        for fired in of_line.filter(|fired| versions.all[*fired].line == version.line) {
            let builds_on = versions.chain(fired).any(|ancestor| ancestor == index);
            let earlier = version.parent.is_some_and(|parent| met(parent, &firing.at));
            if !builds_on && !earlier {
                firings.push((fired, &firing.at));
            }
        }
    }
    // Two tills that fire one version are one conflict with the edit.
    firings.sort_by_key(|(fired, at)| (*fired, at.rank()));
    firings.dedup_by_key(|(fired, _)| *fired);
    for (_, firing) in firings {
        found.raise(ExceptionKind::ChangedAfterFiring, &[firing.id, version.id], &[version.line]);
    }
}

/// Two edits of the line. Edits that follow from the same divergence raise it once.
fn conflicting_edit(state: &OrderState, versions: &Versions<'_>, pair: (usize, usize), found: &mut Found) {
    let all = &versions.all;
    let builds_on = |newer, older| versions.chain(newer).any(|index| index == older);
    if !state.concurrent(all[pair.0].at, all[pair.1].at)
        || all[pair.0].lost
        || all[pair.1].lost
        || builds_on(pair.0, pair.1)
        || builds_on(pair.1, pair.0)
    {
        return;
    }
    let (a, b) = divergence(state, versions, pair);
    found.raise(ExceptionKind::ConflictingEdit, &[all[a].id, all[b].id], &[all[a].line]);
}

/// The first pair of edits that the conflict of this pair follows from, as far as neither author knew that one.
fn divergence(state: &OrderState, versions: &Versions<'_>, pair: (usize, usize)) -> (usize, usize) {
    let all = &versions.all;
    let knew = |who: usize, what: usize| who == what || state.saw(all[who].at, all[what].at);
    let mut walk = vec![pair];
    let mut current = pair;
    loop {
        let (a, b) = current;
        let earlier = |child: usize, other: usize| {
            let parent = all[child].parent.filter(|parent| all[*parent].line == all[child].line)?;
            state.concurrent(all[parent].at, all[other].at).then_some((parent, other))
        };
        let next = earlier(a, b).or_else(|| earlier(b, a).map(|(parent, other)| (other, parent)));
        match next {
            // Parents come before their children, so the walk ends; the bound holds for broken authors as well.
            Some(next) if walk.len() <= all.len() => {
                walk.push(next);
                current = next;
            }
            _ => break,
        }
    }
    let knows_both = |who: usize, (a, b): (usize, usize)| knew(who, a) && knew(who, b);
    let root = walk.iter().rev().find(|root| !knows_both(pair.0, **root) && !knows_both(pair.1, **root));
    root.copied().unwrap_or(pair)
}
