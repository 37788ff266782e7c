-- Rows that took the place of their stub. Whoever was sent the stub is sent the row, until it says that it holds it.
CREATE TABLE central.healed_rows (
    tenant     uuid NOT NULL,
    log_id     bytea NOT NULL,
    branch     integer NOT NULL,
    seq        bigint NOT NULL,
    healed_at  timestamptz NOT NULL DEFAULT now(),
    -- Devices that hold the row.
    taken      uuid[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, log_id, branch, seq)
);

ALTER TABLE central.healed_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE central.healed_rows FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON central.healed_rows USING (tenant = central.tenant()) WITH CHECK (tenant = central.tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON central.healed_rows TO docket_ingest;

-- Notes healed rows and moves the heads of their histories, so that streams look at them. A trigger does it: a version of the
-- program that does not know the table heals rows as well.
CREATE FUNCTION central.rows_healed() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
    WITH healed AS (
        INSERT INTO central.healed_rows (tenant, log_id, branch, seq)
        SELECT n.tenant, n.log_id, n.branch, n.seq FROM new_rows n
        JOIN old_rows o USING (tenant, month, log_id, branch, seq)
        WHERE o.stub_reason IS NOT NULL AND n.stub_reason IS NULL
        ON CONFLICT (tenant, log_id, branch, seq) DO UPDATE SET healed_at = now(), taken = '{}'
        RETURNING tenant, log_id, branch)
    UPDATE central.log_heads h SET seq = h.seq FROM (SELECT DISTINCT tenant, log_id, branch FROM healed) AS healed
    WHERE h.tenant = healed.tenant AND h.log_id = healed.log_id AND h.branch = healed.branch;
    RETURN NULL;
    END $$;

CREATE TRIGGER log_rows_healed AFTER UPDATE ON central.log_rows
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION central.rows_healed();
