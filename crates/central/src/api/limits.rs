//! Every bound of the API, by area.

// Orders.

/// Items of one order, and changes of one update.
pub const ITEMS_MAX: usize = 200;
/// The largest quantity of one item.
pub const QUANTITY_MAX: i32 = 999;
/// Choices of one item.
pub const CHOICES_MAX: usize = 100;
/// The largest count of one choice.
pub const CHOICE_COUNT_MAX: u32 = 99;
/// Characters of a user's id.
pub const USER_ID_CHARS_MAX: usize = 255;
/// Characters of a product's id, and of the id of a group or option.
pub const ID_CHARS_MAX: usize = 200;
/// Characters of a product's name.
pub const NAME_CHARS_MAX: usize = 300;
/// Characters of a price; no amount of any currency is longer.
pub const PRICE_CHARS_MAX: usize = 20;
/// Characters of a word to the kitchen.
pub const ITEM_NOTE_CHARS_MAX: usize = 280;
/// Characters of a word to the store.
pub const NOTE_CHARS_MAX: usize = 500;
/// Characters of an address.
pub const ADDRESS_CHARS_MAX: usize = 500;
/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 200;
/// Fields that one refusal names.
pub const VIOLATIONS_MAX: usize = 20;
/// Characters of an idempotency key.
pub const KEY_CHARS_MAX: usize = 255;
/// Hours that an answer is repeated.
pub const KEY_HOURS: i64 = 24;
/// Commands of one store that share a transaction.
pub const COMMANDS_TOGETHER: usize = 64;
/// Commands of one store that wait for their turn.
pub const COMMANDS_WAITING_MAX: usize = 1_024;
/// Orders of a page, unless said otherwise.
pub const PAGE_DEFAULT: u16 = 50;
/// Orders of the largest page.
pub const PAGE_MAX: u16 = 200;
/// Characters of a page token.
pub const PAGE_TOKEN_CHARS_MAX: usize = 200;
/// Stores whose menus a process keeps.
pub const MENUS_MAX: usize = 1_000;
/// Milliseconds that the list of a tenant's stores is believed.
pub const STORES_MS: i64 = 5_000;
/// Milliseconds between two looks for orders that no till took.
pub const SWEEP_MS: u64 = 2_000;
/// Orders that one look takes on.
pub const SWEEP_ORDERS: i64 = 100;
/// Erased guests of stores whose tills one look tells.
pub const SWEEP_FORGOTTEN: i64 = 100;
/// Old answers that one look removes.
pub const SWEEP_KEYS: i64 = 1_000;

// Tokens.

/// Bytes of a token; a longer one is refused unread.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Characters of a token's subject.
pub const SUBJECT_CHARS_MAX: usize = 255;
/// Stores that a token may name.
pub const TOKEN_STORES_MAX: usize = 1_000;
/// Seconds that the issuer's clock may be off.
pub const CLOCK_SKEW_S: u64 = 30;
/// Bytes of a key set.
pub const KEY_SET_BYTES_MAX: usize = 256 * 1024;
/// Keys of a key set; a longer one is not taken.
pub const KEYS_MAX: usize = 64;
/// Milliseconds that a key set may take to come.
pub const KEYS_READ_MS: u64 = 3_000;
/// Milliseconds after which the key set is read anew while it is used.
pub const KEYS_FRESH_MS: u64 = 300_000;
/// Milliseconds between two readings, however many tokens name a key that is not known.
pub const KEYS_PAUSE_MS: u64 = 10_000;
/// Milliseconds that keys are trusted while none can be read: 24 hours.
pub const KEYS_STALE_MS: u64 = 86_400_000;
/// Milliseconds that what is known of a device is good for; a revoked one may call that long.
pub const DEVICE_KNOWN_MS: u64 = 5_000;
/// Devices that are remembered.
pub const DEVICES_KNOWN_MAX: usize = 10_000;

// Rate limits.

