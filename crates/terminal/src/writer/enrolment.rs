//! A till that becomes one of head office: another tenant, a new log that says so, and what it was called before.

use docket_contracts::Topic;
use docket_domain::ids::{LogId, StoreId, TenantId};
use docket_domain::shop::{ForkFound, ShopEvent};
use docket_log::{OpenReason, PublicKey};

use super::identity::save_identity;
use super::import::Work;
use super::{Writer, shop_facts};
use crate::error::StoreError;
use crate::shared::Shop;
use crate::store::meta;

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

impl Writer {
    /// Whether this till has sold anything, or holds what another one sold.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn has_sold(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE stream_kind = 'order')";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Takes over tenant and store of head office, with a new log that names them. Done already, it does nothing.
    /// `founded_as` is the tenant that the store's founding till had made up.
    ///
    /// # Errors
    /// If the store fails; nothing changed then.
    pub(crate) fn enrol(
        &mut self,
        tenant: TenantId,
        store: StoreId,
        key: &PublicKey,
        founded_as: Option<TenantId>,
    ) -> Result<(), StoreError> {
        let before = self.identity.clone();
        let known = central_key(&self.connection)?;
        if (before.tenant, before.store) == (tenant, store) && known.as_ref() == Some(key) {
            return Ok(());
        }
        let joins = before.store != store;
        let done = self.in_transaction(|writer| {
            let mut former = if joins { Vec::new() } else { former_tenants(&writer.connection)? };
            let own = (!joins).then_some(before.tenant);
            for made_up in own.into_iter().chain(founded_as).filter(|made_up| *made_up != tenant) {
                if !former.contains(&made_up) {
                    former.push(made_up);
                }
            }
            let text = former.iter().map(TenantId::to_string).collect::<Vec<_>>().join(",");
            meta::set_folder(&writer.connection, FORMER, &text)?;
            meta::set_folder(&writer.connection, CENTRAL_KEY, &hex::encode(key.0))?;
            if joins {
                // The shop of its own, in which nothing was sold, gives way to the one that comes down.
                writer.connection.execute_batch(
                    "DELETE FROM folder WHERE name = 'shop'; DELETE FROM document_heads; DELETE FROM products; \
                     INSERT INTO products_text (products_text) VALUES ('delete-all'); DELETE FROM pin_verifiers;",
                )?;
            }
            writer.identity.tenant = tenant;
            writer.identity.store = store;
            save_identity(&writer.connection, &writer.identity)?;
            writer.begin_log(OpenReason::Enrolment, Vec::new())
        });
        if done.is_err() {
            self.identity = before;
            return done;
        }
        if joins {
            self.shared.set_shop(Shop { device: self.shared.shop().device.clone(), ..Shop::none() });
        }
        self.keep_spare();
        self.shared.feed.publish(vec![Topic::Status, Topic::Shop, Topic::Catalogue], None);
        Ok(())
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
