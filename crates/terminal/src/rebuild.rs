//! Rebuilding the read models from the log: shadow tables are filled in slices while the old rows serve, orders that
//! were written meanwhile are done again, and the shadow takes the place of the old set in one transaction.
//!
//! Readers on every core fold the orders; the writer only puts down the rows that they made, a slice at a time, so that
//! own commands pass in between.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use docket_contracts::view::Work;
use docket_contracts::{ApiError, CommandOutcome, ErrorCode, Topic};
use docket_domain::ids::OrderId;
use docket_log::Row;
use rusqlite::Connection;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::clock::pause;
use crate::error::{StoreError, refuse};
use crate::limits::{
    REBUILD_CACHE_KIB, REBUILD_SLICE_ORDERS, REBUILD_SLICES_WAITING, REBUILD_WAIT_MS, WRITER_CACHE_KIB,
};
use crate::readmodel::{self, FOLD_VERSION, MAIN, Records, SHADOW, Written, records};
use crate::store::events::Author;
use crate::store::histories::Histories;
use crate::store::{self, events, meta};
use crate::terminal::Terminal;
use crate::work::{Running, begun, under_way};
use crate::writer::{Writer, fold};

const FOLD: &str = "fold_version";

/// What a rebuild did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// Digest of the read models before.
    pub before: String,
    /// Digest after; the same unless the old ones were wrong.
    pub after: String,
    /// Orders folded.
    pub orders: u64,
    /// Events read.
    pub events: u64,
}

/// Makes the read-model tables where there are none.
pub(crate) fn prepare(writer: &mut Writer) -> Result<(), ApiError> {
    if readmodel::generation(&writer.connection)? == 0 {
        writer.in_store_transaction(|connection| {
            readmodel::create(connection, MAIN)?;
            // A store without orders is at this fold already.
            meta::set_folder(connection, FOLD, &FOLD_VERSION.to_string())
        })?;
    }
    Ok(())
}

/// Rebuilds in the background if the read models were made by another fold.
pub(crate) async fn start_if_needed(terminal: &Terminal) -> Result<(), ApiError> {
    let version =
        terminal.inner.writer.task(|writer| meta::folder(&writer.connection, FOLD)).await?.map_err(ApiError::from)?;
    if version.as_deref() != Some(&FOLD_VERSION.to_string()) {
        start(terminal).await?;
    }
    Ok(())
}

/// Starts a rebuild in the background.
pub(crate) async fn start(terminal: &Terminal) -> Result<CommandOutcome, ApiError> {
    let running = begin(terminal).await?;
    let terminal = terminal.clone();
    tokio::spawn(async move {
        let result = finish(&terminal, &running, &mut |_, _| {}).await;
        running.end(result.map(|_| String::new()));
    });
    Ok(begun())
}

/// Rebuilds every read model; `progress` is told orders done and orders in all. A rebuild that is under way, such as the
/// one that a start begins after an update of the program, is waited for.
///
/// # Errors
/// As the store says, or `busy` if a person cancelled it. The old read models serve on then.
pub async fn run(terminal: &Terminal, mut progress: impl FnMut(u64, u64) + Send) -> Result<RebuildReport, ApiError> {
    let running = loop {
        match begin(terminal).await {
            Err(refusal) if refusal.code == ErrorCode::Busy => pause(REBUILD_WAIT_MS).await,
            begun => break begun?,
        }
    };
    let result = finish(terminal, &running, &mut progress).await;
    running.end(result.as_ref().map(|_| String::new()).map_err(Clone::clone));
    result
}

async fn begin(terminal: &Terminal) -> Result<Running, ApiError> {
    let begun: Result<(), ApiError> = terminal
        .inner
        .writer
        .task(|writer| {
            if writer.rebuild_touched.is_some() {
                return Err(under_way("a rebuild is under way").into());
            }
            writer.in_store_transaction(|connection| {
                readmodel::drop_tables(connection, SHADOW)?;
                readmodel::create(connection, SHADOW)
            })?;
            writer.rebuild_touched = Some(HashSet::new());
            store::keep_pages(&writer.connection, REBUILD_CACHE_KIB)
        })
        .await?
        .map_err(|error: StoreError| error.into());
    // One that a salvage begins in a new file may find the one of the old file still ending.
    begun.map(|()| Running::begin(&terminal.inner.shared, Work::Rebuild))
}

