//! What the writer's thread and the queries share: the shop in effect, the feed, sessions and the store's health.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use docket_contracts::Topic;
use docket_contracts::view::{EndedWorkView, ProgressView, VerifiedView};
use docket_domain::catalog::Catalogue;
use docket_domain::ids::{LogId, PersonId};
use docket_domain::shop::{SetUp, ShopDetails};
use docket_domain::staff::StaffList;
use docket_log::Head;
use serde::{Deserialize, Serialize};

use crate::download::Download;
use crate::feed::Feed;
use crate::store::histories::Histories;
use crate::uplink::HeadOfficeState;
use crate::work::Works;

/// The shop as the last committed facts say.
#[derive(Clone)]
pub struct Shop {
    /// None on first start. Its name and currency are those that hold now.
    pub set_up: Option<SetUp>,
    /// Who works here.
    pub staff: Arc<StaffList>,
    /// What is sold.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Version of the catalogue in effect.
    pub catalogue_version: u32,
    /// Version of the staff list in effect.
    pub staff_version: u32,
    /// Version of the name and currency in effect; 0 where they are those of the first day.
    pub details_version: u32,
    /// Names by id, for views.
    pub names: Arc<HashMap<PersonId, String>>,
    /// Names of those who worked in stores that this till was in before, for their orders.
    pub former_names: Arc<HashMap<PersonId, String>>,
    /// What belongs to this device alone.
    pub device: Device,
}

/// What people chose for this device. It is in no log: another device has its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// What they call it.
    pub name: Option<String>,
    /// Minutes without a touch after which its windows lock; 0 means never.
    pub lock_after_minutes: u32,
}

impl Shop {
    /// Before first start.
    #[must_use]
    pub fn none() -> Self {
        Shop {
            set_up: None,
            staff: Arc::new(StaffList { version: 0, people: Vec::new() }),
            catalogue: None,
            catalogue_version: 0,
            staff_version: 0,
            details_version: 0,
            names: Arc::default(),
            former_names: Arc::default(),
            device: Device::default(),
        }
    }

    /// The zone of the store, UTC until there is one.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.set_up.as_ref().and_then(|shop| shop.time_zone.parse().ok()).unwrap_or(chrono_tz::UTC)
    }

    /// Puts a name and a currency into effect.
    pub fn set_details(&mut self, details: ShopDetails, version: u32) {
        if let Some(set_up) = &mut self.set_up {
            (set_up.name, set_up.currency) = (details.name, details.currency);
        }
        self.details_version = version;
    }

    /// Puts a staff list into effect.
    pub fn set_staff(&mut self, staff: StaffList, version: u32) {
        let people = staff.people.iter().map(|person| (person.id, person.name.clone()));
        self.names = Arc::new(self.former_names.iter().map(|(id, name)| (*id, name.clone())).chain(people).collect());
        self.staff = Arc::new(staff);
        self.staff_version = version;
    }
}

/// The store's health as it stands.
#[derive(Clone)]
pub struct Health {
    /// The open log.
    pub log: LogId,
    /// Its tail.
    pub head: Head,
    /// Events stored here.
    pub events: i64,
    /// Own events below level C.
    pub outbox: i64,
    /// Whether writing has been given up.
    pub read_only: bool,
    /// Long work under way.
    pub progress: Option<ProgressView>,
    /// The long work that ended last.
    pub ended: Option<EndedWorkView>,
    /// The export that waits to be fetched.
    pub download: Option<Download>,
    /// The last verification, if there was one.
    pub last_verify: Option<LastVerify>,
}

/// What the last verification came to.
#[derive(Debug, Clone)]
pub struct LastVerify {
    /// Its result in words.
    pub text: String,
    /// The same in figures; none where it did not come to an end.
    pub found: Option<VerifiedView>,
    /// When it ended, in milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
}

/// Shared between threads; every lock is held for a copy only.
pub struct Shared {
    /// Where changes are told.
    pub feed: Feed,
    shop: RwLock<Arc<Shop>>,
    health: Mutex<Health>,
    letters: AtomicU32,
    histories: RwLock<Arc<Histories>>,
    run: AtomicU64,
    /// When the file was replaced by a salvaged one, and how often.
    replaced: Mutex<(u64, Option<Instant>)>,
    pub(crate) works: Works,
    /// Tells the uplink that something was stored. It may have slept through several words.
    pub(crate) appended: tokio::sync::Notify,
    /// Whether rows of other logs than the open one came in since the uplink looked.
    others: AtomicBool,
    head_office: RwLock<Arc<HeadOfficeState>>,
}

