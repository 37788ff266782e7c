//! Publishes the outbox to Kafka. One relay is active at a time; the others wait for its lock.
//!
//! Delivery is at least once: a relay that ends between sending and marking sends again, with the same id. Per order
//! the messages of a topic are in the order of their commits: what follows a failed message of an order goes behind
//! it again, and other orders flow meanwhile. The relay knows nothing of what the messages say.

mod hash;
mod limits;
mod lock;
mod page;
mod prune;
mod publish;
pub mod topics;

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgListener;
use uuid::Uuid;

use crate::brokers::Brokers;
use crate::clock;
use crate::config::{Config, ConfigFaults};
use crate::db::{Database, DbError, Role, notify};
use crate::telemetry::{Metrics, Stop};

pub use hash::message_hash;
use lock::Lock;
use publish::{Publisher, Sent};

/// The channel on which whoever fills the outbox says so, after the commit.
pub(crate) const CHANNEL: &str = "docket_outbox";

/// Why the relay ended or begins anew.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The configuration lacks something.
    #[error(transparent)]
    Config(#[from] ConfigFaults),
    /// The pool could not be opened.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The connection that holds the lock failed, and with it the lock.
    #[error("the lock's connection failed")]
    Lock(#[from] sqlx::Error),
    /// The lock's connection does not answer.
    #[error("the lock's connection does not answer")]
    Silent,
    /// The producer can't be made, or can't go on.
    #[error("the producer failed")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// The producer lost its place in the sequence and must be made anew.
    #[error("the producer can't go on: {0}")]
    Fatal(String),
    /// Too many orders wait behind failed messages.
    #[error("{0} orders wait behind failed messages")]
    Stopped(usize),
}

/// `docket-central relay`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Make the topics that are missing.
    #[arg(long)]
    pub create_topics: bool,
}

/// What the relay runs by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// PostgreSQL.
    pub database_url: String,
    /// Kafka.
    pub brokers: Brokers,
    /// Milliseconds between two looks at the outbox when nobody says that there is something.
    pub poll_ms: u64,
    /// Milliseconds between two tries to become the active relay.
    pub lock_poll_ms: u64,
    /// Milliseconds that a published row is kept.
    pub kept_ms: i64,
    /// Milliseconds between two looks for rows to prune.
    pub prune_every_ms: i64,
    /// Milliseconds that an order waits after a message of it failed.
    pub stopped_ms: i64,
}

impl Settings {
    /// The settings of a database and brokers, with the usual times.
    #[must_use]
    pub fn new(database_url: &str, brokers: impl Into<Brokers>) -> Self {
        Settings {
            database_url: database_url.to_owned(),
            brokers: brokers.into(),
            poll_ms: limits::POLL_MS,
            lock_poll_ms: limits::LOCK_POLL_MS,
            kept_ms: limits::KEPT_MS,
            prune_every_ms: limits::PRUNE_EVERY_MS,
            stopped_ms: limits::STOPPED_MS,
        }
    }
}

/// Says that the outbox has something, so that the relay need not look. Where it can't be said the relay finds the rows all
/// the same.
pub async fn wake(pool: &sqlx::PgPool) {
    if let Err(error) = notify(pool, &[CHANNEL], &[String::new()]).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the relay could not be told of messages");
    }
}

/// The subcommand.
///
/// # Errors
/// [`RelayError`] where it can't begin; later failures are logged and it begins anew.
pub async fn command(config: &Config, args: &Args, stop: Stop, metrics: Metrics) -> Result<(), RelayError> {
    let brokers = config.need_brokers()?;
    if args.create_topics {
        topics::create(brokers, &topics::published()).await?;
    }
    run(&Settings::new(&config.database_url, brokers), stop, metrics).await
}

/// Publishes until it is asked to stop. Whatever fails on the way is logged, and it begins anew.
///
/// # Errors
/// [`RelayError::Database`] if the database can't be reached at the start.
pub async fn run(settings: &Settings, stop: Stop, metrics: Metrics) -> Result<(), RelayError> {
    let database = Database::connect(&settings.database_url, Role::Relay, 2).await?;
    while !stop.is_asked() {
        let taken = Lock::wait(&database, settings.lock_poll_ms, &stop).await;
        let ended = match taken {
            Ok(None) => break,
            Ok(Some(lock)) => {
                tracing::info!("this relay is the active one");
                metrics.relay_active(true);
                let ended = Active::serve(settings, lock, &stop, &metrics).await;
                metrics.relay_active(false);
                ended
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::warn!(error = &error as &dyn std::error::Error, "the relay begins anew");
            pause(settings.lock_poll_ms, &stop).await;
        }
    }
    Ok(())
}

/// Waits so long, or until it is asked to stop.
async fn pause(milliseconds: u64, stop: &Stop) {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(milliseconds)) => {}
        () = stop.asked() => {}
    }
}

