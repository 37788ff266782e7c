//! `docket-central dlq`: what was given up, why, and another try.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::forward::Forwarder;
use super::limits::{ASK_MS, DEAD_LETTERS_MAX};
use super::message::{DEAD, Message, REASON, Raw, TOPIC};
use super::store::Store;
use super::{ConsumeError, Role, Settings, source};
use crate::brokers::Brokers;
use crate::config::Config;
use crate::db::Database;

/// `docket-central dlq`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What to do with them.
    #[command(subcommand)]
    pub act: Act,
}

/// What can be done with the dead letters of a role.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Act {
    /// One line each.
    List {
        /// Whose.
        #[arg(value_enum)]
        role: Role,
    },
    /// All of one.
    Show {
        /// Whose.
        #[arg(value_enum)]
        role: Role,
        /// Its id.
        id: String,
    },
    /// Try one again, or all that had no effect since.
    Replay {
        /// Whose.
        #[arg(value_enum)]
        role: Role,
        /// Its id.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All of them.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

/// A message that was given up.
#[derive(Debug, Clone)]
pub struct Letter {
    raw: Raw,
    /// The message's id; the place in the topic where it has none.
    pub id: String,
    /// The type, if it has one.
    pub event_type: String,
    /// The key.
    pub key: String,
    /// Why it was given up.
    pub reason: String,
    /// When, in milliseconds of the Unix epoch.
    pub dead_ms: i64,
    /// Whether it had its effect since.
    pub is_done: bool,
}

impl Letter {
    fn read(raw: Raw) -> Self {
        let text = |name: &str| raw.header(name).unwrap_or_default().to_owned();
        let place = format!("{}:{}", raw.partition, raw.offset);
        Letter {
            id: raw.header("ce_id").map_or(place, str::to_owned),
            event_type: text("ce_type"),
            key: String::from_utf8_lossy(&raw.key).into_owned(),
            reason: text(REASON),
            dead_ms: raw.number(DEAD).unwrap_or(0),
            is_done: false,
            raw,
        }
    }

    fn at(&self) -> String {
        let time = DateTime::from_timestamp_millis(self.dead_ms).unwrap_or(DateTime::UNIX_EPOCH);
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    fn line(&self) -> String {
        let state = if self.is_done { "done" } else { "dead" };
        format!("{state}  {}  {}  {}  {}  {}", self.at(), self.id, self.event_type, self.key, self.reason)
    }

    /// Everything about it, for people.
    #[must_use]
    pub fn whole(&self) -> String {
        let headers: Vec<String> = self
            .raw
            .headers
            .iter()
            .map(|(key, value)| format!("{key}: {}\n", String::from_utf8_lossy(value)))
            .collect();
        format!("key: {}\n{}\n{}", self.key, headers.concat(), String::from_utf8_lossy(&self.raw.payload))
    }
}

/// The subcommand; prints to standard output.
///
/// # Errors
/// [`ConsumeError`].
pub async fn command(config: &Config, args: &Args) -> Result<(), ConsumeError> {
    let settings = Settings::of(config)?;
    match &args.act {
        Act::List { role } => {
            for letter in list(*role, &settings).await? {
                println!("{}", letter.line());
            }
        }
        Act::Show { role, id } => println!("{}", find(*role, &settings, id).await?.whole()),
        Act::Replay { role, id, .. } => {
            let letters = match id {
                Some(id) => vec![find(*role, &settings, id).await?],
                None => list(*role, &settings).await?.into_iter().filter(|letter| !letter.is_done).collect(),
            };
            replay(*role, &settings, &letters).await?;
            for letter in &letters {
                println!("goes again: {}", letter.id);
            }
        }
    }
    Ok(())
}

async fn find(role: Role, settings: &Settings, id: &str) -> Result<Letter, ConsumeError> {
    let found = list(role, settings).await?.into_iter().find(|letter| letter.id == id);
    found.ok_or_else(|| ConsumeError::NoSuchLetter(id.to_owned()))
}

/// The dead letters of a role, each once, oldest first; at most 10,000.
///
/// # Errors
/// [`ConsumeError`] if Kafka or the database can't be asked.
pub async fn list(role: Role, settings: &Settings) -> Result<Vec<Letter>, ConsumeError> {
    let (brokers, topic) = (settings.brokers.clone(), settings.dead_topic(role));
    let raws = tokio::task::spawn_blocking(move || read_all(&brokers, &topic)).await;
    let raws = raws.map_err(|_| ConsumeError::Broken)??;
    let database = Database::connect(&settings.database_url, role.database_role(), 1).await?;
    let store = Store::new(database, role);
    let mut letters: BTreeMap<(String, String), Letter> = BTreeMap::new();
    for raw in raws {
        let mut letter = Letter::read(raw.clone());
        if let Ok(message) = Message::read(raw) {
            letter.is_done = store.is_done(&message).await?;
        }
        let source = letter.raw.header("ce_source").unwrap_or_default().to_owned();
        letters.insert((source, letter.id.clone()), letter);
    }
    let mut letters: Vec<Letter> = letters.into_values().collect();
    letters.sort_by(|one, other| (one.dead_ms, &one.id).cmp(&(other.dead_ms, &other.id)));
    Ok(letters)
}

/// Tries them again: they go to the first delay topic, due at once, as if they had never failed.
///
/// # Errors
/// [`ConsumeError`] if no producer can be made.
pub async fn replay(role: Role, settings: &Settings, letters: &[Letter]) -> Result<(), ConsumeError> {
    let forwarder = Forwarder::new(role, settings)?;
    for letter in letters {
        let topic = letter.raw.header(TOPIC).unwrap_or_default();
        // Without a signal to stop it ends only when Kafka has it.
        if forwarder.replay(&letter.raw, topic).await.is_err() {
            return Err(ConsumeError::Broken);
        }
    }
    Ok(())
}

/// All that stands in a topic now.
fn read_all(brokers: &Brokers, topic: &str) -> Result<Vec<Raw>, KafkaError> {
    let patience = Duration::from_millis(ASK_MS);
    let consumer: BaseConsumer = brokers
        .client()
        .set("client.id", "docket-dlq")
        // Kafka wants a name; nothing is committed under it.
        .set("group.id", "docket.dlq")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut from = TopicPartitionList::new();
    let mut wanted = 0_i64;
    for (partition, low, high) in source::extents(&consumer, topic)? {
        if high > low {
            from.add_partition_offset(topic, partition, Offset::Offset(low))?;
            wanted += high - low;
        }
    }
    let most = usize::try_from(wanted).unwrap_or(0).min(DEAD_LETTERS_MAX);
    let mut found = Vec::with_capacity(most);
    if most > 0 {
        consumer.assign(&from)?;
    }
    while found.len() < most {
        match consumer.poll(patience) {
            Some(Ok(message)) => found.push(Raw::of(&message)),
            Some(Err(error)) => return Err(error),
            // Some of them were deleted by age meanwhile.
            None => break,
        }
    }
    Ok(found)
}
