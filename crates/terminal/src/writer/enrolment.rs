//! A till that becomes one of head office: another tenant, a new log that says so, and what it was called before.

use std::collections::HashSet;
use std::sync::Arc;

use docket_contracts::error::Params;
use docket_contracts::{ApiError, ErrorCode, Topic};
use docket_domain::ids::{LogId, StoreId, TenantId};
use docket_domain::shop::{DocumentKind, ForkFound, ShopEvent, TillJoined};
use docket_log::{OpenReason, PublicKey};

use super::identity::save_identity;
use super::import::Work;
use super::{Writer, load_shop, shop_facts};
use crate::actor::Actor;
use crate::clock::new_id;
use crate::error::{StoreError, refuse};
use crate::limits::OPEN_ORDERS_NAMED_MAX;
use crate::readmodel;
use crate::store::former::{self, FormerStore};
use crate::store::histories::Histories;
use crate::store::{documents, meta};

/// Tenants that logs of this store name and that are the till's own from before its enrolment, joined by commas.
const FORMER: &str = "former_tenants";
/// The key that signs the logs of head office.
const CENTRAL_KEY: &str = "central_key";

/// The tenants that this store's logs name: the one of now, and those that its tills had made up before.
///
/// # Errors
/// If the store fails.
pub(crate) fn former_tenants(connection: &rusqlite::Connection) -> Result<Vec<TenantId>, StoreError> {
    let text = meta::folder(connection, FORMER)?.unwrap_or_default();
    Ok(text.split(',').filter_map(|id| id.parse().ok().map(TenantId)).collect())
}

/// The key that head office signs with, once it is known.
///
/// # Errors
/// If the store fails.
pub(crate) fn central_key(connection: &rusqlite::Connection) -> Result<Option<PublicKey>, StoreError> {
    Ok(meta::folder(connection, CENTRAL_KEY)?.and_then(|text| text.parse().ok()))
}

/// What a person is told who would join another store while orders are not done here.
pub(crate) fn orders_open(count: u32, labels: &[String]) -> ApiError {
    let named = labels.join(", ");
    let rule = format!(
        "{count} orders are not done here ({named}): finish or cancel them, settle what is owed, and join the store then"
    );
    let more = if labels.len() < usize::try_from(count).unwrap_or(usize::MAX) { " …" } else { "" };
    refuse(ErrorCode::OrdersOpen, "code", rule)
        .with(Params { name: Some(format!("{count}: {named}{more}")), ..Params::default() })
}

/// What head office said of the store that this till is one of from now on.
#[derive(Debug, Clone)]
pub(crate) struct Enrolment {
    /// Its tenant.
    pub(crate) tenant: TenantId,
    /// The store.
    pub(crate) store: StoreId,
    /// The key of head office.
    pub(crate) central_key: PublicKey,
    /// The tenant that the store's founding till had made up.
    pub(crate) founded_as: Option<TenantId>,
    /// Letters that the store's devices carry.
    pub(crate) letters: Vec<String>,
}

