//! What head office writes itself: a log per store and process, signed by the tenant's key. Its rows take the way of all
//! rows through ingest, and go down to the tills of the store.

pub(crate) mod catalogue;
pub(crate) mod fresh;
mod log;
mod logs;
pub(crate) mod order;
mod publish;
mod revoke;
mod words;

pub(crate) use logs::Asked;
pub use logs::{Act, OwnLogs};
pub use order::{OrderDoorError, OrderFile, OrderLine, add_order};
pub use publish::{PublishError, publish_catalogue};
pub use revoke::{RevokeError, revoke_device};

use std::borrow::Cow;

use docket_domain::ids::{OrderId, StoreId};
use docket_domain::order::NewFact;
use docket_domain::shop::{STREAM_KIND, ShopEvent};
use docket_log::{GroupError, OpenError};
use uuid::Uuid;

use crate::clock::{NoRandomness, new_id};
use crate::ingest::IngestError;
use crate::tenants::TenantError;

/// The channel on which stores with new rows are named.
pub const CHANNEL: &str = "docket_down";

/// Why head office could not write a row.
#[derive(Debug, thiserror::Error)]
pub enum OwnLogError {
    /// The database failed, or the rows were not taken.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// Row 1 can't be written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A group can't be written.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The tenant's key is not to be had.
    #[error(transparent)]
    Key(#[from] TenantError),
    /// The store is not known, or is archived.
    #[error("store: {0} is not a live store of this tenant")]
    UnknownStore(StoreId),
    /// Ingest objects to what head office wrote.
    #[error("row {seq}: {rule}")]
    Refused {
        /// The row.
        seq: u64,
        /// Column and rule.
        rule: String,
    },
    /// The connection went while the rows were on their way, and the database can't be asked whether they are there.
    /// The same act may be done again, under the same ids.
    #[error("whether the rows are stored is not known")]
    Unclear(#[source] sqlx::Error),
}

impl OwnLogError {
    /// Whether the same may pass if it is done again at once: the transaction met another one.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            OwnLogError::Ingest(error) => error.is_passing(),
            OwnLogError::Sql(error) => crate::ingest::is_passing(error),
            _ => false,
        }
    }

    /// As an error of the database, where whoever asks knows no other.
    fn into_sql(self) -> sqlx::Error {
        match self {
            OwnLogError::Sql(error) => error,
            other => sqlx::Error::Protocol(other.to_string()),
        }
    }
}

/// What a fact of head office is before it has a place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The fact's id.
    pub event_id: Uuid,
    /// What kind of thing it is about, such as `order`.
    pub stream_kind: &'static str,
    /// Which one.
    pub stream_id: Uuid,
    /// What its author had seen of other logs ([`Act::seen`]); only the first fact of a stream in an act needs it.
    pub seen: Option<String>,
    /// Its type.
    pub event_type: Cow<'static, str>,
    /// The shape of its payload.
    pub schema_version: u16,
    /// JSON.
    pub payload: String,
}

impl Draft {
    /// A fact of a store.
    #[must_use]
    pub fn of_store(store: StoreId, event: &ShopEvent) -> Self {
        Draft {
            event_id: new_id(),
            stream_kind: STREAM_KIND,
            stream_id: store.0,
            seen: None,
            event_type: event.event_type().into(),
            schema_version: 1,
            payload: event.payload(),
        }
    }

    /// A fact of an order, as `decide` gave it.
    #[must_use]
    pub fn of_order(order: OrderId, fact: &NewFact, seen: Option<String>) -> Self {
        Draft {
            event_id: fact.id.0,
            stream_kind: "order",
            stream_id: order.0,
            seen,
            event_type: fact.event.event_type().into(),
            schema_version: fact.event.schema_version(),
            payload: fact.event.payload(),
        }
    }
}
