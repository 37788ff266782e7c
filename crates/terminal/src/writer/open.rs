//! A start: continuity is compared with the witness, the tail is checked, and a new log is opened for this run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::ids::LogId;
use docket_domain::shop::{ContinuityUnproven, DamageFound, ShopEvent};
use docket_log::limits::DAMAGED_ROWS_MAX;
use docket_log::{DamagedRow, Head, HybridClock, OpenReason, Predecessor};
use rusqlite::{Connection, params};

use super::beginning::{Beginning, store_log};
use super::identity::{Identity, check_ids, next_identity, save_identity};
use super::live::LiveOrders;
use super::translate::numbers_given;
use super::{Writer, store_acts};
use crate::actor::Actor;
use crate::clock::{new_id, wall_ms};
use crate::data::{Continuity, FolderKeys, Witness, WitnessFile, spare};
use crate::error::StoreError;
use crate::feed::Feed;
use crate::limits::TAIL_ROWS_CHECKED;
use crate::salvage::Told;
use crate::shared::{Health, LastVerify, Shared, Shop};
use crate::store::events::{self, Author, StoredLog};
use crate::store::histories::{self, Histories};
use crate::store::{self, meta};

/// What a start needs, kept for another one.
#[derive(Clone)]
pub(crate) struct Home {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Its keys.
    pub(crate) keys: FolderKeys,
    /// Its witness.
    pub(crate) witness: WitnessFile,
}

/// What a start needs.
pub struct Opening<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// Its keys.
    pub keys: &'a FolderKeys,
    /// Its witness.
    pub witness: &'a WitnessFile,
    /// What everyone shares already, if the program has been running.
    pub shared: Option<Arc<Shared>>,
}

/// What a start gives.
pub struct WriterParts {
    /// For the writer's thread.
    pub writer: Writer,
    /// For everyone.
    pub shared: Arc<Shared>,
    /// Letters used up, for the witness.
    pub letters: u32,
    /// This run, for the witness.
    pub run: u64,
}

/// What was found of the log that this folder wrote last.
struct Before {
    log: Option<StoredLog>,
    damaged: Vec<DamagedRow>,
    head: Option<Head>,
    /// What a salvage left to be told.
    told: Option<Told>,
}

impl Opening<'_> {
    /// Opens the store for writing: one transaction raises the run and writes row 1 of a new log.
    ///
    /// # Errors
    /// If the store or the witness can't be written.
    pub(crate) fn try_open(self) -> Result<WriterParts, StoreError> {
        let connection = store::open_writer(self.data)?;
        let logs = events::logs(&connection)?;
        let told = Told::read(&connection)?;
        let mut before = check_tail(&connection, logs.iter().rfind(|log| log.own), told.as_ref())?;
        let store_run: u64 = meta::folder(&connection, "run")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let seen = self.witness.read();
        let mut continuity =
            Witness::compare(seen.as_ref(), store_run, |log, seq, hash| holds(&connection, log, seq, hash));
        if let Some(reason) = told.as_ref().and_then(|told| told.unproven.as_ref())
            && !matches!(continuity, Continuity::Unproven { .. })
        {
            // The file's own count is all there is: it was raised to what the log says.
            let letters = seen.as_ref().map_or(0, |witness| witness.letters);
            continuity = Continuity::Unproven { reason: format!("the store was damaged: {reason}"), letters };
        }
        before.told = told;
        let identity = next_identity(&connection, self.keys, store_run, &continuity)?;
        if let Some(last) = before.log.as_ref().filter(|_| before.told.is_none()) {
            check_ids(&connection, last, &identity)?;
        }
        let mut witness = seen.unwrap_or_else(|| Witness {
            run: store_run,
            starting: None,
            log: String::new(),
            seq: 0,
            hash: String::new(),
            letters: identity.letters,
        });
        witness.run = store_run;
        witness.starting = Some(identity.run);
        witness.letters = witness.letters.max(identity.letters);
        self.witness.write(&witness, true)?;
        let shop = store_acts::load_shop(&connection)?;
        let clock = HybridClock::resume(last_clock(&connection, &logs)?);
        let parts = self.begin(connection, &logs, before, &continuity, identity, shop, clock)?;
        let head = parts.writer.log.head();
        witness = Witness {
            run: parts.writer.identity.run,
            starting: None,
            log: parts.writer.log.log().to_string(),
            seq: head.seq,
            hash: hex::encode(head.hash.0),
            letters: parts.letters,
        };
        self.witness.write(&witness, true)?;
        Ok(parts)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one transaction, gathered by the only caller")]
    fn begin(
        &self,
        connection: Connection,
        logs: &[StoredLog],
        before: Before,
        continuity: &Continuity,
        identity: Identity,
        shop: Shop,
        mut clock: HybridClock,
    ) -> Result<WriterParts, StoreError> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let reason = match continuity {
            Continuity::Unproven { .. } => OpenReason::Restore,
            _ if !before.damaged.is_empty() || before.told.is_some() => OpenReason::Damage,
            _ => OpenReason::Start,
        };
        let predecessor = before.log.as_ref().zip(before.head).map(|(log, head)| Predecessor {
            log: log.log,
            seq: head.seq,
            hash: head.hash,
        });
        let salvaged = before.told.iter().flat_map(|told| told.damaged());
        let damaged = before.damaged.iter().chain(salvaged).take(DAMAGED_ROWS_MAX).copied().collect();
        let key = &self.keys.device;
        let (writer, row) =
            Beginning { key, identity: &identity, reason, predecessor, damaged, zone: shop.zone() }.open(&mut clock)?;
        histories::fill_letters(&connection)?;
        let log_no = store_log(&connection, &row, &identity, key)?;
        save_identity(&connection, &identity)?;
        let mut live = LiveOrders::default();
        live.know(logs.iter().map(|log| (log.log, log.author)));
        live.know([(row.log, author(&identity))]);
        let histories = Arc::new(Histories::read(&connection)?);
        live.know_histories(histories.clone());
        let health = Health {
            log: row.log,
            head: writer.head(),
            events: meta::counter(&connection, "events")?,
            outbox: meta::counter(&connection, "outbox")?,
            read_only: false,
            progress: None,
            ended: None,
            download: None,
            last_verify: LastVerify::kept(&connection)?,
        };
        let (letters, run) = (identity.letters, identity.run);
        let shared = match &self.shared {
            Some(shared) => {
                shared.replaced(run, letters, shop, health);
                shared.clone()
            }
            None => Arc::new(Shared::new(Feed::new(identity.run), shop, health)),
        };
        shared.set_histories(histories);
        let home = Home { data: self.data.to_owned(), keys: self.keys.clone(), witness: self.witness.clone() };
        let mut writer = Writer {
            connection,
            log: writer,
            key: key.clone(),
            log_no,
            clock,
            live,
            counters: std::collections::HashMap::new(),
            identity,
            shared: shared.clone(),
            home,
            salvaged_ms: None,
            rebuild_touched: None,
        };
        writer.write_incidents(&before, continuity)?;
        writer.connection.execute_batch("COMMIT")?;
        shared.committed(writer.log.log(), writer.log.head(), 0);
        Ok(WriterParts { writer, shared, letters, run })
    }
}

