//! What the kitchen has to be told of: voids and replacements of what it had, cancels, and lines that were sent later.
//! Each stays until it is acknowledged; an addition also until someone begins with it.

use crate::ids::{EventId, LineId};
use crate::order::state::OrderState;
use crate::order::view::{KitchenChange, KitchenChangeKind, Line, Step};

use super::versions::{Made, Versions};

/// Changes that are open, and the facts that were acknowledged.
pub(super) fn changes(
    state: &OrderState,
    versions: &Versions<'_>,
    lines: &[Line],
) -> (Vec<KitchenChange>, Vec<EventId>) {
    let mut acknowledged: Vec<EventId> =
        state.acknowledged.iter().flat_map(|fact| fact.payload.acknowledged.iter().copied()).collect();
    acknowledged.sort_unstable();
    acknowledged.dedup();
    let mut open = voids(state, lines);
    open.extend(cancels(state, lines));
    open.extend(replacements(versions));
    open.extend(additions(state, lines));
    open.retain(|change| acknowledged.binary_search(&change.fact).is_err());
    open.sort_by_key(|change| (change.changed_at_ms, change.fact));
    (open, acknowledged)
}

/// Whether the kitchen has the line and the guest does not.
fn in_kitchen(line: &Line) -> bool {
    (Step::Fired..Step::HandedOver).contains(&line.production.step)
}

fn voids(state: &OrderState, lines: &[Line]) -> Vec<KitchenChange> {
    let of_void = |fact: EventId| -> Vec<LineId> {
        let voided =
            lines.iter().filter(|line| line.voided.as_ref().is_some_and(|(void, _)| *void == fact) && in_kitchen(line));
        voided.map(|line| line.id).collect()
    };
    state
        .lines_voided
        .iter()
        .map(|fact| KitchenChange {
            fact: fact.at.id,
            kind: KitchenChangeKind::Voided,
            lines: of_void(fact.at.id),
            reason: fact.payload.reason.clone(),
            changed_at_ms: fact.at.wall_time_ms,
        })
        .filter(|change| !change.lines.is_empty())
        .collect()
}

fn cancels(state: &OrderState, lines: &[Line]) -> Vec<KitchenChange> {
    let had = || lines.iter().filter(|line| line.is_live() && in_kitchen(line));
    super::cancels_in_force(state)
        .filter(|_| had().next().is_some())
        .map(|fact| KitchenChange {
            fact: fact.at.id,
            kind: KitchenChangeKind::Cancelled,
            lines: had().map(|line| line.id).collect(),
            reason: Some(fact.payload.reason.clone()),
            changed_at_ms: fact.at.wall_time_ms,
        })
        .collect()
}

/// Replacements of a fired version by an author who knew that it was fired. Ours refuses them; another program's
/// fact may do it, and the cook must see it.
fn replacements(versions: &Versions<'_>) -> Vec<KitchenChange> {
    let mut changes = Vec::new();
    for version in &versions.all {
        let (Made::Replaced, Some(parent), false) = (version.made, version.parent, version.lost) else {
            continue;
        };
        if versions.all[parent].production.step >= Step::Fired {
            changes.push(KitchenChange {
                fact: version.id,
                kind: KitchenChangeKind::Replaced,
                lines: vec![version.line],
                reason: None,
                changed_at_ms: version.at.wall_time_ms,
            });
        }
    }
    changes
}

/// Firings behind the first one, while a line of theirs waits: one line more is easily overlooked on a ticket that
/// hangs already. Which firing is the first is decided by clock and hash, so every device tells the same.
fn additions(state: &OrderState, lines: &[Line]) -> Vec<KitchenChange> {
    if super::cancels_in_force(state).next().is_some() {
        return Vec::new();
    }
    let Some(first) = state.fired.earliest() else { return Vec::new() };
    let waiting = |firing: EventId| -> Vec<LineId> {
        let of_firing = lines.iter().filter(|line| {
            line.is_live()
                && line.production.step == Step::Fired
                && line.production.fired.is_some_and(|(fact, _)| fact == firing)
        });
        of_firing.map(|line| line.id).collect()
    };
    let later = state.fired.iter().filter(|fact| fact.at.key() != first.at.key());
    later
        .map(|fact| KitchenChange {
            fact: fact.at.id,
            kind: KitchenChangeKind::Added,
            lines: waiting(fact.at.id),
            reason: None,
            changed_at_ms: fact.at.wall_time_ms,
        })
        .filter(|change| !change.lines.is_empty())
        .collect()
}
