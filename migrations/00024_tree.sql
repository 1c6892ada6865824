-- The log as a Merkle tree (RFC 6962): each sealed entry adds its records to the
-- tree in the same transaction, and signed checkpoints say what the tree was.
-- docs/log.md spells out every byte.

-- +goose Up
SET LOCAL search_path = registry, public;

ALTER TABLE registry.log ADD COLUMN tree_size bigint CHECK (tree_size > 0);
COMMENT ON COLUMN registry.log.tree_size IS 'Records of the tree with this entry: a record for each leaf so far, and one for each entry; null until the transaction commits';
CREATE INDEX log_tree_size_idx ON registry.log (tree_size);

CREATE TABLE registry.log_hash (
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 62),
    n     bigint NOT NULL CHECK (n >= 0),
    hash  bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, n)
);
COMMENT ON TABLE registry.log_hash IS 'The hashes of the Merkle tree over the log; append-only';
COMMENT ON COLUMN registry.log_hash.level IS 'Height: 0 for records, the root of a full tree of 2^k records has k';
COMMENT ON COLUMN registry.log_hash.n IS 'Position in its level, from 0';
COMMENT ON COLUMN registry.log_hash.hash IS 'sha256(0x00, record) or sha256(0x01, left, right)';

CREATE TABLE registry.checkpoint (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    size    bigint NOT NULL CHECK (size > 0),
    seq     bigint NOT NULL REFERENCES registry.log,
    made_at timestamptz NOT NULL,
    note    text NOT NULL CHECK (note <> '')
);
COMMENT ON TABLE registry.checkpoint IS 'Signed statements of what the tree was; append-only; copies of them outside make them worth something';
COMMENT ON COLUMN registry.checkpoint.id IS 'Identity';
COMMENT ON COLUMN registry.checkpoint.size IS 'Records of the tree';
COMMENT ON COLUMN registry.checkpoint.seq IS 'The last log entry in it';
COMMENT ON COLUMN registry.checkpoint.made_at IS 'When it was signed';
COMMENT ON COLUMN registry.checkpoint.note IS 'The signed note: origin, size, root hash, entry and time, and the signature of this installation';
CREATE INDEX checkpoint_size_idx ON registry.checkpoint (size);

CREATE TABLE registry.cosignature (
    checkpoint_id bigint NOT NULL REFERENCES registry.checkpoint,
    name          text NOT NULL CHECK (name <> ''),
    line          text NOT NULL CHECK (line LIKE '— %'),
    made_at       timestamptz NOT NULL,
    PRIMARY KEY (checkpoint_id, line)
);
COMMENT ON TABLE registry.cosignature IS 'Signatures of others under a checkpoint; append-only';
COMMENT ON COLUMN registry.cosignature.checkpoint_id IS 'The checkpoint';
COMMENT ON COLUMN registry.cosignature.name IS 'Who signed, as their key is named';
COMMENT ON COLUMN registry.cosignature.line IS 'The line under the note';
COMMENT ON COLUMN registry.cosignature.made_at IS 'When it was added';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{log_hash,checkpoint,cosignature}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER a_seal BEFORE UPDATE OR DELETE ON registry.%I FOR EACH ROW EXECUTE FUNCTION registry.seal_only()', t);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON registry.%I EXECUTE FUNCTION registry.seal_only()', t);
  END LOOP;
END $$;
-- +goose StatementEnd