impl Writer {
    fn write_incidents(&mut self, before: &Before, continuity: &Continuity) -> Result<(), StoreError> {
        let mut events = Vec::new();
        if let Continuity::Unproven { reason, .. } = continuity {
            tracing::warn!(
                reason,
                letter = self.identity.letter,
                "continuity is unproven: a new letter and receipt series begin"
            );
            events.push(ShopEvent::ContinuityUnproven(ContinuityUnproven {
                reason: reason.clone(),
                letter: self.identity.letter.clone(),
                receipt_series: self.identity.receipt_series.clone(),
            }));
        }
        if let Some(told) = &before.told {
            events.extend(told.facts(self.log.log()));
            Told::take_away(&self.connection)?;
        }
        for row in &before.damaged {
            let reason = format!("{:?}", row.reason).to_lowercase();
            events.push(ShopEvent::DamageFound(DamageFound { log: row.log.to_string(), seq: row.seq, reason }));
        }
        let mut rows = 1;
        if !events.is_empty() {
            rows += self.append_shop_events(events, &Actor::Program("start"), new_id())?.0;
        }
        events::set_head(&self.connection, self.log_no, &self.log.head())?;
        self.connection.execute("UPDATE counters SET value = value + ?1 WHERE name IN ('events', 'outbox')", [rows])?;
        self.shared.committed(self.log.log(), self.log.head(), rows);
        Ok(())
    }

    /// Closes the open log because of damage in it and begins a new one that lists it. Part of the caller's
    /// transaction; gives how many rows were written.
    pub(crate) fn rotate(&mut self, damaged: Vec<DamagedRow>) -> Result<i64, StoreError> {
        self.begin_log(OpenReason::Damage, damaged)
    }

    /// Closes the open log and begins a new one for this reason. Part of the caller's transaction; gives how many rows
    /// were written.
    pub(super) fn begin_log(&mut self, reason: OpenReason, damaged: Vec<DamagedRow>) -> Result<i64, StoreError> {
        let head = self.log.head();
        let predecessor = Some(Predecessor { log: self.log.log(), seq: head.seq, hash: head.hash });
        let zone = self.shared.shop().zone();
        let beginning = Beginning { key: &self.key, identity: &self.identity, reason, predecessor, damaged, zone };
        let (log, row) = beginning.open(&mut self.clock)?;
        events::set_head(&self.connection, self.log_no, &head)?;
        self.log_no = store_log(&self.connection, &row, &self.identity, &self.key)?;
        self.live.know([(row.log, author(&self.identity))]);
        self.log = log;
        Ok(1)
    }

    /// Writes what can't be made again from the log a second time. Without it the till still sells.
    pub(crate) fn keep_spare(&self) {
        if let Err(error) = spare::keep(&self.connection, &self.home.data) {
            tracing::warn!(error = &error as &dyn std::error::Error, "the spare could not be written");
        }
    }

