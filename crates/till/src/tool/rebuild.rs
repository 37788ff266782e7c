//! `rebuild`: the read models anew from the log, with their digest before and after.

use docket_contracts::ApiError;

use super::{Common, Verdict, print};

pub(super) async fn rebuild(common: &Common) -> Result<Verdict, ApiError> {
    let terminal = common.open(false).await?;
    let result = docket_terminal::rebuild::run(&terminal, progress).await;
    terminal.close().await;
    let report = result?;
    print(&format!(
        "before {}\nafter  {}\n{} orders from {} events\n",
        report.before, report.after, report.orders, report.events
    ))?;
    print(&super::summed_up(common)?)?;
    Ok(if report.before == report.after { Verdict::Sound } else { Verdict::Faulty })
}

fn progress(done: u64, total: u64) {
    tracing::info!(done, total, "rebuilding");
}
