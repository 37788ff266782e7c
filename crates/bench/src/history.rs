//! Stores with a past of a known size. They are made by `play --bulk`, once for all rows of a run.

use std::path::{Path, PathBuf};

use docket_terminal::{OpenOptions, Terminal, play};
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Runtime;

use crate::error::BenchError;
use crate::rig;

/// Orders that give at least [`MANY_EVENTS`].
const MANY_ORDERS: u64 = 104_000;
/// Events that the long past must have.
pub const MANY_EVENTS: u64 = 1_000_000;
/// Orders that give about a thousand events.
const FEW_ORDERS: u64 = 104;
/// Past orders of the small side of row Q2.
const THOUSAND_ORDERS: u64 = 1_000;
const SEED: u64 = 7;

/// A till's folder with a past.
#[derive(Debug, Clone)]
pub struct History {
    /// The folder, as [`rig::open`] takes it.
    pub folder: PathBuf,
    /// Events of the past.
    pub events: u64,
}

impl History {
    /// A million events and a hundred thousand past orders.
    pub fn long(runtime: &Runtime, dir: &Path) -> Result<Self, BenchError> {
        let history = Self::play(runtime, &dir.join("long"), MANY_ORDERS)?;
        if history.events < MANY_EVENTS {
            let rule = format!("{MANY_ORDERS} orders gave only {} events", history.events);
            return Err(BenchError::NotComparable(rule));
        }
        Ok(history)
    }

    /// About a thousand events.
    pub fn short(runtime: &Runtime, dir: &Path) -> Result<Self, BenchError> {
        Self::play(runtime, &dir.join("short"), FEW_ORDERS)
    }

    /// A thousand past orders.
    pub fn thousand_orders(runtime: &Runtime, dir: &Path) -> Result<Self, BenchError> {
        Self::play(runtime, &dir.join("thousand"), THOUSAND_ORDERS)
    }

    /// At least so many events, and hardly more.
    pub fn of_events(runtime: &Runtime, folder: &Path, events: u64) -> Result<Self, BenchError> {
        // An order of the script gives 9.78 events on average.
        let history = Self::play(runtime, folder, events / 9 + 1)?;
        if history.events < events {
            let rule = format!("{events} events were wanted and {} were sold", history.events);
            return Err(BenchError::NotComparable(rule));
        }
        Ok(history)
    }

    fn play(runtime: &Runtime, folder: &Path, orders: u64) -> Result<Self, BenchError> {
        let options = OpenOptions { data: folder.join("data"), witness: Some(folder.join("witness")), demo: true };
        runtime.block_on(async {
            let terminal = Terminal::open(options).await.map_err(BenchError::refused("open"))?;
            let played = play::play_in_bulk(&terminal, orders, SEED, |_| {}).await;
            terminal.close().await;
            played.map_err(BenchError::refused("play"))
        })?;
        let connection = Connection::open_with_flags(rig::database(folder), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let events: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
        Ok(Self { folder: folder.to_owned(), events: events.unsigned_abs() })
    }
}
