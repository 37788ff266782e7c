//! U1 to U4, K2, S1, M1 and B1b: the screens in a browser and in the app's window, against the bare page of
//! `crates/bench/pages` in the same browser or in the smallest window.

use std::path::PathBuf;

use docket_terminal::{DemoPin, OpenOptions, Terminal};
use tokio::runtime::Runtime;

use crate::cli::Cli;
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile};
use crate::history::History;
use crate::measure::pressure::rounds;
use crate::measure::sampler::{Ask, Samples, sample};
use crate::report::{Must, Row};
use crate::rig::Rig;
use crate::rows::search;

/// The rows of the screens that need no long past.
pub const FRESH: [&str; 6] = ["U1", "U2", "U4", "K2", "M1", "B1b"];
/// Those over a long past.
pub const LONG: [&str; 3] = ["U3a", "U3b", "S1"];
/// A round takes up to a minute, and what is compared takes turns within it.
const ROUNDS: usize = 3;
/// Nodes that a page with a list may have.
const NODES: u64 = 2_000;
/// Bytes of script and style that a page may load, compressed.
const BUNDLE_BYTES: u64 = 150_000;
/// Orders that are sold before memory is read.
const ORDERS: usize = 5_000;

/// What the rows of one run share.
pub struct Screens<'a> {
    /// Where the tills run that the stores are made with.
    pub runtime: &'a Runtime,
    /// What was asked for.
    pub cli: &'a Cli,
    /// The stores.
    pub rig: &'a Rig,
}

/// One row: what is asked of the sampler, and how its samples are read.
struct Spec {
    id: &'static str,
    measure: &'static str,
    unit: &'static str,
    /// Samples of a round.
    samples: usize,
    /// Samples of a round that only shows that it works.
    smoke: usize,
    read: fn(&mut [u64]) -> Figure,
    limit: i64,
}

impl Screens<'_> {
    /// Those of [`FRESH`] that are wanted.
    pub fn rows(&self) -> Result<Vec<Row>, BenchError> {
        let mut rows = Vec::new();
        for spec in FRESH_SPECS.iter().filter(|spec| self.cli.wants(&[spec.id])) {
            rows.push(match spec.id {
                "B1b" => self.against(spec, &[self.rig.copy("screens")?], BUNDLE_BYTES)?,
                // Memory is read once: the sale of thousands of orders is what takes the time.
                "M1" => self.row(spec, &[self.rig.copy("screens")?], 1)?,
                "U1" => self.row(spec, &[self.rig.copy("screens")?, self.rig.copy("bare")?], ROUNDS)?,
                "U4" => self.row(spec, &[search::catalogue(self.runtime, self.rig, "searched")?], ROUNDS)?,
                _ => self.row(spec, &[self.rig.copy("screens")?], ROUNDS)?,
            });
        }
        Ok(rows)
    }

    /// Those of [`LONG`] that are wanted.
    pub fn with_a_past(&self, history: &History) -> Result<Vec<Row>, BenchError> {
        let folder = [history.folder.clone()];
        let wanted = LONG_SPECS.iter().filter(|spec| self.cli.wants(&[spec.id]));
        let rows = wanted.map(|spec| match spec.id {
            "U3b" => self.against(spec, &folder, NODES),
            _ => self.row(spec, &folder, ROUNDS),
        });
        rows.collect()
    }

    /// A row whose anchor takes turns with the till.
    fn row(&self, spec: &Spec, folders: &[PathBuf], most: usize) -> Result<Row, BenchError> {
        let asked = usize::try_from(self.cli.rounds).unwrap_or(most).min(most);
        let done = rounds(if self.cli.smoke { 1 } else { asked }, || {
            let mut samples = self.sample(spec, folders)?;
            Ok::<_, BenchError>(((spec.read)(&mut samples.ours), (spec.read)(&mut samples.anchor)))
        })?;
        let ratio = median(done.iter().map(|(ours, anchor)| ours.over(*anchor)));
        let (ours, anchor) = (median(done.iter().map(|pair| pair.0)), median(done.iter().map(|pair| pair.1)));
        Ok(self.judged(spec, ours, anchor, ratio))
    }

    /// A row whose anchor is a number.
    fn against(&self, spec: &Spec, folders: &[PathBuf], number: u64) -> Result<Row, BenchError> {
        let mut samples = self.sample(spec, folders)?;
        let (ours, anchor) = ((spec.read)(&mut samples.ours), (spec.read)(&mut [number]));
        Ok(self.judged(spec, ours, anchor, ours.over(anchor)))
    }

    fn judged(&self, spec: &Spec, ours: Figure, anchor: Figure, ratio: Figure) -> Row {
        let must = if self.cli.smoke { Must::Printed } else { Must::AtMostTimes(Figure(spec.limit)) };
        Row { id: spec.id, measure: spec.measure, ours, anchor, unit: spec.unit, ratio, must }
    }

    fn sample(&self, spec: &Spec, folders: &[PathBuf]) -> Result<Samples, BenchError> {
        let scratch =
            tempfile::tempdir_in(self.rig.folder()).map_err(BenchError::file("make a folder in", self.rig.folder()))?;
        let samples = if self.cli.smoke { spec.smoke } else { spec.samples };
        let pins = self.pins(&folders[0])?;
        sample(&Ask { row: spec.id, folders, samples, pins: &pins, scratch: scratch.path() })
    }

    /// Who may sign in at a till.
    fn pins(&self, folder: &std::path::Path) -> Result<Vec<DemoPin>, BenchError> {
        let options = OpenOptions { data: folder.join("data"), witness: Some(folder.join("witness")), demo: true };
        self.runtime.block_on(async {
            let terminal = Terminal::open(options).await.map_err(BenchError::refused("open"))?;
            let pins = terminal.demo_pins().to_vec();
            terminal.close().await;
            Ok(pins)
        })
    }
}