/// Calls that a process takes out of a shared bucket at a time, at most.
pub const LEASE_MAX: u32 = 200;
/// Milliseconds after which what was taken and not used is gone.
pub const LEASE_MS: u64 = 10_000;
/// Milliseconds to wait for the shared bucket before a process counts by itself for a second.
pub const LEASE_WAIT_MS: u64 = 500;
/// Buckets that a process keeps; those used the longest ago go first.
pub const BUCKETS_MAX: usize = 20_000;
/// Milliseconds after which a bucket that nobody asked is dropped.
pub const BUCKET_IDLE_MS: u64 = 60_000;
/// Seconds in which the largest burst must fill again.
pub const BURST_SECONDS_MAX: u32 = 60;

// Load balancers.

/// Addresses and blocks of balancers that can be named.
pub const PROXIES_MAX: usize = 64;
/// Balancers that one line of `X-Forwarded-For` may name in a row.
pub const PROXY_HOPS_MAX: usize = 16;

// Audit.

/// Refusals that wait to be written; what comes on top is counted and not written.
pub const REFUSALS_WAITING_MAX: usize = 256;
/// Refusals of one process that are written in a second.
pub const REFUSALS_A_SECOND: u32 = 20;
/// Milliseconds between two looks for what is too old, and for the number of active orders.
pub const ACCESS_UPKEEP_MS: u64 = 15_000;
/// Rows that one statement of the upkeep removes.
pub const UPKEEP_PAGE: i32 = 5_000;

// Metrics.

/// Stores that have a series of their own; the others are one.
pub const LOCATIONS_MAX: usize = 200;

// The gRPC door.

/// Bytes of one message that is taken.
pub const GRPC_MESSAGE_BYTES_MAX: usize = 512 * 1024;
/// Bytes of one call's whole body: a client that streams on where one message is due is refused.
pub const GRPC_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a call's metadata.
pub const GRPC_HEADER_BYTES_MAX: u32 = 16 * 1024;
/// Milliseconds of a call, from its headers to its answer.
pub const GRPC_CALL_MS: u64 = 15_000;
/// Calls of one connection at a time.
pub const GRPC_STREAMS_MAX: u32 = 100;
/// Connections at a time.
pub const GRPC_CONNECTIONS_MAX: usize = 2_048;
/// Connections of one address at a time.
pub const GRPC_CONNECTIONS_OF_ADDRESS_MAX: usize = 256;
/// Milliseconds in which a connection says what it speaks.
pub const GRPC_PREFACE_MS: u64 = 10_000;
/// Milliseconds without a byte from the other side after which a connection is ended; a live one answers pings.
pub const GRPC_SILENCE_MS: u64 = 60_000;
/// Milliseconds between two pings on a quiet connection.
pub const GRPC_PING_MS: u64 = 20_000;
/// Milliseconds that the answer to a ping may take.
pub const GRPC_PONG_MS: u64 = 20_000;
/// Bytes of a refusal's details; with the rest they fit into the trailers that any client takes.
pub const GRPC_DETAILS_BYTES_MAX: usize = 4 * 1024;
/// Characters of one text in them.
pub const GRPC_DETAIL_CHARS_MAX: usize = 300;

// Watching orders.

/// Events that wait for a reader.
pub const WATCH_WAITING_MAX: usize = 64;
/// Milliseconds that a full buffer waits for its reader; then the stream ends, to be resumed.
pub const WATCH_STALL_MS: u64 = 10_000;
/// Milliseconds between two looks for news that came without a word.
pub const WATCH_POLL_MS: u64 = 5_000;
/// Events of one look.
pub const WATCH_PAGE: u16 = 100;
/// Streams of one process.
pub const WATCHERS_MAX: usize = 1_000;
/// Streams of one subject at a process.
pub const WATCHERS_OF_SUBJECT_MAX: usize = 16;

// The change feed.

