-- The log and what goes with it in the same transaction. Read models are not here: they are made by the
-- program from the fold and may be dropped at any time.

CREATE TABLE logs (
    log_no        INTEGER PRIMARY KEY,
    log_id        BLOB NOT NULL UNIQUE CHECK (length(log_id) = 16),
    public_key    BLOB NOT NULL,
    device_id     BLOB NOT NULL,
    device_class  TEXT NOT NULL,
    own           INTEGER NOT NULL,
    opened_ms     INTEGER NOT NULL
) STRICT;

-- Every column is hashed, or is the hash or the signature (docs/LOG.md). Rows never change.
CREATE TABLE events (
    log_id          BLOB NOT NULL,
    seq             INTEGER NOT NULL,
    event_id        BLOB NOT NULL,
    stream_kind     TEXT NOT NULL,
    stream_id       BLOB NOT NULL,
    seen            TEXT,
    event_type      TEXT NOT NULL,
    schema_version  INTEGER NOT NULL,
    payload         TEXT NOT NULL,
    actor           TEXT NOT NULL,
    correlation_id  BLOB NOT NULL,
    causation_id    BLOB,
    clock           INTEGER NOT NULL,
    wall_time_ms    INTEGER NOT NULL,
    business_day    INTEGER NOT NULL,
    hash            BLOB NOT NULL,
    signature       BLOB,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_stream ON events (stream_id);

-- The tail of each log, written in every group's transaction.
CREATE TABLE heads (
    log_no     INTEGER PRIMARY KEY REFERENCES logs (log_no),
    seq        INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    signature  BLOB
) STRICT;

-- A row exists exactly while the own event is below level C.
CREATE TABLE outbox (
    log_no      INTEGER NOT NULL REFERENCES logs (log_no),
    seq         INTEGER NOT NULL,
    PRIMARY KEY (log_no, seq)
) STRICT, WITHOUT ROWID;

-- Levels as watermarks: the highest seq of a log that a peer holds durably, with the hash it named.
CREATE TABLE levels (
    log_no  INTEGER NOT NULL REFERENCES logs (log_no),
    peer    TEXT NOT NULL,
    level   TEXT NOT NULL CHECK (level IN ('P', 'C')),
    seq     INTEGER NOT NULL,
    hash    BLOB NOT NULL,
    PRIMARY KEY (log_no, peer)
) STRICT, WITHOUT ROWID;

-- One for each command that wrote.
CREATE TABLE receipts (
    command_id    BLOB PRIMARY KEY,
    request_hash  BLOB NOT NULL,
    outcome       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows that can't be trusted; they travel as stubs.
CREATE TABLE damaged_rows (
    log_id    BLOB NOT NULL,
    seq       INTEGER NOT NULL,
    hash      BLOB,
    reason    TEXT NOT NULL,
    found_ms  INTEGER NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

-- Small facts about this folder: device, store, tenant, run, letter, receipt series.
CREATE TABLE folder (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Counters that must move with the facts they number: order labels per day, receipts per series, events, outbox.
CREATE TABLE counters (
    name   TEXT PRIMARY KEY,
    value  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Content-addressed documents and their parts (catalogue, staff).
CREATE TABLE documents (
    hash  BLOB PRIMARY KEY,
    body  BLOB NOT NULL
) STRICT;

-- The document of each kind that is in effect, as the last fact about it says.
CREATE TABLE document_heads (
    kind     TEXT PRIMARY KEY,
    hash     BLOB NOT NULL,
    version  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys of people outside the log. Deleting a row erases the person.
CREATE TABLE subject_keys (
    subject_id  BLOB PRIMARY KEY,
    key         BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- PIN verifiers are never events. Keyed with the folder's secret.
CREATE TABLE pin_verifiers (
    person_id        BLOB PRIMARY KEY,
    verifier         TEXT NOT NULL,
    failures         INTEGER NOT NULL DEFAULT 0,
    locked_until_ms  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Products of the catalogue in effect, for search. The catalogue itself is a document.
CREATE TABLE products (
    product_no  INTEGER PRIMARY KEY,
    product_id  BLOB NOT NULL,
    barcode     TEXT
) STRICT;

CREATE INDEX products_by_barcode ON products (barcode) WHERE barcode IS NOT NULL;

CREATE VIRTUAL TABLE products_text USING fts5 (name, content = '', tokenize = 'trigram remove_diacritics 1');