-- Records --------------------------------------------------------------------------
-- +goose StatementBegin
CREATE FUNCTION registry.row_record(seq bigint, relation text, row_id bigint, op text, digest bytea) RETURNS bytea IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT convert_to('row ' || seq || ' ' || relation || ' ' || row_id || ' ' || op || ' ' || encode(digest, 'hex'), 'UTF8') $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.row_record(bigint, text, bigint, text, bytea) IS 'The bytes of a leaf in the tree';
-- +goose StatementBegin
CREATE FUNCTION registry.sized(t text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT coalesce(octet_length(t) || ':' || t, '-') $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.sized(text) IS 'Text with the number of its bytes before it, so that it ends where it ends; - for null';
-- +goose StatementBegin
CREATE FUNCTION registry.entry_record(e registry.log) RETURNS bytea IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT convert_to('entry ' || e.seq || ' ' || to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ' ' || e.leaves || ' '
     || coalesce(e.case_id::text, '-') || ' ' || encode(e.digest, 'hex') || ' ' || sized(e.actor) || ' ' || sized(e.request), 'UTF8') $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.entry_record(registry.log) IS 'The bytes of an entry in the tree, after its leaves';
ALTER FUNCTION registry.entry_record(registry.log) SET search_path = registry, pg_temp;

-- +goose StatementBegin
CREATE FUNCTION registry.hash_entries(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE lo bigint; hi bigint; height int := 0;
BEGIN
  SELECT min(tree_size - leaves - 1), max(tree_size) INTO lo, hi FROM log WHERE seq BETWEEN first AND last;
  INSERT INTO log_hash (level, n, hash)
  SELECT 0, e.tree_size - e.leaves - 2 + row_number() OVER (PARTITION BY l.seq ORDER BY l.ord),
         sha256('\x00'::bytea || row_record(l.seq, l.relation, l.row_id, l.op::text, l.digest))
  FROM log e JOIN log_leaf l USING (seq)
  WHERE e.seq BETWEEN first AND last AND l.seq BETWEEN first AND last  -- both, so that neither is read whole
  UNION ALL
  SELECT 0, e.tree_size - 1, sha256('\x00'::bytea || entry_record(e)) FROM log e WHERE e.seq BETWEEN first AND last;
  LOOP
    lo := lo / 2; hi := hi / 2;  -- the nodes of the next level that are whole
    EXIT WHEN coalesce(lo >= hi, true);
    INSERT INTO log_hash (level, n, hash)
    SELECT height + 1, i, sha256('\x01'::bytea
        || (SELECT hash FROM log_hash WHERE level = height AND n = 2 * i)
        || (SELECT hash FROM log_hash WHERE level = height AND n = 2 * i + 1))
    FROM generate_series(lo, hi - 1) i;
    height := height + 1;
  END LOOP;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.hash_entries(bigint, bigint) IS 'Adds sealed entries to the tree: their records, and the nodes that become whole with them';

-- +goose StatementBegin
CREATE FUNCTION registry.size_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  new.tree_size := coalesce((SELECT tree_size FROM log WHERE seq = new.seq - 1), 0) + new.leaves + 1;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.size_tree() IS 'Trigger of the log: says how large the tree is with an entry, when it is sealed';
-- +goose StatementBegin
CREATE FUNCTION registry.grow_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM hash_entries(new.seq, new.seq); RETURN NULL; END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.grow_tree() IS 'Trigger of the log: adds an entry to the tree when it is sealed';

-- The tree of what was recorded before.
ALTER TABLE registry.log DISABLE TRIGGER a_seal;
UPDATE registry.log SET tree_size = x.size
FROM (SELECT seq, sum(leaves + 1) OVER (ORDER BY seq) AS size FROM registry.log) x WHERE x.seq = log.seq;
ALTER TABLE registry.log ENABLE TRIGGER a_seal;
SELECT hash_entries(min(seq), max(seq)) FROM registry.log;

CREATE TRIGGER b_size BEFORE UPDATE ON registry.log FOR EACH ROW WHEN (old.digest IS NULL AND new.digest IS NOT NULL) EXECUTE FUNCTION registry.size_tree();
CREATE TRIGGER c_tree AFTER UPDATE ON registry.log FOR EACH ROW WHEN (old.digest IS NULL AND new.digest IS NOT NULL) EXECUTE FUNCTION registry.grow_tree();

-- Logged tables ----------------------------------------------------------------------
-- A table is logged when a trigger of it makes leaves; nobody keeps a list.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registry.leaf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = registry, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE s bigint := seq(); o text := CASE WHEN tg_op = 'INSERT' OR tg_argv[0] = 'sealed' THEN 'I' ELSE 'C' END;
BEGIN
  IF s IS NULL AND EXISTS (SELECT FROM rows_written) THEN RAISE EXCEPTION 'no open log entry' USING errcode = 'JM001'; END IF;
  IF tg_argv[0] = 'geom' THEN
    INSERT INTO log_leaf (seq, relation, row_id, op, digest)
    SELECT s, tg_table_name, n.id, o, leaf_digest(tg_table_name, o, to_jsonb(n) - 'geom', st_asbinary(n.geom, 'NDR')) FROM rows_written n ORDER BY n.id;
  ELSE
    INSERT INTO log_leaf (seq, relation, row_id, op, digest)
    SELECT s, tg_table_name, n.id, o, leaf_digest(tg_table_name, o, to_jsonb(n), '') FROM rows_written n ORDER BY n.id;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.leaf() IS 'Trigger of every logged table: one leaf per row written or closed; with argument geom for tables with a geometry, and sealed where an update seals rows that were written without an entry';
DROP TRIGGER z_leaf_insert ON registry.arc;
DROP TRIGGER z_leaf_insert ON registry.place_version;
DROP TRIGGER z_leaf_close ON registry.place_version;
CREATE TRIGGER z_leaf_insert AFTER INSERT ON registry.arc REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf('geom');
CREATE TRIGGER z_leaf_insert AFTER INSERT ON registry.place_version REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf('geom');
CREATE TRIGGER z_leaf_close AFTER UPDATE ON registry.place_version REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf('geom');

-- +goose StatementBegin
CREATE FUNCTION registry.logged() RETURNS TABLE (relation text, "table" regclass) STABLE LANGUAGE sql AS $$
  SELECT DISTINCT c.relname::text, c.oid::regclass FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  WHERE t.tgfoid = 'registry.leaf()'::regprocedure
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.logged() IS 'The logged tables: those with a trigger that makes leaves. Leaves name a table without its schema, so no two may share a name';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registry.log_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE geometries text; argument text;
BEGIN
  IF EXISTS (SELECT FROM registry.logged() l JOIN pg_class c ON c.relname = l.relation WHERE c.oid = t) THEN
    RAISE EXCEPTION 'a logged table is called % already', t;
  END IF;
  SELECT string_agg(attname, ',') INTO geometries FROM pg_attribute
   WHERE attrelid = t AND atttypid IN ('public.geometry'::regtype, 'public.geography'::regtype) AND NOT attisdropped;
  IF geometries <> 'geom' THEN
    RAISE EXCEPTION 'the geometry of a logged table is one column, geom; % has %', t, geometries;
  END IF;
  argument := CASE WHEN geometries IS NULL THEN '' ELSE '''geom''' END;
  EXECUTE format('CREATE TRIGGER a_stamp BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION registry.stamp_seq()', t);
  EXECUTE format('CREATE TRIGGER z_leaf_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf(%s)', t, argument);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION registry.stamp_seq()', t);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registry.stored_query() RETURNS TABLE (relation text, query text) STABLE LANGUAGE sql AS $$
  SELECT l.relation, format('SELECT %L::text, x.id::bigint, jsonb_strip_nulls(to_jsonb(x) - ''{recorded,geom}''::text[]), %s, %s FROM %s x', l.relation,
      CASE WHEN 'geom' = ANY (a.columns) THEN 'public.st_asbinary(x.geom, ''NDR'')' ELSE '''''::bytea' END,
      CASE WHEN 'recorded' = ANY (a.columns) THEN 'lower(x.recorded), upper(x.recorded), isempty(x.recorded)' ELSE 'x.seq, NULL::bigint, false' END,
      l."table")
  FROM registry.logged() l
  CROSS JOIN LATERAL (SELECT array_agg(attname::text) AS columns FROM pg_catalog.pg_attribute
                      WHERE attrelid = l."table" AND attnum > 0 AND NOT attisdropped) a
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.stored_query() IS 'The query for the rows of each logged table, as stored() returns them';
-- +goose StatementBegin
CREATE FUNCTION registry.stored() RETURNS TABLE (relation text, id bigint, body jsonb, geom bytea, born bigint, closed bigint, hidden boolean)
STABLE LANGUAGE plpgsql SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
BEGIN
  RETURN QUERY EXECUTE (SELECT string_agg(q.query, ' UNION ALL ') FROM registry.stored_query() q);
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.stored() IS 'Every row of every logged table as its digest sees it, with the entries that wrote and closed it; hidden: written and closed in one entry';
-- +goose StatementBegin
CREATE FUNCTION registry.stored_row(of_relation text, of_id bigint)
RETURNS TABLE (relation text, id bigint, body jsonb, geom bytea, born bigint, closed bigint, hidden boolean)
STABLE LANGUAGE plpgsql SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE one text := (SELECT q.query FROM registry.stored_query() q WHERE q.relation = of_relation);
BEGIN
  IF one IS NOT NULL THEN RETURN QUERY EXECUTE one || ' WHERE x.id = $1' USING of_id; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.stored_row(text, bigint) IS 'One row of stored()';

-- Rights -----------------------------------------------------------------------------
-- +goose StatementBegin
DO $$ DECLARE f text; BEGIN
  FOREACH f IN ARRAY '{size_tree(),grow_tree(),hash_entries(bigint\,bigint)}'::text[] LOOP
    EXECUTE format('ALTER FUNCTION registry.%s SECURITY DEFINER SET search_path = registry, public, pg_temp', f);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION registry.%s FROM PUBLIC', f);
  END LOOP;
END $$;
-- +goose StatementEnd
GRANT SELECT ON registry.log_hash, registry.checkpoint, registry.cosignature TO jieming_writer, jieming_reader;
GRANT INSERT ON registry.checkpoint, registry.cosignature TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO jieming_writer;

-- +goose Down
DROP TRIGGER b_size ON registry.log;
DROP TRIGGER c_tree ON registry.log;
DROP FUNCTION registry.stored_row(text, bigint), registry.stored(), registry.stored_query(), registry.logged(), registry.grow_tree(), registry.size_tree(), registry.hash_entries(bigint, bigint),
    registry.entry_record(registry.log), registry.row_record(bigint, text, bigint, text, bytea), registry.sized(text);
DROP TABLE registry.cosignature, registry.checkpoint, registry.log_hash;
ALTER TABLE registry.log DROP COLUMN tree_size;
