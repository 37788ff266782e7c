//! A slice of other devices' rows in one transaction: rows, heads, the orders they touch folded anew from their full
//! set, the shop, and what follows for this device.

use std::collections::BTreeSet;
use std::sync::Arc;

use docket_contracts::Topic;
use docket_domain::ids::{DeviceId, OrderId};
use docket_domain::order::{DeviceClass, Order, OrderEvent, OrderState};
use docket_domain::shop::{STREAM_KIND, ShopEvent};
use docket_log::{OpenReason, Row};
use rusqlite::params;

use super::batch::{Overlay, read_only};
use super::translate::{grand_total_counter, receipt_counter};
use super::{Live, Writer, fold, shop_facts};
use crate::clock::wall_ms;
use crate::dispatch::{self, Durable, Told};
use crate::error::StoreError;
use crate::import::{ClockFlag, Group, ImportReport, Slice, opened};
use crate::readmodel::{self, MAIN, Written};
use crate::store::documents;
use crate::store::events::{self, Author, class_from};
use crate::store::histories::Histories;
use crate::store::meta;
use crate::store::peers::{self, HeldLog, Link, StoredBranch};
use crate::subjects;

/// What a slice leads to.
#[derive(Default)]
pub(super) struct Work {
    pub(super) report: ImportReport,
    pub(super) orders: BTreeSet<OrderId>,
    /// Rows of branch 0 that are stored now.
    events: i64,
    /// Own rows among them, which wait for head office like all own rows.
    outbox: i64,
    shop: bool,
    /// Why this device can't go on with its letter and series, or with its log.
    pub(super) renew: Option<(OpenReason, String)>,
    /// Whether forks or letters mean something else now.
    pub(super) histories: bool,
    pub(super) facts: Vec<ShopEvent>,
    /// Whether a guest's text opens no more.
    forgotten: bool,
    /// Devices that were revoked: their orders may mean something else now.
    revoked: Vec<DeviceId>,
}

impl Writer {
    /// Stores a slice. What is held already is passed over, so a slice may come again.
    ///
    /// # Errors
    /// If the store fails; nothing of the slice is stored then.
    pub(crate) fn import(&mut self, slice: &Slice) -> Result<ImportReport, StoreError> {
        if self.shared.health().read_only {
            return Err(read_only().into());
        }
        let (before, log_no, log, identity) = (self.log.head(), self.log_no, self.log.log(), self.identity.clone());
        self.sql("BEGIN IMMEDIATE")?;
        let done = self.import_slice(slice).and_then(|(work, overlay)| {
            self.sql("COMMIT")?;
            Ok((work, overlay))
        });
        match done {
            Ok((work, mut overlay)) => {
                self.shared.imported(work.events, work.outbox);
                self.shared.set_letters(self.identity.letters);
                self.shared.set_histories(self.live.histories().clone());
                self.settle(&mut overlay);
                self.tell(overlay);
                Ok(work.report)
            }
            Err(error) => {
                if self.log_no != log_no {
                    self.log_no = log_no;
                    self.log = docket_log::LogWriter::resume(&self.key, log, before);
                }
                self.identity = identity;
                self.live.know_histories(self.shared.histories());
                self.abandon(before, &error);
                Err(error)
            }
        }
    }

    fn import_slice(&mut self, slice: &Slice) -> Result<(Work, Overlay), StoreError> {
        let mut work = Work::default();
        for body in &slice.documents {
            if documents::get(&self.connection, &documents::hash(body))?.is_none() {
                documents::put(&self.connection, body)?;
                work.report.documents += 1;
                work.shop = true;
            }
        }
        for (subject, key) in &slice.keys {
            subjects::keep(&self.connection, *subject, key)?;
        }
        for group in &slice.groups {
            self.place(group, &mut work)?;
        }
        for row in &slice.heals {
            self.heal(row, &mut work)?;
        }
        if work.histories {
            let histories = Arc::new(Histories::read(&self.connection)?);
            self.live.know_histories(histories);
        }
        self.touch_orders_of_revoked(&mut work)?;
        let mut overlay = Overlay::default();
        overlay.rows = self.consequences(&mut work)?;
        self.fold_touched(&mut work, &mut overlay)?;
        if work.shop {
            let live = &self.live;
            let shop = shop_facts::settle(&self.connection, self.identity.store, |log| live.author(log))?;
            overlay.shop = Some(shop);
            let topics = vec![Topic::Shop, Topic::Catalogue, Topic::Status];
            overlay.durable.push(Durable { order_id: None, topics });
        }
        if work.forgotten {
            overlay.durable.push(Durable { order_id: None, topics: vec![Topic::Orders, Topic::Kitchen] });
        }
        let mut counter = self.connection.prepare_cached("UPDATE counters SET value = value + ?2 WHERE name = ?1")?;
        counter.execute(params!["events", work.events])?;
        counter.execute(params!["outbox", work.outbox])?;
        drop(counter);
        if overlay.rows > 0 {
            self.write_tail(&overlay)?;
        }
        Ok((work, overlay))
    }

