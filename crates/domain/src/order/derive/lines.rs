//! The lines of an order: which version of each lives, and whether the line itself does.

use std::sync::Arc;

use crate::ids::{EventId, LineId};
use crate::order::event::LineVoided;
use crate::order::held::Held;
use crate::order::state::OrderState;
use crate::order::view::{Line, Step, Sums, Superseded};

use super::versions::{Made, Versions, by_line};

/// A line with the version that won it.
struct Won {
    line: LineId,
    /// All versions of the line.
    versions: Vec<usize>,
    live: usize,
    /// When the line was added, for the order on the screen.
    added: (u64, [u8; 32]),
}

/// The lines in the order in which they were added. A line that was split off by a split that lost is none.
pub(super) fn lines(state: &OrderState, versions: &Versions<'_>) -> Vec<Line> {
    let won = won(state, versions);
    let mut lines: Vec<((u64, [u8; 32]), Line)> = Vec::with_capacity(won.len());
    let mut dead: Vec<(LineId, Vec<Superseded>)> = Vec::new();
    for entry in &won {
        let superseded = superseded(versions, entry);
        match path_to_origin(versions, &won, entry) {
            Path::Alive(path) => {
                let void = void_of(state, versions, &path);
                lines.push((entry.added, line(versions, entry, void, superseded)));
            }
            Path::DeadBelow(origin) => {
                let mut lost = superseded;
                lost.extend(readable(versions, versions.chain(entry.live), entry.line));
                dead.push((origin, lost));
            }
        }
    }
    for (origin, lost) in dead {
        if let Some((_, line)) = lines.iter_mut().find(|(_, line)| line.id == origin) {
            line.superseded.extend(lost);
            line.superseded.sort_by_key(|entry| entry.version);
        }
    }
    lines.sort_by_key(|(added, line)| (*added, line.id));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn line(versions: &Versions<'_>, won: &Won, void: Option<&Held<LineVoided>>, superseded: Vec<Superseded>) -> Line {
    let live = &versions.all[won.live];
    let content = live.content.as_ref().expect("only a version with content wins a line");
    Line {
        id: won.line,
        version: live.id,
        content: Arc::clone(content),
        production: live.production,
        voided: void.map(|void| (void.at.id, Arc::clone(&void.payload))),
        counts: void.is_none(),
        sums: Sums::default(),
        superseded,
    }
}

/// The winner of each line, sorted by line id.
fn won(state: &OrderState, versions: &Versions<'_>) -> Vec<Won> {
    by_line(versions)
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|group| {
            let versions_of_line: Vec<usize> = group.iter().map(|(_, index)| *index).collect();
            let live = live_version(state, versions, &versions_of_line)?;
            let roots = versions_of_line
                .iter()
                .filter(|index| matches!(versions.all[**index].made, Made::Added | Made::SplitOff(_)));
            let added = roots.map(|index| versions.all[*index].at.rank()).min();
            Some(Won {
                line: group[0].0,
                versions: versions_of_line,
                live,
                added: added.unwrap_or_else(|| versions.all[live].at.rank()),
            })
        })
        .collect()
}

/// The version that lives: of those that no other has seen, a fired one, then the higher clock and hash.
fn live_version(state: &OrderState, versions: &Versions<'_>, group: &[usize]) -> Option<usize> {
    let readable: Vec<usize> = group.iter().copied().filter(|index| versions.all[*index].content.is_some()).collect();
    if readable.len() <= 1 {
        return readable.first().copied();
    }
    let mut candidates: Vec<usize> = readable.iter().copied().filter(|index| !versions.all[*index].lost).collect();
    if candidates.is_empty() {
        candidates = readable;
    }
    let tips: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|tip| !candidates.iter().any(|other| supersedes(state, versions, *other, *tip)))
        .collect();
    // Only authors that claim to have seen each other's future leave no tip.
    let tips = if tips.is_empty() { candidates } else { tips };
    tips.into_iter().max_by_key(|index| {
        let version = &versions.all[*index];
        (version.production.step > Step::New, version.at.rank())
    })
}

fn supersedes(state: &OrderState, versions: &Versions<'_>, newer: usize, older: usize) -> bool {
    if newer == older {
        return false;
    }
    let (new_at, old_at) = (versions.all[newer].at, versions.all[older].at);
    versions.chain(newer).any(|index| index == older) || state.saw(new_at, old_at) && !state.saw(old_at, new_at)
}

/// Contents of the line that are not on the winning chain.
fn superseded(versions: &Versions<'_>, won: &Won) -> Vec<Superseded> {
    if won.versions.len() <= 1 {
        return Vec::new();
    }
    let chain: Vec<usize> = versions.chain(won.live).collect();
    let off_chain = won.versions.iter().copied().filter(|index| !chain.contains(index));
    readable(versions, off_chain, won.line)
}

fn readable(versions: &Versions<'_>, indices: impl Iterator<Item = usize>, line: LineId) -> Vec<Superseded> {
    indices
        .map(|index| &versions.all[index])
        .filter(|version| version.line == line)
        .filter_map(|version| {
            let content = version.content.clone()?;
            Some(Superseded { version: version.id, content })
        })
        .collect()
}

/// A line, and the splits through which it came from other lines.
enum Path {
    /// The line, then the lines it was split off from, each with the split below it.
    Alive(Vec<(LineId, Option<EventId>)>),
    /// The split lost; what the line held stays readable at this line.
    DeadBelow(LineId),
}

fn path_to_origin(versions: &Versions<'_>, won: &[Won], from: &Won) -> Path {
    let mut path = vec![(from.line, None)];
    let mut dead_below = None;
    let mut current = from;
    // A path longer than there are lines is a circle, which only a broken author can write.
    for _ in 0..won.len() {
        let root = versions.chain(current.live).take_while(|index| versions.all[*index].line == current.line);
        let root = root.last().expect("a chain starts with its own line");
        let Made::SplitOff(split) = versions.all[root].made else {
            return dead_below.map_or(Path::Alive(path), Path::DeadBelow);
        };
        let origin = versions.find(split).filter(|index| versions.all[*index].made == Made::Split);
        let origin = origin.map(|index| (index, versions.all[index].line));
        let origin = origin.and_then(|(index, line)| {
            let found = won.binary_search_by_key(&line, |entry| entry.line).ok()?;
            Some((index, &won[found]))
        });
        let Some((split_index, origin)) = origin else {
            return Path::DeadBelow(dead_below.unwrap_or(current.line));
        };
        if !versions.chain(origin.live).any(|index| index == split_index) {
            dead_below = Some(origin.line);
        }
        path.push((origin.line, Some(split)));
        current = origin;
    }
    Path::DeadBelow(dead_below.unwrap_or(from.line))
}

/// The void that takes the line out: its own, or one of the line that it was split off from by an author who voided
/// the whole without having seen the split.
fn void_of<'s>(
    state: &'s OrderState,
    versions: &Versions<'_>,
    path: &[(LineId, Option<EventId>)],
) -> Option<&'s Held<LineVoided>> {
    let applies = |void: &&Held<LineVoided>| {
        path.iter().any(|(line, split)| {
            let split = split.and_then(|split| versions.find(split));
            *line == void.payload.line_id && split.is_none_or(|index| !state.saw(&void.at, versions.all[index].at))
        })
    };
    state.lines_voided.iter().filter(applies).min_by_key(|void| void.at.rank())
}
