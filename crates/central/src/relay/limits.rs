//! Every bound of the relay.

/// Messages that are sent together and marked by one statement.
pub const PAGE_ROWS: i64 = 1_000;
/// Orders that wait after a message of theirs failed, while others flow.
pub const STOPPED_KEYS_MAX: usize = 1_000;
/// Milliseconds that such an order waits before it is tried again.
pub const STOPPED_MS: i64 = 5_000;
/// Milliseconds between two looks at the outbox when nobody says that there is something.
pub const POLL_MS: u64 = 250;
/// Milliseconds between two tries to become the active relay, and after an error.
pub const LOCK_POLL_MS: u64 = 500;
/// Milliseconds between two looks at the lock's connection while Kafka is waited for.
pub const LOCK_CHECK_MS: u64 = 500;
/// Milliseconds that an answer of the lock's connection may take.
pub const LOCK_ANSWER_MS: u64 = 5_000;
/// Milliseconds that messages on their way have when the service stops.
pub const STOP_MS: u64 = 10_000;
/// Rows that are pruned in one transaction.
pub const PRUNE_ROWS: i64 = 1_000;
/// Milliseconds between two looks for rows to prune.
pub const PRUNE_EVERY_MS: i64 = 60_000;
/// Milliseconds that a published row is kept.
pub const KEPT_MS: i64 = 7 * 86_400_000;
/// Bytes of one message, as brokers take them unless told otherwise.
pub const MESSAGE_BYTES_MAX: usize = 1_000_000;
/// Partitions of a topic that is made here.
pub const PARTITIONS: i32 = 12;
/// Milliseconds that the brokers have to make topics.
pub const TOPICS_MS: u64 = 30_000;
