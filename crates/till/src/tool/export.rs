//! `export`: orders and events as JSON Lines, to a file or to standard output.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use docket_contracts::{ApiError, ErrorCode};
use docket_terminal::export::ExportReport;

use super::{Common, Verdict};

pub(super) fn export(out: Option<&Path>, common: &Common) -> Result<Verdict, ApiError> {
    let data = common.data_folder();
    let report = match out {
        None => to(BufWriter::new(io::stdout().lock()), "standard output", &data)?,
        Some(path) => to_file(path, &data)?,
    };
    eprintln!("{} orders and {} events exported", report.orders, report.events);
    if report.orders_missing {
        eprintln!("the store is damaged: not every order can be shown; run `docket-till verify`");
        return Ok(Verdict::Faulty);
    }
    Ok(Verdict::Sound)
}

/// The file is whole or as it was: a disk that fills up midway must not cost the export of yesterday.
fn to_file(path: &Path, data: &Path) -> Result<ExportReport, ApiError> {
    let name = path.display().to_string();
    let failed = |error: io::Error| unwritable(&name, &error);
    // A pipe or a device is written as it is.
    if path.exists() && !path.is_file() {
        return to(BufWriter::new(File::create(path).map_err(failed)?), &name, data);
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = File::create(&part).map_err(failed)?;
    let written = to(BufWriter::new(&file), &name, data)
        .and_then(|report| file.sync_all().and_then(|()| fs::rename(&part, path)).map(|()| report).map_err(failed));
    if written.is_err()
        && let Err(error) = fs::remove_file(&part)
    {
        tracing::warn!(%error, file = %part.display(), "what was written of the export could not be removed");
    }
    written
}

fn to(mut out: impl Write, name: &str, data: &Path) -> Result<ExportReport, ApiError> {
    let report = docket_terminal::export::export(data, &mut out)?;
    out.flush().map_err(|error| unwritable(name, &error))?;
    Ok(report)
}

fn unwritable(name: &str, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::BadInput, "--out", format!("{name} can't be written: {error}"))
}
