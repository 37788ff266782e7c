-- The API of head office: answers that are repeated, where orders go to, keys of people, and how far the tills of a store
-- hold what head office wrote for them. Rows belong to tenants as in 0001.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['docket_api', 'docket_sweeper'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

CREATE SCHEMA api;

GRANT USAGE ON SCHEMA api TO docket_ingest, docket_api, docket_sweeper;
GRANT USAGE ON SCHEMA central TO docket_api, docket_sweeper;

-- Answers to acts that were done, stored with their effect.
CREATE TABLE api.idempotency (
    tenant        uuid NOT NULL,
    -- The token's subject.
    caller        text NOT NULL,
    operation     text NOT NULL,
    key           text NOT NULL,
    request_hash  bytea NOT NULL CHECK (length(request_hash) = 32),
    status        integer NOT NULL,
    body          text NOT NULL,
    etag          text,
    location      text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, caller, operation, key)
);

CREATE INDEX idempotency_by_age ON api.idempotency (created_at);

-- Orders that came over the API: where they go to, and whether a till of the store has them.
CREATE TABLE api.deliveries (
    tenant       uuid NOT NULL,
    order_id     uuid NOT NULL,
    store        uuid NOT NULL,
    -- The last row of the order's opening, in head office's log.
    log_id       bytea NOT NULL,
    seq          bigint NOT NULL,
    -- Personal: it stands here and never in the log.
    address      text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- When it is called off unless a till has it by then.
    due_at       timestamptz NOT NULL,
    taken_at     timestamptz,
    given_up_at  timestamptz,
    PRIMARY KEY (tenant, order_id)
);

CREATE INDEX deliveries_due ON api.deliveries (due_at) WHERE taken_at IS NULL AND given_up_at IS NULL;
CREATE INDEX deliveries_on_the_way ON api.deliveries (tenant, log_id, seq) WHERE taken_at IS NULL;

-- Keys that personal text in the log is sealed with. Without its row a person is erased.
CREATE TABLE api.subjects (
    tenant      uuid NOT NULL,
    subject     uuid NOT NULL,
    -- Sealed with the service's secret.
    sealed_key  bytea NOT NULL,
    PRIMARY KEY (tenant, subject)
);

-- How far each device holds head office's logs, as it said itself.
CREATE TABLE central.down_marks (
    tenant  uuid NOT NULL,
    device  uuid NOT NULL,
    log_id  bytea NOT NULL,
    seq     bigint NOT NULL,
    PRIMARY KEY (tenant, device, log_id)
);

-- The last order number that head office gave in a store on a day.
CREATE TABLE central.own_labels (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    given         bigint NOT NULL,
    PRIMARY KEY (tenant, store, business_day)
);

-- Pages of orders, newest first.
CREATE INDEX orders_page ON central.orders (tenant, opened_ms DESC, order_id DESC) WHERE told IS NOT NULL;
CREATE INDEX orders_page_of_store ON central.orders (tenant, store, opened_ms DESC, order_id DESC) WHERE told IS NOT NULL;
CREATE INDEX orders_page_of_customer ON central.orders (tenant, customer, opened_ms DESC, order_id DESC)
    WHERE customer IS NOT NULL AND told IS NOT NULL;
DROP INDEX central.orders_by_opened;
DROP INDEX central.orders_by_customer;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['api.idempotency', 'api.deliveries', 'api.subjects', 'central.down_marks',
                                'central.own_labels'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %s USING (tenant = central.tenant()) '
                       'WITH CHECK (tenant = central.tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO docket_ingest', name);
    END LOOP;
END $$;

GRANT DELETE ON api.idempotency, api.subjects TO docket_ingest;

-- Who reads for the API changes nothing.
GRANT SELECT ON central.tenants, central.stores, central.orders, central.documents, central.document_heads, api.deliveries
    TO docket_api;

-- The sweeper finds what is due in every tenant; what it does about it is done as any other act. It sees no text.
GRANT SELECT (tenant, order_id, store, due_at, taken_at, given_up_at) ON api.deliveries TO docket_sweeper;
GRANT SELECT (tenant, caller, operation, key, created_at), DELETE ON api.idempotency TO docket_sweeper;
CREATE POLICY every_tenant ON api.deliveries FOR SELECT TO docket_sweeper USING (true);
CREATE POLICY old_seen ON api.idempotency FOR SELECT TO docket_sweeper USING (created_at < now() - interval '24 hours');
CREATE POLICY old_gone ON api.idempotency FOR DELETE TO docket_sweeper USING (created_at < now() - interval '24 hours');

-- One order in one round trip: it names the tenant for its own statement and reads.
CREATE FUNCTION api.order_of(of_tenant uuid, wanted uuid)
    RETURNS TABLE (store uuid, told text, address text, waiting boolean)
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('docket.tenant', of_tenant::text, true);
    RETURN QUERY SELECT o.store, o.told, d.address, coalesce(d.taken_at IS NULL AND d.order_id IS NOT NULL, false)
        FROM central.orders o LEFT JOIN api.deliveries d ON d.tenant = o.tenant AND d.order_id = o.order_id
        WHERE o.tenant = of_tenant AND o.order_id = wanted AND o.told IS NOT NULL;
END $$;

REVOKE ALL ON FUNCTION api.order_of(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api.order_of(uuid, uuid) TO docket_api, docket_ingest;
