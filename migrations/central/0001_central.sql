-- Head office. Every table leads its key with the tenant, and row-level security is forced: a role sees one tenant, the one
-- that `docket.tenant` names in its transaction, and nothing at all where none is named. Rows that several tenants share
-- do not exist. The roles own nothing; whoever runs the migrations owns the tables and is not used by the service.

-- Roles belong to the cluster, so another database may have made them at this very moment.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['docket_ingest', 'docket_relay', 'docket_reconciler',
                                  'docket_orders', 'docket_analytics', 'docket_notify'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

CREATE SCHEMA central;

GRANT USAGE ON SCHEMA central TO docket_ingest, docket_relay, docket_reconciler;

-- The tenant of this transaction; NULL where none is named, which no row equals.
CREATE FUNCTION central.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('docket.tenant', true), '')::uuid $$;

-- The owner of stores.
CREATE TABLE central.tenants (
    tenant      uuid PRIMARY KEY,
    name        text NOT NULL,
    -- Seed of the key that signs this tenant's logs and statements of head office, sealed with the service's secret.
    sealed_key  bytea NOT NULL,
    public_key  bytea NOT NULL CHECK (length(public_key) = 32),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE central.stores (
    tenant              uuid NOT NULL REFERENCES central.tenants,
    store               uuid NOT NULL,
    name                text NOT NULL,
    -- 'archived': the logs of a till from before it joined another store.
    state               text NOT NULL CHECK (state IN ('live', 'archived')),
    joined              uuid,
    -- The tenant that the founding till had made up; its logs from before name it.
    provisional_tenant  uuid,
    time_zone           text,
    cut_over_minutes    integer,
    created_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, store),
    FOREIGN KEY (tenant, joined) REFERENCES central.stores (tenant, store)
);

-- One-time codes, as hashes. A code without a store founds one.
CREATE TABLE central.enrolment_codes (
    tenant      uuid NOT NULL REFERENCES central.tenants,
    code_hash   bytea NOT NULL,
    store       uuid,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    used_by     uuid,
    PRIMARY KEY (tenant, code_hash)
);

CREATE UNIQUE INDEX enrolment_codes_by_hash ON central.enrolment_codes (code_hash);

CREATE TABLE central.devices (
    tenant            uuid NOT NULL,
    store             uuid NOT NULL,
    device            uuid NOT NULL,
    device_class      text NOT NULL,
    public_key        bytea NOT NULL CHECK (length(public_key) = 32),
    token_hash        bytea NOT NULL,
    token_expires_at  timestamptz NOT NULL,
    -- Facts of a revoked device beyond its cut-off (device_cut_offs) have no effect.
    revoked_at        timestamptz,
    last_seen_at      timestamptz,
    app_version       text NOT NULL DEFAULT '',
    clock_ahead_ms    bigint NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, device),
    FOREIGN KEY (tenant, store) REFERENCES central.stores
);

CREATE TABLE central.device_cut_offs (
    tenant  uuid NOT NULL,
    device  uuid NOT NULL,
    log_id  bytea NOT NULL,
    seq     bigint NOT NULL,
    PRIMARY KEY (tenant, device, log_id),
    FOREIGN KEY (tenant, device) REFERENCES central.devices
);

CREATE TABLE central.logs (
    tenant        uuid NOT NULL,
    log_id        bytea NOT NULL CHECK (length(log_id) = 16),
    store         uuid NOT NULL,
    device        uuid NOT NULL,
    device_class  text NOT NULL,
    public_key    bytea NOT NULL CHECK (length(public_key) = 32),
    -- The partition of its rows: the month in which head office first saw the log, as yyyymm. A key by arrival would store
    -- a repeat twice.
    month         integer NOT NULL,
    -- Whether head office writes it.
    own           boolean NOT NULL DEFAULT false,
    opened_ms     bigint NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, log_id),
    FOREIGN KEY (tenant, store) REFERENCES central.stores
);

CREATE INDEX logs_by_store ON central.logs (tenant, store);

-- The tail of each history of a log. Branch 0 is the one that was here first; `shared` is the last signed row that a
-- further one has in common with it.
CREATE TABLE central.log_heads (
    tenant     uuid NOT NULL,
    log_id     bytea NOT NULL,
    branch     integer NOT NULL,
    shared     bigint NOT NULL,
    seq        bigint NOT NULL,
    hash       bytea NOT NULL,
    signature  bytea,
    PRIMARY KEY (tenant, log_id, branch),
    FOREIGN KEY (tenant, log_id) REFERENCES central.logs
);

