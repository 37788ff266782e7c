//! Long work: it runs in the background, says how far it has come, and ends early when a manager asks. It looks between
//! two of its steps whether it is to stop, and what it leaves behind then is what was there before it began.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use docket_contracts::view::{EndedWorkView, ImportedView, ProgressView, Work, WorkEnd};
use docket_contracts::{ApiError, CommandOutcome, ErrorCode, Topic};

use crate::clock::wall_ms;
use crate::error::{StoreError, refuse};
use crate::limits::PROGRESS_EVERY_MS;
use crate::shared::Shared;
use crate::terminal::Terminal;

/// Set once work is to end before it is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Lets work go on to its next step.
    ///
    /// # Errors
    /// If it is to end instead.
    pub(crate) fn go_on(&self) -> Result<(), StoreError> {
        if self.is_set() { Err(cancelled().into()) } else { Ok(()) }
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What work that was cancelled answers to a caller who waits for it.
pub(crate) fn cancelled() -> ApiError {
    refuse(ErrorCode::Busy, "", "this was cancelled; everything is as it was, and it may be begun again")
}

/// What is under way.
#[derive(Default)]
pub(crate) struct Works(Mutex<Vec<(Work, Stop)>>);

impl Works {
    fn change<T>(&self, change: impl FnOnce(&mut Vec<(Work, Stop)>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shared {
    /// The program ends: what is under way ends with it, and leaves nothing behind.
    pub(crate) fn stop_works(&self) {
        self.works.change(|works| works.iter().for_each(|(_, stop)| stop.set()));
    }

    pub(crate) fn is_under_way(&self, work: Work) -> bool {
        self.works.change(|works| works.iter().any(|(other, _)| *other == work))
    }
}

/// Work under way. It leaves the status when it is dropped, however it ended.
pub(crate) struct Running {
    shared: Arc<Shared>,
    work: Work,
    stop: Stop,
    told_ms: AtomicI64,
}

impl Running {
    /// Begins work; none if work of this kind is under way.
    pub(crate) fn try_begin(shared: &Arc<Shared>, work: Work) -> Option<Running> {
        let stop = Stop::default();
        let begun = shared.works.change(|works| {
            let free = works.iter().all(|(other, _)| *other != work);
            if free {
                works.push((work, stop.clone()));
            }
            free
        });
        begun.then(|| Running::show(shared, work, stop))
    }

    /// Begins work beside other work of its kind: who calls this has made sure that both can go on.
    pub(crate) fn begin(shared: &Arc<Shared>, work: Work) -> Running {
        let stop = Stop::default();
        shared.works.change(|works| works.push((work, stop.clone())));
        Running::show(shared, work, stop)
    }

    fn show(shared: &Arc<Shared>, work: Work, stop: Stop) -> Running {
        let running = Running { shared: shared.clone(), work, stop, told_ms: AtomicI64::new(0) };
        running.tell(0, 0);
        running
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Says how far it has come. The windows hear of it a few times a second, however often this is called.
    pub(crate) fn tell(&self, done: u64, total: u64) {
        let now = wall_ms();
        if (now - self.told_ms.load(Ordering::Relaxed)).abs() < PROGRESS_EVERY_MS {
            return;
        }
        self.told_ms.store(now, Ordering::Relaxed);
        self.shared.change_health(|health| {
            // Work that began earlier keeps its place on the screens.
            if health.progress.as_ref().is_none_or(|shown| shown.work == self.work) {
                health.progress = Some(ProgressView { work: self.work, done, total: total.max(done) });
            }
        });
        self.shared.feed.publish(vec![Topic::Status], None);
    }

    /// Ends it with what came of it, or why nothing did.
    pub(crate) fn end(self, result: Result<String, ApiError>) {
        self.end_with(result.map(|text| (text, None)));
    }

    /// Ends an import, with its report in words and in figures.
    pub(crate) fn end_import(self, result: Result<(String, ImportedView), ApiError>) {
        self.end_with(result.map(|(text, imported)| (text, Some(imported))));
    }

    fn end_with(self, result: Result<(String, Option<ImportedView>), ApiError>) {
        let (work, at_ms) = (self.work, wall_ms());
        let (end, text, imported, failure) = match result {
            Ok((text, imported)) => (WorkEnd::Done, text, imported, None),
            Err(_) if self.stop.is_set() => (WorkEnd::Cancelled, String::new(), None, None),
            Err(error) => {
                tracing::error!(?work, code = error.code.as_str(), rule = error.rule, "long work failed");
                (WorkEnd::Failed, String::new(), None, Some(error))
            }
        };
        let ended = EndedWorkView { work, end, at_ms, text, imported, failure };
        self.shared.change_health(|health| health.ended = Some(ended));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.works.change(|works| works.retain(|(_, stop)| !Arc::ptr_eq(&stop.0, &self.stop.0)));
        self.shared
            .change_health(|health| health.progress = health.progress.take().filter(|shown| shown.work != self.work));
        self.shared.feed.publish(vec![Topic::Status], None);
    }
}

/// The outcome of a command that has only begun its work.
pub(crate) fn begun() -> CommandOutcome {
    CommandOutcome::plain(true)
}

/// What a command says that finds work of its kind under way.
pub(crate) fn under_way(rule: &str) -> ApiError {
    refuse(ErrorCode::Busy, "", rule)
}

impl Terminal {
    /// Tells work to end before it is done. It does so at its next step.
    ///
    /// # Errors
    /// `nothing_to_do` if no such work is under way.
    pub(crate) async fn cancel_work(&self, work: Work) -> Result<CommandOutcome, ApiError> {
        let stops = self.inner.shared.works.change(|works| {
            works.iter().filter(|(other, _)| *other == work).map(|(_, stop)| stop.clone()).collect::<Vec<_>>()
        });
        stops.iter().for_each(Stop::set);
        let arriving = work == Work::Import && self.inner.arrivals.drop_file().await;
        if stops.is_empty() && !arriving {
            return Err(refuse(ErrorCode::NothingToDo, "work", "no such work is under way; it may just have ended"));
        }
        Ok(begun())
    }
}
