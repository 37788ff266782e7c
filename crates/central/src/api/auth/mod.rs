//! The guard of both doors: who calls, and whether not too often. Head office is an OAuth 2 resource server: it makes no token
//! and keeps no password; it checks what the configured issuer signed (docs/adr/0020-authorization.md).

mod claims;
mod devices;
mod keys;
mod ring;
pub mod settings;
mod token;

pub use keys::{KeySetError, Keys};
pub use ring::{Ages, KeyRing, NoKey, ReadError};
pub use token::{TokenError, Verifier};

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use docket_domain::ids::TenantId;
use docket_domain::policy::api::ApiOperation;
use uuid::Uuid;

use super::audit::{Entry, Refusals};
use super::caller::{ApiRole, Caller, Stores};
use super::fault::{Fault, FaultCode};
use super::proxies::Proxies;
use super::rate::{Buckets, Who};
use super::watch::Door;
use crate::db::Database;
use crate::telemetry::{Metrics, Stop};
use devices::Devices;
use settings::{Rates, TokenSettings};

/// What decides who calls.
#[derive(Clone)]
pub enum Trust {
    /// Tokens of an issuer.
    Tokens(Box<TokenSettings>, Verifier),
    /// Nobody is asked for a token: `serve --dev`. Whoever calls is the admin of this tenant, and any user.
    Anybody(TenantId),
}

impl Trust {
    /// Trust in an issuer, whose keys are read now.
    ///
    /// # Errors
    /// [`ReadError`] of a file; an address is asked again later.
    pub async fn open(settings: &TokenSettings, metrics: Metrics) -> Result<Self, ReadError> {
        let keys = KeyRing::open(settings.keys.clone(), settings.algorithms.clone(), Ages::default(), metrics).await?;
        Ok(Trust::Tokens(Box::new(settings.clone()), Verifier::new(settings, keys)))
    }
}

/// Who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Who calls.
    pub caller: Caller,
    /// Until when its token is good, milliseconds of the Unix epoch; none where there was none.
    pub expires_ms: Option<i64>,
}

/// The guard. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Access {
    guard: Arc<Guard>,
    proxies: Proxies,
}

struct Guard {
    trust: Trust,
    rates: Rates,
    buckets: Buckets,
    devices: Devices,
    refusals: Refusals,
    metrics: Metrics,
}

impl Access {
    /// A guard on a pool with the role `docket_access`. It runs inside a tokio runtime, and looks after its tables until
    /// `stop` is asked.
    #[must_use]
    pub fn open(trust: Trust, rates: Rates, database: Database, metrics: Metrics, stop: &Stop) -> Self {
        let guard = Guard {
            trust,
            rates,
            buckets: Buckets::new(database.clone()),
            devices: Devices::new(database.clone()),
            refusals: Refusals::start(database.clone(), metrics.clone(), stop.clone()),
            metrics: metrics.clone(),
        };
        tokio::spawn(super::upkeep::run(database, metrics, stop.clone()));
        Access { guard: Arc::new(guard), proxies: Proxies::default() }
    }

    /// The same behind load balancers that are believed.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Access { proxies, ..self }
    }

    /// The load balancers that are believed.
    #[must_use]
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// Who calls, by the header `authorization`; one call of its address, its subject and its device is counted.
    ///
    /// # Errors
    /// As [`Access::admit`].
    pub async fn authenticate(&self, authorization: Option<&str>, peer: IpAddr, door: Door) -> Result<Caller, Fault> {
        Ok(self.admit(authorization, peer, door).await?.caller)
    }

    /// The same with the time until which the token is good.
    ///
    /// # Errors
    /// [`FaultCode::RateLimited`] with the time to wait, [`FaultCode::Unauthenticated`] with what is wrong with the token,
    /// [`FaultCode::Forbidden`] where it has no role, [`FaultCode::Busy`] where the issuer's keys can't be read.
    pub async fn admit(&self, authorization: Option<&str>, peer: IpAddr, door: Door) -> Result<Admitted, Fault> {
        let checked = self.check(authorization, peer).await;
        checked.inspect_err(|fault| self.guard.metrics.api().denied(door, fault.code))
    }

    /// Counts a call that needs no token: health, reflection, what documents the API.
    ///
    /// # Errors
    /// [`FaultCode::RateLimited`] with the time to wait.
    pub async fn count(&self, peer: IpAddr, door: Door) -> Result<(), Fault> {
        let counted = self.guard.buckets.take(Who::Address(peer), self.guard.rates.address).await;
        counted.inspect_err(|fault| self.guard.metrics.api().denied(door, fault.code))
    }

    async fn check(&self, authorization: Option<&str>, peer: IpAddr) -> Result<Admitted, Fault> {
        let guard = &*self.guard;
        guard.buckets.take(Who::Address(peer), guard.rates.address).await?;
        let (settings, verifier) = match &guard.trust {
            Trust::Anybody(tenant) => return Ok(Admitted { caller: anybody(*tenant), expires_ms: None }),
            Trust::Tokens(settings, verifier) => (settings, verifier),
        };
        let claims = verifier.verify(authorization).await?;
        let mut caller = claims::caller(settings, &claims)?;
        guard.buckets.take(Who::Subject(caller.tenant, &caller.subject), guard.rates.token).await?;
        if let Some(device) = caller.device {
            guard.buckets.take(Who::Device(caller.tenant, device), guard.rates.device).await?;
            let store = guard.devices.store(caller.tenant, device).await?;
            let unknown = || Fault::new(FaultCode::Unauthenticated, "the token's device is not known here");
            caller.stores = Stores::Only(BTreeSet::from([store.ok_or_else(unknown)?]));
        }
        Ok(Admitted { caller, expires_ms: claims::expires_ms(&claims) })
    }

    /// A call was refused after its caller was known: it goes into the audit log where it was for want of a right.
    pub fn refused(&self, caller: &Caller, operation: ApiOperation, object: Option<Uuid>, fault: &Fault) {
        if matches!(fault.code, FaultCode::Forbidden | FaultCode::NotFound) {
            self.guard.refusals.tell(Entry::new(caller, operation, object, fault.code.as_str()));
        }
    }

    /// Whether calls pass without a token.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.guard.trust, Trust::Anybody(_))
    }
}

fn anybody(tenant: TenantId) -> Caller {
    Caller {
        tenant,
        subject: "dev".to_owned(),
        role: ApiRole::Admin,
        stores: Stores::All,
        device: None,
        any_user: true,
    }
}
