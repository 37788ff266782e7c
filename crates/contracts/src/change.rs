//! The change feed: which read model changed, pushed to every window. It says that, not what: resources refetch.

use docket_domain::ids::OrderId;
use serde::{Deserialize, Serialize};

/// A read model that a screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The list of orders, and the order named in the change.
    Orders,
    /// The kitchen board.
    Kitchen,
    /// Exceptions for a person to close.
    Exceptions,
    /// Catalogue and products.
    Catalogue,
    /// Shop and staff.
    Shop,
    /// Store status: outbox, levels, incidents, progress of long work.
    Status,
}

/// Where a change stands in the feed of this start of the program: `<run>-<number>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(transparent)]
pub struct ChangePosition(pub String);

/// One message of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Read models changed.
    Changed {
        /// Where this stands; give it back to resume.
        position: ChangePosition,
        /// What changed.
        topics: Vec<Topic>,
        /// The order, if it was one.
        order_id: Option<OrderId>,
        /// Wall time of the commit, milliseconds since 1970-01-01 UTC.
        #[specta(type = specta_typescript::Number)]
        at_ms: i64,
    },
    /// The feed can't be resumed from the position given: fetch everything anew.
    Reset {
        /// Where the feed stands now.
        position: ChangePosition,
    },
    /// Nothing changed; the log was heard. Sent at least every second.
    Heartbeat {
        /// Wall time at the writer, milliseconds since 1970-01-01 UTC.
        #[specta(type = specta_typescript::Number)]
        at_ms: i64,
    },
}
