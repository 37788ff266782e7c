//! Every bound of head office in one place. Bounds of the protocol are in `docket_sync`, those of the log in
//! `docket_log::limits`.

/// Milliseconds that a peer has for its hello.
pub const HELLO_MS: u64 = 10_000;
/// Milliseconds without a message after which a stream is ended; the till attaches anew.
pub const IDLE_MS: u64 = 300_000;
/// Messages of one stream that were not as they must be, before it is ended.
pub const BAD_MESSAGES_MAX: u32 = 32;
/// Answers that wait for a slow peer.
pub const ANSWERS_WAITING_MAX: usize = 64;
/// Milliseconds for a TLS handshake.
pub const HANDSHAKE_MS: u64 = 10_000;
/// Connections whose handshake is under way.
pub const HANDSHAKES_MAX: usize = 256;
/// Streams of one connection.
pub const STREAMS_PER_CONNECTION: u32 = 16;
/// Milliseconds between two looks for rows of head office that came without a word.
pub const DOWN_POLL_MS: u64 = 5_000;
/// Milliseconds for which words to other processes gather before they are said together.
pub const WORDS_GATHER_MS: u64 = 5;
/// Milliseconds between two looks of a quiet stream for days whose tally is missing; a multiple of [`DOWN_POLL_MS`].
pub const MISSING_TALLIES_MS: u64 = 30_000;
/// Milliseconds after which a stream that never becomes quiet is asked for the tallies of its days all the same.
pub const TALLIES_EVERY_MS: u64 = 60_000;
/// Words about new rows that a stream may be behind with; it looks anyway then.
pub const NEWS_KEPT: usize = 256;
/// Documents that are asked for after one batch or hello.
pub const DOCUMENTS_WANTED_MAX: usize = 256;
/// Bytes of one document.
pub const DOCUMENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Documents of one stream that are on their way in parts.
pub const DOCUMENTS_OPEN_MAX: usize = 16;
/// Tries of a transaction that met another one or lost its connection.
pub const TRANSACTION_TRIES: u32 = 5;
/// Milliseconds before the second try; each further one doubles it.
pub const TRANSACTION_PAUSE_MS: u64 = 50;
/// Bytes of one piece of evidence; what is longer is cut.
pub const EVIDENCE_BYTES_MAX: usize = 256 * 1024;
/// Pieces of evidence that are kept of one device; what it is refused beyond them is told and logged only.
pub const EVIDENCE_PER_DEVICE_MAX: i64 = 1_000;
/// Bytes of a message of enrolment: a code, keys and names.
pub const ENROL_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Logs of a store whose letter is read from their first row at a time.
pub const LETTERS_READ_MAX: i64 = 1_000;
/// Quarantined rows that are looked at in one transaction.
pub const RELEASE_ROWS: i64 = 200;
/// Milliseconds between two looks at the quarantined rows.
pub const RELEASE_EVERY_MS: u64 = 600_000;
/// Batches of one tenant that share a transaction: half of what one stream has under way, so that the answers to some are on
/// their way while the others are taken in.
pub const BATCHES_TOGETHER: usize = 4;
/// Batches of one stream that are being taken in, or wait for it.
pub const BATCHES_UNDER_WAY: usize = 2 * BATCHES_TOGETHER;
/// Batches that the service has decoded at a time, of all streams together; the others wait in their streams' windows.
pub const BATCHES_IN_HAND: usize = 16;
/// Bytes of a stream that may be under way before they are read: what a till with a long way to go needs, and not more
/// than a hundred tills may fill at once.
pub const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// Batches of one tenant that wait for their turn.
pub const BATCHES_WAITING_MAX: usize = 256;
/// Days for which a row that took the place of its stub is sent to tills of the store that have not answered it.
pub const HEALED_KEPT_DAYS: i32 = 400;
/// Histories of one log; a further one is refused.
pub const BRANCHES_MAX: i32 = 16;
/// Days of one stream whose tallies are asked for at a time.
pub const TALLIES_WANTED_MAX: usize = 31;
/// Histories of logs of one day that a device may tell of.
pub const TALLY_LOGS_MAX: usize = 1_024;
/// Minutes after which a device is asked anew about a day that is not settled, though nothing new came of it.
pub const TALLY_AGAIN_MINUTES: i32 = 60;
/// Characters of a store's or a tenant's name.
pub const NAME_CHARS_MAX: usize = 100;
/// Minutes that a one-time code is good for, unless said otherwise.
pub const CODE_MINUTES: i64 = 60;
/// Challenges that wait for their answer.
pub const CHALLENGES_MAX: usize = 10_000;
/// Milliseconds that a challenge is good for.
pub const CHALLENGE_MS: i64 = 60_000;
/// Logs of head office that one process keeps open; beyond it those that nobody writes are closed.
pub const OWN_LOGS_OPEN_MAX: usize = 10_000;
/// Lines of one order that is written at head office.
pub const ORDER_LINES_MAX: usize = 200;
/// When the business day ends in a store that did not say so, in minutes after midnight.
pub const CUT_OVER_MINUTES_DEFAULT: i32 = 240;
/// Milliseconds in which open streams end when the service stops.
pub const STOP_MS: u64 = 10_000;
/// Milliseconds to wait for a connection of the pool.
pub const CONNECTION_MS: u64 = 10_000;
/// How long ago a connection of a pool was used, in milliseconds, at most, to be taken without asking whether its server is
/// still there.
pub const CONNECTION_TRUSTED_MS: u64 = 1_000;
