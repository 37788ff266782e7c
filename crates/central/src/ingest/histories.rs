//! Logs with two histories, as the fold has to know them.
//!
//! The fold knows logs in which each row saw the ones before it. A log with two histories is none, so it is given to the
//! fold as several: what all histories share keeps the log's id, and each stretch behind a parting gets one of its own,
//! made of the log's id and the hash of the stretch's first row. Tills do the same
//! (`crates/terminal/src/store/histories.rs`), so both show the same order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_domain::ids::{LogId, TenantId};
use docket_domain::order::fact::Fact;
use docket_log::Predecessor;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sqlx::{Postgres, Row as _, Transaction};

use super::IngestError;
use super::entry::{fixed, from_sql, to_sql};

/// Opens the input of a stretch's id.
const TAG: &[u8] = b"docket.branch.v1\0";

/// A row's place and hash.
type At = (u64, [u8; 32]);

/// What a fact says that its author had seen: its log, its hash, and the heads.
type Stated = (LogId, [u8; 32], Vec<(LogId, u64)>);

/// The forked logs among some.
#[derive(Debug, Default)]
pub(super) struct Histories(HashMap<LogId, Fork>);

#[derive(Debug)]
struct Fork {
    stretches: Vec<Stretch>,
    /// The stretch of each row behind the first parting.
    of: HashMap<[u8; 32], usize>,
    /// The device's later logs, with the stretch that they continue.
    continued: HashMap<LogId, usize>,
}

#[derive(Debug)]
struct Stretch {
    id: LogId,
    parent: Option<usize>,
    first: u64,
    last: u64,
}

#[derive(Deserialize)]
struct Follows {
    predecessor: Option<Predecessor>,
}

struct BranchTail {
    branch: i32,
    shared: u64,
}

impl Histories {
    /// Reads the histories of those of `logs` that forked.
    pub(super) async fn read(
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        logs: &BTreeSet<LogId>,
    ) -> Result<Self, IngestError> {
        let ids: Vec<&[u8]> = logs.iter().map(|log| &log.0[..]).collect();
        let sql = "SELECT h.log_id, h.branch, h.shared, l.month FROM central.log_heads h \
             JOIN central.logs l ON l.tenant = h.tenant AND l.log_id = h.log_id \
             WHERE h.tenant = $1 AND h.log_id = ANY($2) AND h.branch > 0 ORDER BY h.log_id, h.branch";
        let rows = sqlx::query(sql).bind(tenant.0).bind(ids).fetch_all(&mut **transaction).await?;
        let mut forked: BTreeMap<LogId, (i32, Vec<BranchTail>)> = BTreeMap::new();
        for row in &rows {
            let log = LogId(fixed(row, "log_id")?);
            let tail = BranchTail { branch: row.try_get("branch")?, shared: from_sql(row.try_get("shared")?) };
            forked.entry(log).or_insert((row.try_get("month")?, Vec::new())).1.push(tail);
        }
        let mut histories = HashMap::new();
        for (log, (month, branches)) in forked {
            histories.insert(log, Fork::read(transaction, tenant, log, month, branches).await?);
        }
        Ok(Histories(histories))
    }

    /// Puts the facts of one order on their stretches, with what their authors had seen of forked logs.
    pub(super) fn place(&self, facts: &mut [Fact]) {
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

impl Fork {
    async fn read(
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        log: LogId,
        month: i32,
        branches: Vec<BranchTail>,
    ) -> Result<Self, IngestError> {
        let shared = branches.iter().map(|tail| tail.shared).min().unwrap_or(0);
        let sql = "SELECT branch, seq, hash FROM central.log_rows WHERE tenant = $1 AND month = $2 AND log_id = $3 \
             AND seq > $4 ORDER BY branch, seq";
        let rows = sqlx::query(sql)
            .bind(tenant.0)
            .bind(month)
            .bind(&log.0[..])
            .bind(to_sql(shared))
            .fetch_all(&mut **transaction)
            .await?;
        let mut kept: BTreeMap<i32, Vec<At>> = BTreeMap::new();
        for row in &rows {
            let at = (from_sql(row.try_get("seq")?), fixed(row, "hash")?);
            kept.entry(row.try_get("branch")?).or_default().push(at);
        }
        let main = kept.remove(&0).unwrap_or_default();
        let mut paths = vec![main.clone()];
        for tail in branches {
            let mut path: Vec<At> = main.iter().copied().filter(|(seq, _)| *seq <= tail.shared).collect();
            path.extend(kept.remove(&tail.branch).unwrap_or_default());
            paths.push(path);
        }
        let root = Stretch { id: log, parent: None, first: 1, last: shared };
        let mut fork = Fork { stretches: vec![root], of: HashMap::new(), continued: HashMap::new() };
        fork.grow(log, paths.iter().map(Vec::as_slice).collect(), 0);
        fork.follow(transaction, tenant, log, shared).await?;
        Ok(fork)
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

    /// Finds the later logs of the same device, and which history they go on from.
    async fn follow(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        log: LogId,
        shared: u64,
    ) -> Result<(), IngestError> {
        let sql = "SELECT r.log_id, r.payload FROM central.logs l JOIN central.log_rows r ON r.tenant = l.tenant \
             AND r.month = l.month AND r.log_id = l.log_id AND r.branch = 0 AND r.seq = 1 \
             WHERE l.tenant = $1 AND r.payload IS NOT NULL AND l.public_key = \
             (SELECT public_key FROM central.logs WHERE tenant = $1 AND log_id = $2) ORDER BY r.clock";
        let openings = sqlx::query(sql).bind(tenant.0).bind(&log.0[..]).fetch_all(&mut **transaction).await?;
        for opening in &openings {
            let (later, payload): (LogId, &[u8]) = (LogId(fixed(opening, "log_id")?), opening.try_get("payload")?);
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
        Ok(())
    }

    fn stretch(&self, hash: &[u8; 32]) -> usize {
        self.of.get(hash).copied().unwrap_or(0)
    }

    fn ancestors(&self, of: usize) -> Vec<usize> {
        std::iter::successors(self.stretches[of].parent, |at| self.stretches[*at].parent).collect()
    }
}

fn stretch_id(log: LogId, first: &[u8; 32]) -> LogId {
    let digest: [u8; 32] = Sha256::digest([TAG, &log.0, first].concat()).into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    LogId(id)
}
