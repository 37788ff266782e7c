//! Another device's export of the same shop, taken in: checked here, stored by the writer in short slices.

mod chain;
mod intake;
mod lines;
mod report;
mod survey;

use std::io::BufRead;
use std::sync::Arc;

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::{LogId, StoreId, SubjectId, TenantId};
use docket_log::{Head, Row};
use rusqlite::Connection;

use crate::clock::pause;
use crate::error::{StoreError, refuse};
use crate::limits::{IMPORT_BUSY_PAUSE_MS, IMPORT_BUSY_TRIES, IMPORT_SLICE_BYTES, IMPORT_SLICE_ROWS, PROGRESS_ROWS};
use crate::store::peers::Link;
use crate::store::{self, former, meta};
use crate::subjects::KEY_BYTES;
use crate::terminal::Terminal;
use crate::writer::{central_key, former_tenants};
use intake::{Intake, Shop, Taken};
use lines::{Line, Lines};

pub(crate) use intake::{Group, Opened, opened};
pub(crate) use lines::document_line;
pub use report::{ClockFlag, ForkFound, ImportReport, Refused};
pub(crate) use survey::{Letters, survey_openings};

/// What the writer stores in one transaction.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// Groups, each behind the one that it follows.
    pub(crate) groups: Vec<Group>,
    /// Rows in the place of stubs and damaged rows.
    pub(crate) heals: Vec<Row>,
    /// Documents.
    pub(crate) documents: Vec<Vec<u8>>,
    /// Keys of guests that the rows name.
    pub(crate) keys: Vec<GuestKey>,
}

/// What the personal text of a guest is sealed with.
pub(crate) type GuestKey = (SubjectId, [u8; KEY_BYTES]);

impl Slice {
    fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.heals.is_empty() && self.documents.is_empty() && self.keys.is_empty()
    }

    fn is_full(&self) -> bool {
        let rows: usize = self.groups.iter().map(|group| group.links.len()).sum();
        let bytes: usize = self.groups.iter().map(Group::bytes).sum();
        let documents: usize = self.documents.iter().map(Vec::len).sum();
        rows + self.heals.len() >= IMPORT_SLICE_ROWS || bytes + documents >= IMPORT_SLICE_BYTES
    }

    fn holds(&self, log: LogId, head: &Head) -> bool {
        self.groups.iter().any(|group| group.log == log && group.links.iter().any(|link| link.head() == *head))
    }
}

impl Terminal {
    /// Takes in another device's export of the same shop, JSON Lines as [`export`](crate::export::export) writes them.
    ///
    /// Rows may come in any order; each leaves for the store when the rows before it are there and its group's hashes
    /// and signature hold. A row that fails is refused and named, what came before it in its log stays, and other logs
    /// go on. Taking the same file in again changes nothing.
    ///
    /// # Errors
    /// If the reader fails or the store does. What was stored before stays; the file may be taken in again.
    pub async fn import_log(&self, reader: impl BufRead + Send) -> Result<ImportReport, ApiError> {
        self.import_log_watched(reader, &|| Ok(())).await
    }

    /// The same, with a look before each slice whether to go on.
    pub(crate) async fn import_log_watched(
        &self,
        reader: impl BufRead + Send,
        step: &(dyn Fn() -> Result<(), ApiError> + Sync),
    ) -> Result<ImportReport, ApiError> {
        let _one = self.inner.importing.lock().await;
        let mut import = Import::begin(self, Reader::open(self)?, step)?;
        import.read(Lines::new(reader)).await?;
        let (report, _) = import.finish().await?;
        tracing::info!(
            rows = report.rows,
            stored = report.stored,
            held = report.held,
            refused = report.refused_count,
            "an export was taken in"
        );
        Ok(report)
    }

    /// Takes in what a peer sent, by the same way as an export: checked here, stored by the writer in short slices. Keys are
    /// stored with the first of them.
    ///
    /// # Errors
    /// If the store fails. What was stored before stays.
    pub(crate) async fn take_links(&self, links: Vec<Link>, keys: Vec<GuestKey>) -> Result<ImportReport, ApiError> {
        self.take_slice(links, Slice { keys, ..Slice::default() }).await
    }

    /// Takes in a document that a peer sent.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn take_document(&self, body: Vec<u8>) -> Result<ImportReport, ApiError> {
        self.take_slice(Vec::new(), Slice { documents: vec![body], ..Slice::default() }).await
    }

    async fn take_slice(&self, links: Vec<Link>, slice: Slice) -> Result<ImportReport, ApiError> {
        let mut kept = self.inner.importing.lock().await;
        let reader = kept.take().filter(|reader| reader.replaced == self.inner.shared.replacements());
        let reader = reader.map_or_else(|| Reader::open(self), Ok)?;
        let mut import = Import::begin(self, reader, &|| Ok(()))?;
        import.slice = slice;
        for link in links {
            import.take(link).await?;
            if import.slice.is_full() {
                import.store().await?;
            }
        }
        let (report, reader) = import.finish().await?;
        *kept = Some(reader);
        Ok(report)
    }
}

