-- Marks of order numbers whose letter several devices carry, rows that take effect after an update, hours by the store's
-- clock, and counts of messages of days that are settled. All of it only adds: a program from before runs beside it.

-- What row 1 of a log says of its device's letter; NULL where a program from before made the log known, until it is read.
ALTER TABLE central.logs
    ADD COLUMN letter text,
    ADD COLUMN opened_clock bigint,
    ADD COLUMN opened_hash bytea,
    -- Place of the log's device among those that carry the letter, by first use: from 2 on it stands behind the number.
    ADD COLUMN label_mark integer NOT NULL DEFAULT 1;

CREATE INDEX logs_by_letter ON central.logs (tenant, store, letter);

-- When a row that was quarantined took its effect.
ALTER TABLE central.quarantine ADD COLUMN released_at timestamptz;

-- The service asks which tenants have quarantined rows; it sees nothing else of them without naming one.
CREATE POLICY by_upkeep ON central.quarantine FOR SELECT TO docket_ingest
    USING (current_setting('docket.upkeep', true) = 'quarantine');

-- The hour of the order's opening by the store's clock; NULL where a program from before wrote the line.
ALTER TABLE analytics.sold_lines ADD COLUMN hour integer CHECK (hour BETWEEN 0 AND 23);

CREATE OR REPLACE VIEW analytics.sales WITH (security_invoker = true) AS
    SELECT tenant, store, business_day, hour_utc, order_type, product, currency,
           count(DISTINCT order_id) AS orders, sum(quantity) AS quantity, sum(total_minor)::bigint AS total_minor,
           coalesce(hour, hour_utc) AS hour
      FROM analytics.sold_lines
     GROUP BY tenant, store, business_day, hour_utc, order_type, product, currency, coalesce(hour, hour_utc);

-- Messages that were counted out of Kafka, older than any topic keeps them and of a day that is settled: their number, and
-- the sum of their hashes.
ALTER TABLE central.kafka_tallies ADD COLUMN counted_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX kafka_tallies_by_age ON central.kafka_tallies (tenant, counted_at);

CREATE TABLE central.kafka_pruned (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    messages      bigint NOT NULL,
    hash_sum      bytea NOT NULL,
    PRIMARY KEY (tenant, store, business_day)
);

ALTER TABLE central.kafka_pruned ENABLE ROW LEVEL SECURITY;
ALTER TABLE central.kafka_pruned FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON central.kafka_pruned USING (tenant = central.tenant()) WITH CHECK (tenant = central.tenant());
GRANT SELECT, INSERT, UPDATE ON central.kafka_pruned TO docket_reconciler;
