-- Who may, how often, and who did: shared buckets of the rate limits, the audit log, and a role that sees no more than the
-- API's guard has to.

DO $$
BEGIN
    CREATE ROLE docket_access NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;

GRANT USAGE ON SCHEMA central, api TO docket_access;

-- Token buckets of callers, by a hash: of a token's subject, a device, or an address. All processes share them. What a crash
-- loses here is that somebody may call a little more often; so nothing is written to the log of PostgreSQL.
CREATE UNLOGGED TABLE api.buckets (
    bucket     bytea PRIMARY KEY CHECK (length(bucket) = 16),
    tokens     double precision NOT NULL,
    filled_at  timestamptz NOT NULL
);

-- Takes up to `wanted` calls out of a bucket that fills by `rate` a second up to `burst`. Where there is none, it says when
-- there will be one. The clock is the database's, so that processes with different clocks agree.
CREATE FUNCTION api.lease(of_bucket bytea, rate integer, burst integer, wanted integer)
    RETURNS TABLE (granted integer, wait_ms integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    held       double precision;
    filled     timestamptz;
    at_moment  timestamptz;
BEGIN
    INSERT INTO api.buckets VALUES (of_bucket, burst, clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT b.tokens, b.filled_at INTO held, filled FROM api.buckets b WHERE b.bucket = of_bucket FOR UPDATE;
    at_moment := clock_timestamp();
    held := least(burst, held + greatest(0, extract(epoch FROM at_moment - filled)) * rate);
    granted := least(wanted, floor(held))::integer;
    wait_ms := CASE WHEN granted > 0 THEN 0 ELSE ceil((1 - held) * 1000 / rate) END;
    UPDATE api.buckets b SET tokens = held - granted, filled_at = at_moment WHERE b.bucket = of_bucket;
    RETURN NEXT;
END $$;

-- A bucket that nobody asked for a minute is full (no burst takes longer to fill), and as good as none.
CREATE FUNCTION api.forget_buckets(page integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH old AS (SELECT ctid FROM api.buckets WHERE filled_at < clock_timestamp() - interval '1 minute' LIMIT page),
         gone AS (DELETE FROM api.buckets WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1)
    SELECT count(*) FROM gone $$;

REVOKE ALL ON FUNCTION api.lease(bytea, integer, integer, integer), api.forget_buckets(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api.lease(bytea, integer, integer, integer), api.forget_buckets(integer) TO docket_access;

-- Who did what, written in the act's own transaction; and what was refused for want of a right, as far as it is not said
-- too often. Rows are never changed.
CREATE TABLE api.audit (
    tenant     uuid NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL DEFAULT now(),
    -- The token's subject and role.
    subject    text NOT NULL,
    role       text NOT NULL,
    device     uuid,
    operation  text NOT NULL,
    -- The order, customer or webhook.
    object     uuid,
    -- 'done', or the code of the refusal.
    outcome    text NOT NULL,
    -- W3C trace id, which the log's correlation id is too.
    trace      uuid,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX audit_of_object ON api.audit (tenant, object) WHERE object IS NOT NULL;
CREATE INDEX audit_by_age ON api.audit USING brin (at);

ALTER TABLE api.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE api.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON api.audit USING (tenant = central.tenant()) WITH CHECK (tenant = central.tenant());

-- Whoever may use the schema may say what it did, for the tenant of its transaction; nobody may read it by this.
CREATE FUNCTION api.record(by_subject text, as_role text, of_device uuid, did text, what uuid, came_of_it text, of_trace uuid)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO api.audit (tenant, subject, role, device, operation, object, outcome, trace)
    VALUES (central.tenant(), by_subject, as_role, of_device, did, what, came_of_it, of_trace) $$;

-- 400 days: a year's audit, and the time to do it in.
GRANT SELECT (tenant, id, at), DELETE ON api.audit TO docket_access;
CREATE POLICY old_seen ON api.audit FOR SELECT TO docket_access USING (at < now() - interval '400 days');
CREATE POLICY old_gone ON api.audit FOR DELETE TO docket_access USING (at < now() - interval '400 days');

-- A token of a device counts while head office has the device, and for its store.
GRANT SELECT (tenant, store, device, revoked_at) ON central.devices TO docket_access;

-- How many orders are under way, over all tenants: their status and nothing else.
CREATE INDEX orders_active ON central.orders (status) WHERE status NOT IN ('completed', 'cancelled');
GRANT SELECT (status) ON central.orders TO docket_access;
CREATE POLICY every_tenant ON central.orders FOR SELECT TO docket_access USING (true);