-- The rows, byte for byte as hashed (docs/LOG.md). A stub has its reason and nothing but seq, hash and signature.
CREATE TABLE central.log_rows (
    tenant          uuid NOT NULL,
    month           integer NOT NULL,
    log_id          bytea NOT NULL,
    branch          integer NOT NULL,
    seq             bigint NOT NULL,
    event_id        uuid,
    stream_kind     text,
    stream_id       uuid,
    seen            text,
    event_type      text,
    schema_version  integer,
    payload         bytea,
    actor           text,
    correlation_id  uuid,
    causation_id    uuid,
    clock           bigint,
    wall_time_ms    bigint,
    business_day    integer,
    hash            bytea NOT NULL,
    signature       bytea,
    stub_reason     text,
    PRIMARY KEY (tenant, month, log_id, branch, seq)
) PARTITION BY LIST (month);

CREATE INDEX log_rows_by_stream ON central.log_rows (tenant, stream_id);

-- Makes the partition of a month. It runs as the owner, because a role of the service owns nothing.
CREATE FUNCTION central.ensure_month(wanted integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
DECLARE
    part text := 'log_rows_' || wanted;
BEGIN
    IF wanted NOT BETWEEN 197001 AND 999912 OR wanted % 100 NOT BETWEEN 1 AND 12 THEN
        RAISE EXCEPTION 'month: % is not yyyymm', wanted;
    END IF;
    IF to_regclass('central.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('docket.month'));
    -- Who waited for the lock may still believe that the table is not there.
    EXECUTE format('CREATE TABLE IF NOT EXISTS central.%I PARTITION OF central.log_rows FOR VALUES IN (%s)', part, wanted);
EXCEPTION WHEN duplicate_table THEN
    NULL;
END $$;

REVOKE ALL ON FUNCTION central.ensure_month(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION central.ensure_month(integer) TO docket_ingest;

-- Rows of a type that this program does not know: stored, relayed, without effect here.
CREATE TABLE central.quarantine (
    tenant       uuid NOT NULL,
    log_id       bytea NOT NULL,
    branch       integer NOT NULL,
    seq          bigint NOT NULL,
    event_type   text NOT NULL,
    found_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, log_id, branch, seq)
);

-- What was refused, kept as it came.
CREATE TABLE central.evidence (
    tenant    uuid NOT NULL,
    evidence  uuid NOT NULL,
    device    uuid NOT NULL,
    log_id    bytea NOT NULL,
    seq       bigint NOT NULL,
    rule      text NOT NULL,
    message   bytea NOT NULL,
    found_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, evidence)
);

-- One row per order, folded anew under its lock whenever facts of it come in.
CREATE TABLE central.orders (
    tenant          uuid NOT NULL,
    order_id        uuid NOT NULL,
    store           uuid NOT NULL,
    -- Rises with each change that others can see; the `sequence` of its messages.
    version         bigint NOT NULL DEFAULT 0,
    -- How many facts are folded, and the sum of their hashes.
    token           text NOT NULL DEFAULT '',
    -- NULL while no opening with authority is held.
    status          text,
    order_type      text,
    label           text,
    currency        text,
    due_minor       bigint,
    captured_minor  bigint,
    refunded_minor  bigint,
    business_day    integer,
    opened_ms       bigint,
    customer        uuid,
    update_needed   boolean NOT NULL DEFAULT false,
    open_exceptions integer NOT NULL DEFAULT 0,
    -- The order as its last message told it (contracts::integration::OrderBody); NULL while nothing was told.
    told            text,
    PRIMARY KEY (tenant, order_id),
    FOREIGN KEY (tenant, store) REFERENCES central.stores
);

CREATE INDEX orders_by_status ON central.orders (tenant, status, opened_ms);
CREATE INDEX orders_by_opened ON central.orders (tenant, opened_ms);
CREATE INDEX orders_by_customer ON central.orders (tenant, customer) WHERE customer IS NOT NULL;

-- Content-addressed documents: what a store published, and what head office publishes to it.
CREATE TABLE central.documents (
    tenant  uuid NOT NULL,
    hash    bytea NOT NULL CHECK (length(hash) = 32),
    body    bytea NOT NULL,
    PRIMARY KEY (tenant, hash)
);

-- The document of each kind that is in effect in a store, as the last fact about it says.
CREATE TABLE central.document_heads (
    tenant   uuid NOT NULL,
    store    uuid NOT NULL,
    kind     text NOT NULL,
    hash     bytea NOT NULL,
    version  integer NOT NULL,
    clock    bigint NOT NULL,
    PRIMARY KEY (tenant, store, kind)
);

-- Integration events on their way to Kafka, written under the order's lock, so that per order the order of `id` is the
-- order of commits. The relay sends what has no `published_at`, whatever its id: a late commit is never skipped.
CREATE TABLE central.outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    tenant          uuid NOT NULL,
    store           uuid NOT NULL,
    business_day    integer NOT NULL,
    topic           text NOT NULL,
    key             uuid NOT NULL,
    event_id        uuid NOT NULL,
    event_type      text NOT NULL,
    -- Rises per key.
    sequence        bigint NOT NULL,
    correlation_id  uuid NOT NULL,
    causation_id    uuid,
    traceparent     text,
    time_ms         bigint NOT NULL,
    body            bytea NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    published_at    timestamptz,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX outbox_waiting ON central.outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_by_day ON central.outbox (tenant, store, business_day);

-- What was published and pruned, so that a day can still be compared: count, and the sum of the hashes of id and body.
CREATE TABLE central.outbox_pruned (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    messages      bigint NOT NULL,
    hash_sum      bytea NOT NULL,
    PRIMARY KEY (tenant, store, business_day)
);

-- What devices say that they hold of a day.
CREATE TABLE central.tallies (
    tenant          uuid NOT NULL,
    store           uuid NOT NULL,
    device          uuid NOT NULL,
    business_day    integer NOT NULL,
    log_id          bytea NOT NULL,
    rows            bigint NOT NULL,
    hash_sum        bytea NOT NULL,
    captured_minor  bigint NOT NULL,
    refunded_minor  bigint NOT NULL,
    told_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, store, business_day, device, log_id)
);

