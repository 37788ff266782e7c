-- What other devices' logs bring: second histories of a log, rows that travel as stubs, clocks that run ahead.

-- A log with two histories: branch 0 stays in `events` and `heads`, each further one is a branch. `shared` is the last
-- signed row that it has in common with branch 0; numbers are local to this store.
CREATE TABLE branches (
    log_no     INTEGER NOT NULL REFERENCES logs (log_no),
    branch     INTEGER NOT NULL CHECK (branch > 0),
    shared     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    signature  BLOB,
    PRIMARY KEY (log_no, branch)
) STRICT, WITHOUT ROWID;

-- The rows of a branch behind `shared`, with the columns of `events`.
CREATE TABLE forked_events (
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
    branch          INTEGER NOT NULL CHECK (branch > 0),
    PRIMARY KEY (log_id, branch, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX forked_events_by_stream ON forked_events (stream_id);

-- Rows of which a peer only had the place, the hash and the signature. They hold the chain together.
CREATE TABLE stubs (
    log_id     BLOB NOT NULL,
    branch     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    signature  BLOB,
    reason     TEXT NOT NULL,
    PRIMARY KEY (log_id, branch, seq)
) STRICT, WITHOUT ROWID;

-- Devices whose clock ran too far ahead to be adopted.
CREATE TABLE clocks_ahead (
    device_id  BLOB PRIMARY KEY,
    ahead_ms   INTEGER NOT NULL,
    found_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
