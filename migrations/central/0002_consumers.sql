-- What the consumers of Kafka keep. Each role has a schema of its own and no right to another's, nor to the schema
-- central: what it knows came out of a topic. Rows belong to tenants as there: one tenant a transaction, none if none is named.

-- The relay prunes by it.
CREATE INDEX outbox_published ON central.outbox (published_at) WHERE published_at IS NOT NULL;

CREATE SCHEMA orders_read;
CREATE SCHEMA analytics;
CREATE SCHEMA notify;

GRANT USAGE ON SCHEMA orders_read TO docket_orders;
GRANT USAGE ON SCHEMA analytics TO docket_analytics;
GRANT USAGE ON SCHEMA notify TO docket_notify;

-- Orders as they were told last.
CREATE TABLE orders_read.orders (
    tenant          uuid NOT NULL,
    order_id        uuid NOT NULL,
    store           uuid NOT NULL,
    version         bigint NOT NULL,
    label           text NOT NULL,
    order_type      text NOT NULL,
    status          text NOT NULL,
    currency        text NOT NULL,
    business_day    integer NOT NULL,
    opened_ms       bigint NOT NULL,
    table_name      text,
    covers          integer,
    customer        uuid,
    net_minor       bigint NOT NULL,
    tax_minor       bigint NOT NULL,
    total_minor     bigint NOT NULL,
    due_minor       bigint NOT NULL,
    captured_minor  bigint NOT NULL,
    refunded_minor  bigint NOT NULL,
    balance_minor   bigint NOT NULL,
    open_exceptions integer NOT NULL,
    cancel_reason   text,
    PRIMARY KEY (tenant, order_id)
);

CREATE INDEX orders_by_status ON orders_read.orders (tenant, status, opened_ms);
CREATE INDEX orders_by_opened ON orders_read.orders (tenant, opened_ms);
CREATE INDEX orders_by_customer ON orders_read.orders (tenant, customer, opened_ms) WHERE customer IS NOT NULL;

CREATE TABLE orders_read.items (
    tenant            uuid NOT NULL,
    order_id          uuid NOT NULL,
    line_id           uuid NOT NULL,
    place             integer NOT NULL,
    product           uuid NOT NULL,
    name              text NOT NULL,
    quantity          numeric NOT NULL,
    unit_price_minor  bigint NOT NULL,
    total_minor       bigint NOT NULL,
    state             text NOT NULL,
    -- The chosen options, as the message has them.
    modifiers         text NOT NULL,
    PRIMARY KEY (tenant, order_id, line_id),
    FOREIGN KEY (tenant, order_id) REFERENCES orders_read.orders
);

-- Customers by key; a name is nowhere here.
CREATE TABLE orders_read.customers (
    tenant        uuid NOT NULL,
    customer      uuid NOT NULL,
    first_day     integer NOT NULL,
    last_day      integer NOT NULL,
    PRIMARY KEY (tenant, customer)
);

-- What each order adds to the figures; a newer version of the order replaces all of it.
CREATE TABLE analytics.orders (
    tenant        uuid NOT NULL,
    order_id      uuid NOT NULL,
    version       bigint NOT NULL,
    PRIMARY KEY (tenant, order_id)
);

CREATE TABLE analytics.sold_lines (
    tenant        uuid NOT NULL,
    order_id      uuid NOT NULL,
    line_id       uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    -- Of the order's opening, UTC: a message knows no zone.
    hour_utc      integer NOT NULL CHECK (hour_utc BETWEEN 0 AND 23),
    order_type    text NOT NULL,
    product       uuid NOT NULL,
    currency      text NOT NULL,
    quantity      numeric NOT NULL,
    total_minor   bigint NOT NULL,
    PRIMARY KEY (tenant, order_id, line_id)
);

CREATE INDEX sold_lines_by_day ON analytics.sold_lines (tenant, business_day, store);

