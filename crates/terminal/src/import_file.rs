//! Another device's export that comes in through a screen: it arrives in parts, lies in a file of its own, and is taken
//! in by the background when it is whole. The file goes when that ends, however it ends, and at the next start.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_contracts::command::ImportPart;
use docket_contracts::view::Work;
use docket_contracts::{ApiError, CommandOutcome, ErrorCode};
use docket_domain::ids::CommandId;
use tokio::sync::Mutex;

use crate::data;
use crate::error::{file_error, refuse};
use crate::import::ImportReport;
use crate::limits::{IMPORT_FILE_BYTES_MAX, IMPORT_PART_BYTES_MAX, IMPORT_PASSES_MAX};
use crate::terminal::Terminal;
use crate::work::{Running, begun, under_way};

/// Name of the file, beside the store.
const FILE: &str = "import.part";

/// The file that arrives; one at a time.
pub(crate) struct Arrivals {
    path: PathBuf,
    file: Mutex<Option<Arriving>>,
}

struct Arriving {
    id: CommandId,
    file: File,
    bytes: u64,
}

impl Arrivals {
    /// What an earlier run left behind is of no use: nobody knows any more what was still to come.
    pub(crate) fn new(folder: &Path) -> Self {
        let path = folder.join(FILE);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a half-sent export could not be removed");
        }
        Arrivals { path, file: Mutex::default() }
    }

    /// Forgets the file that arrives; whether there was one.
    pub(crate) async fn drop_file(&self) -> bool {
        let had = self.file.lock().await.take().is_some();
        if had {
            self.remove();
        }
        had
    }

    fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "an export that was sent could not be removed");
        }
    }
}

impl Terminal {
    /// Takes a part of a file.
    ///
    /// # Errors
    /// `bad_input` if it is no Base64, too large, or not where the file ends; `busy` while another one is taken in.
    pub(crate) async fn import_part(&self, input: ImportPart) -> Result<CommandOutcome, ApiError> {
        let wrong = |field: &str, rule: String| refuse(ErrorCode::BadInput, field, rule);
        let bytes = STANDARD.decode(&input.bytes).map_err(|_| wrong("bytes", "must be Base64".into()))?;
        if bytes.len() > IMPORT_PART_BYTES_MAX || input.at > IMPORT_FILE_BYTES_MAX {
            let rule = format!("a part has at most {IMPORT_PART_BYTES_MAX} bytes, a file {IMPORT_FILE_BYTES_MAX}");
            return Err(wrong("bytes", rule));
        }
        let arrivals = &self.inner.arrivals;
        let failed = || file_error(format!("can't write {}", arrivals.path.display()));
        let mut place = arrivals.file.lock().await;
        if input.at == 0 {
            if self.inner.shared.is_under_way(Work::Import) {
                return Err(under_way("another export is being taken in"));
            }
            let file = data::open_private(&arrivals.path).map_err(failed()).map_err(ApiError::from)?;
            *place = Some(Arriving { id: input.file_id, file, bytes: 0 });
        }
        let known = place.as_mut().filter(|known| known.id == input.file_id);
        let Some(known) = known.filter(|known| input.at <= known.bytes) else {
            return Err(wrong("at", "the file does not reach here; send it from its beginning".into()));
        };
        let written = known.file.seek(SeekFrom::Start(input.at)).and_then(|_| known.file.write_all(&bytes));
        if let Err(error) = written {
            *place = None;
            arrivals.remove();
            return Err(failed()(error).into());
        }
        known.bytes = known.bytes.max(input.at + u64::try_from(bytes.len()).unwrap_or(0));
        Ok(begun())
    }

    /// Starts to take in the file that has arrived.
    ///
    /// # Errors
    /// `nothing_to_do` if it has not.
    pub(crate) async fn start_import(&self, id: CommandId) -> Result<CommandOutcome, ApiError> {
        let mut place = self.inner.arrivals.file.lock().await;
        let arrived = place.take_if(|file| file.id == id).ok_or_else(|| {
            refuse(ErrorCode::NothingToDo, "file_id", "no such file has arrived; send it with import_part first")
        })?;
        // No file arrives while one is taken in, so there is no other work of this kind.
        let running = Running::begin(&self.inner.shared, Work::Import);
        drop(place);
        let terminal = self.clone();
        tokio::spawn(async move {
            let result = terminal.take_in(&running, arrived.bytes).await;
            terminal.inner.arrivals.remove();
            running.end_import(result.map(|report| (report.in_words(), report.in_figures())));
        });
        Ok(begun())
    }

    /// Reads the file over as long as a pass brings rows and others still wait for rows before them.
    async fn take_in(&self, running: &Running, bytes: u64) -> Result<ImportReport, ApiError> {
        let path = &self.inner.arrivals.path;
        let mut report: Option<ImportReport> = None;
        for _ in 0..IMPORT_PASSES_MAX {
            let file = File::open(path).map_err(file_error(format!("can't read {}", path.display())))?;
            let read = AtomicU64::new(0);
            let lines = Watched { reader: BufReader::new(file), read: &read };
            let step = || {
                running.tell(read.load(Ordering::Relaxed), bytes);
                Ok(running.stop().go_on()?)
            };
            let pass = self.import_log_watched(lines, &step).await?;
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
}

/// Counts the bytes that are read.
struct Watched<'a> {
    reader: BufReader<File>,
    read: &'a AtomicU64,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

impl BufRead for Watched<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        self.reader.consume(count);
    }
}
