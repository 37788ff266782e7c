//! Production of line versions: the maximum of round and step over the facts that name them.

use crate::ids::EventId;
use crate::order::held::Place;
use crate::order::state::OrderState;
use crate::order::view::{Production, Step};
use crate::planted::{Fault, planted};

use super::versions::{Made, Versions};

type Rank = (u64, [u8; 32]);

/// What the facts say of one version, joined by maximum and minimum, so that their order is of no account.
#[derive(Clone, Copy, Default)]
struct Progress {
    top: (u32, Step),
    handed_over: bool,
    /// The firing that is earliest by clock and hash.
    fired: Option<(Rank, EventId, i64)>,
    /// The latest ready fact of the highest round.
    ready: Option<(u32, Rank, EventId)>,
}

impl Progress {
    fn reach(&mut self, round: u32, step: Step) {
        self.top = self.top.max((round, step));
    }

    fn fire(&mut self, at: &Place) {
        self.reach(0, Step::Fired);
        let firing = (at.rank(), at.id, at.wall_time_ms);
        self.fired = Some(self.fired.map_or(firing, |known| known.min(firing)));
    }

    fn make_ready(&mut self, round: u32, at: &Place) {
        self.reach(round, Step::Ready);
        self.ready = self.ready.max(Some((round, at.rank(), at.id)));
    }

    fn inherit(&mut self, whole: &Self) {
        self.top = self.top.max(whole.top);
        self.handed_over |= whole.handed_over;
        self.ready = self.ready.max(whole.ready);
        self.fired = match (self.fired, whole.fired) {
            (Some(own), Some(inherited)) => Some(own.min(inherited)),
            (own, inherited) => own.or(inherited),
        };
    }

    fn production(&self) -> Production {
        let (round, step) = self.top;
        let ready = self.ready.filter(|(of, ..)| *of == round && step == Step::Ready);
        Production {
            round,
            step: if self.handed_over { Step::HandedOver } else { step },
            fired: self.fired.map(|(_, fact, at_ms)| (fact, at_ms)),
            ready: ready.map(|(.., fact)| fact),
        }
    }
}

/// Sets the production of every version; parts of a split have that of what was split.
pub(super) fn apply(state: &OrderState, versions: &mut Versions<'_>, parents_first: &[usize]) {
    let mut progress = vec![Progress::default(); versions.all.len()];
    let mut update = |id: EventId, change: &dyn Fn(&mut Progress)| {
        if let Some(index) = versions.find(id) {
            change(&mut progress[index]);
        }
    };
    for fact in &state.fired {
        for &id in &fact.payload.fired {
            update(id, &|progress| progress.fire(&fact.at));
        }
    }
    for fact in &state.started {
        for item in &fact.payload.started {
            update(item.version, &|progress| progress.reach(item.round, Step::Started));
        }
    }
    for fact in &state.ready {
        for item in &fact.payload.ready {
            update(item.version, &|progress| progress.make_ready(item.round, &fact.at));
        }
    }
    for fact in state.recalled.iter().filter(|_| !planted(Fault::RecallIgnored)) {
        for item in &fact.payload.recalled {
            update(item.version, &|progress| progress.reach(item.round, Step::Started));
        }
    }
    for fact in &state.handed_over {
        for &id in &fact.payload.handed_over {
            update(id, &|progress| progress.handed_over = true);
        }
    }
    for &index in parents_first {
        let version = &versions.all[index];
        if let (Made::Split | Made::SplitOff(_), Some(parent)) = (version.made, version.parent) {
            let whole = progress[parent];
            progress[index].inherit(&whole);
        }
        versions.all[index].production = progress[index].production();
    }
}
