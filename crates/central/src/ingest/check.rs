//! Where a batch belongs, without a database: chain and signature are checked, and compared with what is held.

use std::collections::BTreeMap;

use docket_domain::ids::LogId;
use docket_log::{ChainVerifier, Damage, Hash, Head, Mode, Prev, PublicKey, RowHasher, Signature};
use docket_sync::Item;

use crate::limits::BRANCHES_MAX;

/// A row or stub that is held at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldRow {
    /// Its hash.
    pub hash: Hash,
    /// Its signature.
    pub signature: Option<Signature>,
    /// Whether only its stub is here.
    pub stub: bool,
}

/// The tail of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBranch {
    /// Its number here.
    pub branch: i32,
    /// The last signed row that it shares with branch 0; branch 0 itself has 0. Its own rows begin behind it.
    pub shared: u64,
    /// Its last row.
    pub head: Head,
}

/// What is held of a log, as far as a batch touches it: every branch, and the rows from the one before the batch to
/// the batch's last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLog {
    /// The key of row 1.
    pub public_key: PublicKey,
    /// The histories; none of a log that is new.
    pub branches: Vec<HeldBranch>,
    /// Rows by branch and place.
    pub rows: BTreeMap<(i32, u64), HeldRow>,
}

/// Where a batch belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The history that it stands on.
    pub branch: i32,
    /// How many items at the start are held already.
    pub known: usize,
    /// Items that heal a stub, with the branch under which the stub is kept.
    pub healed: Vec<(usize, i32)>,
    /// The new history that the items behind the known ones begin.
    pub fork: Option<Parting>,
}

/// How a new history leaves an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parting {
    /// Number of the new history.
    pub branch: i32,
    /// The last signed row that it shares with branch 0.
    pub shared: u64,
    /// The branch under which the rows behind `shared` and before the parting are kept; they are copied.
    pub copied_from: i32,
    /// The first row that differs.
    pub first: u64,
}

/// Why a batch is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// Rows before it are not held.
    Gap {
        /// The row that is due.
        expected: u64,
    },
    /// It is false.
    Refused {
        /// The row.
        seq: u64,
        /// Column and rule.
        rule: String,
    },
}

impl Objection {
    fn refused(seq: u64, rule: impl Into<String>) -> Self {
        Objection::Refused { seq, rule: rule.into() }
    }
}

impl From<Damage> for Objection {
    fn from(damage: Damage) -> Self {
        // The log is named beside it, so its id is left out of the words.
        let text = damage.to_string();
        let rule = text.split_once(": ").map_or(text.clone(), |(_, rule)| rule.to_owned());
        Objection::Refused { seq: damage.seq(), rule }
    }
}

impl HeldLog {
    /// A log of which nothing is held.
    #[must_use]
    pub fn new(public_key: PublicKey) -> Self {
        HeldLog { public_key, branches: Vec::new(), rows: BTreeMap::new() }
    }

    /// The branch under which row `seq` of a history is kept.
    fn kept_under(branch: &HeldBranch, seq: u64) -> i32 {
        if seq <= branch.shared { 0 } else { branch.branch }
    }

    /// The branch under which row `seq` of the history with this number is kept.
    #[must_use]
    pub fn kept(&self, branch: i32, seq: u64) -> i32 {
        self.branches.iter().find(|held| held.branch == branch).map_or(branch, |held| Self::kept_under(held, seq))
    }

    fn at(&self, branch: &HeldBranch, seq: u64) -> Option<&HeldRow> {
        (seq <= branch.head.seq).then(|| self.rows.get(&(Self::kept_under(branch, seq), seq))).flatten()
    }

    /// How many items at the start stand on this history.
    fn known(&self, branch: &HeldBranch, items: &[Item]) -> usize {
        let stands = |item: &&Item| {
            let head = item.head();
            self.at(branch, head.seq).is_some_and(|row| (row.hash, row.signature) == (head.hash, head.signature))
        };
        items.iter().take_while(stands).count()
    }

