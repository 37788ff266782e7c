//! Begins a role's read model anew from the topics: its tables are emptied and its group stands at their beginning.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::limits::ASK_MS;
use super::store::Store;
use super::{ConsumeError, Role, Settings, source};
use crate::brokers::Brokers;
use crate::db::Database;

/// Empties the tables and puts the group back to the beginning of the topics; whoever consumes next fills them again. The
/// same messages give the same figures, in whatever order partitions are read.
///
/// # Errors
/// [`ConsumeError::Busy`] while a process of the role consumes, [`ConsumeError::NothingToRebuild`] for the role that
/// tells people things.
pub async fn rebuild(role: Role, settings: &Settings) -> Result<(), ConsumeError> {
    if role == Role::Notify {
        return Err(ConsumeError::NothingToRebuild);
    }
    let (group, brokers, topics) = (settings.group(role), settings.brokers.clone(), settings.topics(role));
    // Back first: if the second step does not happen, what is read again finds its ids in the inbox.
    tokio::task::spawn_blocking(move || rewind(&brokers, &group, &topics))
        .await
        .map_err(|_| ConsumeError::Broken)??;
    let database = Database::connect(&settings.database_url, role.database_role(), 1).await?;
    Store::new(database, role).clear().await?;
    tracing::info!(role = role.name(), "the read model is empty and fills from the beginning of the topics");
    Ok(())
}

fn rewind(brokers: &Brokers, group: &str, topics: &[String]) -> Result<(), ConsumeError> {
    let patience = Duration::from_millis(ASK_MS);
    let consumer: BaseConsumer = brokers
        .client()
        .set("client.id", "docket-rebuild")
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .create()?;
    if consumer.fetch_group_list(Some(group), patience)?.groups().iter().any(|group| !group.members().is_empty()) {
        return Err(ConsumeError::Busy);
    }
    let mut beginning = TopicPartitionList::new();
    for topic in topics {
        for (partition, low, _) in source::extents(&consumer, topic)? {
            beginning.add_partition_offset(topic, partition, Offset::Offset(low))?;
        }
    }
    match consumer.commit(&beginning, CommitMode::Sync) {
        Ok(()) => Ok(()),
        // Somebody joined since we looked: the group takes offsets from its members only.
        Err(KafkaError::ConsumerCommit(_)) => Err(ConsumeError::Busy),
        Err(error) => Err(error.into()),
    }
}
