-- A device tells of each history that it holds of a log: rows of the second and further ones, the first stands in `rows`.
ALTER TABLE central.tallies ADD COLUMN further_rows bigint[] NOT NULL DEFAULT '{}';
-- The sums of their hashes, in the same order.
ALTER TABLE central.tallies ADD COLUMN further_sums bytea[] NOT NULL DEFAULT '{}';

-- A device is asked anew what it holds of a day that had news since it told.
GRANT SELECT ON central.days TO docket_ingest;
