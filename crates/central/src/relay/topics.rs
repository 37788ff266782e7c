//! The topics that head office publishes to, and how topics are made where nobody else makes them.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use super::limits::{PARTITIONS, TOPICS_MS};
use crate::brokers::Brokers;

/// Orders: `order.*`.
pub const ORDERS: &str = "docket.orders.v1";
/// Money: `payment.*`.
pub const PAYMENTS: &str = "docket.payments.v1";
/// Customers: `customer.*`.
pub const CUSTOMERS: &str = "docket.customers.v1";
/// Stock. No source yet.
pub const INVENTORY: &str = "docket.inventory.v1";
/// What people are told. No source yet.
pub const NOTIFICATIONS: &str = "docket.notifications.v1";

/// The topics of the relay.
#[must_use]
pub fn published() -> Vec<String> {
    [ORDERS, PAYMENTS, CUSTOMERS, INVENTORY, NOTIFICATIONS].map(str::to_owned).to_vec()
}

/// Makes those of the topics that are missing, with the usual number of partitions and the brokers' replication.
///
/// # Errors
/// [`KafkaError`] if the brokers can't be asked, or refuse one.
pub async fn create(brokers: &Brokers, names: &[String]) -> Result<(), KafkaError> {
    create_with(brokers, names, PARTITIONS).await
}

/// The same with a number of partitions.
///
/// # Errors
/// As [`create`].
pub async fn create_with(brokers: &Brokers, names: &[String], partitions: i32) -> Result<(), KafkaError> {
    let admin: AdminClient<DefaultClientContext> = brokers.client().set("client.id", "docket-topics").create()?;
    // -1: as many copies as the brokers' own settings say.
    let topics: Vec<NewTopic<'_>> =
        names.iter().map(|name| NewTopic::new(name, partitions, TopicReplication::Fixed(-1))).collect();
    let patience = Some(Duration::from_millis(TOPICS_MS));
    let options = AdminOptions::new().operation_timeout(patience).request_timeout(patience);
    for result in admin.create_topics(&topics, &options).await? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                tracing::error!(topic = name, %code, "a topic can't be made");
                return Err(KafkaError::AdminOp(code));
            }
        }
    }
    Ok(())
}
