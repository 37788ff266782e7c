-- Customers, the change feed and webhooks. What is personal about a customer stands in tables of its own, so that it can be
-- erased; nothing of it is in a log or in a message.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['docket_api', 'docket_customers', 'docket_webhooks'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

CREATE SCHEMA IF NOT EXISTS api;
GRANT USAGE ON SCHEMA api TO docket_ingest, docket_api, docket_webhooks;
GRANT USAGE ON SCHEMA central TO docket_api, docket_webhooks;

-- A message about a customer is about no store and no business day.
ALTER TABLE central.outbox ALTER COLUMN store DROP NOT NULL;
ALTER TABLE central.outbox ALTER COLUMN business_day DROP NOT NULL;

-- The transaction that wrote the row. Together with `id` it is a position in the change feed: whoever reads only what is older
-- than every transaction that still runs passes over no late commit.
ALTER TABLE central.outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE INDEX outbox_by_position ON central.outbox (tenant, xid, id);
CREATE INDEX outbox_by_event ON central.outbox (tenant, event_id);
CREATE INDEX outbox_by_key ON central.outbox (tenant, key, xid, id);

-- The last position that was pruned: whoever stands before it has missed something and must be told.
CREATE TABLE central.feed_floor (
    tenant  uuid PRIMARY KEY,
    xid     xid8 NOT NULL,
    id      bigint NOT NULL
);

CREATE TABLE api.customers (
    tenant            uuid NOT NULL REFERENCES central.tenants,
    customer          uuid NOT NULL,
    version           bigint NOT NULL,
    active            boolean NOT NULL,
    email_changed_ms  bigint,
    registered_ms     bigint NOT NULL,
    PRIMARY KEY (tenant, customer)
);

-- The person; no row once it was erased.
CREATE TABLE api.customer_people (
    tenant    uuid NOT NULL,
    customer  uuid NOT NULL,
    name      text NOT NULL,
    email     text NOT NULL,
    phone     text,
    PRIMARY KEY (tenant, customer),
    FOREIGN KEY (tenant, customer) REFERENCES api.customers
);

CREATE TABLE api.customer_addresses (
    tenant       uuid NOT NULL,
    customer     uuid NOT NULL,
    place        integer NOT NULL,
    label        text,
    lines        text[] NOT NULL,
    city         text NOT NULL,
    postal_code  text,
    country      text NOT NULL,
    PRIMARY KEY (tenant, customer, place),
    FOREIGN KEY (tenant, customer) REFERENCES api.customer_people ON DELETE CASCADE
);

CREATE TABLE api.webhooks (
    tenant         uuid NOT NULL REFERENCES central.tenants,
    webhook        uuid NOT NULL,
    url            text NOT NULL,
    -- What signs its deliveries, sealed with the service's secret.
    sealed_secret  bytea NOT NULL,
    event_types    text[] NOT NULL,
    -- NULL: every store.
    stores         uuid[],
    active         boolean NOT NULL DEFAULT true,
    created_ms     bigint NOT NULL,
    -- How far it has read the change feed.
    xid            xid8 NOT NULL,
    id             bigint NOT NULL,
    -- Who delivers has the webhook for this long.
    leased_by      uuid,
    leased_until   timestamptz,
    PRIMARY KEY (tenant, webhook)
);

CREATE TABLE api.webhook_deliveries (
    tenant       uuid NOT NULL,
    webhook      uuid NOT NULL,
    event_id     uuid NOT NULL,
    xid          xid8 NOT NULL,
    id           bigint NOT NULL,
    key          uuid NOT NULL,
    event_type   text NOT NULL,
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given_up')),
    tries        integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT now(),
    last_status  integer,
    last_error   text,
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, webhook, event_id),
    FOREIGN KEY (tenant, webhook) REFERENCES api.webhooks ON DELETE CASCADE
);

