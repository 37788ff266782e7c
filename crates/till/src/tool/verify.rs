//! `verify`: every log of the store, checked without changing it.

use docket_contracts::ApiError;

use super::{Common, Verdict, print};

pub(super) fn verify(common: &Common) -> Result<Verdict, ApiError> {
    let report = docket_terminal::verify::verify_store(&common.data_folder(), common.witness.as_deref())?;
    let mut text = String::new();
    for fault in &report.faults {
        text.push_str(fault);
        text.push('\n');
    }
    let verdict = if report.faults.is_empty() { Verdict::Sound } else { Verdict::Faulty };
    let word = if verdict == Verdict::Sound { "sound" } else { "NOT SOUND" };
    text.push_str(&format!("{word}: {} logs, {} rows, {} faults\n", report.logs, report.rows, report.faults.len()));
    text.push_str(&super::summed_up(common)?);
    print(&text)?;
    Ok(verdict)
}
