//! How often somebody may call: token buckets in PostgreSQL, shared by all processes. A process takes some calls at a time out
//! of a shared bucket (a lease) and spends them without asking; what is refused is remembered until it may pass. So a call
//! that passes seldom asks the database, and where calls come in a row it does not wait for it either: a lease of eight calls
//! or more is followed by the next one before it is spent. One that is refused never asks twice.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use docket_domain::ids::{DeviceId, TenantId};
use sha2::{Digest, Sha256};
use sqlx::Row as _;

use super::auth::settings::Rate;
use super::fault::{Fault, FaultCode};
use super::limits::{BUCKET_IDLE_MS, BUCKETS_MAX, LEASE_MAX, LEASE_MS, LEASE_WAIT_MS};
use crate::clock::moment;
use crate::db::Database;

/// Whose calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// An address; of IPv6 the network of 64 bits, which one host has to itself.
    Address(IpAddr),
    /// A token's subject, whichever of its tokens it shows.
    Subject(TenantId, &'a str),
    /// A device.
    Device(TenantId, DeviceId),
}

type BucketId = [u8; 16];

impl Who<'_> {
    fn id(&self) -> BucketId {
        let hash = Sha256::new();
        let hash = match self {
            Who::Address(IpAddr::V4(ip)) => hash.chain_update(b"address").chain_update(ip.octets()),
            Who::Address(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
                Some(ip) => hash.chain_update(b"address").chain_update(ip.octets()),
                None => hash.chain_update(b"network").chain_update(&ip.octets()[..8]),
            },
            Who::Subject(tenant, subject) => {
                hash.chain_update(b"subject").chain_update(tenant.0.as_bytes()).chain_update(subject)
            }
            Who::Device(tenant, device) => {
                hash.chain_update(b"device").chain_update(tenant.0.as_bytes()).chain_update(device.0.as_bytes())
            }
        }
        .finalize();
        std::array::from_fn(|place| hash[place])
    }

    fn name(&self) -> &'static str {
        match self {
            Who::Address(_) => "address",
            Who::Subject(..) => "token",
            Who::Device(..) => "device",
        }
    }
}

/// What this process has of a shared bucket.
#[derive(Debug)]
struct Local {
    left: u32,
    good_until: Instant,
    /// Until then there is none, as the shared bucket said.
    dry_until: Instant,
}

#[derive(Debug)]
struct Bucket {
    local: Mutex<Local>,
    asking: Arc<tokio::sync::Mutex<()>>,
}

impl Bucket {
    fn new(now: Instant) -> Self {
        Bucket { local: Mutex::new(Local { left: 0, good_until: now, dry_until: now }), asking: Default::default() }
    }

    fn local(&self) -> MutexGuard<'_, Local> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `Some(Ok)`: passes. `Some(Err)`: the time to wait. None: the shared bucket has to be asked.
    fn spend(&self, now: Instant) -> Option<Result<(), Duration>> {
        let mut local = self.local();
        if local.left > 0 && now < local.good_until {
            local.left -= 1;
            return Some(Ok(()));
        }
        (now < local.dry_until).then(|| Err(local.dry_until.saturating_duration_since(now)))
    }

    fn fill(&self, lease: Lease, now: Instant) {
        let mut local = self.local();
        *local = Local { left: lease.granted, good_until: now + lease.good_for, dry_until: now + lease.dry_for };
    }

    /// Whether a lease of so many calls is nearly spent.
    fn is_low(&self, wanted: u32) -> bool {
        let left = self.local().left;
        0 < left && left < wanted / 4
    }

    /// Puts a further lease to what is left. One that grants nothing changes nothing: who comes when the last call is spent is told.
    fn top_up(&self, lease: Lease, now: Instant) {
        let mut local = self.local();
        if lease.granted > 0 {
            local.left = local.left.saturating_add(lease.granted);
            local.good_until = now + lease.good_for;
        }
    }
}

/// What the shared bucket gave.
#[derive(Debug, Clone, Copy)]
struct Lease {
    granted: u32,
    good_for: Duration,
    dry_for: Duration,
}

