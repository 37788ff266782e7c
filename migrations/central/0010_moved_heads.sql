-- In which transaction the head of a history moved last, so that a stream asks for those alone that have moved since it
-- looked. A trigger sets it: a version of the program that does not know the column moves heads as well.
ALTER TABLE central.log_heads ADD COLUMN moved xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE INDEX log_heads_moved ON central.log_heads (tenant, moved);

CREATE FUNCTION central.head_moved() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NEW.moved := pg_current_xact_id(); RETURN NEW; END $$;

CREATE TRIGGER log_heads_moved BEFORE INSERT OR UPDATE ON central.log_heads
    FOR EACH ROW EXECUTE FUNCTION central.head_moved();
