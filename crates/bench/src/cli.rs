//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures till and head office against their anchors. Exit code 1 if a row doesn't hold.
#[derive(Debug, Parser)]
pub struct Cli {
    /// Only these rows, such as C1,C2.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub only: Vec<String>,
    /// Print a JSON array instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Rounds whose median counts.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub rounds: u32,
    /// Where the stores lie while they are measured. It should be on the disk that matters.
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    pub dir: PathBuf,
    /// Events that wait at the till whose catch-up is measured.
    #[arg(long, default_value_t = 500_000, value_name = "EVENTS")]
    pub waiting: u64,
    /// For the rows of screens and head office: small pasts, few samples, nothing judged. It shows that they can be measured.
    #[arg(long)]
    pub smoke: bool,
    /// Measure nothing: sell so many times with one caller, to be watched by a profiler.
    #[arg(long, value_name = "SALES")]
    pub sell: Option<u64>,
    /// The child of row C3, which runs under strace.
    #[arg(long, hide = true, value_name = "DIR")]
    pub count_syncs: Option<PathBuf>,
    /// The anchor of the API's rows, as a process of its own on this database.
    #[arg(long, hide = true, value_name = "URL")]
    pub bare_api: Option<String>,
}

impl Cli {
    /// Whether one of these rows is wanted.
    pub fn wants(&self, ids: &[&str]) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| ids.iter().any(|id| wanted.eq_ignore_ascii_case(id)))
    }
}
