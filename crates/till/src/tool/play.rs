//! `play`: plausible days, sold through the real commands.

use docket_contracts::ApiError;

use super::{Common, Verdict, print};

/// So many lines of progress over the whole work.
const PROGRESS_LINES: u64 = 20;

pub(super) async fn play(orders: u64, seed: u64, bulk: bool, common: &Common) -> Result<Verdict, ApiError> {
    let terminal = common.open(true).await?;
    let every = (orders / PROGRESS_LINES).max(1);
    let mut next = every;
    let progress = move |done: u64| {
        if done >= next {
            next = done + every;
            tracing::info!(done, orders, "selling");
        }
    };
    let result = if bulk {
        docket_terminal::play::play_in_bulk(&terminal, orders, seed, progress).await
    } else {
        docket_terminal::play::play(&terminal, orders, seed, progress).await
    };
    terminal.close().await;
    let report = result?;
    print(&format!(
        "{} orders with {} commands; {} cancelled, {} lines voided\n",
        report.orders, report.commands, report.cancelled, report.voided
    ))?;
    Ok(Verdict::Sound)
}
