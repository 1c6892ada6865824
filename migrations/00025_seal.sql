-- Accesses are written without an entry of the log, so that nobody who signs in
-- or looks at a map waits at the gate. Each minute one entry seals those written
-- since, with a leaf for each.

-- +goose Up
ALTER TABLE desk.access ADD COLUMN seq bigint REFERENCES registry.log;
COMMENT ON COLUMN desk.access.seq IS 'Log entry that sealed it; null until then';
CREATE INDEX access_unsealed_idx ON desk.access (id) WHERE seq IS NULL;

-- +goose StatementBegin
CREATE FUNCTION desk.seal_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op = 'INSERT' THEN new.seq := NULL; RETURN new; END IF;
  IF tg_op = 'UPDATE' AND old.seq IS NULL AND to_jsonb(new) - 'seq' = to_jsonb(old) - 'seq' THEN
    new.seq := registry.seq();
    IF new.seq IS NULL THEN RAISE EXCEPTION 'no open log entry' USING errcode = 'JM001'; END IF;
    RETURN new;  -- the one permitted change: seal, now
  END IF;
  RAISE EXCEPTION '% is append-only', tg_table_name USING errcode = 'JM002';
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.seal_access() IS 'Trigger of accesses: permits sealing, refuses every other change';
DROP TRIGGER a_keep ON desk.access;
DROP TRIGGER no_truncate ON desk.access;
CREATE TRIGGER a_seal BEFORE INSERT OR UPDATE OR DELETE ON desk.access FOR EACH ROW EXECUTE FUNCTION desk.seal_access();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON desk.access EXECUTE FUNCTION desk.seal_access();
CREATE TRIGGER z_leaf_seal AFTER UPDATE ON desk.access REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf('sealed');
GRANT UPDATE (seq) ON desk.access TO jieming_writer;

-- +goose Down
DROP TRIGGER z_leaf_seal ON desk.access;
DROP TRIGGER a_seal ON desk.access;
DROP TRIGGER no_truncate ON desk.access;
DROP FUNCTION desk.seal_access();
ALTER TABLE desk.access DROP COLUMN seq;
CREATE TRIGGER a_keep BEFORE UPDATE OR DELETE ON desk.access FOR EACH ROW EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON desk.access EXECUTE FUNCTION desk.refuse_change();