/// The relay while it holds the lock.
struct Active<'a> {
    settings: &'a Settings,
    stop: &'a Stop,
    metrics: &'a Metrics,
    lock: Lock,
    publisher: Publisher,
    wakes: PgListener,
    /// Orders that wait behind a failed message, and until when.
    stopped: HashMap<Uuid, i64>,
    prune_at_ms: i64,
}

impl<'a> Active<'a> {
    async fn serve(settings: &'a Settings, lock: Lock, stop: &'a Stop, metrics: &'a Metrics) -> Result<(), RelayError> {
        let publisher = Publisher::new(&settings.brokers)?;
        let mut wakes = PgListener::connect(&settings.database_url).await?;
        wakes.listen(CHANNEL).await?;
        let mut active =
            Active { settings, stop, metrics, lock, publisher, wakes, stopped: HashMap::new(), prune_at_ms: 0 };
        let ended = active.rounds().await;
        // What is still on its way must not arrive behind what the next holder of the lock sends.
        active.publisher.purge();
        if ended.is_ok() {
            active.lock.release().await;
        }
        ended
    }

    async fn rounds(&mut self) -> Result<(), RelayError> {
        while !self.stop.is_asked() {
            let now_ms = clock::wall_ms();
            self.stopped.retain(|_, until_ms| *until_ms > now_ms);
            let waiting: Vec<Uuid> = self.stopped.keys().copied().collect();
            let rows = page::read(self.lock.connection(), limits::PAGE_ROWS, &waiting).await?;
            if rows.is_empty() {
                self.idle(now_ms).await?;
                continue;
            }
            let Some(sent) = self.send(&rows).await? else { return Ok(()) };
            page::mark(self.lock.connection(), &sent.published).await?;
            self.account(sent, now_ms)?;
        }
        Ok(())
    }

    /// Sends a page. While Kafka is waited for, the lock's connection is looked at: whoever lost it must not go on.
    /// Nothing if there was no answer in time when asked to stop.
    async fn send(&mut self, rows: &[page::Row]) -> Result<Option<Sent>, RelayError> {
        let sending = self.publisher.send(rows);
        tokio::pin!(sending);
        let check = Duration::from_millis(limits::LOCK_CHECK_MS);
        loop {
            tokio::select! {
                sent = &mut sending => return Ok(Some(sent)),
                () = tokio::time::sleep(check) => self.lock.check().await?,
                () = self.stop.asked() => break,
            }
        }
        let grace = Duration::from_millis(limits::STOP_MS);
        Ok(tokio::time::timeout(grace, sending).await.ok())
    }

    fn account(&mut self, sent: Sent, now_ms: i64) -> Result<(), RelayError> {
        self.metrics.published(sent.published.len() as u64);
        self.metrics.publish_failed(sent.stopped.len() as u64);
        for (key, (_, reason)) in sent.stopped {
            tracing::warn!(order = %key, reason, "a message was not taken; its order waits");
            self.stopped.insert(key, now_ms + self.settings.stopped_ms);
        }
        if let Some(reason) = self.publisher.fatal() {
            return Err(RelayError::Fatal(reason));
        }
        if self.stopped.len() > limits::STOPPED_KEYS_MAX {
            return Err(RelayError::Stopped(self.stopped.len()));
        }
        Ok(())
    }

    /// Nothing waits: prunes if it is time, then waits for a word.
    async fn idle(&mut self, now_ms: i64) -> Result<(), RelayError> {
        if now_ms >= self.prune_at_ms {
            let pruned = prune::prune(self.lock.connection(), self.settings.kept_ms, limits::PRUNE_ROWS).await?;
            if pruned >= limits::PRUNE_ROWS {
                // There is more, and what waits meanwhile goes first.
                return Ok(());
            }
            self.prune_at_ms = now_ms + self.settings.prune_every_ms;
        }
        tokio::select! {
            word = self.wakes.recv() => {
                word?;
                // One look answers all words that are already here.
                while self.wakes.next_buffered().is_some() {}
            }
            () = tokio::time::sleep(Duration::from_millis(self.settings.poll_ms)) => {}
            () = self.stop.asked() => {}
        }
        Ok(())
    }
}