/// Buckets in two generations: what is used moves to the young one, what was not used for a generation is dropped. So their
/// number is bounded, whoever calls.
#[derive(Debug)]
struct Held {
    young: HashMap<BucketId, Arc<Bucket>>,
    old: HashMap<BucketId, Arc<Bucket>>,
    turned: Instant,
}

impl Held {
    fn new(now: Instant) -> Self {
        Held { young: HashMap::new(), old: HashMap::new(), turned: now }
    }

    fn bucket(&mut self, id: BucketId, now: Instant) -> Arc<Bucket> {
        let idle = now.saturating_duration_since(self.turned) > Duration::from_millis(BUCKET_IDLE_MS);
        if let Some(bucket) = self.young.get(&id)
            && !idle
        {
            return bucket.clone();
        }
        if idle || self.young.len() >= BUCKETS_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
        let bucket = self.old.remove(&id).unwrap_or_else(|| Arc::new(Bucket::new(now)));
        self.young.insert(id, bucket.clone());
        bucket
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

/// The rate limits of this process. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Buckets {
    database: Database,
    held: Arc<Mutex<Held>>,
}

impl Buckets {
    /// On a pool with the role `docket_access`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Buckets { database, held: Arc::new(Mutex::new(Held::new(moment()))) }
    }

    /// Counts one call.
    ///
    /// # Errors
    /// [`FaultCode::RateLimited`] with the time after which one may pass again.
    pub async fn take(&self, who: Who<'_>, rate: Rate) -> Result<(), Fault> {
        let id = who.id();
        let bucket = self.bucket(id);
        if let Some(said) = bucket.spend(moment()) {
            self.ask_ahead(id, rate, &bucket);
            return said.map_err(|wait| limited(&who, wait));
        }
        let _asking = bucket.asking.lock().await;
        loop {
            // Who waited finds what the one before was given.
            if let Some(said) = bucket.spend(moment()) {
                return said.map_err(|wait| limited(&who, wait));
            }
            let lease = self.lease(id, rate).await;
            bucket.fill(lease, moment());
        }
    }

    /// Has the next lease taken while callers spend what is left of this one.
    fn ask_ahead(&self, id: BucketId, rate: Rate, bucket: &Arc<Bucket>) {
        if !bucket.is_low(wanted(rate)) {
            return;
        }
        // Whoever has the lock asks already.
        let Ok(asking) = bucket.asking.clone().try_lock_owned() else { return };
        let (buckets, bucket) = (self.clone(), bucket.clone());
        tokio::spawn(async move {
            bucket.top_up(buckets.lease(id, rate).await, moment());
            drop(asking);
        });
    }

    fn bucket(&self, id: BucketId) -> Arc<Bucket> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).bucket(id, moment())
    }

    /// Takes some calls out of the shared bucket. Where it can't be asked, this process lets the rate pass by itself for a
    /// second: who can't reach the database serves little anyway.
    async fn lease(&self, id: BucketId, rate: Rate) -> Lease {
        let asked = sqlx::query("SELECT granted, wait_ms FROM api.lease($1, $2, $3, $4)")
            .bind(&id[..])
            .bind(i32::try_from(rate.a_second).unwrap_or(i32::MAX))
            .bind(i32::try_from(rate.burst).unwrap_or(i32::MAX))
            .bind(i32::try_from(wanted(rate)).unwrap_or(i32::MAX))
            .fetch_one(self.database.pool());
        let second = Duration::from_secs(1);
        let alone = Lease { granted: rate.a_second, good_for: second, dry_for: second };
        let row = match tokio::time::timeout(Duration::from_millis(LEASE_WAIT_MS), asked).await {
            Ok(Ok(row)) => row,
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the shared rate limits can't be asked");
                return alone;
            }
            Err(_) => {
                tracing::warn!("the shared rate limits give no answer");
                return alone;
            }
        };
        let whole = |name| row.try_get::<i32, _>(name).ok().and_then(|number| u32::try_from(number).ok());
        let granted = whole("granted").unwrap_or(0);
        let wait = whole("wait_ms").unwrap_or(0).max(1);
        let dry_for = if granted > 0 { Duration::ZERO } else { Duration::from_millis(u64::from(wait)) };
        Lease { granted, good_for: Duration::from_millis(LEASE_MS), dry_for }
    }
}

