//! The consumers of Kafka: read models of orders, analytics, notifications. One program, a role by flag; each role has its
//! own schema, PostgreSQL role, consumer group and topics for what fails, and scales by starting it more often.
//!
//! An effect and the id of its message commit together, so a repeat does nothing. A message that fails is tried three
//! times in place, then after three delays; meanwhile the later messages of its key wait behind it and other keys flow. What
//! fails to the end goes to the role's dead-letter topic with its reason, from where [`dlq`] replays it. PostgreSQL or
//! Kafka being away is nobody's failure: it is waited for.

pub mod dlq;

mod apply;
mod delay;
mod effects;
mod forward;
mod limits;
mod message;
mod reader;
mod rebuild;
mod source;
mod store;
mod upkeep;

use std::sync::Arc;

use rdkafka::error::KafkaError;

use crate::brokers::Brokers;
use crate::config::{Config, ConfigFaults};
use crate::db::{self, Database, DbError};
use crate::relay::topics;
use crate::telemetry::{ConsumerRole, Metrics, Stop};
use apply::Applier;
use forward::Forwarder;
use store::Store;

pub use rebuild::rebuild;

/// Why a consumer can't begin, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// The configuration lacks something.
    #[error(transparent)]
    Config(#[from] ConfigFaults),
    /// The pool could not be opened.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A statement failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// Kafka refused something that can't be tried again.
    #[error("Kafka failed")]
    Kafka(#[from] KafkaError),
    /// Another process of the role is running.
    #[error("a process of this role consumes at the moment; end it first")]
    Busy,
    /// What people are told is not told again.
    #[error("the role notify has nothing to rebuild")]
    NothingToRebuild,
    /// A task of the consumer broke off.
    #[error("a part of the consumer broke off")]
    Broken,
    /// No dead letter has the id.
    #[error("no dead letter has the id {0}")]
    NoSuchLetter(String),
}

/// What a consumer does with the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Role {
    /// Read models of orders.
    Orders,
    /// Sales by day, hour, product, type and store.
    Analytics,
    /// Notifications.
    Notify,
    /// Open orders of customers that were deactivated.
    Customers,
}

impl Role {
    /// Its name on the command line, in topics and groups.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Analytics => "analytics",
            Self::Notify => "notify",
            Self::Customers => "customers",
        }
    }

    const fn schema(self) -> &'static str {
        match self {
            Self::Orders => "orders_read",
            Self::Analytics => "analytics",
            Self::Notify => "notify",
            Self::Customers => "customers_read",
        }
    }

    const fn database_role(self) -> db::Role {
        match self {
            Self::Orders => db::Role::Orders,
            Self::Analytics => db::Role::Analytics,
            Self::Notify => db::Role::Notify,
            Self::Customers => db::Role::Customers,
        }
    }

    const fn measured(self) -> ConsumerRole {
        match self {
            Self::Orders => ConsumerRole::Orders,
            Self::Analytics => ConsumerRole::Analytics,
            Self::Notify => ConsumerRole::Notify,
            Self::Customers => ConsumerRole::Customers,
        }
    }

    /// What it reads, without the prefix of the installation.
    const fn reads(self) -> &'static [&'static str] {
        match self {
            Self::Orders => &["orders.v1"],
            Self::Analytics => &["orders.v1", "payments.v1"],
            Self::Notify => &["orders.v1", "notifications.v1"],
            Self::Customers => &["orders.v1", "customers.v1"],
        }
    }
}

/// `docket-central consume`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What to do with the messages.
    #[arg(value_enum)]
    pub role: Role,
    /// Empty the role's tables first and read the topics from their beginning; no other process of the role may run.
    #[arg(long)]
    pub rebuild: bool,
    /// Make the topics that are missing.
    #[arg(long)]
    pub create_topics: bool,
}

/// What a consumer runs by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// PostgreSQL.
    pub database_url: String,
    /// Kafka.
    pub brokers: Brokers,
    /// Before every topic and group: `docket`.
    pub prefix: String,
    /// Milliseconds of the three delays.
    pub delays_ms: [u64; 3],
}

/// The delay topics are named by what they are unless configured otherwise.
const DELAYS: [&str; 3] = ["5s", "1m", "10m"];

impl Settings {
    /// The settings of a configuration.
    ///
    /// # Errors
    /// [`ConfigFaults`] if no brokers are set.
    pub fn of(config: &Config) -> Result<Self, ConfigFaults> {
        Ok(Settings {
            database_url: config.database_url.clone(),
            brokers: config.need_brokers()?.clone(),
            prefix: "docket".to_owned(),
            delays_ms: config.retry_delays_ms,
        })
    }

    fn group(&self, role: Role) -> String {
        format!("{}.{}", self.prefix, role.name())
    }

    fn delay_topic(&self, role: Role, stage: usize) -> String {
        format!("{}.{}.retry.{}", self.prefix, role.name(), DELAYS[stage.min(DELAYS.len() - 1)])
    }

    fn dead_topic(&self, role: Role) -> String {
        format!("{}.{}.dead", self.prefix, role.name())
    }

    fn topics(&self, role: Role) -> Vec<String> {
        role.reads().iter().map(|name| format!("{}.{name}", self.prefix)).collect()
    }

    /// Every topic that a role reads or writes.
    #[must_use]
    pub fn all_topics(&self, role: Role) -> Vec<String> {
        let mut topics = self.topics(role);
        topics.extend((0..DELAYS.len()).map(|stage| self.delay_topic(role, stage)));
        topics.push(self.dead_topic(role));
        topics
    }
}

/// The subcommand.
///
/// # Errors
/// [`ConsumeError`] where it can't begin.
pub async fn command(config: &Config, args: &Args, stop: Stop, metrics: Metrics) -> Result<(), ConsumeError> {
    let settings = Settings::of(config)?;
    if args.create_topics {
        topics::create(&settings.brokers, &settings.all_topics(args.role)).await?;
    }
    if args.rebuild {
        rebuild(args.role, &settings).await?;
    }
    run(args.role, &settings, stop, metrics).await
}

/// Consumes until it is asked to stop; what was begun is finished.
///
/// # Errors
/// [`ConsumeError`] if the database or Kafka can't be reached at the start, or a part of it broke off.
pub async fn run(role: Role, settings: &Settings, stop: Stop, metrics: Metrics) -> Result<(), ConsumeError> {
    let database = Database::connect(&settings.database_url, role.database_role(), limits::CONNECTIONS).await?;
    let store = Store::new(database, role);
    let forwarder = Forwarder::new(role, settings)?;
    let applier = Arc::new(Applier::new(role, store.clone(), forwarder, stop.clone(), metrics.clone()));
    let reader = Arc::new(source::open(settings, &settings.group(role), &settings.topics(role), 0)?);
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(upkeep::keep(role, store, Arc::clone(&reader), stop.clone(), metrics));
    tasks.spawn(reader::read(reader, Arc::clone(&applier), stop.clone()));
    for stage in 0..DELAYS.len() {
        let topic = settings.delay_topic(role, stage);
        let delayed = source::open(settings, &topic, std::slice::from_ref(&topic), settings.delays_ms[stage])?;
        tasks.spawn(delay::read(delayed, stage, Arc::clone(&applier), stop.clone()));
    }
    let mut broken = false;
    while let Some(ended) = tasks.join_next().await {
        // None ends before it is asked to, unless it panicked; then all end, and whoever started us starts us anew.
        broken |= ended.is_err() || !stop.is_asked();
        stop.ask();
    }
    if broken { Err(ConsumeError::Broken) } else { Ok(()) }
}
