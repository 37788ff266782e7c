//! Bounds of the reconciler.

/// Connections of its pool: one works, one looks at the gauges, one counts Kafka.
pub const CONNECTIONS: u32 = 4;
/// Milliseconds between two passes.
pub const PASS_EVERY_MS: u64 = 60_000;
/// Days of one tenant that a pass proves; the rest waits for the next pass.
pub const DAYS_PER_PASS: i64 = 64;
/// Days without news that a pass reads again, those first that were not looked at for the longest.
pub const OLD_DAYS_PER_PASS: i64 = 2;
/// Minutes that an ended day may differ before a statement says so: its last messages are on their way until then.
pub const SETTLE_MINUTES: i64 = 10;
/// Rows of one history that are looked through at a time for days.
pub const LOOK_ROWS: i64 = 50_000;
/// Messages that are counted in one transaction.
pub const MESSAGES_PER_TRANSACTION: usize = 500;
/// Milliseconds to wait for the next message before what was read is written down.
pub const MESSAGE_WAIT_MS: u64 = 100;
/// Milliseconds after a failure before the topics are read on.
pub const PAUSE_MS: u64 = 1_000;
/// Days that a counted message is kept by its id: longer than any topic keeps it, so that none comes again behind it.
pub const COUNTED_DAYS: i32 = 60;
/// Counted messages of one tenant that a pass prunes.
pub const PRUNE_MESSAGES: i64 = 20_000;
/// Milliseconds for one question to the broker.
pub const BROKER_MS: u64 = 5_000;
/// Milliseconds that `--once` waits until the topics are counted to their ends.
pub const COUNT_MS: u64 = 60_000;
/// Milliseconds between two looks at how far the count is.
pub const LAG_LOOK_MS: u64 = 200;
