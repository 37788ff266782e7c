//! The versions of all lines as a graph: who replaced or split whom, what each holds, and which lost to a firing.

use std::sync::Arc;

use crate::ids::{EventId, LineId};
use crate::money::Quantity;
use crate::order::held::Place;
use crate::order::line::LineContent;
use crate::order::state::OrderState;
use crate::order::view::Production;

use super::production;

/// The fact that made a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Added,
    Replaced,
    Split,
    /// By the split with this id.
    SplitOff(EventId),
}

/// A version of a line.
pub(super) struct Version<'s> {
    pub id: EventId,
    pub at: &'s Place,
    pub line: LineId,
    pub made: Made,
    /// The version that it replaced or split, if that is held.
    pub parent: Option<usize>,
    /// None while what it was split from is not held.
    pub content: Option<Arc<LineContent>>,
    pub production: Production,
    /// Whether the version that it replaced was fired by an author who had not seen the replacement.
    pub lost: bool,
}

/// The versions of an order, sorted by id.
pub(super) struct Versions<'s> {
    pub all: Vec<Version<'s>>,
}

/// What a version says of itself before its parent is known.
struct Named<'s> {
    version: Version<'s>,
    parent: Option<EventId>,
    quantity: Option<Quantity>,
}

impl<'s> Versions<'s> {
    pub fn of(state: &'s OrderState) -> Self {
        let mut named = collect(state);
        named.sort_by_key(|entry| (entry.version.id, entry.version.at.key()));
        // Two facts that claim one id make one version, the same one on every device.
        named.dedup_by_key(|entry| entry.version.id);
        let mut parents: Vec<Option<usize>> = named.iter().map(|entry| parent_of(&named, entry)).collect();
        let order = parents_first(&mut parents);
        let quantities: Vec<Option<Quantity>> = named.iter().map(|entry| entry.quantity).collect();
        let mut versions = Self { all: named.into_iter().map(|entry| entry.version).collect() };
        for (index, parent) in parents.into_iter().enumerate() {
            versions.all[index].parent = parent;
        }
        versions.inherit_content(&order, &quantities);
        production::apply(state, &mut versions, &order);
        versions.mark_lost(state, &order);
        versions
    }

    pub fn find(&self, id: EventId) -> Option<usize> {
        self.all.binary_search_by_key(&id, |version| version.id).ok()
    }

    /// The version and all that it descends from.
    pub fn chain(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(from), |index| self.all[*index].parent)
    }

    /// The versions whose production this one has: itself and, through splits, what it was split from.
    pub fn lineage(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(from), |index| {
            let version = &self.all[*index];
            match version.made {
                Made::Split | Made::SplitOff(_) => version.parent,
                Made::Added | Made::Replaced => None,
            }
        })
    }

    fn inherit_content(&mut self, order: &[usize], quantities: &[Option<Quantity>]) {
        for &index in order {
            let Some(quantity) = quantities[index] else { continue };
            let whole = self.all[index].parent.and_then(|parent| self.all[parent].content.clone());
            self.all[index].content = whole.map(|whole| {
                let mut part = LineContent::clone(&whole);
                part.quantity = quantity;
                Arc::new(part)
            });
        }
    }

    fn mark_lost(&mut self, state: &OrderState, order: &[usize]) {
        for &index in order {
            let version = &self.all[index];
            let Some(parent) = version.parent else { continue };
            let lost = self.all[parent].line == version.line && self.all[parent].lost
                || version.made == Made::Replaced && {
                    state.fired.iter().any(|firing| {
                        state.concurrent(&firing.at, version.at) && self.fires(&firing.payload.fired, parent)
                    })
                };
            self.all[index].lost = lost;
        }
    }

    /// Whether a firing of `fired` fires this version, directly or through what it was split from.
    pub fn fires(&self, fired: &[EventId], version: usize) -> bool {
        self.lineage(version).any(|index| fired.contains(&self.all[index].id))
    }
}

fn version(at: &Place, line: LineId, made: Made, content: Option<Arc<LineContent>>) -> Version<'_> {
    Version { id: at.id, at, line, made, parent: None, content, production: Production::default(), lost: false }
}

fn collect(state: &OrderState) -> Vec<Named<'_>> {
    let count = state.lines_added.len() + state.lines_replaced.len() + state.lines_split.len();
    let mut named = Vec::with_capacity(count + state.lines_split_off.len());
    for fact in &state.lines_added {
        let content = Some(Arc::clone(&fact.payload.content));
        let version = version(&fact.at, fact.payload.line_id, Made::Added, content);
        named.push(Named { version, parent: None, quantity: None });
    }
    for fact in &state.lines_replaced {
        let content = Some(Arc::clone(&fact.payload.content));
        let version = version(&fact.at, fact.payload.line_id, Made::Replaced, content);
        named.push(Named { version, parent: Some(fact.payload.replaces), quantity: None });
    }
    for fact in &state.lines_split {
        let version = version(&fact.at, fact.payload.line_id, Made::Split, None);
        let quantity = Some(fact.payload.quantity);
        named.push(Named { version, parent: Some(fact.payload.splits), quantity });
    }
    for fact in &state.lines_split_off {
        let made = Made::SplitOff(fact.payload.split);
        let version = version(&fact.at, fact.payload.line_id, made, None);
        let quantity = Some(fact.payload.quantity);
        named.push(Named { version, parent: Some(fact.payload.splits), quantity });
    }
    named
}

/// The parent that an entry names, if it is held and is a version that such an entry can have come from.
fn parent_of(named: &[Named<'_>], entry: &Named<'_>) -> Option<usize> {
    let id = entry.parent?;
    let found = named.binary_search_by_key(&id, |other| other.version.id).ok()?;
    let same_line = named[found].version.line == entry.version.line;
    let splits_off = matches!(entry.version.made, Made::SplitOff(_));
    (same_line != splits_off).then_some(found)
}

/// An order in which every version comes after its parent. A circle, which only a broken author can write, is cut at
/// the same place on every device.
fn parents_first(parents: &mut [Option<usize>]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; parents.len()];
    let mut order = Vec::with_capacity(parents.len());
    let mut path = Vec::new();
    for start in 0..parents.len() {
        let mut next = Some(start);
        while let Some(index) = next {
            match marks[index] {
                Mark::Done => break,
                Mark::OnPath => {
                    let last = *path.last().expect("a node on the path is on the path");
                    parents[last] = None;
                    break;
                }
                Mark::New => {
                    marks[index] = Mark::OnPath;
                    path.push(index);
                    next = parents[index];
                }
            }
        }
        while let Some(index) = path.pop() {
            marks[index] = Mark::Done;
            order.push(index);
        }
    }
    order
}

/// The versions of each line, grouped by line id.
pub(super) fn by_line(versions: &Versions<'_>) -> Vec<(LineId, usize)> {
    let all = versions.all.iter().enumerate();
    let mut by_line: Vec<(LineId, usize)> = all.map(|(index, version)| (version.line, index)).collect();
    by_line.sort_unstable();
    by_line
}
