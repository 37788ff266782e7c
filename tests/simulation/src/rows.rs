//! The rows of a store, read beside the till: the checks don't ask the till what it holds.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use docket_domain::ids::{DeviceId, EventId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::{DeviceClass, Fact, FactBody, Origin};
use docket_log::SeenVector;
use docket_terminal::data::DATABASE;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::failure::{Failure, broken};

/// Where a row stands. The hash tells the branches of a fork apart.
pub type Key = (LogId, u64, [u8; 32]);

/// A row, as far as the checks look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place.
    pub key: Key,
    /// The device that wrote its log.
    pub device: DeviceId,
    /// The fact.
    pub event_id: Uuid,
    /// The order, or what else it is about.
    pub stream_id: Uuid,
    /// What its author had seen.
    pub seen: Vec<(LogId, u64)>,
    /// Its type.
    pub event_type: String,
    /// The shape of its payload.
    pub schema_version: u16,
    /// Its payload.
    pub payload: String,
    /// The command that it came of.
    pub command_id: Uuid,
    /// Hybrid clock.
    pub clock: u64,
    /// Wall time in milliseconds.
    pub wall_time_ms: i64,
    /// yyyymmdd.
    pub business_day: i32,
}

/// Rows by their place.
pub type Rows = BTreeMap<Key, Stored>;

/// Opens a store beside its till, for reading.
pub fn open(data: &Path) -> Result<Connection, Failure> {
    Ok(Connection::open_with_flags(data.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

/// Every row of a store.
pub fn read(connection: &Connection) -> Result<Rows, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT e.log_id, e.seq, e.hash, l.device_id, e.event_id, e.stream_id, e.seen, e.event_type, e.schema_version, \
         e.payload, e.correlation_id, e.clock, e.wall_time_ms, e.business_day \
         FROM events e JOIN logs l ON l.log_id = e.log_id",
    )?;
    let mut rows = Rows::new();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let seen: Option<String> = row.get(6)?;
        let seen = seen.map(|text| SeenVector::parse(&text)).transpose();
        let seen = seen.map_err(|error| broken("S4", format!("a stored row's seen can't be read: {error}")))?;
        let key = (LogId(row.get(0)?), unsigned(row, 1)?, row.get(2)?);
        let stored = Stored {
            key,
            device: DeviceId(Uuid::from_bytes(row.get(3)?)),
            event_id: Uuid::from_bytes(row.get(4)?),
            stream_id: Uuid::from_bytes(row.get(5)?),
            seen: seen.unwrap_or_default().0.into_iter().collect(),
            event_type: row.get(7)?,
            schema_version: row.get(8)?,
            payload: row.get(9)?,
            command_id: Uuid::from_bytes(row.get(10)?),
            clock: unsigned(row, 11)?,
            wall_time_ms: row.get(12)?,
            business_day: row.get(13)?,
        };
        rows.insert(key, stored);
    }
    Ok(rows)
}

fn unsigned(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

/// The facts of each order.
pub fn orders(rows: &Rows) -> BTreeMap<Uuid, Vec<&Stored>> {
    let mut orders: BTreeMap<Uuid, Vec<&Stored>> = BTreeMap::new();
    for row in rows.values().filter(|row| row.event_type.starts_with("order.")) {
        orders.entry(row.stream_id).or_default().push(row);
    }
    orders
}

impl Stored {
    /// The fact that it is. Every device of the simulation is a till.
    pub fn fact(&self) -> Fact {
        let body = OrderEvent::decode(&self.event_type, self.schema_version, &self.payload)
            .map_or_else(|_| FactBody::Unknown { event_type: self.event_type.clone() }, FactBody::Known);
        Fact {
            id: EventId(self.event_id),
            origin: Origin { log: self.key.0, seq: self.key.1, device: self.device, class: DeviceClass::Till },
            seen: self.seen.clone(),
            clock: self.clock,
            hash: self.key.2,
            wall_time_ms: self.wall_time_ms,
            business_day: self.business_day,
            body,
        }
    }

    /// Its payload as JSON.
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        serde_json::from_str(&self.payload)
            .map_err(|_| broken("S4", format!("{} has no JSON payload", self.event_type)))
    }
}

/// Who had seen what, worked out from the rows alone.
pub struct Sight<'r> {
    seen: HashMap<(LogId, LogId), Vec<(u64, u64)>>,
    rows: Vec<&'r Stored>,
}

impl<'r> Sight<'r> {
    /// Of the facts of one order.
    pub fn of(rows: &[&'r Stored]) -> Self {
        let mut seen: HashMap<(LogId, LogId), Vec<(u64, u64)>> = HashMap::new();
        for row in rows {
            for (of, up_to) in &row.seen {
                seen.entry((row.key.0, *of)).or_default().push((row.key.1, *up_to));
            }
        }
        Sight { seen, rows: rows.to_vec() }
    }

    /// The facts of this type.
    pub fn of_type<'a>(&'a self, event_type: &'a str) -> impl Iterator<Item = &'r Stored> + 'a {
        self.rows.iter().copied().filter(move |row| row.event_type == event_type)
    }

    fn saw(&self, x: &Stored, y: &Stored) -> bool {
        if x.key.0 == y.key.0 {
            return y.key.1 < x.key.1;
        }
        let told = self.seen.get(&(x.key.0, y.key.0));
        told.is_some_and(|told| told.iter().any(|(at, up_to)| *at <= x.key.1 && *up_to >= y.key.1))
    }

    /// Whether neither author knew the other's fact.
    pub fn concurrent(&self, x: &Stored, y: &Stored) -> bool {
        x.key != y.key && !self.saw(x, y) && !self.saw(y, x)
    }
}