    /// Stores a group behind the row that it follows: at the end of a history, or as a history of its own.
    fn place(&mut self, group: &Group, work: &mut Work) -> Result<(), StoreError> {
        let Some(held) = peers::held_log(&self.connection, group.log)? else {
            return self.store_log(group, work);
        };
        let after = group.base.map_or(0, |base| base.seq);
        for branch in &held.branches {
            if group.base != Some(branch.head) {
                continue;
            }
            return self.append_links(&held, *branch, &group.links, work);
        }
        for branch in &held.branches {
            if after > branch.head.seq || !self.stands_on(group, *branch)? {
                continue;
            }
            let mut fresh = Vec::new();
            for link in &group.links {
                let stored = peers::link_at(&self.connection, group.log, *branch, link.head().seq)?;
                if stored.is_none_or(|stored| stored.head() != link.head()) {
                    fresh.push(link.clone());
                }
            }
            if fresh.is_empty() {
                return Ok(());
            }
            if peers_hold(&self.connection, group, &held)? {
                return Ok(());
            }
            return self.fork(&held, *branch, group, &fresh, work);
        }
        Err(StoreError::Corrupt(format!("log {} has no row {after} that an import relies on", group.log)))
    }

    fn stands_on(&self, group: &Group, branch: StoredBranch) -> Result<bool, StoreError> {
        let Some(base) = group.base else { return Ok(true) };
        let stored = peers::link_at(&self.connection, group.log, branch, base.seq)?;
        Ok(stored.is_some_and(|stored| stored.head().hash == base.hash))
    }

