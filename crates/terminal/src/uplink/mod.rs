//! The way to head office: one thread that keeps one connection and drives the sync engine of `docket_log`.
//!
//! It reads with a connection of its own and writes through the writer, in short steps between the till's own commands.
//! Nothing of it is needed to sell: without a network it waits, for as long as it takes.

mod answers;
mod cause;
mod channel;
mod documents;
mod driver;
mod enrol;
mod hearing;
mod marks;
mod pace;
mod reading;
mod state;
mod stream;
mod tally;
mod token;

use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use docket_contracts::{ApiError, ErrorCode};
use tokio::sync::watch;

pub use enrol::{EnrolOptions, Enrolled};
pub(crate) use state::{HeadOfficeState, cause_view};

use crate::data::HeadOffice;
use crate::error::{StoreError, refuse};
use crate::terminal::Terminal;
use crate::writer::Enrolment;
use driver::Driver;

/// The thread of the uplink, once there is one.
#[derive(Default)]
pub(crate) struct Uplinks {
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Uplinks {
    /// Ends the thread, and waits for it.
    pub(crate) fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { stop, thread }) = running else { return };
        // Who has ended already hears nothing.
        let _ = stop.send(true);
        if thread.join().is_err() {
            tracing::error!("the uplink's thread ended by a panic");
        }
    }

    fn is_running(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|on| !on.thread.is_finished())
    }
}

impl Terminal {
    /// Begins to keep head office in step, if this till is enrolled; says whether it is. A second call does nothing.
    ///
    /// # Errors
    /// If the enrolment or the store can't be read, or the system gives no thread.
    pub async fn attach(&self) -> Result<bool, ApiError> {
        let Some(office) = HeadOffice::read(&self.inner.data)? else { return Ok(false) };
        let into = Enrolment {
            tenant: office.tenant,
            store: office.store,
            central_key: office.central_key,
            founded_as: office.former_tenant,
            letters: office.letters.clone(),
        };
        // An enrolment that was cut off is finished first: the log says whose it is before anything of it is sent.
        self.inner.writer.task(move |writer| writer.enrol(&into)).await??;
        // Whoever is signed in and does not work in the store that was joined is so no more.
        self.inner.sessions.follow(&self.shop().staff);
        if self.inner.uplinks.is_running() {
            return Ok(true);
        }
        let (stop, stopped) = watch::channel(false);
        let driver = Driver::new(self.clone(), office, stopped)?;
        let thread = std::thread::Builder::new()
            .name("docket-uplink".into())
            .spawn(move || run(driver))
            .map_err(|error| refuse(ErrorCode::StoreFailed, "", format!("the system gives no thread: {error}")))?;
        *self.inner.uplinks.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(Running { stop, thread });
        Ok(true)
    }
}

fn run(driver: Driver) {
    // Reading the store blocks, so the thread has nobody else to serve.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(driver.run()),
        Err(error) => tracing::error!(%error, "the uplink could not start"),
    }
}

/// What stops the uplink for good.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// The store could not be read or written.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The writer refused, or is gone.
    #[error("the writer refused")]
    Refused(#[from] ApiError),
}