-- What came back out of Kafka, per day, as the reconciler counted it.
CREATE TABLE central.kafka_tallies (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    event_id      uuid NOT NULL,
    hash          bytea NOT NULL,
    PRIMARY KEY (tenant, store, business_day, event_id)
);

-- Signed daily statements; late rows make the next version.
CREATE TABLE central.statements (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    version       integer NOT NULL,
    body          text NOT NULL,
    signature     bytea NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, store, business_day, version)
);

-- Row-level security: forced, so that not even the owner passes, and failing closed.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenants', 'stores', 'enrolment_codes', 'devices', 'device_cut_offs', 'logs', 'log_heads',
                                'log_rows', 'quarantine', 'evidence', 'orders', 'documents', 'document_heads', 'outbox',
                                'outbox_pruned', 'tallies', 'kafka_tallies', 'statements'] LOOP
        EXECUTE format('ALTER TABLE central.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE central.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON central.%I USING (tenant = central.tenant()) '
                       'WITH CHECK (tenant = central.tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON central.%I TO docket_ingest', name);
    END LOOP;
END $$;

-- Whoever knows a code may read and use up its row; that is how a till finds its tenant.
CREATE POLICY by_code ON central.enrolment_codes FOR SELECT TO docket_ingest
    USING (code_hash = decode(nullif(current_setting('docket.code_hash', true), ''), 'hex'));

-- The relay serves every tenant, and only this table.
GRANT SELECT, UPDATE, DELETE ON central.outbox TO docket_relay;
GRANT SELECT, INSERT, UPDATE ON central.outbox_pruned TO docket_relay;
CREATE POLICY every_tenant ON central.outbox TO docket_relay USING (true) WITH CHECK (true);
CREATE POLICY every_tenant ON central.outbox_pruned TO docket_relay USING (true) WITH CHECK (true);

-- The reconciler reads, and writes what it found.
GRANT SELECT ON central.tenants, central.stores, central.devices, central.logs, central.log_heads, central.log_rows,
    central.orders, central.outbox, central.outbox_pruned, central.tallies, central.document_heads TO docket_reconciler;
GRANT SELECT, INSERT, UPDATE, DELETE ON central.kafka_tallies TO docket_reconciler;
GRANT SELECT, INSERT ON central.statements TO docket_reconciler;
