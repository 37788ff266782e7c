//! What must be in order before a process may be given work.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use tokio::sync::Semaphore;

use crate::brokers::Brokers;
use crate::db;

/// Milliseconds that a check may take.
const CHECK_MS: u64 = 3_000;

/// The checks of one process: each role names what it needs. Cheap to clone.
#[derive(Clone)]
pub struct Checks {
    database_url: Option<String>,
    broker: Option<Arc<BaseConsumer>>,
    /// One look at a time, so that whoever asks often makes no load.
    turn: Arc<Semaphore>,
}

impl Default for Checks {
    fn default() -> Self {
        Self::new()
    }
}

impl Checks {
    /// No checks: ready as soon as it answers.
    #[must_use]
    pub fn new() -> Self {
        Checks { database_url: None, broker: None, turn: Arc::new(Semaphore::new(1)) }
    }

    /// The database must be reachable, and its schema must have every migration of this program.
    #[must_use]
    pub fn with_database(self, url: &str) -> Self {
        Checks { database_url: Some(url.to_owned()), ..self }
    }

    /// A broker must answer.
    ///
    /// # Errors
    /// If the addresses can't be used.
    pub fn with_brokers(self, brokers: &Brokers) -> Result<Self, rdkafka::error::KafkaError> {
        let consumer = brokers.client().create()?;
        Ok(Checks { broker: Some(Arc::new(consumer)), ..self })
    }

    /// What is not in order, a line each.
    pub async fn faults(&self) -> Vec<String> {
        let Ok(_turn) = self.turn.acquire().await else { return Vec::new() };
        let mut faults = Vec::new();
        if let Some(url) = &self.database_url {
            faults.extend(database(url).await);
        }
        if let Some(broker) = &self.broker {
            faults.extend(brokers(broker.clone()).await);
        }
        faults
    }
}

async fn database(url: &str) -> Option<String> {
    match tokio::time::timeout(Duration::from_millis(CHECK_MS), db::is_current(url)).await {
        Ok(Ok(true)) => None,
        Ok(Ok(false)) => Some("database: the schema is older than this program; run docket-central migrate".to_owned()),
        Ok(Err(error)) => Some(format!("database: {error}")),
        Err(_) => Some(format!("database: no answer within {CHECK_MS} ms")),
    }
}

async fn brokers(consumer: Arc<BaseConsumer>) -> Option<String> {
    let asked = tokio::task::spawn_blocking(move || {
        consumer.fetch_metadata(None, Duration::from_millis(CHECK_MS)).map(|metadata| metadata.brokers().len())
    });
    match asked.await {
        Ok(Ok(0)) => Some("Kafka: no broker is there".to_owned()),
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(format!("Kafka: {error}")),
        Err(error) => Some(format!("Kafka: {error}")),
    }
}
