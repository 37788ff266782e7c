//! The one writer: a thread that owns the connection, the log's head and the live orders. A command crosses to it
//! once and back once; all between (load, decide, hash, sign, write, commit) happens here.
//!
//! Commands that are ready share a commit. Each is a savepoint with its receipt, so that one that is refused rolls
//! back alone. Done is said only after the sync.

mod batch;
mod beginning;
mod bulk;
mod enrolment;
mod execute;
mod folding;
mod follow;
mod identity;
mod import;
mod live;
mod marks;
mod open;
mod rule_params;
mod shop_change;
mod shop_facts;
mod store_acts;
mod translate;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

use docket_contracts::{ApiError, Command, CommandOutcome, ErrorCode};
use docket_domain::ids::CommandId;
use docket_log::{HybridClock, LogWriter};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::actor::Actor;
use crate::clock::steady;
use crate::error::refuse;
use crate::limits::{COMMIT_COMMANDS_MAX, WRITER_CROWDED, WRITER_GIVES_WAY, WRITER_QUEUE_MAX, WRITER_SLEEPS_AT_ONCE};
use crate::shared::Shared;

pub(crate) use bulk::Bulk;
pub(crate) use enrolment::{Enrolment, central_key, former_tenants, orders_open};
pub(crate) use identity::{free_letter, letter_name};
pub use live::{Live, fold};
pub(crate) use marks::CENTRAL;
pub(crate) use open::{Home, Opening, WriterParts};
pub use shop_change::ShopChange;
pub use store_acts::{Publication, SetUpAct, StoreAct};
pub(crate) use store_acts::{index_products, load_shop};
pub(crate) use translate::{numbers_given, receipt_counter};

/// A command on its way to the writer.
pub struct Call {
    /// Made by the client.
    pub command_id: CommandId,
    /// SHA-256 over name and content: the same id with another hash is an error.
    pub request_hash: [u8; 32],
    /// Who asks.
    pub actor: Actor,
    /// The version that the person saw.
    pub expected_version: Option<String>,
    /// What is asked.
    pub command: Command,
    /// What was prepared outside, because it takes long.
    pub act: Option<store_acts::StoreAct>,
}

/// Where the answer to a command goes.
pub(crate) type Reply = oneshot::Sender<Result<CommandOutcome, ApiError>>;

pub(crate) enum Job {
    Command(Box<Call>, Reply),
    /// Other work on the writer's connection, in a transaction of its own if it needs one.
    Task(Box<dyn FnOnce(&mut Writer) + Send>),
    Stop,
}

/// Everything that the writer's thread owns.
pub struct Writer {
    pub(crate) connection: Connection,
    pub(crate) log: LogWriter,
    pub(crate) key: docket_log::DeviceKey,
    pub(crate) log_no: i64,
    pub(crate) clock: HybridClock,
    pub(crate) live: live::LiveOrders,
    pub(crate) counters: std::collections::HashMap<String, i64>,
    pub(crate) identity: identity::Identity,
    pub(crate) shared: Arc<Shared>,
    /// What another start of the store takes: damage makes one necessary while the program runs.
    pub(crate) home: Home,
    /// Wall time of the last salvage of this run.
    pub(crate) salvaged_ms: Option<i64>,
    /// Orders written since a rebuild began; `None` while none is under way.
    pub(crate) rebuild_touched: Option<std::collections::HashSet<docket_domain::ids::OrderId>>,
}

/// The sending end: hosts hold it through the terminal.
pub struct WriterHandle {
    sender: SyncSender<Job>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl WriterHandle {
    /// Starts the writer's thread.
    ///
    /// # Panics
    /// If the system gives no thread.
    #[must_use]
    pub fn start(writer: Writer) -> Self {
        let (sender, receiver) = sync_channel(WRITER_QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("docket-writer".into())
            .spawn(move || run(writer, &receiver))
            .expect("the system gives a thread at start");
        WriterHandle { sender, thread: std::sync::Mutex::new(Some(thread)) }
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// The command's refusal; `busy` if too many wait; `shutting_down`.
    pub async fn call(&self, call: Call) -> Result<CommandOutcome, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Command(Box::new(call), reply))?;
        answer.await.unwrap_or_else(|_| Err(shutting_down()))
    }

    /// Runs other work on the writer's thread and waits for what it gives.
    ///
    /// # Errors
    /// `busy` if too many wait; `shutting_down`.
    pub async fn task<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Task(Box::new(move |writer| {
            // The asker may have gone; the work is done all the same.
            let _ = reply.send(work(writer));
        })))?;
        answer.await.map_err(|_| shutting_down())
    }

    /// Ends the thread after what is queued.
    pub fn stop(&self) {
        let _ = self.sender.send(Job::Stop);
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread ended by a panic");
        }
    }

    fn send(&self, job: Job) -> Result<(), ApiError> {
        self.sender.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => refuse(ErrorCode::Busy, "", "too many commands wait; try again"),
            TrySendError::Disconnected(_) => shutting_down(),
        })
    }
}

fn shutting_down() -> ApiError {
    refuse(ErrorCode::ShuttingDown, "", "the program is ending; the command may be sent again with the same id")
}

/// How the writer waits for the next job.
#[derive(Default)]
struct Lookout {
    /// So many times it sleeps at once, because others wanted its core.
    crowded: u32,
}

impl Lookout {
    /// The next job, or none when nobody can send one any more. Who asked for the last one often asks again at once, so the
    /// writer gives way to him a moment before it sleeps: two ways through the scheduler are spared. Spinning would not do,
    /// because who is woken is put on the processor of the one who wakes him.
    ///
    /// Giving way costs the rest of a turn, so where a third one takes the core the writer comes back a whole turn later
    /// (4 ms): once that was seen, it sleeps at once for a while. Who slept is put before those who worked.
    fn receive(&mut self, receiver: &Receiver<Job>) -> Option<Job> {
        if self.crowded > 0 {
            self.crowded -= 1;
            return receiver.recv().ok();
        }
        let mut before = steady();
        for _ in 0..WRITER_GIVES_WAY {
            match receiver.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => std::thread::yield_now(),
            }
            let now = steady();
            if now.saturating_sub(before) > WRITER_CROWDED {
                self.crowded = WRITER_SLEEPS_AT_ONCE;
                break;
            }
            before = now;
        }
        receiver.recv().ok()
    }
}

fn run(mut writer: Writer, receiver: &Receiver<Job>) {
    let mut commands = Vec::with_capacity(COMMIT_COMMANDS_MAX);
    let mut lookout = Lookout::default();
    while let Some(first) = lookout.receive(receiver) {
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Command(call, reply) => commands.push((call, reply)),
                other => {
                    writer.commit(&mut commands);
                    match other {
                        Job::Task(work) => work(&mut writer),
                        Job::Stop => return writer.close(),
                        Job::Command(..) => unreachable!("matched above"),
                    }
                }
            }
            next = if commands.len() < COMMIT_COMMANDS_MAX { receiver.try_recv().ok() } else { None };
        }
        writer.commit(&mut commands);
    }
    writer.close();
}
