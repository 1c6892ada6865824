-- The group roles carry the privileges, which the migrations grant; the login
-- only belongs to them. The migrations create the groups too, for databases
-- that others administer.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['jieming_reader', 'jieming_writer']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jieming_app') THEN
        CREATE ROLE jieming_app LOGIN;
        GRANT jieming_reader, jieming_writer TO jieming_app;
    END IF;
END
$$;