/// What rows are checked against. It is kept between two messages of a peer: to open it takes longer than a few rows do.
pub(crate) struct Reader {
    connection: Connection,
    /// How often the file had been replaced when it was opened.
    replaced: u64,
}

impl Reader {
    fn open(terminal: &Terminal) -> Result<Self, StoreError> {
        let replaced = terminal.inner.shared.replacements();
        Ok(Reader { connection: store::open_reader(&terminal.inner.data)?, replaced })
    }
}

/// Whose rows a folder takes in.
fn shop_of_folder(connection: &Connection) -> Result<Shop, StoreError> {
    let (tenant, store) = shop_of(connection)?;
    let mut tenants = former_tenants(connection)?;
    tenants.push(tenant);
    let former = former::all(connection)?.into_iter().map(|former| (former.tenant, former.store)).collect();
    Ok(Shop { tenants, store, former, central: central_key(connection)? })
}

/// Tenant and store of a folder.
fn shop_of(connection: &Connection) -> Result<(TenantId, StoreId), StoreError> {
    let id = |name: &str| {
        let text = meta::folder(connection, name)?.unwrap_or_default();
        text.parse::<uuid::Uuid>().map_err(|_| StoreError::Corrupt(format!("folder.{name} is no id")))
    };
    Ok((TenantId(id("tenant")?), StoreId(id("store")?)))
}

struct Import<'a> {
    terminal: &'a Terminal,
    reader: Reader,
    intake: Intake,
    slice: Slice,
    report: ImportReport,
    step: &'a (dyn Fn() -> Result<(), ApiError> + Sync),
}

impl<'a> Import<'a> {
    fn begin(
        terminal: &'a Terminal,
        reader: Reader,
        step: &'a (dyn Fn() -> Result<(), ApiError> + Sync),
    ) -> Result<Self, StoreError> {
        let intake = Intake::new(shop_of_folder(&reader.connection)?);
        Ok(Import { terminal, reader, intake, slice: Slice::default(), report: ImportReport::default(), step })
    }

    async fn read<R: BufRead + Send>(&mut self, mut lines: Lines<R>) -> Result<(), ApiError> {
        let mut lines_read = 0_u64;
        loop {
            let line = lines.next().map_err(|error| {
                let rule = format!("the file can't be read on: {error}; what was read before is kept");
                refuse(ErrorCode::BadInput, "FILE", rule)
            })?;
            match line {
                None => return Ok(()),
                Some((_, Line::Blank | Line::Order)) => {}
                Some((_, Line::Document(body))) => self.slice.documents.push(body),
                Some((_, Line::Link(link))) => self.take(link).await?,
                Some((number, Line::Faulty(rule))) => self.report.refuse_line(number, rule),
            }
            if self.slice.is_full() {
                self.store().await?;
            }
            lines_read += 1;
            // A file that is held already has no slices to store.
            if lines_read.is_multiple_of(PROGRESS_ROWS) {
                (self.step)()?;
            }
        }
    }

    async fn take(&mut self, link: Link) -> Result<(), ApiError> {
        self.report.rows += 1;
        let (log, head) = (link.log(), link.head());
        if self.intake.is_behind(&self.reader.connection, &link)? {
            if self.slice.holds(log, &head) {
                self.report.held += 1;
                return Ok(());
            }
            if !self.slice.groups.is_empty() {
                self.store().await?;
            }
        }
        match self.intake.take(&self.reader.connection, link, &mut self.slice.groups)? {
            Taken::Held => self.report.held += 1,
            Taken::Heals(row) => self.slice.heals.push(*row),
            Taken::Kept => {}
            Taken::Refused(rule) => self.report.refuse_row(log, head.seq, rule),
            Taken::NoRoom(due) => {
                self.report.waiting += 1;
                let rule = format!("seq: row {due} is due, and too many rows wait for those before them");
                self.report.refuse_row(log, head.seq, rule);
            }
        }
        Ok(())
    }

    /// Hands what has gathered to the writer. Commands that wait go first, because the queue is one line and an import
    /// has never more than one slice in it.
    async fn store(&mut self) -> Result<(), ApiError> {
        if self.slice.is_empty() {
            return Ok(());
        }
        (self.step)()?;
        let slice = Arc::new(std::mem::take(&mut self.slice));
        for _ in 0..IMPORT_BUSY_TRIES {
            let given = slice.clone();
            match self.terminal.inner.writer.task(move |writer| writer.import(&given)).await {
                Ok(stored) => {
                    self.report.add(&stored?);
                    return Ok(());
                }
                Err(error) if error.code == ErrorCode::Busy => pause(IMPORT_BUSY_PAUSE_MS).await,
                Err(error) => return Err(error),
            }
        }
        Err(refuse(ErrorCode::Busy, "", "the till is too busy to take the file in; try again"))
    }

    async fn finish(mut self) -> Result<(ImportReport, Reader), ApiError> {
        self.store().await?;
        while self.intake.fork(&self.reader.connection, &mut self.slice.groups)? {
            self.store().await?;
        }
        for (log, seq, rule, gap) in self.intake.finish() {
            self.report.waiting += u64::from(gap);
            self.report.refuse_row(log, seq, rule);
        }
        Ok((self.report, self.reader))
    }
}
