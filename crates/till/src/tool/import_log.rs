//! `import-log`: exports of other devices of the shop come in; an empty folder joins their shop.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use docket_contracts::{ApiError, ErrorCode};
use docket_terminal::Terminal;
use docket_terminal::import::ImportReport;
use docket_terminal::join::{self, ShopFound};
use docket_terminal::limits::IMPORT_PASSES_MAX;

use super::{Common, Verdict, print, unreadable};

pub(super) async fn import_log(files: &[PathBuf], common: &Common) -> Result<Verdict, ApiError> {
    let spool = spooled(files)?;
    let files: Vec<PathBuf> = files.iter().map(|file| named(file, spool.as_ref())).collect();
    // Opened first: a missing file must not leave a new store behind.
    for file in &files {
        open(file)?;
    }
    let options = common.options(false);
    if join::is_empty(&options) {
        let mut shop = ShopFound::default();
        for file in &files {
            shop.survey(open(file)?)?;
        }
        join::found(&options, &shop).await?;
        print("the folder joins the shop of these logs as a device of its own\n")?;
    }
    let terminal = Terminal::open(options).await?;
    let result = take_in(&terminal, &files).await;
    let pin = match &result {
        Ok(_) => terminal.set_first_pin().await,
        Err(_) => Ok(None),
    };
    terminal.close().await;
    let report = result?;
    if let Some(first) = pin? {
        print(&format!("{first}\n"))?;
    }
    print(&report.in_words())?;
    Ok(if report.is_whole() { Verdict::Sound } else { Verdict::Faulty })
}

/// Reads the files over as long as a pass brings rows and others still wait for rows before them.
async fn take_in(terminal: &Terminal, files: &[PathBuf]) -> Result<ImportReport, ApiError> {
    let mut report: Option<ImportReport> = None;
    for _ in 0..IMPORT_PASSES_MAX {
        let mut pass: Option<ImportReport> = None;
        for file in files {
            let read = terminal.import_log(open(file)?).await?;
            match &mut pass {
                None => pass = Some(read),
                Some(pass) => pass.beside(read),
            }
        }
        let Some(pass) = pass else { break };
        let again = pass.waiting > 0 && pass.stored > 0;
        match &mut report {
            None => report = Some(pass),
            Some(report) => report.then(pass),
        }
        if !again {
            break;
        }
    }
    Ok(report.unwrap_or_default())
}

fn open(file: &Path) -> Result<BufReader<File>, ApiError> {
    File::open(file).map(BufReader::new).map_err(|error| unreadable(file, &error))
}

/// Standard input is read more than once, so it is kept in a file of its own while the program runs.
fn spooled(files: &[PathBuf]) -> Result<Option<Spool>, ApiError> {
    if !files.iter().any(|file| file == Path::new("-")) {
        return Ok(None);
    }
    let path = std::env::temp_dir().join(format!("docket-import-{}.jsonl", std::process::id()));
    let failed = |error: io::Error| {
        ApiError::new(
            ErrorCode::BadInput,
            "FILE",
            format!("standard input can't be kept in {}: {error}", path.display()),
        )
    };
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Sales are nobody else's business on this machine.
        options.mode(0o600);
    }
    let mut out = options.open(&path).map_err(failed)?;
    let spool = Spool(path.clone());
    io::copy(&mut io::stdin().lock(), &mut out).map_err(failed)?;
    Ok(Some(spool))
}

/// A file that goes when the work is done.
struct Spool(PathBuf);

impl Drop for Spool {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(%error, file = %self.0.display(), "a temporary file could not be removed");
        }
    }
}

fn named(file: &Path, spool: Option<&Spool>) -> PathBuf {
    match spool {
        Some(spool) if file == Path::new("-") => spool.0.clone(),
        _ => file.to_path_buf(),
    }
}
