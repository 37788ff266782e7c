//! One foreign log on its way in: which of its rows follow each other, where a second history parts, and why a row that
//! is left over could not go on.

use std::collections::BTreeMap;

use docket_domain::ids::LogId;
use docket_domain::planted::{Fault, planted};
use docket_log::limits::GROUP_ROWS_MAX;
use docket_log::{ChainVerifier, Damage, Head, Mode, Prev, PublicKey, RowHasher};
use rusqlite::Connection;

use super::intake::Group;
use crate::error::StoreError;
use crate::store::peers::{self, Link};

/// One log that rows come in for.
#[derive(Default)]
pub(super) struct LogIntake {
    pub(super) public: Option<PublicKey>,
    /// Signed heads that a group may follow.
    pub(super) tips: Vec<Head>,
    /// The highest row that is held or has left as part of a group.
    pub(super) top: u64,
    pub(super) waiting: BTreeMap<u64, Vec<Link>>,
    /// Why nothing of this log is taken.
    pub(super) refused: Option<String>,
}

/// Where a second history leaves a known one.
pub(super) struct ForkBase {
    /// The last signed row that both have.
    pub(super) signed: Option<Head>,
    /// Rows behind it that both have: the group that parts them began before they part.
    pub(super) shared: Vec<Link>,
}

/// Whether `link` follows row `seq - 1` of this history, and from where its group begins.
pub(super) fn fork_base(
    connection: &Connection,
    log: LogId,
    branch: peers::StoredBranch,
    seq: u64,
    link: &Link,
    hasher: &mut RowHasher,
) -> Result<Option<ForkBase>, StoreError> {
    if seq == 1 {
        return Ok(Some(ForkBase { signed: None, shared: Vec::new() }));
    }
    let Some(before) = peers::link_at(connection, log, branch, seq - 1)? else { return Ok(None) };
    if !follows(hasher, &Prev::from(&before.head()), link) {
        return Ok(None);
    }
    let mut shared = Vec::new();
    let mut last = before;
    while last.head().signature.is_none() {
        let at = last.head().seq - 1;
        shared.push(last);
        let Some(earlier) = peers::link_at(connection, log, branch, at)? else { return Ok(None) };
        last = earlier;
    }
    Ok(Some(ForkBase { signed: Some(last.head()), shared }))
}

fn follows(hasher: &mut RowHasher, prev: &Prev, link: &Link) -> bool {
    match link {
        Link::Row(row) => hasher.hash(prev, row) == row.hash,
        // Only the row behind it can prove a stub.
        Link::Stub(_) => true,
    }
}

/// The rows that follow `base` as far as they are here, by their place in `waiting`.
fn run(intake: &LogIntake, hasher: &mut RowHasher, base: Option<Head>) -> (Vec<(u64, usize)>, bool) {
    let mut prev = base.as_ref().map_or(Prev::Nothing, Prev::from);
    let mut seq = base.map_or(1, |base| base.seq + 1);
    let mut found = Vec::new();
    while found.len() < GROUP_ROWS_MAX {
        let Some(links) = intake.waiting.get(&seq) else { break };
        let fits = |wanted: bool, hasher: &mut RowHasher| {
            links.iter().position(|link| matches!(link, Link::Row(_)) == wanted && follows(hasher, &prev, link))
        };
        let Some(index) = fits(true, hasher).or_else(|| fits(false, hasher)) else { break };
        found.push((seq, index));
        let head = links[index].head();
        if head.signature.is_some() {
            return (found, true);
        }
        prev = Prev::from(&head);
        seq += 1;
    }
    (found, false)
}

/// Takes the next group behind `base` out of what waits, if it is whole and its signature holds.
pub(super) fn next_group(
    intake: &mut LogIntake,
    hasher: &mut RowHasher,
    log: LogId,
    public: &PublicKey,
    base: Option<Head>,
) -> Option<Group> {
    let (found, mut signed) = run(intake, hasher, base);
    if planted(Fault::TornTailAccepted) && !found.is_empty() {
        signed = true;
    }
    if !signed || !holds(intake, log, public, base, &found) {
        return None;
    }
    let mut links = Vec::with_capacity(found.len());
    for (seq, index) in found {
        let waiting = intake.waiting.get_mut(&seq).expect("found there just now");
        links.push(waiting.swap_remove(index));
        if waiting.is_empty() {
            intake.waiting.remove(&seq);
        }
    }
    Some(Group { log, base, links })
}

/// Whether chain and signature of a group hold.
fn holds(intake: &LogIntake, log: LogId, public: &PublicKey, base: Option<Head>, found: &[(u64, usize)]) -> bool {
    let verifier = match base {
        Some(base) => ChainVerifier::resume(log, public, base, Mode::Full),
        None => ChainVerifier::try_new(log, public, Mode::Full),
    };
    let Ok(mut verifier) = verifier else { return false };
    found.iter().all(|(seq, index)| match &intake.waiting[seq][*index] {
        Link::Row(row) => verifier.push(row).is_ok(),
        Link::Stub(stub) => verifier.push_stub(stub).is_ok(),
    })
}

/// Why rows still wait at the end.
pub(super) struct Why {
    /// The row that is at fault, or the first that waits.
    pub(super) bad: u64,
    pub(super) rule: String,
    /// Whether they only wait for rows before them.
    pub(super) gap: bool,
    /// Whether all of them are refused for this one reason.
    pub(super) all: bool,
}

pub(super) fn why_left(intake: &LogIntake, hasher: &mut RowHasher) -> Why {
    let first = intake.waiting.keys().next().copied().unwrap_or(1);
    let due =
        |row: u64, what: &str| Why { bad: first, rule: format!("seq: row {row} is due{what}"), gap: true, all: true };
    if intake.public.is_none() {
        return due(1, ", which opens the log");
    }
    for tip in &intake.tips {
        let (found, signed) = run(intake, hasher, Some(*tip));
        let Some((last, _)) = found.last().copied() else { continue };
        if signed {
            let rule = "signature: not made by the key of this log for this hash".into();
            return Why { bad: last, rule, gap: false, all: false };
        }
        if intake.waiting.contains_key(&(last + 1)) {
            return mismatch(last + 1);
        }
        let rule = "signature: the rows end inside a group, which is never kept".into();
        return Why { bad: first, rule, gap: false, all: true };
    }
    if first <= intake.top + 1 { mismatch(first) } else { due(intake.top + 1, "") }
}

fn mismatch(bad: u64) -> Why {
    let rule = "hash: not that of the row's columns behind the row before it".into();
    Why { bad, rule, gap: false, all: false }
}

/// What a damage says, without the log and row that the report names by itself.
pub(super) fn rule_of(damage: &Damage) -> String {
    match damage {
        Damage::BadOpening { column, rule, .. } => format!("{column}: {rule}"),
        Damage::BadSignature { .. } => "signature: not made by the key of this log for this hash".into(),
        Damage::HashMismatch { .. } => "hash: not that of the row's columns".into(),
        other => other.to_string(),
    }
}
