//! `docket-bench`: see `docs/PERFORMANCE.md`. It prints rows in which the till and an anchor took turns in one run.

mod anchor;
mod api;
mod cli;
mod error;
mod figure;
mod history;
mod measure;
mod office;
mod report;
mod rig;
mod rows;
mod sale;
mod statement;
mod stopwatch;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::error::BenchError;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every row holds.
fn run(cli: &Cli) -> Result<bool, BenchError> {
    // As the hosts log by default, level and form; only the last step, to the terminal or a file, is left out.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("info"))
        .with_writer(std::io::sink)
        .with_ansi(false)
        .with_target(false)
        .compact()
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(BenchError::runtime)?;
    if let Some(url) = &cli.bare_api {
        let keys = measure::sampler::variable("DOCKET_BENCH_KEYS")?;
        runtime.block_on(anchor::bare_api::serve(url, &keys))?;
        return Ok(true);
    }
    if let Some(folder) = &cli.count_syncs {
        rows::syncs::counted(&runtime, folder)?;
        return Ok(true);
    }
    if let Some(sales) = cli.sell {
        let seller = runtime.block_on(rig::open(&rig::Rig::try_new(&runtime, &cli.dir)?.copy("sold")?))?;
        runtime.block_on(seller.sell(sales))?;
        runtime.block_on(seller.close());
        return Ok(true);
    }
    let rows = rows::measure(&runtime, cli)?;
    if cli.json {
        println!("{}", report::json(&rows));
    } else {
        print!("{}", report::table(&rows));
    }
    Ok(rows.iter().all(|row| row.holds() != Some(false)))
}
