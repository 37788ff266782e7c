//! The writer of each store: while one transaction runs, the next commands gather, and share one.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_domain::ids::{StoreId, TenantId};
use docket_domain::order::line::OrderType;

use super::job::Job;
use super::menu::Menus;
use super::run::{Broken, run};
use crate::api::fault::{Fault, FaultCode};
use crate::api::limits::{COMMANDS_TOGETHER, COMMANDS_WAITING_MAX};
use crate::api::order::Answer;
use crate::db::Database;
use crate::down::OwnLogs;
use crate::limits::{TRANSACTION_PAUSE_MS, TRANSACTION_TRIES};
use crate::secret::ServiceSecret;

/// How long a till of the store has for an order, by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeLimits {
    /// At the counter.
    pub counter: Duration,
    /// At a table.
    pub dine_in: Duration,
    /// To go.
    pub take_away: Duration,
}

impl TakeLimits {
    /// For an order type.
    #[must_use]
    pub fn of(&self, order_type: OrderType) -> Duration {
        match order_type {
            OrderType::Counter => self.counter,
            OrderType::DineIn => self.dine_in,
            OrderType::TakeAway => self.take_away,
        }
    }
}

/// What a transaction of the desk works with.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub logs: OwnLogs,
    pub reads: Database,
    pub secret: ServiceSecret,
    pub menus: Menus,
    pub limits: TakeLimits,
}

type Place = (TenantId, StoreId);

/// The commands that wait, by store. A store that stands here has a task that serves it.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    tools: Tools,
    waiting: Arc<Mutex<HashMap<Place, VecDeque<Job>>>>,
}

impl Writer {
    pub(super) fn new(tools: Tools) -> Self {
        Writer { tools, waiting: Arc::default() }
    }

    /// Puts a command into its store's queue.
    ///
    /// # Errors
    /// [`FaultCode::Busy`] if too many wait.
    pub(super) fn put(&self, tenant: TenantId, store: StoreId, job: Job) -> Result<(), Fault> {
        let is_first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let is_first = !waiting.contains_key(&(tenant, store));
            let queue = waiting.entry((tenant, store)).or_default();
            if queue.len() >= COMMANDS_WAITING_MAX {
                let fault = Fault::new(FaultCode::Busy, "too many orders of this store wait for their turn");
                return Err(fault.retry_after(Duration::from_secs(1)));
            }
            queue.push_back(job);
            is_first
        };
        if is_first {
            let serving = Serving { writer: self.clone(), place: (tenant, store) };
            tokio::spawn(async move { serving.writer.serve(serving.place).await });
        }
        Ok(())
    }

    async fn serve(&self, place: Place) {
        while let Some(jobs) = self.next(place) {
            let answers = self.together_or_singly(place, &jobs).await;
            for (job, answer) in jobs.into_iter().zip(answers) {
                // Whoever asked may be gone; what was stored stays, and is answered to a repeat.
                let _ = job.answer.send(answer);
            }
        }
    }

    /// The next commands of a store, at most one for each order, so that each is decided on what the one before has stored;
    /// none, and the store stands no longer here, when there are no more.
    fn next(&self, place: Place) -> Option<Vec<Job>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = waiting.get_mut(&place)?;
        if queue.is_empty() {
            waiting.remove(&place);
            return None;
        }
        let mut orders = BTreeSet::new();
        let mut jobs = Vec::new();
        while jobs.len() < COMMANDS_TOGETHER
            && let Some(job) = queue.pop_front_if(|job| orders.insert(job.order_id()))
        {
            jobs.push(job);
        }
        Some(jobs)
    }

    async fn together_or_singly(&self, place: Place, jobs: &[Job]) -> Vec<Result<Answer, Fault>> {
        match self.persistently(place, jobs).await {
            Ok(answers) => answers,
            Err(broken) if jobs.len() <= 1 => vec![Err(broken.into_fault())],
            Err(broken) => {
                tracing::warn!(
                    error = &broken as &dyn std::error::Error,
                    "commands of one transaction are done singly"
                );
                let mut answers = Vec::with_capacity(jobs.len());
                for job in jobs {
                    let single = self.persistently(place, std::slice::from_ref(job)).await;
                    let single = single.map(|mut answers| answers.pop());
                    answers.push(match single {
                        Ok(Some(answer)) => answer,
                        Ok(None) => Err(Fault::new(FaultCode::Internal, "the command got no answer")),
                        Err(broken) => Err(broken.into_fault()),
                    });
                }
                answers
            }
        }
    }

    async fn persistently(&self, place: Place, jobs: &[Job]) -> Result<Vec<Result<Answer, Fault>>, Broken> {
        let mut pause_ms = TRANSACTION_PAUSE_MS;
        for _ in 1..TRANSACTION_TRIES {
            match run(&self.tools, place.0, place.1, jobs).await {
                Err(broken) if broken.is_passing() => tokio::time::sleep(Duration::from_millis(pause_ms)).await,
                other => return other,
            }
            pause_ms *= 2;
        }
        run(&self.tools, place.0, place.1, jobs).await
    }
}

/// A store that is being served. Should its task end early, those who wait are told, and the next command begins anew.
struct Serving {
    writer: Writer,
    place: Place,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.writer.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.place);
        }
    }
}
