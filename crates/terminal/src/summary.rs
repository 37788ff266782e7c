//! What two stores are compared by: the digest of the read models and two counts that no device decides for itself.

use std::path::Path;

use docket_contracts::ApiError;

use crate::error::StoreError;
use crate::readmodel::{self, MAIN};
use crate::store::{self, former};

/// What a store holds of its orders. Equal sets of facts give equal summaries on every device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// SHA-256 over the read models, hex.
    pub digest: String,
    /// Orders in the read models.
    pub order_count: u64,
    /// Facts about orders, those of every history of a forked log among them, each once. A device's own openings and
    /// incidents are not counted: each start adds one.
    pub event_count: u64,
}

/// Sums a store up without changing it; `None` while it has no read models.
///
/// # Errors
/// If there is no store or it can't be read.
pub fn summary(data: &Path) -> Result<Option<Summary>, ApiError> {
    Ok(read(data)?)
}

fn read(data: &Path) -> Result<Option<Summary>, StoreError> {
    let connection = store::open_reader(data)?;
    // One snapshot, so that digest and counts belong together while the till goes on.
    connection.execute_batch("BEGIN")?;
    if readmodel::generation(&connection)? == 0 {
        return Ok(None);
    }
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    // What this till holds of stores that it was in before is no part of this one.
    let (mut former_orders, mut former_events) = (0, 0);
    let former = former::logs(&connection)?;
    if !former.is_empty() {
        former_orders = former::orders(&connection)?.len();
        let mut rows = connection.prepare("SELECT count(*) FROM events WHERE log_id = ?1 AND stream_kind = 'order'")?;
        for log in former.keys() {
            former_events += rows.query_row([&log.0[..]], |row| row.get::<_, i64>(0))?.unsigned_abs();
        }
    }
    Ok(Some(Summary {
        digest: readmodel::digest(&connection, MAIN)?,
        order_count: count("SELECT count(*) FROM orders")?.saturating_sub(u64::try_from(former_orders).unwrap_or(0)),
        event_count: count("SELECT count(*) FROM events WHERE stream_kind = 'order'")?
            + count(
                "SELECT count(DISTINCT f.hash) FROM forked_events f WHERE stream_kind = 'order' AND NOT EXISTS \
                 (SELECT 1 FROM events e WHERE e.log_id = f.log_id AND e.seq = f.seq AND e.hash = f.hash)",
            )?
            - former_events,
    }))
}
