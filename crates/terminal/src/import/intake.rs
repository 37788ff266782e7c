//! Rows of foreign logs on their way in: they wait until the row before them is here, then leave as whole groups whose
//! hashes and signature hold. It reads what the store holds and writes nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use docket_domain::ids::{LogId, StoreId, TenantId};
use docket_log::{ChainVerifier, Head, Mode, Prev, PublicKey, Row, RowHasher};
use rusqlite::Connection;
use serde::Deserialize;

use super::chain::{LogIntake, fork_base, next_group, rule_of, why_left};
use crate::error::StoreError;
use crate::limits::IMPORT_WAITING_BYTES_MAX;
use crate::store::peers::{self, HeldLog, Link};

/// A group whose hashes and signature hold behind `base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The log.
    pub(crate) log: LogId,
    /// The signed row that it follows; none for row 1.
    pub(crate) base: Option<Head>,
    /// Its rows.
    pub(crate) links: Vec<Link>,
}

impl Group {
    pub(crate) fn bytes(&self) -> usize {
        self.links.iter().map(Link::bytes).sum()
    }
}

/// What became of a row that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is held already.
    Held,
    /// It heals a row that is held as a stub or damaged.
    Heals(Box<Row>),
    /// It waits, or its group is whole now.
    Kept,
    /// It is refused for this reason.
    Refused(String),
    /// There is no room for it before the rows that are due.
    NoRoom(u64),
}

/// The members of `log.opened` that an import asks for. A later version of the payload may have others.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Opened {
    pub(crate) tenant: TenantId,
    pub(crate) store: StoreId,
    pub(crate) device: docket_domain::ids::DeviceId,
    pub(crate) device_class: String,
    #[serde(default)]
    pub(crate) letter: String,
    #[serde(default)]
    pub(crate) receipt_series: String,
}

/// Reads the payload of a row 1.
pub(crate) fn opened(row: &Row) -> Option<Opened> {
    serde_json::from_str(&row.payload).ok()
}

/// Whose rows are taken in.
pub(super) struct Shop {
    /// The tenant, and those that tills of the store had made up before they were enrolled.
    pub(super) tenants: Vec<TenantId>,
    /// The store.
    pub(super) store: StoreId,
    /// Stores that this till was in before, with the tenants that their logs name: what was lost of them comes back.
    pub(super) former: Vec<(TenantId, StoreId)>,
    /// The key of head office, once it is known: nobody else speaks for it.
    pub(super) central: Option<PublicKey>,
}

/// All logs that rows come in for.
pub(super) struct Intake {
    shop: Shop,
    logs: HashMap<LogId, LogIntake>,
    waiting_bytes: usize,
    hasher: RowHasher,
}

impl Intake {
    /// Takes rows of this shop.
    pub(super) fn new(shop: Shop) -> Self {
        Intake { shop, logs: HashMap::new(), waiting_bytes: 0, hasher: RowHasher::default() }
    }

    /// Whether the place of this row may be taken in the store already.
    pub(super) fn is_behind(&mut self, connection: &Connection, link: &Link) -> Result<bool, StoreError> {
        let seq = link.head().seq;
        Ok(self.log(connection, link.log())?.top >= seq)
    }

    fn log(&mut self, connection: &Connection, log: LogId) -> Result<&mut LogIntake, StoreError> {
        let vacant = match self.logs.entry(log) {
            Entry::Occupied(known) => return Ok(known.into_mut()),
            Entry::Vacant(vacant) => vacant,
        };
        let intake = peers::held_log(connection, log)?.map_or_else(LogIntake::default, |held| LogIntake {
            public: Some(held.public),
            top: held.branches.iter().map(|branch| branch.head.seq).max().unwrap_or(0),
            tips: held.branches.iter().map(|branch| branch.head).collect(),
            ..LogIntake::default()
        });
        Ok(vacant.insert(intake))
    }

