//! Stores that this till was in before it joined the one of now. Their logs stay here, and go to head office as an archive;
//! their orders are shown and printed, and nothing about them changes any more.

use std::collections::{HashMap, HashSet};

use docket_domain::ids::{LogId, OrderId, StoreId, TenantId};
use docket_log::LogOpened;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::meta;
use crate::error::StoreError;

const FORMER_STORES: &str = "former_stores";

/// A store that this till was in, as its people knew it when the till left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerStore {
    /// The store.
    pub(crate) store: StoreId,
    /// The tenant that its logs name.
    pub(crate) tenant: TenantId,
    /// What stands on its receipts.
    pub(crate) name: String,
    /// SHA-256 of its staff list, hex, for the names on its orders.
    #[serde(default)]
    pub(crate) staff: Option<String>,
}

/// Them all, the first one first.
///
/// # Errors
/// If the store fails, or what it says of them can't be read.
pub(crate) fn all(connection: &Connection) -> Result<Vec<FormerStore>, StoreError> {
    let Some(text) = meta::folder(connection, FORMER_STORES)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("folder.{FORMER_STORES}: {error}")))
}

/// Keeps one more.
///
/// # Errors
/// If the store fails.
pub(crate) fn add(connection: &Connection, former: FormerStore) -> Result<(), StoreError> {
    let mut known = all(connection)?;
    known.retain(|other| other.store != former.store);
    known.push(former);
    put(connection, &known)
}

fn put(connection: &Connection, former: &[FormerStore]) -> Result<(), StoreError> {
    let text = serde_json::to_string(former).expect("ids and names serialize");
    meta::set_folder(connection, FORMER_STORES, &text)
}

/// The logs of former stores that are held here.
///
/// # Errors
/// If the store fails.
pub(crate) fn logs(connection: &Connection) -> Result<HashMap<LogId, StoreId>, StoreError> {
    let former: HashSet<StoreId> = all(connection)?.into_iter().map(|former| former.store).collect();
    if former.is_empty() {
        return Ok(HashMap::new());
    }
    let stated = openings(connection)?.into_iter().map(|(log, opened)| (log, opened.store));
    Ok(stated.filter(|(_, store)| former.contains(store)).collect())
}

fn openings(connection: &Connection) -> Result<Vec<(LogId, LogOpened)>, StoreError> {
    // `CROSS` keeps the few logs outside: SQLite would rather read every event for its `seq`.
    let mut statement = connection.prepare(
        "SELECT l.log_id, e.payload FROM logs l CROSS JOIN events e ON e.log_id = l.log_id AND e.seq = 1 \
         ORDER BY l.log_no",
    )?;
    let rows = statement.query_map([], |row| Ok((LogId(row.get(0)?), row.get::<_, String>(1)?)))?;
    let mut openings = Vec::new();
    // A first row that can't be read says nothing of its store.
    for (log, payload) in rows.flatten() {
        openings.extend(serde_json::from_str(&payload).ok().map(|opened| (log, opened)));
    }
    Ok(openings)
}

/// Orders that were opened in former stores.
///
/// # Errors
/// If the store fails.
pub(crate) fn orders(connection: &Connection) -> Result<HashSet<OrderId>, StoreError> {
    let mut orders = HashSet::new();
    for log in logs(connection)?.into_keys() {
        for table in ["events", "forked_events"] {
            let sql = format!("SELECT stream_id FROM {table} WHERE log_id = ?1 AND event_type = 'order.opened'");
            let mut statement = connection.prepare_cached(&sql)?;
            let ids = statement.query_map([&log.0[..]], |row| row.get::<_, [u8; 16]>(0))?;
            for id in ids {
                orders.insert(OrderId(Uuid::from_bytes(id?)));
            }
        }
    }
    Ok(orders)
}

/// The log in which an order was opened, where that is one of `logs`.
///
/// # Errors
/// If the store fails.
pub(crate) fn opened_in(
    connection: &Connection,
    order: OrderId,
    logs: &HashMap<LogId, StoreId>,
) -> Result<Option<StoreId>, StoreError> {
    if logs.is_empty() {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(
        "SELECT log_id FROM events WHERE stream_id = ?1 AND event_type = 'order.opened' UNION \
         SELECT log_id FROM forked_events WHERE stream_id = ?1 AND event_type = 'order.opened'",
    )?;
    let found = statement.query_map([&order.0.as_bytes()[..]], |row| row.get::<_, [u8; 16]>(0))?;
    for log in found {
        if let Some(store) = logs.get(&LogId(log?)) {
            return Ok(Some(*store));
        }
    }
    Ok(None)
}

/// Finds them anew, for a store that was made of what could be read: own logs of another store than `now` name them.
///
/// # Errors
/// If the store fails.
pub(crate) fn find(connection: &Connection, now: StoreId) -> Result<(), StoreError> {
    let mut known = all(connection).unwrap_or_default();
    let before = known.len();
    for (_, opened) in openings(connection)? {
        if opened.store == now || known.iter().any(|former| former.store == opened.store) {
            continue;
        }
        let name = first_name(connection, opened.store)?;
        known.push(FormerStore { store: opened.store, tenant: opened.tenant, name, staff: None });
    }
    known.retain(|former| former.store != now);
    if known.len() == before { Ok(()) } else { put(connection, &known) }
}

fn first_name(connection: &Connection, store: StoreId) -> Result<String, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT payload FROM events WHERE stream_id = ?1 AND event_type = 'store.set_up'")?;
    let facts = statement.query_map([&store.0.as_bytes()[..]], |row| row.get::<_, String>(0))?;
    let read = |payload: String| serde_json::from_str::<docket_domain::shop::SetUp>(&payload).ok();
    Ok(facts.flatten().filter_map(read).map(|fact| fact.name).next().unwrap_or_default())
}
