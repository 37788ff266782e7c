//! Every limit of the terminal in one place. Limits of an order's content are in `domain::order::limits`,
//! those of a row in `log::limits`.

/// Commands that may wait for the writer; one more is refused as `busy`.
pub const WRITER_QUEUE_MAX: usize = 1_024;
/// Commands that share one commit at most.
pub const COMMIT_COMMANDS_MAX: usize = 64;
/// How often the writer gives way to others before it sleeps. Where nobody wants its core that is some 60 µs.
pub const WRITER_GIVES_WAY: u32 = 160;
/// When the writer comes back so late after giving way, a third one had its core. Who asks needs some 50 µs.
pub const WRITER_CROWDED: std::time::Duration = std::time::Duration::from_millis(1);
/// For so many jobs it then sleeps without giving way before.
pub const WRITER_SLEEPS_AT_ONCE: u32 = 1_024;
/// Orders that the writer keeps folded in memory.
pub const LIVE_ORDERS_MAX: usize = 4_096;
/// Those of them that are settled: a recall or a refund soon after finds them there.
pub const LIVE_SETTLED_MAX: usize = 128;
/// Pages that the writer keeps in memory, in KiB. A day's orders would fill whatever it is given.
pub const WRITER_CACHE_KIB: u32 = 4_096;
/// The same while a rebuild writes thousands of orders in one transaction.
pub const REBUILD_CACHE_KIB: u32 = 16_384;
/// Pages of the write-ahead log after which a commit folds it into the file, which takes as long as some commands do. A command
/// writes about ten pages, so fewer than one of a hundred waits for it. 16 MiB.
pub const WAL_PAGES: u32 = 4_096;
/// Pages by which it grows before that is tried again, where somebody was reading and it could not begin anew.
pub const WAL_AGAIN_PAGES: u32 = 64;
/// Read-only connections for queries.
pub const READERS_MAX: u32 = 3;
/// Pages that each of them keeps in memory, in KiB; the system's own cache holds the rest.
pub const READER_CACHE_KIB: u32 = 768;
/// How long a reader waits for a lock, in milliseconds.
pub const READER_BUSY_TIMEOUT_MS: u64 = 5_000;
/// Rows of a page if the query names none.
pub const PAGE_ROWS_DEFAULT: u32 = 50;
/// Rows of a page at most.
pub const PAGE_ROWS_MAX: u32 = 200;
/// Products of a page if the query names none.
pub const PRODUCTS_PAGE_DEFAULT: u32 = 100;
/// Products of a page at most.
pub const PRODUCTS_PAGE_MAX: u32 = 500;
/// Characters of a search text at most.
pub const SEARCH_TEXT_MAX: usize = 100;
/// Letters by which a word of a search over orders counts; the index holds a list for each length up to it.
pub const SEARCH_PREFIX_MAX: usize = 8;
/// Tickets on the kitchen board at most; older ones come up as others leave.
pub const BOARD_TICKETS_MAX: u32 = 200;
/// Ready tickets that can be recalled from the board.
pub const BOARD_READY_MAX: u32 = 50;
/// Open exceptions in one answer at most.
pub const EXCEPTIONS_MAX: u32 = 500;
/// Facts of one order that a history shows at most.
pub const HISTORY_MAX: u32 = 5_000;
/// Incidents in the status view.
pub const INCIDENTS_MAX: u32 = 50;
/// Changes kept for feeds that resume.
pub const FEED_KEPT_MAX: usize = 4_096;
/// Time between two heartbeats of the feed, in milliseconds.
pub const HEARTBEAT_MS: u64 = 1_000;
/// Sessions open at once; the oldest ends when one more begins.
pub const SESSIONS_MAX: usize = 256;
/// Wrong PINs in a row before the person is locked.
pub const PIN_FAILURES_MAX: u32 = 5;
/// First lock after too many wrong PINs, in milliseconds; it doubles with each further failure.
pub const PIN_LOCK_FIRST_MS: i64 = 30_000;
/// Longest lock, in milliseconds.
pub const PIN_LOCK_MAX_MS: i64 = 15 * 60_000;
/// Delay of the answer per earlier failure, in milliseconds.
pub const PIN_DELAY_STEP_MS: u64 = 250;
/// Characters of a shop's or person's name.
pub const NAME_CHARS_MAX: usize = 80;
/// Menus of one file that a check offers to choose from.
pub const MENU_CHOICES_MAX: usize = 100;
/// Characters of a device's name.
pub const DEVICE_NAME_CHARS_MAX: usize = 40;
/// Minutes after which a device can lock at most.
pub const LOCK_AFTER_MINUTES_MAX: u32 = 240;
/// Characters of a station's name.
pub const STATION_CHARS_MAX: usize = 40;
/// Characters of a customer's name and phone.
pub const CUSTOMER_TEXT_CHARS_MAX: usize = 120;
/// Rows at the end of the last log that a start verifies.
pub const TAIL_ROWS_CHECKED: u64 = 512;
/// Orders that `play --bulk` sells in one transaction.
pub const BULK_ORDERS: u64 = 500;
/// Orders that a rebuild writes in one slice; a slice is one transaction, and own commands come between two of them.
pub const REBUILD_SLICE_ORDERS: usize = 2_000;
/// How often a rebuild looks whether the one before it has ended, in milliseconds.
pub const REBUILD_WAIT_MS: u64 = 50;
/// Slices that each reader of a rebuild has ready at most, waiting for the writer.
pub const REBUILD_SLICES_WAITING: usize = 1;
/// Time between two writes of the witness while events are stored, in milliseconds.
pub const WITNESS_EVERY_MS: u64 = 1_000;
/// Wall-clock cut-over of the business day in the store's zone, in minutes after midnight.
pub const CUT_OVER_MINUTES_DEFAULT: i32 = 4 * 60;
/// How long after a start the patrol begins to verify the closed logs, in milliseconds.
pub const PATROL_FIRST_MS: u64 = 30_000;
/// Time between two words of long work about how far it has come, in milliseconds.
pub const PROGRESS_EVERY_MS: i64 = 250;
/// Rows that long work passes between two words about how far it has come.
pub const PROGRESS_ROWS: u64 = 1_024;
/// SQLite's steps between two looks whether a check of the file is to stop.
pub const CHECK_STEPS: i32 = 100_000;
/// How long an export waits to be fetched by a browser, in milliseconds.
pub const DOWNLOAD_WAITS_MS: u64 = 3_600_000;
/// Bytes of one part of another device's export on its way in.
pub const IMPORT_PART_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of another device's export that comes in through a screen.
pub const IMPORT_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Rows of a log that `verify` hands to one core at once; a piece ends with the group that it is in.
pub const VERIFY_PIECE_ROWS: usize = 2_048;
/// Rows that the patrol reads at once.
pub const PATROL_ROWS: usize = 1_000;
/// How long the patrol rests between two reads, in milliseconds, so that selling never feels it.
pub const PATROL_PAUSE_MS: u64 = 200;
/// Rows of one slice of an import; a slice is one transaction, and own commands come between two of them.
pub const IMPORT_SLICE_ROWS: usize = 256;
/// Payload bytes of one slice of an import; a single group may be larger.
pub const IMPORT_SLICE_BYTES: usize = 1024 * 1024;
/// Bytes of rows that an import keeps waiting for the rows before them. Rows beyond it are refused with the seq that is
/// due; importing the file again goes on from there.
pub const IMPORT_WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of one line of an export: a document of the largest size in Base64, with its members around it.
pub const IMPORT_LINE_BYTES_MAX: usize = 23 * 1024 * 1024;
/// Faults that the report of an import lists; the rest is counted.
pub const IMPORT_FAULTS_MAX: usize = 100;
/// Times that the command line reads its files over while each pass still brings rows whose turn has come.
pub const IMPORT_PASSES_MAX: u32 = 1_000;
/// Times that an import tries again to hand a slice to a writer whose queue is full.
pub const IMPORT_BUSY_TRIES: u32 = 200;
/// Time between two such tries, in milliseconds.
pub const IMPORT_BUSY_PAUSE_MS: u64 = 50;
/// Faults of the database file that a verification lists.
pub const FILE_FAULTS_MAX: usize = 100;
/// Bytes of one record that a salvage puts together; a document's part is far smaller.
pub const SALVAGE_RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rows of logs that a salvage keeps because they were there a second time with other content.
pub const SALVAGE_TWINS_MAX: usize = 4_096;
/// Damaged files that a folder keeps; where there are so many, the disk is to be replaced and no file is put aside.
pub const DAMAGED_FILES_MAX: u32 = 100;
/// Damaged rows, or runs of them, that one start tells of in the log; all are listed in the store.
pub const DAMAGE_FACTS_MAX: usize = 64;
/// Time between two tries to salvage while the program runs, in milliseconds.
pub const SALVAGE_AGAIN_MS: i64 = 10_000;
/// Messages to head office that wait for the network; batches among them are bounded further.
pub const UPLINK_MESSAGES_WAITING: usize = 64;
/// How long a name may take to be looked up, a connection to stand and a handshake to end, in milliseconds.
pub const UPLINK_DIAL_MS: u64 = 15_000;
/// How long a call of enrolment may take, in milliseconds.
pub const ENROLMENT_MS: u64 = 20_000;
/// Time between two pings of a connection on which nothing moves, in milliseconds.
pub const UPLINK_PING_MS: u64 = 20_000;
/// How long a ping waits for its answer, in milliseconds.
pub const UPLINK_PONG_MS: u64 = 10_000;
/// Time between two signs of life on a connection, and the longest sleep of the uplink, in milliseconds.
pub const UPLINK_ALIVE_MS: u64 = 60_000;
/// Bytes that may be under way before head office has taken them in: enough for a line with a long way.
pub const UPLINK_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// What a till that sells leaves between two full batches, in milliseconds. It still sends 1,000 rows a second: what a busy till
/// writes in an hour.
pub const UPLINK_REST_MS: u64 = 500;
/// While old rows rest, how long what is sold gathers before it goes, in milliseconds. Nobody at a screen sees it.
pub const UPLINK_GATHER_MS: u64 = 250;
/// How long batches of head office that are durable wait for their answer, in milliseconds.
pub const UPLINK_ANSWER_MS: u64 = 5;
/// A till sells as long as its last row is not older than this, in milliseconds: a cashier thinks between two taps.
pub const UPLINK_SELLING_MS: u64 = 5_000;
/// Time between two writes of what head office holds, while batches are under way, in milliseconds.
pub const MARKS_EVERY_MS: u64 = 250;
/// Own rows that one transaction marks as held by head office, or puts back to wait. A command that comes meanwhile waits
/// for one of them.
pub const MARK_ROWS_MAX: u64 = 128;
/// How far the two clocks may be apart before it is told, in milliseconds.
pub const CLOCK_APART_MS: i64 = 300_000;
/// Bytes of one document from head office.
pub const DOCUMENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Documents that are on their way down at once.
pub const DOCUMENTS_OPEN_MAX: usize = 8;
/// Characters of the address of head office.
pub const ADDRESS_CHARS_MAX: usize = 300;
/// Characters of an enrolment code.
pub const CODE_CHARS_MAX: usize = 100;
/// Bytes of the certificates that a till trusts.
pub const CERTIFICATES_BYTES_MAX: usize = 256 * 1024;
/// Logs that the status names as set aside.
pub const ASIDE_LOGS_MAX: usize = 20;

/// Open orders that are named to a person who can't go on because of them.
pub const OPEN_ORDERS_NAMED_MAX: u32 = 5;