    /// A log that is not known here begins with its row 1.
    fn store_log(&mut self, group: &Group, work: &mut Work) -> Result<(), StoreError> {
        let [Link::Row(first)] = &group.links[..] else {
            return Err(StoreError::Corrupt(format!("log {} is not known and its row 1 is not here", group.log)));
        };
        let stated =
            opened(first).ok_or_else(|| StoreError::Corrupt(format!("row 1 of log {} names no device", group.log)))?;
        let public = serde_json::from_str::<serde_json::Value>(&first.payload)
            .ok()
            .and_then(|payload| payload["public_key"].as_str().and_then(|text| hex::decode(text).ok()))
            .unwrap_or_default();
        let own = public == self.key.public().0;
        self.connection
            .prepare_cached(
                "INSERT INTO logs (log_id, public_key, device_id, device_class, own, opened_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                &group.log.0[..],
                public,
                &stated.device.0.as_bytes()[..],
                stated.device_class,
                own,
                first.wall_time_ms
            ])?;
        let log_no = self.connection.last_insert_rowid();
        let author = Author { device: stated.device, class: class_from(&stated.device_class) };
        self.live.know([(group.log, author)]);
        work.report.logs_new += 1;
        // A log may go on from one of two histories.
        work.histories |= self.live.histories().has_forks();
        if own {
            // A whole run of this device that was lost here: its rows wait for head office like all own rows.
            self.lost_run(group.log, &stated.receipt_series, work);
            events::put_outbox(&self.connection, log_no, first.seq)?;
            work.outbox += 1;
        }
        if stated.store == self.identity.store {
            self.note_letter(&stated, first, work)?;
        } else {
            // A log of a store that this till was in before: what is shown of it depends on where it comes from.
            work.histories = true;
        }
        events::insert_peer(&self.connection, 0, first)?;
        work.events += 1;
        work.report.stored += 1;
        self.note(first, work)?;
        events::set_head(&self.connection, log_no, &group.links[0].head())
    }

    /// Rows that continue a history.
    fn append_links(
        &mut self,
        held: &HeldLog,
        branch: StoredBranch,
        links: &[Link],
        work: &mut Work,
    ) -> Result<(), StoreError> {
        // On a forked log each row has its stretch, and these have none yet.
        work.histories |= held.branches.len() > 1;
        if held.own && branch.branch == 0 {
            let first = links[0].log();
            let series = self.series_of(first)?;
            self.lost_run(first, &series, work);
        }
        for link in links {
            self.put(held, branch.branch, link, work)?;
        }
        let head = links.last().expect("a group has rows").head();
        if branch.branch == 0 {
            events::set_head(&self.connection, held.log_no, &head)
        } else {
            peers::set_branch(&self.connection, held.log_no, &StoredBranch { head, ..branch })
        }
    }

    fn put(&mut self, held: &HeldLog, branch: u32, link: &Link, work: &mut Work) -> Result<(), StoreError> {
        peers::put_link(&self.connection, branch, link)?;
        match link {
            Link::Stub(_) => work.report.stubs += 1,
            Link::Row(row) => {
                work.report.stored += 1;
                work.events += i64::from(branch == 0);
                if held.own && branch == 0 {
                    self.take_back(held, row, work)?;
                }
                self.note(row, work)?;
            }
        }
        Ok(())
    }

    /// An own row that comes back: it waits for head office, and the numbers in it were given away.
    fn take_back(&mut self, held: &HeldLog, row: &Row, work: &mut Work) -> Result<(), StoreError> {
        events::put_outbox(&self.connection, held.log_no, row.seq)?;
        work.outbox += 1;
        let Ok(OrderEvent::CashPaid(paid)) = OrderEvent::decode(&row.event_type, row.schema_version, &row.payload)
        else {
            return Ok(());
        };
        let series = &paid.receipt.series;
        let given = [
            (receipt_counter(series), i64::from(paid.receipt.number)),
            (grand_total_counter(series), paid.receipt.grand_total_minor),
        ];
        for (name, value) in given {
            if meta::counter(&self.connection, &name)? < value {
                meta::set_counter(&self.connection, &name, value)?;
                // It is read anew when it is needed: a slice that fails must leave nothing in memory.
                self.counters.remove(&name);
            }
        }
        Ok(())
    }

    /// Puts a row in the place of a stub, or of a row that was damaged here.
    fn heal(&mut self, row: &Row, work: &mut Work) -> Result<(), StoreError> {
        let Some(held) = peers::held_log(&self.connection, row.log)? else { return Ok(()) };
        for branch in &held.branches {
            let Some(stored) = peers::link_at(&self.connection, row.log, *branch, row.seq)? else { continue };
            if stored.head().hash != row.hash || stored == Link::Row(Box::new(row.clone())) {
                continue;
            }
            let on = if branch.branch > 0 && row.seq > branch.shared { branch.branch } else { 0 };
            let before = peers::remove(&self.connection, row.log, on, row.seq)?;
            events::insert_peer(&self.connection, on, row)?;
            let gained = i64::from(on == 0 && !before);
            work.events += gained;
            if held.own && gained == 1 {
                self.take_back(&held, row, work)?;
            }
            work.report.stored += 1;
            work.report.healed += 1;
            self.note(row, work)?;
        }
        Ok(())
    }

    /// What a row of any log means for this device: which order it touches, what time it was there.
    pub(super) fn note(&mut self, row: &Row, work: &mut Work) -> Result<(), StoreError> {
        if row.stream_kind == "order" {
            work.orders.insert(OrderId(row.stream_id));
        }
        let shop = ["store.set_up", "store.document_published"];
        if row.stream_kind == STREAM_KIND && row.stream_id == self.identity.store.0 && shop.contains(&&*row.event_type)
        {
            work.shop = true;
        }
        if row.event_type == "store.device_revoked" && row.stream_id == self.identity.store.0 {
            work.histories = true;
            work.shop = true;
            work.revoked.extend(revoked_device(row));
        }
        if row.event_type == "store.guest_forgotten" {
            self.forget_guest(row, work)?;
        }
        let now = wall_ms();
        if let Err(ahead) = self.clock.observe(row.clock, now)
            && let Some(author) = self.live.author(row.log)
        {
            tracing::warn!(device = %author.device, ahead_ms = ahead.ahead_ms, "a device's clock runs ahead");
            let flag = ClockFlag { device: author.device, ahead_ms: ahead.ahead_ms };
            if !work
                .report
                .clocks_ahead
                .iter()
                .any(|known| known.device == flag.device && known.ahead_ms >= flag.ahead_ms)
            {
                peers::flag_clock(&self.connection, flag.device, flag.ahead_ms, now)?;
                work.report.clocks_ahead.retain(|known| known.device != flag.device);
                work.report.clocks_ahead.push(flag);
            }
        }
        Ok(())
    }

    /// Destroys a guest's key, if head office says so.
    fn forget_guest(&self, row: &Row, work: &mut Work) -> Result<(), StoreError> {
        let by_office = self.live.author(row.log).is_some_and(|author| author.class == DeviceClass::Central);
        let fact = ShopEvent::decode(&row.event_type, row.schema_version, &row.payload);
        if let (true, Ok(Some(ShopEvent::GuestForgotten(fact)))) = (by_office, fact) {
            subjects::destroy(&self.connection, fact.subject)?;
            work.forgotten = true;
        }
        Ok(())
    }

    /// Orders that devices wrote to that are revoked now.
    fn touch_orders_of_revoked(&self, work: &mut Work) -> Result<(), StoreError> {
        for device in std::mem::take(&mut work.revoked) {
            for table in ["events", "forked_events"] {
                // `CROSS` keeps the few logs outside.
                let sql = format!(
                    "SELECT DISTINCT e.stream_id FROM logs l CROSS JOIN {table} e ON e.log_id = l.log_id \
                     WHERE l.device_id = ?1 AND e.stream_kind = 'order'"
                );
                let mut statement = self.connection.prepare(&sql)?;
                let ids = statement.query_map([&device.0.as_bytes()[..]], |row| row.get::<_, [u8; 16]>(0))?;
                for id in ids {
                    work.orders.insert(OrderId(uuid::Uuid::from_bytes(id?)));
                }
            }
        }
        Ok(())
    }

    /// Folds every touched order anew from all of its facts and replaces its read models.
    fn fold_touched(&mut self, work: &mut Work, overlay: &mut Overlay) -> Result<(), StoreError> {
        for id in &work.orders {
            let rows = events::stream(&self.connection, id.0)?;
            let (state, opened_by) = fold(*id, &rows, |row| self.live.author(row.log), self.live.histories())?;
            overlay.touched.push(*id);
            work.report.orders_touched += 1;
            // Facts of an order whose opening has not come yet wait in the store, and one that counts no more is shown no
            // more.
            let Some(order) = state.derive() else {
                if readmodel::remove(&self.connection, MAIN, *id)? {
                    let topics = vec![Topic::Orders, Topic::Kitchen, Topic::Exceptions];
                    overlay.durable.push(Durable { order_id: Some(*id), topics });
                }
                continue;
            };
            let mut live = anew(state, order, opened_by);
            let mut topics = Vec::new();
            dispatch::in_transaction(&self.connection, &mut Told { live: &mut live, topics: &mut topics })?;
            overlay.durable.push(Durable { order_id: Some(*id), topics });
        }
        Ok(())
    }
}

/// The device that a fact of the store revokes.
fn revoked_device(row: &Row) -> Option<DeviceId> {
    match ShopEvent::decode(&row.event_type, row.schema_version, &row.payload) {
        Ok(Some(ShopEvent::DeviceRevoked(fact))) => Some(fact.device),
        _ => None,
    }
}

fn anew(state: OrderState, order: Order, opened_by: Option<docket_domain::ids::PersonId>) -> Live {
    Live { state: Arc::new(state), order: Arc::new(order), opened_by, written: Arc::new(Written::unknown()) }
}

/// Whether another history of the log holds the group already.
fn peers_hold(connection: &rusqlite::Connection, group: &Group, held: &HeldLog) -> Result<bool, StoreError> {
    'branches: for branch in &held.branches {
        for link in &group.links {
            let stored = peers::link_at(connection, group.log, *branch, link.head().seq)?;
            if stored.is_none_or(|stored| stored.head() != link.head()) {
                continue 'branches;
            }
        }
        return Ok(true);
    }
    Ok(false)
}
