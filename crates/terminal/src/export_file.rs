//! Export from a screen: to a file beside the store, or to one that waits for a browser, in the background. The file has
//! its name only once it is whole.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use docket_contracts::view::Work;
use docket_contracts::{ApiError, CommandOutcome};
use rusqlite::Connection;

use crate::clock::wall_ms;
use crate::data;
use crate::download::{self, Download};
use crate::error::{StoreError, file_error};
use crate::export::export;
use crate::limits::PROGRESS_ROWS;
use crate::store;
use crate::terminal::Terminal;
use crate::work::{Running, begun, cancelled, under_way};

/// Folder of the exports, beside the store.
const FOLDER: &str = "exports";
/// What is being written. A crash leaves at most this one, and the next export writes over it.
const PART: &str = "export.part";

/// Starts an export in the background.
///
/// # Errors
/// `busy` if one is under way.
pub(crate) fn start(terminal: &Terminal, download: bool) -> Result<CommandOutcome, ApiError> {
    let running = Running::try_begin(&terminal.inner.shared, Work::Export);
    let running = running.ok_or_else(|| under_way("an export is under way"))?;
    let terminal = terminal.clone();
    if download {
        terminal.inner.shared.drop_download(None);
    }
    tokio::spawn(async move {
        let files = Files::of(&terminal, if download { download::FOLDER } else { FOLDER });
        let (data, part) = (terminal.inner.data.clone(), files.part.clone());
        let written = tokio::task::spawn_blocking(move || (write(&data, &part, &running), running)).await;
        match written {
            Ok((written, running)) => {
                let result = written.and_then(|()| files.keep(&running)).and_then(|()| {
                    if download { files.offer(&terminal) } else { Ok(files.whole.display().to_string()) }
                });
                if result.is_err() {
                    files.remove_part();
                }
                running.end(result);
            }
            Err(error) => tracing::error!(%error, "the export ended early"),
        }
    });
    Ok(begun())
}

/// Where an export stands while it is written, and when it is whole.
struct Files {
    part: PathBuf,
    whole: PathBuf,
}

impl Files {
    fn of(terminal: &Terminal, folder: &str) -> Files {
        let folder = terminal.inner.data.join(folder);
        let at = DateTime::from_timestamp_millis(wall_ms()).unwrap_or(DateTime::UNIX_EPOCH);
        let name = format!("docket-{}.jsonl", at.with_timezone(&terminal.shop().zone()).format("%Y-%m-%d-%H%M%S"));
        Files { part: folder.join(PART), whole: folder.join(name) }
    }

    /// Gives it its name, unless it was cancelled in the last moment.
    fn keep(&self, running: &Running) -> Result<(), ApiError> {
        running.stop().go_on()?;
        let failed = file_error(format!("can't make {}", self.whole.display()));
        fs::rename(&self.part, &self.whole).map_err(failed)?;
        if let Some(folder) = self.whole.parent() {
            data::sync_folder(folder);
        }
        Ok(())
    }

    /// Has it wait for a browser. Where it waits is nobody's business.
    fn offer(&self, terminal: &Terminal) -> Result<String, ApiError> {
        let failed = file_error(format!("can't read {}", self.whole.display()));
        let bytes = fs::metadata(&self.whole).map_err(failed)?.len();
        let name = self.whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        terminal.inner.shared.offer_download(Download { path: self.whole.clone(), name, bytes });
        Ok(String::new())
    }

    fn remove_part(&self) {
        if let Err(error) = fs::remove_file(&self.part) {
            tracing::warn!(%error, file = %self.part.display(), "what was written of the export could not be removed");
        }
    }
}

fn write(data: &Path, part: &Path, running: &Running) -> Result<(), ApiError> {
    let failed = || file_error(format!("can't write {}", part.display()));
    if let Some(folder) = part.parent() {
        data::make_folder(folder).map_err(failed())?;
    }
    let mut file = data::open_private(part).map_err(failed())?;
    let lines = lines(&store::open_reader(data)?)?;
    let mut out = Watched { out: BufWriter::new(&mut file), running, done: 0, lines };
    let result = export(data, &mut out);
    // Who cancelled it has not met a disk that failed.
    running.stop().go_on()?;
    result?;
    drop(out);
    Ok(file.sync_all().map_err(failed())?)
}

/// About how many lines it has: an order each, an event each.
fn lines(connection: &Connection) -> Result<u64, StoreError> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let events = count("SELECT count(*) FROM events")? + count("SELECT count(*) FROM forked_events")?;
    let orders = count("SELECT count(*) FROM events WHERE event_type = 'order.opened'")?;
    Ok((events + orders).unsigned_abs())
}

/// Counts the lines that go by, and lets no more of them by once the work is cancelled.
struct Watched<'a, W> {
    out: W,
    running: &'a Running,
    done: u64,
    lines: u64,
}

impl<W: Write> Write for Watched<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.running.stop().is_set() {
            return Err(io::Error::other(cancelled().rule));
        }
        let count = self.out.write(bytes)?;
        if bytes[..count].ends_with(b"\n") {
            self.done += 1;
            if self.done.is_multiple_of(PROGRESS_ROWS) {
                self.running.tell(self.done, self.lines);
            }
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