impl Shared {
    /// As the store stands at start.
    #[must_use]
    pub fn new(feed: Feed, shop: Shop, health: Health) -> Self {
        Shared {
            feed,
            shop: RwLock::new(Arc::new(shop)),
            health: Mutex::new(health),
            letters: AtomicU32::new(0),
            histories: RwLock::default(),
            run: AtomicU64::new(0),
            replaced: Mutex::default(),
            works: Works::default(),
            appended: tokio::sync::Notify::new(),
            others: AtomicBool::new(false),
            head_office: RwLock::default(),
        }
    }

    /// The shop in effect.
    #[must_use]
    pub fn shop(&self) -> Arc<Shop> {
        self.shop.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_shop(&self, shop: Shop) {
        *self.shop.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shop);
    }

    /// The store's health.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The run that writes now, if it is not the one of the start: a salvage opens another.
    pub(crate) fn run(&self) -> u64 {
        self.run.load(Ordering::Relaxed)
    }

    /// The store goes on in another file, as another run.
    #[allow(clippy::disallowed_methods, reason = "the pool says how old a connection is by this stopwatch")]
    pub(crate) fn replaced(&self, run: u64, letters: u32, shop: Shop, health: Health) {
        self.set_shop(shop);
        // Work goes on over it, and how it ended stays to be read.
        self.change_health(|old| {
            let (progress, ended, download) = (old.progress.take(), old.ended.take(), old.download.take());
            *old = Health { progress, ended, download, ..health };
        });
        self.run.fetch_max(run, Ordering::Relaxed);
        self.set_letters(letters);
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        *replaced = (replaced.0 + 1, Some(Instant::now()));
    }

    /// How often the file was replaced since the start.
    pub(crate) fn replacements(&self) -> u64 {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether a connection of this age reads the file that is there now.
    #[allow(clippy::disallowed_methods, reason = "the pool says how old a connection is by this stopwatch")]
    pub(crate) fn is_younger_than_file(&self, age: Duration) -> bool {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).1.is_none_or(|at| age < at.elapsed())
    }

    pub(crate) fn change_health(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn committed(&self, log: LogId, head: Head, rows: i64) {
        self.change_health(|health| {
            health.log = log;
            health.head = head;
            health.events += rows;
            health.outbox += rows;
        });
        self.appended.notify_one();
    }

    /// What an import stored: rows of other devices' logs, and own rows that a peer gave back.
    pub(crate) fn imported(&self, events: i64, outbox: i64) {
        self.change_health(|health| {
            health.events += events;
            health.outbox += outbox;
        });
        self.others.store(true, Ordering::Release);
        self.appended.notify_one();
    }

    /// Whether rows of other logs came in since this was asked last.
    pub(crate) fn took_in_others(&self) -> bool {
        self.others.swap(false, Ordering::AcqRel)
    }

    /// How it stands between this till and head office.
    pub(crate) fn head_office(&self) -> Arc<HeadOfficeState> {
        self.head_office.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_head_office(&self, state: HeadOfficeState) {
        *self.head_office.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        self.feed.publish(vec![Topic::Status], None);
    }

    /// Forks and letters, for whoever folds an order.
    pub(crate) fn histories(&self) -> Arc<Histories> {
        self.histories.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_histories(&self, histories: Arc<Histories>) {
        *self.histories.write().unwrap_or_else(PoisonError::into_inner) = histories;
    }

    /// Letters that this run has used up beyond those of its start, for the witness.
    pub(crate) fn letters(&self) -> u32 {
        self.letters.load(Ordering::Relaxed)
    }

    pub(crate) fn set_letters(&self, letters: u32) {
        self.letters.fetch_max(letters, Ordering::Relaxed);
    }

    pub(crate) fn set_read_only(&self, read_only: bool) {
        self.change_health(|health| health.read_only = read_only);
        self.feed.publish(vec![Topic::Status], None);
    }

    pub(crate) fn set_last_verify(&self, last: LastVerify) {
        self.change_health(|health| health.last_verify = Some(last));
        self.feed.publish(vec![Topic::Status, Topic::Shop], None);
    }
}
