-- Guests that were erased, for each store that has orders of them: until its log says so, tills of the store hold the key.

CREATE TABLE api.forgotten (
    tenant   uuid NOT NULL,
    store    uuid NOT NULL,
    subject  uuid NOT NULL,
    PRIMARY KEY (tenant, store, subject)
);

ALTER TABLE api.forgotten ENABLE ROW LEVEL SECURITY;
ALTER TABLE api.forgotten FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON api.forgotten USING (tenant = central.tenant()) WITH CHECK (tenant = central.tenant());
GRANT SELECT, INSERT, DELETE ON api.forgotten TO docket_ingest;

-- The sweeper finds them in every tenant; what it does about them is done as any other act.
CREATE POLICY every_tenant ON api.forgotten FOR SELECT TO docket_sweeper USING (true);
GRANT SELECT ON api.forgotten TO docket_sweeper;
