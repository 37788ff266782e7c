//! Rebuilding the read models from the log: shadow tables are filled in slices while the old rows serve, orders that
//! were written meanwhile are done again, and the shadow takes the place of the old set in one transaction.

use std::collections::HashSet;

use docket_contracts::view::ProgressView;
use docket_contracts::{ApiError, CommandOutcome, ErrorCode, Topic};
use docket_domain::ids::OrderId;
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::{StoreError, refuse};
use crate::limits::REBUILD_SLICE_ORDERS;
use crate::readmodel::{self, FOLD_VERSION, MAIN, SHADOW, Written, records};
use crate::store::{events, meta};
use crate::terminal::Terminal;
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
    begin(terminal).await?;
    let terminal = terminal.clone();
    tokio::spawn(async move {
        if let Err(error) = finish(&terminal, &mut |_, _| {}).await {
            tracing::error!(%error, "the rebuild failed; the old read models serve on");
        }
    });
    Ok(CommandOutcome { applied: true, order: None, payment: None, session: None, notes: Vec::new() })
}

/// Rebuilds every read model; `progress` is told orders done and orders in all.
///
/// # Errors
/// `busy` if a rebuild is under way; else as the store says. The old read models serve on then.
pub async fn run(terminal: &Terminal, mut progress: impl FnMut(u64, u64) + Send) -> Result<RebuildReport, ApiError> {
    begin(terminal).await?;
    finish(terminal, &mut progress).await
}

async fn begin(terminal: &Terminal) -> Result<(), ApiError> {
    terminal
        .inner
        .writer
        .task(|writer| {
            if writer.rebuild_touched.is_some() {
                return Err(refuse(ErrorCode::Busy, "", "a rebuild is under way").into());
            }
            writer.in_store_transaction(|connection| {
                readmodel::drop_tables(connection, SHADOW)?;
                readmodel::create(connection, SHADOW)
            })?;
            writer.rebuild_touched = Some(HashSet::new());
            Ok(())
        })
        .await?
        .map_err(|error: StoreError| error.into())
}

async fn finish(terminal: &Terminal, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<RebuildReport, ApiError> {
    let result = slices(terminal, progress).await;
    terminal.inner.shared.set_progress(None);
    if result.is_err() {
        terminal.inner.writer.task(|writer| writer.rebuild_touched = None).await?;
    }
    terminal.inner.shared.feed.publish(vec![Topic::Orders, Topic::Kitchen, Topic::Exceptions, Topic::Status], None);
    result
}

async fn slices(terminal: &Terminal, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<RebuildReport, ApiError> {
    let writer = &terminal.inner.writer;
    let (before, orders, events) = writer.task(|writer| survey(&writer.connection)).await?.map_err(ApiError::from)?;
    let total = u64::try_from(orders.len()).unwrap_or(u64::MAX);
    let mut done = 0;
    for slice in orders.chunks(REBUILD_SLICE_ORDERS) {
        let slice = slice.to_vec();
        done += u64::try_from(slice.len()).unwrap_or(0);
        writer.task(move |writer| writer.rebuild_slice(&slice)).await?.map_err(ApiError::from)?;
        terminal.inner.shared.set_progress(Some(ProgressView { work: "rebuild".into(), done, total }));
        progress(done, total);
    }
    let after = writer.task(Writer::end_rebuild).await?.map_err(ApiError::from)?;
    Ok(RebuildReport { before, after, orders: total, events })
}

/// The digest as it stands, and every order with its first appearance in the logs.
fn survey(connection: &Connection) -> Result<(String, Vec<OrderId>, u64), StoreError> {
    let before = readmodel::digest(connection, MAIN)?;
    let mut statement = connection
        .prepare("SELECT stream_id FROM events WHERE event_type = 'order.opened' ORDER BY clock, stream_id")?;
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
    Ok((before, orders, u64::try_from(events).unwrap_or(0)))
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

    fn rebuild_slice(&mut self, orders: &[OrderId]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for id in orders {
            rebuild_order(&transaction, &self.live, *id)?;
        }
        Ok(transaction.commit()?)
    }

    /// Does again what was written since the rebuild began, then swaps.
    fn end_rebuild(&mut self) -> Result<String, StoreError> {
        let touched = self.rebuild_touched.take().unwrap_or_default();
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for id in touched {
            rebuild_order(&transaction, &self.live, id)?;
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

fn rebuild_order(connection: &Connection, live: &crate::writer::LiveOrders, id: OrderId) -> Result<(), StoreError> {
    let rows = events::stream(connection, id.0)?;
    let (state, opened_by) = fold(id, &rows, |row| live.author(row.log))?;
    if let Some(order) = state.derive() {
        readmodel::replace(connection, SHADOW, &Written::unknown(), records(&order, opened_by))?;
    }
    Ok(())
}
