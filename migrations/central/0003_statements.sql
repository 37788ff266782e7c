-- What the reconciler needs to find its work: which tenants there are, which days have news, and how things stand.

-- Days of a store, with what the reconciler has still to do about them.
CREATE TABLE central.days (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    -- Since when something of this day is new, or its last statement is not equal; NULL where all is said.
    open_since    timestamptz,
    checked_at    timestamptz,
    PRIMARY KEY (tenant, store, business_day)
);

-- The logs that have rows of a day. A statement reads the rows themselves; this only says where they are.
CREATE TABLE central.day_logs (
    tenant        uuid NOT NULL,
    store         uuid NOT NULL,
    business_day  integer NOT NULL,
    log_id        bytea NOT NULL,
    PRIMARY KEY (tenant, store, business_day, log_id)
);

-- How far the reconciler has looked through each history.
CREATE TABLE central.day_marks (
    tenant  uuid NOT NULL,
    log_id  bytea NOT NULL,
    branch  integer NOT NULL,
    seq     bigint NOT NULL,
    PRIMARY KEY (tenant, log_id, branch)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['days', 'day_logs', 'day_marks'] LOOP
        EXECUTE format('ALTER TABLE central.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE central.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON central.%I USING (tenant = central.tenant()) '
                       'WITH CHECK (tenant = central.tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON central.%I TO docket_reconciler', name);
    END LOOP;
END $$;

-- The reconciler works for every tenant in turn, so it may list them; everything else it reads one tenant at a time.
CREATE POLICY every_tenant ON central.tenants FOR SELECT TO docket_reconciler USING (true);

GRANT SELECT ON central.quarantine TO docket_reconciler;
