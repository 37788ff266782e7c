//! Every bound of the consumers.

/// Messages that share a transaction.
pub const BATCH_MESSAGES: usize = 200;
/// Tries of a message before it is put off.
pub const TRIES: u32 = 3;
/// Milliseconds between these tries.
pub const TRY_PAUSE_MS: u64 = 100;
/// Milliseconds before the first new try when PostgreSQL or Kafka is away; each further one doubles it.
pub const AWAY_PAUSE_MS: u64 = 100;
/// The longest such pause, in milliseconds.
pub const AWAY_PAUSE_MAX_MS: u64 = 5_000;
/// Milliseconds without a word after which a consumer's partitions go to another.
pub const SESSION_MS: u64 = 10_000;
/// Milliseconds between two commits of offsets.
pub const COMMIT_MS: u64 = 1_000;
/// Milliseconds that a message may take, on top of a delay topic's delay, before its partition goes to another.
pub const POLL_MAX_MS: u64 = 300_000;
/// Milliseconds that Kafka has for a put-off message, before it is sent anew.
pub const FORWARD_MS: u64 = 30_000;
/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 500;
/// Milliseconds between two looks at the lag.
pub const LAG_MS: u64 = 10_000;
/// Milliseconds between two prunings of the inbox.
pub const INBOX_MS: u64 = 3_600_000;
/// Milliseconds that a broker has to answer a question about topics and offsets.
pub const ASK_MS: u64 = 10_000;
/// Times that it is asked, while a new topic's partitions have no leader yet.
pub const ASK_TRIES: u32 = 50;
/// Milliseconds between them.
pub const ASK_PAUSE_MS: u64 = 100;
/// Dead letters that a list shows.
pub const DEAD_LETTERS_MAX: usize = 10_000;
/// Connections of a role: the reader, three delays, upkeep.
pub const CONNECTIONS: u32 = 6;
