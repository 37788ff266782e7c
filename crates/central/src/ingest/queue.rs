//! Batches of several devices of one tenant, taken in together: while one transaction runs, the next ones gather.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Instrument as _;

use super::{Batch, Ingest, IngestError, News, Verdict};
use crate::limits::{BATCHES_IN_HAND, BATCHES_TOGETHER, BATCHES_WAITING_MAX};
use crate::telemetry::traces::{continue_from, traceparent};

type Answer = oneshot::Sender<Result<Verdict, IngestError>>;

/// The batches that wait, by tenant. A tenant that stands here has a task that serves it.
type Waiting = HashMap<TenantId, VecDeque<(Batch, Answer)>>;

/// Takes batches in, several of a tenant at a time.
#[derive(Debug, Clone)]
pub struct IngestQueue {
    ingest: Arc<Ingest>,
    waiting: Arc<Mutex<Waiting>>,
    room: Arc<Semaphore>,
}

/// The right to have one batch in hand, until it goes.
#[derive(Debug)]
pub struct Room(#[expect(dead_code, reason = "it is there to be dropped")] OwnedSemaphorePermit);

impl IngestQueue {
    /// A queue before this ingest.
    #[must_use]
    pub fn new(ingest: Arc<Ingest>) -> Self {
        IngestQueue { ingest, waiting: Arc::default(), room: Arc::new(Semaphore::new(BATCHES_IN_HAND)) }
    }

    /// What it stands before.
    #[must_use]
    pub fn ingest(&self) -> &Arc<Ingest> {
        &self.ingest
    }

    /// Waits until one more batch may be decoded, of whatever stream.
    ///
    /// # Errors
    /// [`IngestError::Closed`]
    pub async fn room(&self) -> Result<Room, IngestError> {
        self.room.clone().acquire_owned().await.map(Room).map_err(|_| IngestError::Closed)
    }

    /// Takes one batch in, together with others of the tenant that wait.
    ///
    /// # Errors
    /// [`IngestError`]; the batch is to be sent again.
    pub async fn take(&self, batch: Batch) -> Result<Verdict, IngestError> {
        self.put(batch).await
    }

    /// Puts one batch at the end of the queue now; the verdict comes when it is taken in. Batches of one log that a caller
    /// puts one after the other are taken in that order, and may share a transaction.
    pub fn put(&self, mut batch: Batch) -> impl Future<Output = Result<Verdict, IngestError>> + Send + Sync + use<> {
        let span = tracing::info_span!("ingest", device = %batch.source.device, log = %batch.log);
        if let Some(parent) = &batch.traceparent {
            continue_from(&span, parent);
        }
        // What is told of these rows hangs under this span; where traces are off, under the till's.
        batch.traceparent = traceparent(&span).or(batch.traceparent);
        let verdict = span.in_scope(|| self.line_up(batch));
        async move { verdict?.await.unwrap_or(Err(IngestError::Closed)) }.instrument(span)
    }

    fn line_up(&self, batch: Batch) -> Result<oneshot::Receiver<Result<Verdict, IngestError>>, IngestError> {
        let (answer, verdict) = oneshot::channel();
        let tenant = batch.source.tenant;
        let is_first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let is_first = !waiting.contains_key(&tenant);
            let queue = waiting.entry(tenant).or_default();
            if queue.len() >= BATCHES_WAITING_MAX {
                return Err(IngestError::Closed);
            }
            queue.push_back((batch, answer));
            is_first
        };
        if is_first {
            let serving = Serving { queue: self.clone(), tenant };
            tokio::spawn(async move { serving.queue.serve(serving.tenant).await });
        }
        Ok(verdict)
    }

    async fn serve(&self, tenant: TenantId) {
        while let Some(next) = self.next(tenant) {
            let (batches, answers): (Vec<Batch>, Vec<Answer>) = next.into_iter().unzip();
            let verdicts = self.ingest.take(tenant, &batches).await;
            self.tell(&batches, &verdicts);
            for (answer, verdict) in answers.into_iter().zip(verdicts) {
                // Whoever asked may be gone; what was stored stays.
                let _ = answer.send(verdict);
            }
        }
    }

    /// The store's other tills need not wait for their next look.
    fn tell(&self, batches: &[Batch], verdicts: &[Result<Verdict, IngestError>]) {
        let has_news = |verdict: &Verdict| verdict.stored + verdict.healed > 0;
        let brought = batches.iter().zip(verdicts).filter(|(_, verdict)| verdict.as_ref().is_ok_and(has_news));
        let mut stores: HashMap<StoreId, BTreeSet<DeviceId>> = HashMap::new();
        for (batch, _) in brought {
            stores.entry(batch.source.store).or_default().insert(batch.source.device);
        }
        for (store, devices) in stores {
            let from = if devices.len() == 1 { devices.first().copied() } else { None };
            // Nobody is attached: then nobody has to know.
            let _ = self.ingest.news().send(News { from, ..News::of(store) });
        }
    }

    /// The next batches of a tenant; none, and the tenant stands no longer here, when there are no more.
    fn next(&self, tenant: TenantId) -> Option<Vec<(Batch, Answer)>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = waiting.get_mut(&tenant)?;
        if queue.is_empty() {
            waiting.remove(&tenant);
            return None;
        }
        let count = queue.len().min(BATCHES_TOGETHER);
        Some(queue.drain(..count).collect())
    }
}

/// A tenant that is being served. Should its task end early, those who wait are told, and the next batch begins anew.
struct Serving {
    queue: IngestQueue,
    tenant: TenantId,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.queue.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.tenant);
        }
    }
}
