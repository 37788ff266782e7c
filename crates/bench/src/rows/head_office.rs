//! The rows of head office. All of them run on one server of their own, each on a fresh database of it.

use std::sync::Arc;

use docket_testkit::postgres::Postgres;
use tokio::runtime::Runtime;

use crate::cli::Cli;
use crate::error::BenchError;
use crate::history::History;
use crate::office::events::Sold;
use crate::office::{self, Office};
use crate::report::Row;
use crate::rig::Rig;
use crate::rows::{catch_up, crowd, ingest, relay, tap};

/// The ids of these rows.
pub const IDS: [&str; 9] = ["G1", "G2", "G3", "Y1", "Y2", "Y3", "K3", "D2", "M3"];
/// Events of the past that devices without a till sell again and again.
const SOLD_EVENTS: u64 = 10_000;

/// What these rows share.
pub struct Ground<'a> {
    pub runtime: &'a Runtime,
    pub cli: &'a Cli,
    pub rig: &'a Rig,
    pub server: Postgres,
    pub rounds: usize,
}

impl Ground<'_> {
    /// Head office on a fresh database.
    pub fn office(&self, brokers: Option<String>) -> Result<Office, BenchError> {
        Office::open(&self.server, self.rig.folder(), brokers)
    }

    /// Head office as on another machine: it shares no disk with the till. The server goes with the value.
    pub fn office_elsewhere(&self) -> Result<(Postgres, Office), BenchError> {
        let server = office::server_elsewhere(&self.cli.dir)?;
        let office = Office::open(&server, self.rig.folder(), None)?;
        Ok((server, office))
    }

    /// So many events, or a twentieth where it only has to be shown that they can be measured.
    pub fn events(&self, events: u64) -> u64 {
        if self.cli.smoke { events / 20 } else { events }
    }

    /// What devices without a till send.
    fn sold(&self) -> Result<Arc<Sold>, BenchError> {
        let till = self.rig.folder().join("sold-once");
        if !till.exists() {
            History::of_events(self.runtime, &till, SOLD_EVENTS)?;
        }
        Sold::read(&till)
    }
}

/// Measures those that are wanted.
pub fn rows(runtime: &Runtime, cli: &Cli, rig: &Rig, rounds: usize) -> Result<Vec<Row>, BenchError> {
    let rounds = if cli.smoke { 1 } else { rounds };
    let ground = Ground { runtime, cli, rig, server: office::server(&cli.dir)?, rounds };
    let mut rows = Vec::new();
    if cli.wants(&["G1", "G2"]) {
        rows.extend(ingest::rows(&ground, &ground.sold()?)?);
    }
    if cli.wants(&["G3", "D2"]) {
        rows.extend(relay::rows(&ground, &ground.sold()?)?);
    }
    if cli.wants(&["M3"]) {
        rows.push(crowd::row(&ground, &ground.sold()?)?);
    }
    if cli.wants(&["K3"]) {
        rows.push(tap::row(&ground)?);
    }
    if cli.wants(&["Y1", "Y2", "Y3"]) {
        rows.extend(catch_up::rows(&ground)?);
    }
    if cli.smoke {
        rows.iter_mut().for_each(|row| row.must = crate::report::Must::Printed);
    }
    Ok(rows)
}