/// Events of the largest page.
pub const FEED_PAGE_MAX: u16 = 500;
/// Events of a page, unless said otherwise.
pub const FEED_PAGE_DEFAULT: u16 = 100;
/// Milliseconds between two looks for news that came without a word.
pub const FEED_POLL_MS: u64 = 1_000;

// Customers.

/// Flagged orders that a customer's list shows.
pub const FLAGGED_MAX: i64 = 200;

// Webhooks.

/// Webhooks of one tenant.
pub const WEBHOOKS_MAX: i64 = 50;
/// Characters of an address.
pub const WEBHOOK_URL_CHARS_MAX: usize = 2_000;
/// Kinds or stores that one webhook names.
pub const WEBHOOK_NAMES_MAX: usize = 200;
/// Events that one look puts on a webhook's list.
pub const WEBHOOK_PAGE: usize = 500;
/// Deliveries of one webhook that wait; while there are as many, the feed waits too.
pub const WEBHOOK_WAITING_MAX: i64 = 10_000;
/// Deliveries that one round takes on.
pub const WEBHOOK_ROUND: i64 = 32;
/// Deliveries of one webhook that are on their way at a time.
pub const WEBHOOK_TOGETHER: usize = 8;
/// Webhooks that one process works on at a time.
pub const WEBHOOKS_TOGETHER: usize = 16;
/// Webhooks that one look finds.
pub const WEBHOOKS_LOOK: i64 = 1_000;
/// Milliseconds that a target has to answer.
pub const WEBHOOK_ANSWER_MS: u64 = 10_000;
/// Milliseconds after which another process takes a webhook over whose deliverer says nothing any more; longer than a round.
pub const WEBHOOK_LEASE_MS: i64 = 120_000;
/// Milliseconds before each further try of a delivery; after the last of them it is given up.
pub const WEBHOOK_PAUSES_MS: [u64; 7] = [5_000, 30_000, 120_000, 600_000, 3_600_000, 14_400_000, 43_200_000];
/// Milliseconds between two looks for something to deliver, when nobody says that there is something.
pub const WEBHOOK_POLL_MS: u64 = 2_000;
/// Milliseconds between two looks for deliveries that are old.
pub const WEBHOOK_UPKEEP_MS: u64 = 60_000;
/// Old deliveries that one look removes.
pub const WEBHOOK_UPKEEP_ROWS: i64 = 1_000;
/// Characters of what is noted of a failure.
pub const WEBHOOK_ERROR_CHARS_MAX: usize = 300;

// The REST door.

/// Bytes of a body.
pub const REST_BODY_BYTES_MAX: usize = 512 * 1024;
/// Milliseconds in which a body is to be there.
pub const REST_BODY_MS: u64 = 10_000;
/// Milliseconds of a call, from its headers to its answer.
pub const REST_CALL_MS: u64 = 15_000;
/// Milliseconds in which the headers of a call are to be there, and that a connection is kept without one.
pub const REST_HEADER_MS: u64 = 10_000;
/// Headers of a call.
pub const REST_HEADERS_MAX: usize = 64;
/// Bytes of a call's headers.
pub const REST_HEADER_BYTES_MAX: usize = 16 * 1024;
/// Milliseconds in which the last answers are to be read, once no call comes any more.
pub const REST_ANSWER_MS: u64 = 20_000;
/// Calls of one connection at a time, in HTTP/2.
pub const REST_STREAMS_MAX: u32 = 100;
/// Bytes of one body that may be on their way unread, in HTTP/2.
pub const REST_STREAM_WINDOW_BYTES: u32 = 64 * 1024;
/// Bytes of all bodies of a connection that may be on their way unread, in HTTP/2.
pub const REST_WINDOW_BYTES: u32 = 256 * 1024;
/// Characters of a query.
pub const REST_QUERY_CHARS_MAX: usize = 4_000;
/// Connections at a time.
pub const REST_CONNECTIONS_MAX: usize = 2_048;
/// Connections of one address at a time.
pub const REST_CONNECTIONS_OF_ADDRESS_MAX: usize = 256;