CREATE INDEX webhook_deliveries_waiting ON api.webhook_deliveries (tenant, webhook, key, xid, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_position ON api.webhook_deliveries (tenant, webhook, xid, id);
CREATE INDEX webhook_deliveries_by_age ON api.webhook_deliveries (made_at) WHERE state <> 'waiting';

-- What the consumer of customers' events knows, out of the topics alone.
CREATE SCHEMA customers_read;
GRANT USAGE ON SCHEMA customers_read TO docket_customers, docket_ingest, docket_api;

CREATE TABLE customers_read.customers (
    tenant    uuid NOT NULL,
    customer  uuid NOT NULL,
    version   bigint NOT NULL,
    active    boolean NOT NULL,
    PRIMARY KEY (tenant, customer)
);

CREATE TABLE customers_read.orders (
    tenant    uuid NOT NULL,
    order_id  uuid NOT NULL,
    store     uuid NOT NULL,
    customer  uuid NOT NULL,
    version   bigint NOT NULL,
    label     text NOT NULL,
    status    text NOT NULL,
    PRIMARY KEY (tenant, order_id)
);

CREATE INDEX orders_of_customer ON customers_read.orders (tenant, customer, order_id)
    WHERE status NOT IN ('completed', 'cancelled');

-- Open orders of customers that were deactivated. It follows from what is known, so no order of arrival can miss one.
CREATE VIEW customers_read.flagged WITH (security_invoker = true) AS
    SELECT o.tenant, o.order_id, o.store, o.customer, o.label, o.status
      FROM customers_read.orders o
      JOIN customers_read.customers c ON c.tenant = o.tenant AND c.customer = o.customer
     WHERE NOT c.active AND o.status NOT IN ('completed', 'cancelled');

CREATE TABLE customers_read.inbox (
    tenant       uuid NOT NULL,
    source       text NOT NULL,
    message_id   text NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, source, message_id)
);

CREATE INDEX inbox_by_age ON customers_read.inbox (received_at);

CREATE TABLE customers_read.parked (
    position    bigint GENERATED ALWAYS AS IDENTITY,
    tenant      uuid NOT NULL,
    topic       text NOT NULL,
    key         text NOT NULL,
    source      text NOT NULL,
    message_id  text NOT NULL,
    reason      text NOT NULL,
    parked_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, source, message_id)
);

CREATE INDEX parked_by_key ON customers_read.parked (tenant, topic, key, position);

CREATE FUNCTION customers_read.clear() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
    $$ TRUNCATE customers_read.customers, customers_read.orders, customers_read.inbox, customers_read.parked $$;
REVOKE ALL ON FUNCTION customers_read.clear() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_read.clear() TO docket_customers;

-- Row-level security: forced, as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['central.feed_floor', 'api.customers', 'api.customer_people', 'api.customer_addresses',
                                'api.webhooks', 'api.webhook_deliveries', 'customers_read.customers',
                                'customers_read.orders', 'customers_read.inbox', 'customers_read.parked'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %s USING (tenant = central.tenant()) '
                       'WITH CHECK (tenant = central.tenant())', name);
        IF name LIKE 'api.%' THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO docket_ingest', name);
            EXECUTE format('GRANT SELECT ON %s TO docket_api', name);
        ELSIF name LIKE 'customers_read.%' THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO docket_customers', name);
        END IF;
    END LOOP;
END $$;

CREATE POLICY old_seen ON customers_read.inbox FOR SELECT USING (received_at < now() - interval '60 days');
CREATE POLICY old_gone ON customers_read.inbox FOR DELETE USING (received_at < now() - interval '60 days');

GRANT SELECT ON customers_read.customers, customers_read.orders, customers_read.flagged TO docket_ingest, docket_api;
GRANT SELECT ON customers_read.flagged TO docket_customers;

GRANT SELECT ON central.outbox, central.orders TO docket_api;
GRANT SELECT ON central.feed_floor TO docket_ingest, docket_api, docket_webhooks;

-- The relay prunes for every tenant.
GRANT SELECT, INSERT, UPDATE ON central.feed_floor TO docket_relay;
CREATE POLICY every_tenant ON central.feed_floor TO docket_relay USING (true) WITH CHECK (true);

-- Who delivers webhooks finds those of every tenant; what is delivered it reads one tenant at a time.
GRANT SELECT, UPDATE ON api.webhooks TO docket_webhooks;
GRANT SELECT, INSERT, UPDATE, DELETE ON api.webhook_deliveries TO docket_webhooks;
GRANT SELECT ON central.outbox TO docket_webhooks;
GRANT SELECT (tenant, order_id, customer) ON central.orders TO docket_webhooks;
CREATE POLICY every_tenant ON api.webhooks TO docket_webhooks USING (true) WITH CHECK (true);
CREATE POLICY old_seen ON api.webhook_deliveries FOR SELECT TO docket_webhooks
    USING (state <> 'waiting' AND made_at < now() - interval '7 days');
CREATE POLICY old_gone ON api.webhook_deliveries FOR DELETE TO docket_webhooks
    USING (state <> 'waiting' AND made_at < now() - interval '7 days');
