//! `play`: plausible days, sold through the real commands.

use docket_contracts::ApiError;

use super::{Common, Verdict, print};

/// So many lines of progress over the whole work.
const PROGRESS_LINES: u64 = 20;

pub(super) async fn play(orders: u64, seed: u64, common: &Common) -> Result<Verdict, ApiError> {
    let terminal = common.open(true).await?;
    let every = (orders / PROGRESS_LINES).max(1);
    let progress = move |done: u64| {
        if done.is_multiple_of(every) {
            tracing::info!(done, orders, "selling");
        }
    };
    let result = docket_terminal::play::play(&terminal, orders, seed, progress).await;
    terminal.close().await;
    let report = result?;
    print(&format!(
        "{} orders with {} commands; {} cancelled, {} lines voided\n",
        report.orders, report.commands, report.cancelled, report.voided
    ))?;
    Ok(Verdict::Sound)
}
