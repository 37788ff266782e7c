//! Every bound of the log in one place. A bound that a row breaks is refused before it is hashed, never cut.

/// Rows of one group, that is of one command.
pub const GROUP_ROWS_MAX: usize = 256;
/// Rows that a batch on the wire aims at; it ends on a signed row.
pub const BATCH_ROWS: usize = 500;
/// Payload bytes that a batch aims at; a single group may be larger.
pub const BATCH_PAYLOAD_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of one payload.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Bytes of all payloads of one group.
pub const GROUP_PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of an event type, a stream kind.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of an actor.
pub const ACTOR_BYTES_MAX: usize = 128;
/// Entries of a `seen` column.
pub const SEEN_ENTRIES_MAX: usize = 512;
/// Bytes of a `seen` column: 32 digits of log id, a colon, at most 19 digits of seq, and a comma.
pub const SEEN_BYTES_MAX: usize = SEEN_ENTRIES_MAX * 53;
/// The highest seq and hybrid clock: SQLite and PostgreSQL store signed integers of 64 bits.
pub const INTEGER_MAX: u64 = i64::MAX as u64;
/// The highest wall time in milliseconds (the year 6429): a hybrid clock of it still fits a signed integer.
pub const WALL_TIME_MS_MAX: i64 = (1 << 47) - 1;
/// A remote time further ahead than this is not adopted.
pub const CLOCK_AHEAD_MAX_MS: i64 = 60_000;
/// Rows that one `LogOpened` lists as damaged.
pub const DAMAGED_ROWS_MAX: usize = 512;
/// Bytes of a text inside `LogOpened`.
pub const OPENED_TEXT_BYTES_MAX: usize = 64;
/// Bytes of one exported line: a payload where each byte is escaped as `\u00XX`, and the other columns.
pub const LINE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX * 6 + SEEN_BYTES_MAX + 8 * 1024;
/// Longest wait before the first new try of a connection, in milliseconds; it doubles with each failure.
pub const UPLINK_DELAY_FIRST_MS: u64 = 1_000;
/// Longest wait before any new try, in milliseconds.
pub const UPLINK_DELAY_MAX_MS: u64 = 60_000;
/// How long a connection has to stand before its next failure counts as a first one, in milliseconds.
pub const UPLINK_STEADY_MS: u64 = 10_000;
/// How long an outage lasts before it is told, in milliseconds: blips are nobody's business.
pub const UPLINK_TOLD_AFTER_MS: u64 = 10_000;
/// How long a peer may take to connect and to say hello, in milliseconds.
pub const UPLINK_GREET_MS: u64 = 20_000;
/// How long a batch waits for an answer before its log is set aside, in milliseconds.
pub const UPLINK_ANSWER_MS: u64 = 30_000;
/// Within how long the same wanted row is one want, in milliseconds: each batch behind a gap asks for it.
pub const UPLINK_WANTED_AGAIN_MS: u64 = 1_000;
/// How long a refused log is set aside the first time, in milliseconds; it doubles each time.
pub const UPLINK_ASIDE_FIRST_MS: u64 = 2_000;
/// How long it is set aside at most, in milliseconds.
pub const UPLINK_ASIDE_MAX_MS: u64 = 600_000;