    /// Takes a row in; groups that are whole now are added to `groups`. What has left before must be stored first if
    /// the row [is behind](Self::is_behind).
    pub(super) fn take(
        &mut self,
        connection: &Connection,
        link: Link,
        groups: &mut Vec<Group>,
    ) -> Result<Taken, StoreError> {
        let (log, head, bytes) = (link.log(), link.head(), link.bytes());
        let intake = self.log(connection, log)?;
        if let Some(rule) = &intake.refused {
            return Ok(Taken::Refused(rule.clone()));
        }
        if head.seq <= intake.top
            && let Some(taken) = self.compare(connection, &link)?
        {
            return Ok(taken);
        }
        if head.seq == 1
            && let Err(rule) = self.open(connection, &link)
        {
            // A false copy of row 1 says nothing about the log that it names, except that it is not of this shop.
            let intake = self.log(connection, log)?;
            if intake.public.is_none() && rule.starts_with("store: ") {
                intake.refused = Some(rule.clone());
            }
            return Ok(Taken::Refused(rule));
        }
        let room = self.waiting_bytes + bytes <= IMPORT_WAITING_BYTES_MAX;
        let intake = self.log(connection, log)?;
        let due = intake.top + 1;
        // The row that is due always finds room, once: it is what the others wait for.
        let is_due = head.seq == due && !intake.waiting.contains_key(&due);
        if !room && !is_due {
            return Ok(Taken::NoRoom(due));
        }
        let waiting = intake.waiting.entry(head.seq).or_default();
        if waiting.contains(&link) {
            return Ok(Taken::Held);
        }
        waiting.push(link);
        let complete = head.signature.is_some() || intake.waiting.contains_key(&(head.seq + 1));
        self.waiting_bytes += bytes;
        if complete {
            self.advance(log, groups);
        }
        Ok(Taken::Kept)
    }

    /// Compares a row with what stands at its place; `None` if its hash stands nowhere there.
    fn compare(&mut self, connection: &Connection, link: &Link) -> Result<Option<Taken>, StoreError> {
        let head = link.head();
        let Some(held) = peers::held_log(connection, link.log())? else { return Ok(None) };
        for branch in &held.branches {
            let Some(stored) = peers::link_at(connection, link.log(), *branch, head.seq)? else { continue };
            if stored == *link {
                return Ok(Some(Taken::Held));
            }
            if stored.head().hash != head.hash {
                continue;
            }
            return Ok(Some(match (&stored, link) {
                // The sender lacks what is held here.
                (_, Link::Stub(_)) => Taken::Held,
                (_, Link::Row(row)) => self.heal(connection, &held, row)?,
            }));
        }
        Ok(None)
    }

    /// A row with the hash that stands at its place, where the columns differ: one of the two is damaged.
    fn heal(&mut self, connection: &Connection, held: &HeldLog, row: &Row) -> Result<Taken, StoreError> {
        for branch in &held.branches {
            let stored = peers::link_at(connection, row.log, *branch, row.seq)?;
            let Some(stored) = stored.filter(|stored| stored.head().hash == row.hash) else { continue };
            let before = match row.seq {
                1 => None,
                seq => peers::link_at(connection, row.log, *branch, seq - 1)?,
            };
            let prev = before.map_or(Prev::Nothing, |before| Prev::from(&before.head()));
            if self.hasher.hash(&prev, row) != row.hash {
                break;
            }
            if row.signature == stored.head().signature {
                return Ok(Taken::Heals(Box::new(row.clone())));
            }
            // The row is right and its signature is not the one that is held.
            return Ok(Taken::Refused("signature: not the one that is held for this row".into()));
        }
        Ok(Taken::Refused("hash: not that of the row's columns behind the row before it".into()))
    }

    /// Checks a row 1: it opens the log that it names, and the log is one of this shop.
    fn open(&mut self, connection: &Connection, link: &Link) -> Result<(), String> {
        let Link::Row(row) = link else {
            return Err("kind: row 1 can't be a stub, because it holds the key of its log".into());
        };
        let mut verifier = ChainVerifier::from_opening(row, Mode::Full).map_err(|damage| rule_of(&damage))?;
        verifier.push(row).map_err(|damage| rule_of(&damage))?;
        let stated = opened(row).ok_or("payload: names no tenant, store and device")?;
        let ours = stated.store == self.shop.store && self.shop.tenants.contains(&stated.tenant);
        if !ours && !self.shop.former.contains(&(stated.tenant, stated.store)) {
            return Err("store: this log belongs to another shop".into());
        }
        let public: PublicKey = serde_json::from_str::<serde_json::Value>(&row.payload)
            .ok()
            .and_then(|payload| payload["public_key"].as_str().and_then(|text| text.parse().ok()))
            .ok_or("payload: names no key")?;
        if stated.device_class == "central" && self.shop.central.is_some_and(|pinned| pinned != public) {
            return Err("public_key: not the key of this store's head office".into());
        }
        let intake = self.log(connection, row.log).map_err(|error| error.to_string())?;
        intake.public.get_or_insert(public);
        Ok(())
    }