const FRESH_SPECS: [Spec; 6] = [
    Spec {
        id: "U1",
        measure: "main-thread work per tap on a product in Chromium, p99",
        unit: "ms",
        samples: 120,
        smoke: 12,
        read: p99_of_us,
        limit: 1_500,
    },
    Spec {
        id: "U2",
        measure: "tap on a product to painted in the app's window, p99",
        unit: "ms",
        samples: 120,
        smoke: 12,
        read: p99_of_us,
        limit: 1_150,
    },
    Spec {
        id: "U4",
        measure: "key in the search over 100,000 products to painted in the app's window, p99",
        unit: "ms",
        samples: 96,
        smoke: 12,
        read: p99_of_us,
        limit: 1_500,
    },
    Spec {
        id: "K2",
        measure: "tap on Send to the ticket painted in the kitchen's window beside it, p99",
        unit: "ms",
        samples: 60,
        smoke: 6,
        read: p99_of_us,
        limit: 2_000,
    },
    Spec {
        id: "M1",
        measure: "memory (PSS) of the app's processes, cashier's window, after 5,000 orders",
        unit: "MiB",
        samples: ORDERS,
        smoke: 50,
        read: median_of_kib,
        limit: 1_250,
    },
    Spec {
        id: "B1b",
        measure: "script and style that the page loads, compressed, against 150 kB",
        unit: "kB",
        samples: 1,
        smoke: 1,
        read: median_of_thousands,
        limit: 1_000,
    },
];

const LONG_SPECS: [Spec; 3] = [
    Spec {
        id: "U3a",
        measure: "tap on Orders to the first rows of 100,000 orders painted in Chromium, median",
        unit: "ms",
        samples: 20,
        smoke: 4,
        read: median_of_thousands,
        limit: 1_500,
    },
    Spec {
        id: "U3b",
        measure: "nodes in the page of that list, the most while it is scrolled, against 2,000",
        unit: "nodes",
        samples: 1,
        smoke: 1,
        read: median_of_ones,
        limit: 1_000,
    },
    Spec {
        id: "S1",
        measure: "start of the app to a sign-in page that takes a PIN, 1,000,000 events, median",
        unit: "ms",
        samples: 5,
        smoke: 2,
        read: median_of_thousands,
        limit: 1_250,
    },
];

/// Milliseconds at the 99th percentile of microseconds.
fn p99_of_us(samples: &mut [u64]) -> Figure {
    quantile(samples, 99)
}

/// Milliseconds of microseconds, or kB of bytes.
fn median_of_thousands(samples: &mut [u64]) -> Figure {
    median(samples.iter().map(|sample| Figure::part(*sample, 1_000)))
}

fn median_of_kib(samples: &mut [u64]) -> Figure {
    median(samples.iter().map(|sample| Figure::part(*sample, 1_024)))
}

fn median_of_ones(samples: &mut [u64]) -> Figure {
    median(samples.iter().map(|sample| Figure::part(*sample, 1)))
}