/// Calls that a process takes out of a shared bucket at a time.
fn wanted(rate: Rate) -> u32 {
    (rate.burst / 8).clamp(1, LEASE_MAX)
}

fn limited(who: &Who<'_>, wait: Duration) -> Fault {
    let detail = format!("too many calls by this {}", who.name());
    Fault::new(FaultCode::RateLimited, detail).retry_after(wait.max(Duration::from_millis(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_spent_and_what_is_dry_says_for_how_long() {
        let now = moment();
        let ms = Duration::from_millis;
        let bucket = Bucket::new(now);
        assert_eq!(bucket.spend(now), None, "nothing was leased yet");
        bucket.fill(Lease { granted: 2, good_for: ms(100), dry_for: ms(0) }, now);
        assert_eq!(bucket.spend(now), Some(Ok(())));
        assert_eq!(bucket.spend(now + ms(100)), None, "what was not used is gone");
        assert_eq!(bucket.spend(now), Some(Ok(())));
        assert_eq!(bucket.spend(now), None, "it is spent");
        bucket.fill(Lease { granted: 0, good_for: ms(100), dry_for: ms(40) }, now);
        assert_eq!(bucket.spend(now + ms(10)), Some(Err(ms(30))));
        assert_eq!(bucket.spend(now + ms(40)), None, "it may be asked again");
    }

    #[test]
    fn a_lease_that_is_nearly_spent_is_topped_up_and_one_that_grants_nothing_takes_nothing() {
        let (now, ms) = (moment(), Duration::from_millis);
        let bucket = Bucket::new(now);
        assert!(!bucket.is_low(8), "nothing was leased yet: who comes asks himself");
        bucket.fill(Lease { granted: 3, good_for: ms(100), dry_for: ms(0) }, now);
        assert!(!bucket.is_low(8));
        for _ in 0..2 {
            assert_eq!(bucket.spend(now), Some(Ok(())));
        }
        assert!(bucket.is_low(8));
        bucket.top_up(Lease { granted: 0, good_for: ms(100), dry_for: ms(40) }, now);
        assert!(bucket.is_low(8));
        bucket.top_up(Lease { granted: 2, good_for: ms(200), dry_for: ms(0) }, now);
        for _ in 0..3 {
            assert_eq!(bucket.spend(now + ms(150)), Some(Ok(())));
        }
        assert_eq!(bucket.spend(now + ms(150)), None, "it is spent");
    }

    #[test]
    fn the_number_of_buckets_is_bounded_and_those_in_use_stay() {
        let now = moment();
        let mut held = Held::new(now);
        let id = |number: u128| number.to_be_bytes();
        let used = held.bucket(id(0), now);
        for number in 1..100_000 {
            held.bucket(id(number), now);
            assert!(Arc::ptr_eq(&used, &held.bucket(id(0), now)), "one that is used is kept");
            assert!(held.count() <= BUCKETS_MAX);
        }
        let later = now + Duration::from_millis(BUCKET_IDLE_MS + 1);
        held.bucket(id(0), later);
        held.bucket(id(1), later + Duration::from_millis(BUCKET_IDLE_MS + 1));
        assert!(held.count() <= 2, "what nobody asks is dropped");
    }

    #[test]
    fn whoever_shares_nothing_has_a_bucket_of_its_own() {
        let ip = |text: &str| Who::Address(text.parse().unwrap()).id();
        assert_ne!(ip("192.0.2.1"), ip("192.0.2.2"));
        assert_eq!(ip("192.0.2.1"), ip("::ffff:192.0.2.1"), "the same host over another socket");
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::ffff:1"), "one network");
        assert_ne!(ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        let tenant = |number| TenantId(uuid::Uuid::from_u128(number));
        assert_ne!(Who::Subject(tenant(1), "a").id(), Who::Subject(tenant(2), "a").id());
    }
}