    /// Finds where a batch belongs.
    ///
    /// # Errors
    /// [`Objection`].
    pub fn place(&self, log: LogId, items: &[Item]) -> Result<Placed, Objection> {
        let first = check_places(items)?;
        if self.branches.is_empty() {
            if first != 1 {
                return Err(Objection::Gap { expected: 1 });
            }
            verify(ChainVerifier::try_new(log, &self.public_key, Mode::Batch)?, items)?;
            return Ok(Placed { branch: 0, known: 0, healed: Vec::new(), fork: None });
        }
        let mut ways: Vec<(&HeldBranch, usize)> =
            self.branches.iter().map(|branch| (branch, self.known(branch, items))).collect();
        // The history that holds the most of it comes first, and of equal ones the one that it goes on.
        ways.sort_by_key(|(branch, known)| (std::cmp::Reverse(*known), branch.head.seq + 1 != first, branch.branch));
        if let Some((branch, known)) = ways.first().filter(|(_, known)| *known == items.len()) {
            let healed = self.healed_alone(branch, items)?;
            return Ok(Placed { branch: branch.branch, known: *known, healed, fork: None });
        }
        let mut tried: Vec<(Hash, Option<Signature>)> = Vec::new();
        let mut objection = None;
        for (branch, known) in ways {
            let verifier = if first == 1 {
                ChainVerifier::try_new(log, &self.public_key, Mode::Batch)?
            } else {
                let Some(before) = self.at(branch, first - 1) else { continue };
                if tried.contains(&(before.hash, before.signature)) {
                    continue;
                }
                tried.push((before.hash, before.signature));
                let head = Head { seq: first - 1, hash: before.hash, signature: before.signature };
                ChainVerifier::resume(log, &self.public_key, head, Mode::Batch)?
            };
            match verify(verifier, items) {
                Ok(()) => return self.placed(branch, known, items),
                Err(found) => objection = objection.or(Some(found)),
            }
        }
        let last = self.branches.iter().map(|branch| branch.head.seq).max().unwrap_or(0);
        Err(objection.unwrap_or(Objection::Gap { expected: last + 1 }))
    }

    /// The place of a batch that holds on this history, and is not known as a whole.
    fn placed(&self, branch: &HeldBranch, known: usize, items: &[Item]) -> Result<Placed, Objection> {
        let stub = |index: &usize| {
            let seq = items[*index].head().seq;
            matches!(items[*index], Item::Row(_)) && self.at(branch, seq).is_some_and(|row| row.stub)
        };
        let kept = |index: usize| (index, Self::kept_under(branch, items[index].head().seq));
        let healed = (0..known).filter(stub).map(kept).collect();
        let parts = items[known].head().seq;
        if parts == branch.head.seq + 1 {
            return Ok(Placed { branch: branch.branch, known, healed, fork: None });
        }
        let copied_from = Self::kept_under(branch, parts - 1);
        let shared = if copied_from == 0 {
            let signed = |seq: &u64| self.rows.get(&(0, *seq)).is_some_and(|row| row.signature.is_some());
            (items[0].head().seq.saturating_sub(1)..parts).rev().find(signed).unwrap_or(0)
        } else {
            branch.shared
        };
        let next = self.branches.iter().map(|branch| branch.branch).max().unwrap_or(0) + 1;
        if next >= BRANCHES_MAX {
            return Err(Objection::refused(parts, format!("log: has {BRANCHES_MAX} histories already")));
        }
        let fork = Some(Parting { branch: next, shared, copied_from, first: parts });
        Ok(Placed { branch: branch.branch, known, healed, fork })
    }

    /// The items that heal stubs of a batch that is held as a whole: each is proven by its own hash.
    fn healed_alone(&self, branch: &HeldBranch, items: &[Item]) -> Result<Vec<(usize, i32)>, Objection> {
        let mut hasher = RowHasher::default();
        let mut healed = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Item::Row(row) = item else { continue };
            if !self.at(branch, row.seq).is_some_and(|held| held.stub) {
                continue;
            }
            let prev = match self.at(branch, row.seq - 1) {
                Some(before) => Prev::Row { hash: before.hash, signature: before.signature },
                None if row.seq == 1 => Prev::Nothing,
                None => continue,
            };
            if hasher.hash(&prev, row) != row.hash {
                return Err(Objection::refused(row.seq, "hash: is not that of its columns"));
            }
            healed.push((index, Self::kept_under(branch, row.seq)));
        }
        Ok(healed)
    }
}

/// Checks that places follow each other; gives the first.
fn check_places(items: &[Item]) -> Result<u64, Objection> {
    let first = items.first().map_or(0, |item| item.head().seq);
    if first == 0 {
        return Err(Objection::refused(first, "seq: counts from 1"));
    }
    for (item, due) in items.iter().zip(first..) {
        let seq = item.head().seq;
        if seq != due {
            return Err(Objection::refused(seq, format!("seq: row {seq} stands where row {due} is due in the batch")));
        }
    }
    Ok(first)
}

fn verify(mut verifier: ChainVerifier, items: &[Item]) -> Result<(), Objection> {
    for item in items {
        match item {
            Item::Row(row) => verifier.push(row)?,
            Item::Stub(stub) => verifier.push_stub(stub)?,
        }
    }
    verifier.finish()?;
    Ok(())
}
