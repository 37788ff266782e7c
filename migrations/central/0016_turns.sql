-- A store's turn to write is one question: waiting for it, and what is asked first by whoever has it.

-- Waits for the turn, which ends with the transaction. Before, it takes the locks by these names, which nobody waits for. Then
-- one row for each command: the store (no row where it is not a live one), with the head of the log and the order numbers
-- given on days from `since` on; whether the lock is had; what was answered to the command's key before, and what is known of
-- its customer. Where there are no commands it is one row of the store alone. Each statement of a function like this one sees
-- what was committed before it, so what the holders before have written is seen.
CREATE FUNCTION api.turn(
    of_tenant uuid, of_store uuid, of_log bytea, kind text, since integer,
    names text[], callers text[], operations text[], keys text[], customers uuid[], key_hours integer)
    RETURNS TABLE (
        time_zone text, cut_over_minutes integer, seq bigint, hash bytea, catalogue bytea,
        label_days integer[], labels_given bigint[], had boolean,
        request_hash bytea, status integer, body text, etag text, location text,
        sealed_key bytea, active boolean, name text, phone text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
    #variable_conflict use_column
    DECLARE
        locked boolean[];
    BEGIN
        PERFORM set_config('lock_timeout', '10s', true);
        locked := ARRAY(SELECT pg_try_advisory_xact_lock(hashtextextended(u.name, 0))
                        FROM unnest(names) WITH ORDINALITY AS u (name, place) ORDER BY u.place);
        PERFORM pg_advisory_xact_lock(hashtextextended('docket own log ' || of_tenant || ' ' || of_store, 0));
        -- Each in a subquery that the planner can't turn around: it might read every row of the tenant.
        RETURN QUERY SELECT s.time_zone, s.cut_over_minutes, h.seq, h.hash, d.hash, l.days, l.given, locked[u.place],
            i.request_hash, i.status, i.body, i.etag, i.location, k.sealed_key, coalesce(c.active, true), p.name, p.phone
        FROM central.stores s
        LEFT JOIN central.log_heads h ON h.tenant = s.tenant AND h.log_id = of_log AND h.branch = 0
        LEFT JOIN central.document_heads d ON d.tenant = s.tenant AND d.store = s.store AND d.kind = $4
        LEFT JOIN LATERAL (SELECT array_agg(o.business_day) AS days, array_agg(o.given) AS given
            FROM central.own_labels o
            WHERE o.tenant = of_tenant AND o.store = of_store AND o.business_day >= since OFFSET 0) AS l ON true
        LEFT JOIN unnest(callers, operations, keys, customers) WITH ORDINALITY
            AS u (caller, operation, key, customer, place) ON true
        LEFT JOIN LATERAL (SELECT request_hash, status, body, etag, location FROM api.idempotency
            WHERE tenant = of_tenant AND caller = u.caller AND operation = u.operation AND key = u.key
            AND created_at > now() - make_interval(hours => key_hours) OFFSET 0) AS i ON true
        LEFT JOIN LATERAL (SELECT sealed_key FROM api.subjects
            WHERE tenant = of_tenant AND subject = u.customer OFFSET 0) AS k ON true
        LEFT JOIN LATERAL (SELECT active FROM api.customers
            WHERE tenant = of_tenant AND customer = u.customer OFFSET 0) AS c ON true
        LEFT JOIN LATERAL (SELECT name, phone FROM api.customer_people
            WHERE tenant = of_tenant AND customer = u.customer OFFSET 0) AS p ON true
        WHERE s.tenant = of_tenant AND s.store = of_store AND s.state = 'live'
        ORDER BY u.place;
    END $$;
REVOKE ALL ON FUNCTION api.turn(uuid, uuid, bytea, text, integer, text[], text[], text[], text[], uuid[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api.turn(uuid, uuid, bytea, text, integer, text[], text[], text[], text[], uuid[], integer) TO docket_ingest;
