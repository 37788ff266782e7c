//! Logs with two histories, as the fold has to know them.
//!
//! The fold knows logs in which each row saw the ones before it. A log with two histories is none, so it is given to the
//! fold as several: what all histories share keeps the log's id, and each stretch behind a parting gets one of its own,
//! made of the log's id and the hash of the stretch's first row. Numbers of branches, which are local, take no part: every
//! device and head office make the same stretches of the same rows.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use docket_domain::ids::LogId;
use docket_domain::order::fact::Fact;
use serde::Deserialize;

use crate::opened::Predecessor;

/// Opens the input of a stretch's id.
const TAG: &[u8] = b"docket.branch.v1\0";

/// A row's place and hash.
pub type At = (u64, [u8; 32]);

/// What a fact says that its author had seen: its log, its hash, and the heads.
type Stated = (LogId, [u8; 32], Vec<(LogId, u64)>);

/// A log with two histories, as a tree of stretches.
#[derive(Debug, Clone)]
pub struct Fork {
    stretches: Vec<Stretch>,
    /// The stretch of each row behind the first parting.
    of: HashMap<[u8; 32], usize>,
    /// The device's later logs, with the stretch that they continue.
    continued: HashMap<LogId, usize>,
}

#[derive(Debug, Clone)]
struct Stretch {
    id: LogId,
    parent: Option<usize>,
    first: u64,
    last: u64,
}

/// What is read of the first row of a log.
#[derive(Deserialize)]
struct Follows {
    predecessor: Option<Predecessor>,
}

impl Fork {
    /// The tree of `log`. `main` is the history that was held first and `branches` the others, each with the last signed
    /// row that it shares with `main`; both have the rows behind `shared`, the least of those. `openings` are the first
    /// rows' payloads of all logs of the same device, the earliest clock first.
    #[must_use]
    pub fn new<'a>(
        log: LogId,
        shared: u64,
        main: &[At],
        branches: Vec<(u64, Vec<At>)>,
        openings: impl IntoIterator<Item = (LogId, &'a [u8])>,
    ) -> Self {
        let mut paths = vec![main.to_vec()];
        for (parted, rows) in branches {
            let mut path: Vec<At> = main.iter().copied().filter(|(seq, _)| *seq <= parted).collect();
            path.extend(rows);
            paths.push(path);
        }
        let root = Stretch { id: log, parent: None, first: 1, last: shared };
        let mut fork = Fork { stretches: vec![root], of: HashMap::new(), continued: HashMap::new() };
        fork.grow(log, paths.iter().map(Vec::as_slice).collect(), 0);
        fork.follow(log, shared, openings);
        fork
    }

    /// Adds rows to a stretch as long as all paths agree, and a stretch for each way on from there.
    fn grow(&mut self, log: LogId, mut paths: Vec<&[At]>, at: usize) {
        loop {
            paths.retain(|path| !path.is_empty());
            let Some((seq, hash)) = paths.first().map(|path| path[0]) else { return };
            if paths.iter().any(|path| path[0].1 != hash) {
                break;
            }
            self.of.insert(hash, at);
            self.stretches[at].last = seq;
            paths.iter_mut().for_each(|path| *path = &path[1..]);
        }
        let mut ways: BTreeMap<[u8; 32], Vec<&[At]>> = BTreeMap::new();
        for path in paths {
            ways.entry(path[0].1).or_default().push(path);
        }
        for (hash, paths) in ways {
            let first = paths[0][0].0;
            self.stretches.push(Stretch { id: stretch_id(log, &hash), parent: Some(at), first, last: first });
            self.grow(log, paths, self.stretches.len() - 1);
        }
    }

    /// Finds which history each later log of the same device goes on from.
    fn follow<'a>(&mut self, log: LogId, shared: u64, openings: impl IntoIterator<Item = (LogId, &'a [u8])>) {
        for (later, payload) in openings {
            let Ok(Follows { predecessor: Some(before) }) = serde_json::from_slice(payload) else { continue };
            let on = if before.log == log && before.seq > shared {
                self.of.get(&before.hash.0).copied()
            } else {
                // A later log continues what the one before it did.
                self.continued.get(&before.log).copied()
            };
            if let Some(on) = on {
                self.continued.insert(later, on);
            }
        }
    }

    fn stretch(&self, hash: &[u8; 32]) -> usize {
        self.of.get(hash).copied().unwrap_or(0)
    }

    fn ancestors(&self, of: usize) -> Vec<usize> {
        std::iter::successors(self.stretches[of].parent, |at| self.stretches[*at].parent).collect()
    }
}

/// The forked logs among some.
#[derive(Debug, Clone, Default)]
pub struct Forks(pub HashMap<LogId, Fork>);

impl Forks {
    /// Puts the facts of one order on their stretches, with what their authors had seen of forked logs.
    pub fn place(&self, facts: &mut [Fact]) {
        if self.0.is_empty() {
            return;
        }
        // What a log had seen before its parting, it has seen on every stretch behind it.
        let stated: Vec<Stated> = facts.iter().map(|fact| (fact.origin.log, fact.hash, fact.seen.clone())).collect();
        for fact in facts {
            let log = fact.origin.log;
            if let Some(fork) = self.0.get(&log) {
                let on = fork.stretch(&fact.hash);
                let before = fork.ancestors(on);
                fact.origin.log = fork.stretches[on].id;
                fact.seen.extend(before.iter().map(|at| (fork.stretches[*at].id, fork.stretches[*at].last)));
                let earlier =
                    stated.iter().filter(|(other, hash, _)| *other == log && before.contains(&fork.stretch(hash)));
                fact.seen.extend(earlier.flat_map(|(_, _, seen)| seen.iter().copied()));
            }
            let more: Vec<(LogId, u64)> = fact.seen.iter().flat_map(|seen| self.continued(log, *seen)).collect();
            fact.seen.extend(more);
        }
    }

    /// The stretches of a forked log that the log `by`, which goes on from one of them, saw with `of` up to `up_to`.
    fn continued(&self, by: LogId, (of, up_to): (LogId, u64)) -> Vec<(LogId, u64)> {
        let Some(fork) = self.0.get(&of) else { return Vec::new() };
        let Some(end) = fork.continued.get(&by) else { return Vec::new() };
        let path = fork.ancestors(*end).into_iter().chain([*end]);
        let seen = path.map(|at| &fork.stretches[at]).filter(|it| it.parent.is_some() && it.first <= up_to);
        seen.map(|stretch| (stretch.id, up_to.min(stretch.last))).collect()
    }
}

fn stretch_id(log: LogId, first: &[u8; 32]) -> LogId {
    let digest = digest(&SHA256, &[TAG, &log.0, first].concat());
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_ref()[..16]);
    LogId(id)
}