async fn finish(
    terminal: &Terminal,
    running: &Running,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<RebuildReport, ApiError> {
    let result = slices(terminal, running, progress).await;
    let given_up = result.is_err().then(|| running.stop().is_set());
    let ended = move |writer: &mut Writer| {
        if let Some(cancelled) = given_up {
            writer.give_up_rebuild(cancelled);
        }
        store::keep_pages(&writer.connection, WRITER_CACHE_KIB)
    };
    terminal.inner.writer.task(ended).await?.map_err(ApiError::from)?;
    terminal.inner.shared.feed.publish(vec![Topic::Orders, Topic::Kitchen, Topic::Exceptions, Topic::Status], None);
    result
}

async fn slices(
    terminal: &Terminal,
    running: &Running,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<RebuildReport, ApiError> {
    let writer = &terminal.inner.writer;
    let data = terminal.inner.data.clone();
    let survey = tokio::task::spawn_blocking(move || survey(&store::open_reader(&data)?)).await;
    let Survey { before, orders, events } = survey.map_err(|error| ended(&error))?.map_err(ApiError::from)?;
    let total = u64::try_from(orders.len()).unwrap_or(u64::MAX);
    let count = orders.len().div_ceil(REBUILD_SLICE_ORDERS);
    let mut folders = start_folders(&terminal.inner.data, orders, count);
    let cores = folders.len();
    let mut done = 0;
    for slice in 0..count {
        let made = folders[slice % cores].recv().await;
        let made = made.ok_or_else(|| refuse(ErrorCode::StoreFailed, "", "a reader of the rebuild ended early"))?;
        let made = made.map_err(ApiError::from)?;
        done += made.orders;
        running.stop().go_on()?;
        writer.task(move |writer| writer.rebuild_slice(made.records)).await?.map_err(ApiError::from)?;
        running.tell(done, total);
        progress(done, total);
    }
    running.stop().go_on()?;
    let after = writer.task(Writer::end_rebuild).await?.map_err(ApiError::from)?;
    Ok(RebuildReport { before, after, orders: total, events })
}

fn ended(error: &tokio::task::JoinError) -> ApiError {
    refuse(ErrorCode::StoreFailed, "", format!("the rebuild ended early: {error}"))
}

/// What the log holds when a rebuild begins.
struct Survey {
    /// The digest as it stands.
    before: String,
    /// Every order, by its first appearance in the logs.
    orders: Vec<OrderId>,
    events: u64,
}

fn survey(connection: &Connection) -> Result<Survey, StoreError> {
    connection.execute_batch("BEGIN")?;
    let before = readmodel::digest(connection, MAIN)?;
    let mut statement = connection.prepare(
        "SELECT stream_id, clock FROM events WHERE event_type = 'order.opened' UNION ALL \
         SELECT stream_id, clock FROM forked_events WHERE event_type = 'order.opened' ORDER BY 2, 1",
    )?;
    let ids = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
    let mut seen = HashSet::new();
    let mut orders = Vec::new();
    for id in ids {
        let id = OrderId(Uuid::from_bytes(id?));
        if seen.insert(id) {
            orders.push(id);
        }
    }
    let events: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
    Ok(Survey { before, orders, events: u64::try_from(events).unwrap_or(0) })
}

/// The records of one slice of orders.
struct Made {
    orders: u64,
    records: Vec<Records>,
}

type Folded = mpsc::Receiver<Result<Made, StoreError>>;

/// Starts a reader on each core. Reader `n` of `m` gives slices `n`, `n + m` and so on, and waits where the writer is
/// behind, so that what is in memory stays small.
fn start_folders(data: &std::path::Path, orders: Vec<OrderId>, slices: usize) -> Vec<Folded> {
    let orders = Arc::new(orders);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (0..cores)
        .map(|first| {
            let (sender, receiver) = mpsc::channel(REBUILD_SLICES_WAITING);
            let (data, orders): (PathBuf, _) = (data.to_owned(), orders.clone());
            tokio::task::spawn_blocking(move || {
                let connection = store::open_reader(&data);
                for slice in (first..slices).step_by(cores) {
                    let begin = slice * REBUILD_SLICE_ORDERS;
                    let ids = &orders[begin..orders.len().min(begin + REBUILD_SLICE_ORDERS)];
                    let made = match &connection {
                        Ok(connection) => fold_slice(connection, ids),
                        Err(error) => Err(StoreError::Corrupt(format!("a reader of the rebuild: {error}"))),
                    };
                    let failed = made.is_err();
                    // Nobody takes it if the rebuild was given up.
                    if sender.blocking_send(made).is_err() || failed {
                        return;
                    }
                }
            });
            receiver
        })
        .collect()
}

fn fold_slice(connection: &Connection, ids: &[OrderId]) -> Result<Made, StoreError> {
    // One snapshot, so that the authors of all rows are known.
    connection.execute_batch("BEGIN")?;
    let authors: HashMap<_, Author> = events::logs(connection)?.into_iter().map(|log| (log.log, log.author)).collect();
    let histories = Histories::read(connection)?;
    let author = |row: &Row| authors.get(&row.log).copied();
    let folded = ids.iter().map(|id| fold_order(connection, *id, author, &histories));
    let records = folded.filter_map(Result::transpose).collect::<Result<_, _>>();
    connection.execute_batch("ROLLBACK")?;
    Ok(Made { orders: u64::try_from(ids.len()).unwrap_or(0), records: records? })
}

fn fold_order(
    connection: &Connection,
    id: OrderId,
    author: impl Fn(&Row) -> Option<Author>,
    histories: &Histories,
) -> Result<Option<Records>, StoreError> {
    let rows = events::stream(connection, id.0)?;
    let (state, opened_by) = fold(id, &rows, author, histories)?;
    Ok(state.derive().map(|order| records(&order, opened_by)))
}

impl Writer {
    fn in_store_transaction(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        work(&transaction)?;
        Ok(transaction.commit()?)
    }

    fn rebuild_slice(&mut self, made: Vec<Records>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for records in made {
            readmodel::replace(&transaction, SHADOW, &Written::nothing(), records)?;
        }
        Ok(transaction.commit()?)
    }

    /// The old read models serve on. What was made until a person cancelled it takes no room any longer.
    fn give_up_rebuild(&mut self, cancelled: bool) {
        self.rebuild_touched = None;
        let dropped = match cancelled {
            true => self.in_store_transaction(|connection| readmodel::drop_tables(connection, SHADOW)),
            false => Ok(()),
        };
        if let Err(error) = dropped {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "half-made read models stay until the next rebuild"
            );
        }
    }

    /// Does again what was written since the rebuild began, then swaps.
    fn end_rebuild(&mut self) -> Result<String, StoreError> {
        let touched = self.rebuild_touched.take().unwrap_or_default();
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for id in touched {
            let made = fold_order(&transaction, id, |row| self.live.author(row.log), self.live.histories())?;
            match made {
                Some(records) => drop(readmodel::replace(&transaction, SHADOW, &Written::unknown(), records)?),
                None => drop(readmodel::remove(&transaction, SHADOW, id)?),
            }
        }
        readmodel::swap(&transaction)?;
        meta::set_folder(&transaction, FOLD, &FOLD_VERSION.to_string())?;
        let after = readmodel::digest(&transaction, MAIN)?;
        transaction.commit()?;
        // What was known of the old rows, their numbers above all, no longer holds.
        self.live.clear();
        Ok(after)
    }
}
