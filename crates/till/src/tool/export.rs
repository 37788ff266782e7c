//! `export`: orders and events as JSON Lines, to a file or to standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use docket_contracts::{ApiError, ErrorCode};

use super::{Common, Verdict};

pub(super) fn export(out: Option<&Path>, common: &Common) -> Result<Verdict, ApiError> {
    let data = common.data_folder();
    let report = match out {
        None => to(BufWriter::new(io::stdout().lock()), "standard output", &data)?,
        Some(path) => {
            let file = File::create(path).map_err(|error| unwritable(&path.display().to_string(), &error))?;
            to(BufWriter::new(file), &path.display().to_string(), &data)?
        }
    };
    eprintln!("{} orders and {} events exported", report.orders, report.events);
    Ok(Verdict::Sound)
}

fn to(mut out: impl Write, name: &str, data: &Path) -> Result<docket_terminal::export::ExportReport, ApiError> {
    let report = docket_terminal::export::export(data, &mut out)?;
    out.flush().map_err(|error| unwritable(name, &error))?;
    Ok(report)
}

fn unwritable(name: &str, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::BadInput, "--out", format!("{name} can't be written: {error}"))
}