impl Writer {
    /// Labels of the orders of this store that somebody has something left to do with, the first ones, and how many there
    /// are.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn open_orders(&self) -> Result<(u32, Vec<String>), StoreError> {
        if readmodel::generation(&self.connection)? == 0 {
            return Ok((0, Vec::new()));
        }
        let sql = "SELECT count(*) OVER (), label FROM orders WHERE open = 1 OR exceptions > 0 OR balance_minor <> 0 \
                   ORDER BY opened_at_ms LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([OPEN_ORDERS_NAMED_MAX], |row| Ok((row.get::<_, u32>(0)?, row.get(1)?)))?;
        let rows: Vec<(u32, String)> = rows.collect::<Result<_, _>>()?;
        Ok((rows.first().map_or(0, |(count, _)| *count), rows.into_iter().map(|(_, label)| label).collect()))
    }

    /// Takes over tenant and store of head office, with a new log that names them. Done already, it does nothing.
    ///
    /// # Errors
    /// `orders_open` where the till joins another store and orders of its own are not done; else if the store fails.
    /// Nothing changed then.
    pub(crate) fn enrol(&mut self, into: &Enrolment) -> Result<(), StoreError> {
        let before = self.identity.clone();
        let known = central_key(&self.connection)?;
        if (before.tenant, before.store) == (into.tenant, into.store) && known == Some(into.central_key) {
            return Ok(());
        }
        let joins = before.store != into.store;
        let done = self.in_transaction(|writer| {
            if joins {
                let (open, labels) = writer.open_orders()?;
                if open > 0 {
                    return Err(orders_open(open, &labels).into());
                }
            }
            let mut former = if joins { Vec::new() } else { former_tenants(&writer.connection)? };
            let own = (!joins).then_some(before.tenant);
            for made_up in own.into_iter().chain(into.founded_as).filter(|made_up| *made_up != into.tenant) {
                if !former.contains(&made_up) {
                    former.push(made_up);
                }
            }
            let text = former.iter().map(TenantId::to_string).collect::<Vec<_>>().join(",");
            meta::set_folder(&writer.connection, FORMER, &text)?;
            meta::set_folder(&writer.connection, CENTRAL_KEY, &hex::encode(into.central_key.0))?;
            if joins { writer.join(into) } else { writer.rename(into) }
        });
        if done.is_err() {
            self.identity = before;
            self.live.know_histories(self.shared.histories());
            return done;
        }
        if joins {
            self.shared.set_letters(self.identity.letters);
            self.shared.set_histories(self.live.histories().clone());
            self.shared.set_shop(load_shop(&self.connection)?);
        }
        self.keep_spare();
        let topics =
            vec![Topic::Status, Topic::Shop, Topic::Catalogue, Topic::Orders, Topic::Kitchen, Topic::Exceptions];
        self.shared.feed.publish(topics, None);
        Ok(())
    }

    /// The store stays, and belongs to another tenant.
    fn rename(&mut self, into: &Enrolment) -> Result<i64, StoreError> {
        self.identity.tenant = into.tenant;
        save_identity(&self.connection, &self.identity)?;
        self.begin_log(OpenReason::Enrolment, Vec::new())
    }

    /// The store becomes a former one: its logs and orders stay, its shop gives way to the one that comes down, and a log
    /// of the joined store begins, with a letter and a series of its own and a fact that names what lies behind it.
    fn join(&mut self, into: &Enrolment) -> Result<i64, StoreError> {
        let (before, head) = (self.identity.clone(), self.log.head());
        let shop = load_shop(&self.connection)?;
        let staff = documents::current(&self.connection, DocumentKind::Staff)?.map(|(hash, _)| hex::encode(hash));
        let name = shop.set_up.map(|set_up| set_up.name).unwrap_or_default();
        let joined = TillJoined {
            former_store: before.store,
            former_tenant: before.tenant,
            last_log: self.log.log(),
            last_seq: head.seq,
        };
        let left = FormerStore { store: before.store, tenant: before.tenant, name, staff };
        former::add(&self.connection, left)?;
        let mut taken: HashSet<String> = into.letters.iter().cloned().collect();
        let mut carried = self.connection.prepare("SELECT DISTINCT letter FROM letters")?;
        for letter in carried.query_map([], |row| row.get(0))? {
            taken.insert(letter?);
        }
        drop(carried);
        self.connection.execute_batch(
            "DELETE FROM folder WHERE name = 'shop'; DELETE FROM document_heads; DELETE FROM products; \
             INSERT INTO products_text (products_text) VALUES ('delete-all'); DELETE FROM pin_verifiers; \
             DELETE FROM letters;",
        )?;
        self.identity = before.joined((into.tenant, into.store), &self.key.public(), &taken)?;
        save_identity(&self.connection, &self.identity)?;
        let histories = Arc::new(Histories::read(&self.connection)?);
        self.live.know_histories(histories);
        let opened = self.begin_log(OpenReason::Enrolment, Vec::new())?;
        let facts = vec![ShopEvent::TillJoined(joined)];
        Ok(opened + self.append_shop_events(facts, &Actor::Program("enrolment"), new_id())?.0)
    }

    /// Head office holds a later row of an own log than this folder: the folder is an old copy of itself. Does nothing
    /// where that is known already.
    ///
    /// # Errors
    /// If the store fails; nothing changed then.
    pub(crate) fn peer_is_ahead(&mut self, log: LogId) -> Result<(), StoreError> {
        let series = self.series_of(log)?;
        if log != self.log.log() && series != self.identity.receipt_series {
            return Ok(());
        }
        let mut work = Work::default();
        self.lost_run(log, &series, &mut work);
        self.follow_up(work)
    }

    /// Head office holds another history of an own log: both are kept, a new log begins, and the manager is told once.
    ///
    /// # Errors
    /// If the store fails; nothing changed then.
    pub(crate) fn peer_forked(&mut self, log: LogId, seq: u64) -> Result<(), StoreError> {
        let fact = ForkFound { log: log.to_string(), seq };
        let told = "SELECT EXISTS (SELECT 1 FROM events WHERE stream_id = ?1 AND event_type = 'store.fork_found' \
                    AND json_valid(payload) AND json_extract(payload, '$.log') = ?2)";
        let store = self.identity.store.0;
        let known: bool =
            self.connection.query_row(told, rusqlite::params![&store.as_bytes()[..], fact.log], |row| row.get(0))?;
        if known {
            return Ok(());
        }
        let mut work = Work::default();
        if log == self.log.log() || self.series_of(log)? == self.identity.receipt_series {
            work.renew =
                Some((OpenReason::Fork, format!("head office holds another history of this device's log {log}")));
        }
        work.facts.push(ShopEvent::ForkFound(fact));
        self.follow_up(work)
    }

    /// Documents that the shop's facts name and that are not held.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn documents_wanted(&self) -> Result<Vec<[u8; 32]>, StoreError> {
        shop_facts::wanted(&self.connection, self.identity.store, |log| self.live.author(log))
    }

    fn follow_up(&mut self, mut work: Work) -> Result<(), StoreError> {
        let identity = self.identity.clone();
        let done = self.in_transaction(|writer| writer.consequences(&mut work));
        if done.is_err() {
            self.identity = identity;
            return done;
        }
        self.shared.set_letters(self.identity.letters);
        self.shared.feed.publish(vec![Topic::Status], None);
        Ok(())
    }
}
