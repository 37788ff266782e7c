//! Labels: of several edits the one that saw the others stands; only concurrent ones compare clock and hash.

use crate::ids::DeviceId;
use crate::order::event::Opened;
use crate::order::fact::DeviceClass;
use crate::order::held::{FactSet, Held, Place};
use crate::order::state::OrderState;

/// The edit that stands.
pub(super) fn latest<'s, T>(state: &OrderState, edits: &'s FactSet<T>) -> Option<&'s Held<T>> {
    if edits.len() <= 1 {
        return edits.iter().next();
    }
    let place = latest_place(state, edits.iter().map(|edit| &edit.at))?;
    edits.iter().find(|edit| edit.at.key() == place.key())
}

/// The place that stands among those of one label.
pub(super) fn latest_place<'s>(
    state: &OrderState,
    places: impl Iterator<Item = &'s Place> + Clone,
) -> Option<&'s Place> {
    let overruled = |place: &Place| places.clone().any(|other| state.saw(other, place) && !state.saw(place, other));
    let standing = places.clone().filter(|place| !overruled(place)).max_by_key(|place| place.rank());
    standing.or_else(|| places.clone().max_by_key(|place| place.rank()))
}

/// The owner, and whether a manager seized the order for it.
pub(super) fn owner(state: &OrderState, opened: &Held<Opened>) -> (Option<DeviceId>, bool) {
    let handed = state.owners.iter().map(|fact| (&fact.at, fact.payload.owner));
    let seized = state.seized.iter().map(|fact| (&fact.at, fact.payload.owner));
    let all = handed.chain(seized);
    if let Some(place) = latest_place(state, all.clone().map(|(at, _)| at)) {
        let owner = all.clone().find(|(at, _)| at.key() == place.key()).map(|(_, owner)| owner);
        return (owner, !state.seized.is_empty());
    }
    match opened.at.class {
        DeviceClass::Till => (Some(opened.at.device), false),
        DeviceClass::Kitchen | DeviceClass::Central => (state.first_till.map(|(_, device)| device), false),
    }
}