    /// Opens the file again after a sync that failed, and checks that it ends where this process believes.
    pub(super) fn reopen(&mut self) -> Result<(), StoreError> {
        let path = self.connection.path().map(std::path::PathBuf::from);
        let folder = path
            .as_deref()
            .and_then(Path::parent)
            .ok_or_else(|| StoreError::Corrupt("the store has no path".into()))?;
        self.connection = store::open_writer(folder)?;
        self.live.clear();
        self.counters.clear();
        let stored = events::logs(&self.connection)?.into_iter().find(|log| log.log == self.log.log());
        let head = stored
            .and_then(|log| log.head)
            .ok_or_else(|| StoreError::Corrupt("the open log has no head any more".into()))?;
        let last = events::one(&self.connection, self.log.log(), head.seq)?;
        if last.map(|row| row.hash) != Some(head.hash) {
            return Err(StoreError::Corrupt("the open log does not end at its head".into()));
        }
        self.log.rollback_to(head);
        Ok(())
    }

    /// Ends the writer: the witness learns where it ended, and the write-ahead log is folded into the file.
    pub(super) fn close(self) {
        let head = self.log.head();
        let witness = Witness {
            run: self.identity.run,
            starting: None,
            log: self.log.log().to_string(),
            seq: head.seq,
            hash: hex::encode(head.hash.0),
            letters: self.identity.letters.max(self.shared.letters()),
        };
        if let Err(error) = self.home.witness.write(&witness, true) {
            tracing::warn!(error = &error as &dyn std::error::Error, "the witness could not be told of the end");
        }
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "the write-ahead log could not be folded in; the next start does it");
        }
    }
}

fn author(identity: &Identity) -> Author {
    Author { device: identity.device, class: docket_domain::order::fact::DeviceClass::Till }
}

fn holds(connection: &Connection, log: &str, seq: u64, hash: &str) -> bool {
    let Ok(log) = log.parse::<LogId>() else { return false };
    matches!(events::one(connection, log, seq), Ok(Some(row)) if hex::encode(row.hash.0) == hash)
}

/// Verifies the last rows of the log that this folder wrote last.
fn check_tail(connection: &Connection, last: Option<&StoredLog>, told: Option<&Told>) -> Result<Before, StoreError> {
    let mut before = Before { log: None, damaged: Vec::new(), head: None, told: None };
    let Some(log) = last else { return Ok(before) };
    (before.log, before.head) = (Some(log.clone()), log.head);
    // A salvage went through every row and lists what is damaged.
    let Some(head) = log.head.filter(|_| told.is_none()) else {
        return Ok(before);
    };
    let from = head.seq.saturating_sub(TAIL_ROWS_CHECKED) + 1;
    raise_numbers(connection, log.log, from)?;
    let fault = crate::verify::check_range(connection, log, from, head)?;
    if let Some(damage) = fault {
        tracing::error!(damage = damage.text, "the tail of the last log is damaged; a new log begins and lists it");
        let (seq, reason) = (damage.seq, damage.reason);
        connection.execute(
            "INSERT INTO damaged_rows (log_id, seq, hash, reason, found_ms) VALUES (?1, ?2, NULL, ?3, ?4) ON CONFLICT DO NOTHING",
            params![&log.log.0[..], i64::try_from(seq).unwrap_or(i64::MAX), format!("{reason:?}").to_lowercase(), wall_ms()],
        )?;
        before.damaged.push(DamagedRow { log: log.log, seq, hash: None, reason });
    }
    Ok(before)
}

/// Raises the counters of labels and receipts to the numbers that the last rows of a log gave away. They move with
/// the rows, so they differ only where the file was changed.
fn raise_numbers(connection: &Connection, log: LogId, from: u64) -> Result<(), StoreError> {
    let mut rows = connection.prepare(
        "SELECT event_type, schema_version, payload, business_day FROM events WHERE log_id = ?1 AND seq >= ?2 \
         AND event_type IN ('order.opened', 'order.cash_paid')",
    )?;
    let mut rows = rows.query(params![&log.0[..], i64::try_from(from).unwrap_or(i64::MAX)])?;
    let mut given = std::collections::HashMap::new();
    while let Some(row) = rows.next()? {
        // A row that can't be read is damaged, which is found elsewhere.
        let (Ok(kind), Ok(version)) = (row.get::<_, String>(0), row.get(1)) else { continue };
        let (Ok(payload), Ok(day)) = (row.get::<_, String>(2), row.get(3)) else { continue };
        for (name, value) in numbers_given(&kind, version, &payload, day) {
            let last = given.entry(name).or_insert(value);
            *last = value.max(*last);
        }
    }
    for (name, value) in given {
        let counted = meta::counter(connection, &name)?;
        if counted < value {
            tracing::error!(name, counted, value, "a counter stood behind the log; it is raised");
            meta::set_counter(connection, &name, value)?;
        }
    }
    Ok(())
}

fn last_clock(connection: &Connection, logs: &[StoredLog]) -> Result<u64, StoreError> {
    let mut last = 0;
    for log in logs {
        if let Some(head) = log.head
            && let Ok(Some(row)) = events::one(connection, log.log, head.seq)
        {
            last = last.max(row.clock);
        }
    }
    Ok(last)
}