-- Money by the day on which it moved; each payment and each refund once.
CREATE TABLE analytics.money (
    tenant        uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('captured', 'refunded')),
    id            uuid NOT NULL,
    order_id      uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    currency      text NOT NULL,
    amount_minor  bigint NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);

CREATE INDEX money_by_day ON analytics.money (tenant, business_day, store);

CREATE VIEW analytics.sales WITH (security_invoker = true) AS
    SELECT tenant, store, business_day, hour_utc, order_type, product, currency,
           count(DISTINCT order_id) AS orders, sum(quantity) AS quantity, sum(total_minor)::bigint AS total_minor
      FROM analytics.sold_lines
     GROUP BY tenant, store, business_day, hour_utc, order_type, product, currency;

CREATE VIEW analytics.takings WITH (security_invoker = true) AS
    SELECT tenant, store, business_day, currency,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'captured'), 0)::bigint AS captured_minor,
           coalesce(sum(amount_minor) FILTER (WHERE kind = 'refunded'), 0)::bigint AS refunded_minor
      FROM analytics.money
     GROUP BY tenant, store, business_day, currency;

-- What was told to people: each thing about an order once, whatever was sent twice.
CREATE TABLE notify.told (
    tenant    uuid NOT NULL,
    order_id  uuid NOT NULL,
    what      text NOT NULL,
    told_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, order_id, what)
);

-- Of each role: which messages had their effect, committed with it, and which wait behind a failed one of their key.
DO $$
DECLARE
    place text;
    name text;
    who text;
BEGIN
    FOREACH place IN ARRAY ARRAY['orders_read', 'analytics', 'notify'] LOOP
        who := CASE place WHEN 'orders_read' THEN 'docket_orders' ELSE 'docket_' || place END;
        EXECUTE format('CREATE TABLE %I.inbox (tenant uuid NOT NULL, source text NOT NULL, message_id text NOT NULL, '
                       'received_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, source, message_id))', place);
        EXECUTE format('CREATE INDEX inbox_by_age ON %I.inbox (received_at)', place);
        EXECUTE format('CREATE TABLE %I.parked (position bigint GENERATED ALWAYS AS IDENTITY, tenant uuid NOT NULL, '
                       'topic text NOT NULL, key text NOT NULL, source text NOT NULL, message_id text NOT NULL, '
                       'reason text NOT NULL, parked_at timestamptz NOT NULL DEFAULT now(), '
                       'PRIMARY KEY (tenant, source, message_id))', place);
        EXECUTE format('CREATE INDEX parked_by_key ON %I.parked (tenant, topic, key, position)', place);
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = place LOOP
            EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', place, name);
            EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', place, name);
            EXECUTE format('CREATE POLICY one_tenant ON %I.%I USING (tenant = central.tenant()) '
                           'WITH CHECK (tenant = central.tenant())', place, name);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO %I', place, name, who);
        END LOOP;
        -- An inbox is kept longer than the topics keep their messages; what is older goes, of every tenant.
        EXECUTE format('CREATE POLICY old_seen ON %I.inbox FOR SELECT USING (received_at < now() - interval ''60 days'')', place);
        EXECUTE format('CREATE POLICY old_gone ON %I.inbox FOR DELETE USING (received_at < now() - interval ''60 days'')', place);
    END LOOP;
END $$;

GRANT SELECT ON analytics.sales, analytics.takings TO docket_analytics;

-- A rebuild begins empty, for all tenants. It runs as the owner; a role of the service owns nothing.
CREATE FUNCTION orders_read.clear() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
    $$ TRUNCATE orders_read.orders, orders_read.items, orders_read.customers, orders_read.inbox, orders_read.parked $$;
CREATE FUNCTION analytics.clear() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
    $$ TRUNCATE analytics.orders, analytics.sold_lines, analytics.money, analytics.inbox, analytics.parked $$;

REVOKE ALL ON FUNCTION orders_read.clear(), analytics.clear() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION orders_read.clear() TO docket_orders;
GRANT EXECUTE ON FUNCTION analytics.clear() TO docket_analytics;
