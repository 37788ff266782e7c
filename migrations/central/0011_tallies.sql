-- A till is asked for the day's tallies that are missing, also of days whose rows came over an earlier connection: the
-- ingest looks where the reconciler has found rows.
GRANT SELECT ON central.day_logs TO docket_ingest;
