-- What each order of the API pays for, and need not.

-- An order's store is that of the log whose rows brought it, and logs have the key. To look the store up once more for each
-- order locks the store's row each time, and writes that down.
ALTER TABLE central.orders DROP CONSTRAINT orders_tenant_store_fkey;

-- As before, in a language whose plans a connection keeps: the other one plans the body anew at each call.
CREATE OR REPLACE FUNCTION api.record(
    by_subject text, as_role text, of_device uuid, did text, what uuid, came_of_it text, of_trace uuid)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    BEGIN
        INSERT INTO api.audit (tenant, subject, role, device, operation, object, outcome, trace)
        VALUES (central.tenant(), by_subject, as_role, of_device, did, what, came_of_it, of_trace);
    END $$;
