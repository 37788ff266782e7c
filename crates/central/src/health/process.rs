//! The frame of every role: it hears signals, answers the health pages, does its work, and drains.

use crate::config::{Config, ConfigFaults};
use crate::health::{self, Checks};
use crate::telemetry::{Metrics, Stop};

/// What a role needs before it may be given work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// PostgreSQL.
    Database,
    /// PostgreSQL and Kafka.
    DatabaseAndKafka,
}

/// Why a process can't begin.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The configuration lacks something.
    #[error(transparent)]
    Config(#[from] ConfigFaults),
    /// Signals can't be heard, or the health pages' address is taken.
    #[error("DOCKET_HTTP_LISTEN: {0}")]
    Listen(std::io::Error),
    /// The brokers' addresses can't be used.
    #[error("KAFKA_BROKERS: {0}")]
    Brokers(#[from] rdkafka::error::KafkaError),
}

/// Runs a role until its work ends, which it does when it is asked to stop. The pages answer to the last.
///
/// # Errors
/// [`FrameError`] if it can't begin; whatever the work ends with.
pub async fn work<E: From<FrameError>>(
    config: &Config,
    needs: Needs,
    body: impl AsyncFnOnce(Stop, Metrics) -> Result<(), E>,
) -> Result<(), E> {
    let stop = Stop::on_signals().map_err(FrameError::Listen)?;
    let metrics = Metrics::new();
    let mut checks = Checks::new().with_database(&config.database_url);
    if needs == Needs::DatabaseAndKafka {
        let brokers = config.need_brokers().map_err(FrameError::Config)?;
        checks = checks.with_brokers(brokers).map_err(FrameError::Brokers)?;
    }
    let pages = health::listen(config.http_listen).await.map_err(FrameError::Listen)?;
    let address = pages.address().map_err(FrameError::Listen)?;
    tracing::info!(service = config.service_name, cell = config.cell_id, %address, "health pages");
    let end = Stop::new();
    let ended = end.clone();
    let serving = tokio::spawn(pages.serve(checks, metrics.clone(), stop.clone(), async move { ended.asked().await }));
    let result = body(stop, metrics).await;
    end.ask();
    match serving.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the health pages ended"),
        Err(error) => tracing::warn!(%error, "the health pages broke off"),
    }
    result
}