    /// Lets every group leave whose rows are all here.
    fn advance(&mut self, log: LogId, groups: &mut Vec<Group>) {
        let hasher = &mut self.hasher;
        let Some(intake) = self.logs.get_mut(&log) else { return };
        let Some(public) = intake.public else { return };
        let mut at = 0;
        loop {
            let base = if intake.top == 0 { None } else { intake.tips.get(at).copied() };
            if base.is_none() && intake.top > 0 {
                return;
            }
            match next_group(intake, hasher, log, &public, base) {
                Some(group) => {
                    let end = group.links.last().expect("a group has rows").head();
                    match intake.tips.get_mut(at) {
                        Some(tip) => *tip = end,
                        None => intake.tips.push(end),
                    }
                    intake.top = intake.top.max(end.seq);
                    self.waiting_bytes = self.waiting_bytes.saturating_sub(group.bytes());
                    groups.push(group);
                }
                None if intake.top == 0 => return,
                None => at += 1,
            }
        }
    }

    /// What still waits when every file is read: rows that leave the known histories are let go as forks. Says whether
    /// groups were added; they must be stored before the next call.
    pub(super) fn fork(&mut self, connection: &Connection, groups: &mut Vec<Group>) -> Result<bool, StoreError> {
        let logs: Vec<LogId> =
            self.logs.iter().filter(|(_, intake)| !intake.waiting.is_empty()).map(|(log, _)| *log).collect();
        for log in logs {
            if let Some(held) = peers::held_log(connection, log)? {
                self.fork_log(connection, log, &held, groups)?;
            }
        }
        Ok(!groups.is_empty())
    }

    fn fork_log(
        &mut self,
        connection: &Connection,
        log: LogId,
        held: &HeldLog,
        groups: &mut Vec<Group>,
    ) -> Result<(), StoreError> {
        let intake = self.logs.get(&log).expect("asked for by its caller");
        let waiting: Vec<Link> = intake.waiting.values().flatten().cloned().collect();
        for link in waiting {
            let seq = link.head().seq;
            for branch in &held.branches {
                let Some(base) = fork_base(connection, log, *branch, seq, &link, &mut self.hasher)? else { continue };
                let intake = self.logs.get_mut(&log).expect("asked for by its caller");
                for shared in base.shared {
                    intake.waiting.entry(shared.head().seq).or_default().push(shared);
                }
                let Some(public) = intake.public else { continue };
                if let Some(group) = next_group(intake, &mut self.hasher, log, &public, base.signed) {
                    intake.tips.push(group.links.last().expect("a group has rows").head());
                    self.waiting_bytes = self.waiting_bytes.saturating_sub(group.bytes());
                    groups.push(group);
                    self.advance(log, groups);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Ends the intake: every row that still waits, with the reason and whether it waits for rows before it.
    pub(super) fn finish(mut self) -> Vec<(LogId, u64, String, bool)> {
        let mut left = Vec::new();
        let mut logs: Vec<_> = self.logs.drain().filter(|(_, intake)| !intake.waiting.is_empty()).collect();
        logs.sort_by_key(|(log, _)| *log);
        for (log, intake) in logs {
            let why = why_left(&intake, &mut self.hasher);
            for (seq, _) in intake.waiting.iter().flat_map(|(seq, links)| links.iter().map(move |link| (*seq, link))) {
                let (rule, gap) = match seq.cmp(&why.bad) {
                    std::cmp::Ordering::Equal => (why.rule.clone(), why.gap),
                    _ if why.all => (why.rule.clone(), why.gap),
                    std::cmp::Ordering::Less => (format!("signature: row {} of the group is refused", why.bad), false),
                    std::cmp::Ordering::Greater => (format!("seq: row {} is due", why.bad), true),
                };
                left.push((log, seq, rule, gap));
            }
        }
        left
    }
}
