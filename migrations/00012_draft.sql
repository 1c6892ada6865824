-- Drafts: the operation list is the truth of a draft; the overlay is its replay
-- on a base entry. The views of schema branch show registry + overlay under the
-- same names, and writing them writes the overlay.

-- +goose Up
SET LOCAL search_path = registry, public;
CREATE SCHEMA draft;
COMMENT ON SCHEMA draft IS 'Drafts: operation lists and their overlays';
CREATE SCHEMA branch;
COMMENT ON SCHEMA branch IS 'Views with the names of schema registry that show it with the overlay of one draft (setting jieming.branch)';

CREATE TABLE draft.branch (
    case_id    bigint PRIMARY KEY REFERENCES registry.case_file,
    base       bigint NOT NULL REFERENCES registry.log,
    rebased_at timestamptz NOT NULL DEFAULT now(),
    applied    bigint REFERENCES registry.log
);
COMMENT ON TABLE draft.branch IS 'One draft per case';
COMMENT ON COLUMN draft.branch.case_id IS 'The case';
COMMENT ON COLUMN draft.branch.base IS 'Log entry on which the draft stands';
COMMENT ON COLUMN draft.branch.rebased_at IS 'When it was last replayed on a base';
COMMENT ON COLUMN draft.branch.applied IS 'Log entry that applied it; null while it is a draft';
CREATE TABLE draft.operation (
    case_id bigint NOT NULL REFERENCES draft.branch,
    ord     int NOT NULL,
    item    jsonb NOT NULL,
    PRIMARY KEY (case_id, ord)
);
COMMENT ON TABLE draft.operation IS 'What people decided, replayable';
COMMENT ON COLUMN draft.operation.case_id IS 'The draft';
COMMENT ON COLUMN draft.operation.ord IS 'Order of replay';
COMMENT ON COLUMN draft.operation.item IS 'The operation';
CREATE TABLE draft.closed (
    case_id  bigint NOT NULL REFERENCES draft.branch,
    relation text NOT NULL,
    row_id   bigint NOT NULL,
    PRIMARY KEY (case_id, relation, row_id)
);
COMMENT ON TABLE draft.closed IS 'Rows of the registry that the draft replaces';
COMMENT ON COLUMN draft.closed.case_id IS 'The draft';
COMMENT ON COLUMN draft.closed.relation IS 'Table of the row';
COMMENT ON COLUMN draft.closed.row_id IS 'id of the row';

-- +goose StatementBegin
CREATE FUNCTION draft.current_case() RETURNS bigint STABLE LANGUAGE sql AS
$$ SELECT nullif(current_setting('jieming.branch', true), '')::bigint $$;
-- +goose StatementEnd
COMMENT ON FUNCTION draft.current_case() IS 'The draft this transaction looks at';

-- +goose StatementBegin
CREATE FUNCTION draft.write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE c bigint := draft.current_case(); r text := tg_table_name; cols text; vals text; versioned boolean;
BEGIN
  IF c IS NULL THEN RAISE EXCEPTION 'no draft is open' USING errcode = 'JM001'; END IF;
  versioned := r NOT IN ('unit', 'face', 'arc');
  IF tg_op = 'UPDATE' THEN
    IF NOT versioned THEN RAISE EXCEPTION '% is append-only', r USING errcode = 'JM002'; END IF;
    EXECUTE format('DELETE FROM draft.%I WHERE id = $1 AND case_id = $2', r) USING old.id, c;
    IF EXISTS (SELECT FROM draft.closed WHERE case_id = c AND relation = r AND row_id = old.id) THEN RETURN new; END IF;
    EXECUTE format('INSERT INTO draft.closed SELECT $1, $2, id FROM registry.%I WHERE id = $3', r) USING c, r, old.id;
    RETURN new;
  END IF;
  new.id := coalesce(new.id, nextval(pg_get_serial_sequence('registry.' || r, 'id')));
  SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum), string_agg('($1).' || quote_ident(attname), ',' ORDER BY attnum) INTO cols, vals
    FROM pg_attribute WHERE attrelid = ('registry.' || r)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname <> ALL ('{recorded,seq}');
  EXECUTE format('INSERT INTO draft.%I (%s) SELECT %s', r, cols, vals) USING new;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION draft.write() IS 'Trigger of the branch views: an insert goes to the overlay, closing a row hides it';

-- +goose StatementBegin
DO $$ DECLARE t text; cols text; versioned boolean; d record; BEGIN
  FOREACH t IN ARRAY '{unit,face,arc,unit_version,code,code_version,arc_version,tenure,line_version}'::text[] LOOP
    versioned := t NOT IN ('unit', 'face', 'arc', 'code');
    EXECUTE format('CREATE TABLE draft.%1$I (LIKE registry.%1$I INCLUDING GENERATED)', t);
    EXECUTE format('ALTER TABLE draft.%I ADD COLUMN case_id bigint NOT NULL DEFAULT draft.current_case() REFERENCES draft.branch', t);
    EXECUTE format('COMMENT ON TABLE draft.%1$I IS ''Overlay of registry.%1$I: rows a draft adds''', t);
    IF versioned THEN
      EXECUTE format('ALTER TABLE draft.%I ALTER recorded SET DEFAULT ''(,)'', ALTER began_by DROP NOT NULL', t);
    ELSE
      EXECUTE format('ALTER TABLE draft.%I ALTER seq DROP NOT NULL', t);
    END IF;
    FOR d IN SELECT a.attname, quote_literal(def.def) AS def FROM pg_attribute a
             CROSS JOIN LATERAL (SELECT CASE a.attname WHEN 'status' THEN 'CUSTOMARY' WHEN 'basis' THEN 'PUBLISHED' WHEN 'state' THEN 'PUBLISHED' WHEN 'secrecy' THEN '0'
                                          WHEN 'bounded' THEN 'true' WHEN 'reuse' THEN '0' WHEN 'autonomous' THEN 'false' WHEN 'border' THEN 'false' WHEN 'special' THEN 'false' END AS def) def
             WHERE a.attrelid = ('draft.' || t)::regclass AND a.attnum > 0 AND def.def IS NOT NULL LOOP
      EXECUTE format('ALTER TABLE draft.%I ALTER %I SET DEFAULT %s', t, d.attname, d.def);
    END LOOP;
    EXECUTE format('CREATE INDEX ON draft.%I (case_id)', t);
    SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) INTO cols FROM pg_attribute
     WHERE attrelid = ('registry.' || t)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format($v$CREATE VIEW branch.%1$I WITH (security_invoker = true) AS
      SELECT %2$s FROM registry.%1$I m %3$s
      UNION ALL
      SELECT %2$s FROM draft.%1$I d WHERE case_id = draft.current_case()$v$, t, cols,
      CASE WHEN versioned THEN format('WHERE NOT EXISTS (SELECT FROM draft.closed c WHERE c.case_id = draft.current_case() AND c.relation = %L AND c.row_id = m.id)', t) ELSE '' END);
    EXECUTE format('COMMENT ON VIEW branch.%1$I IS ''registry.%1$I with the overlay of the draft''', t);
    FOR d IN SELECT attname FROM pg_attribute WHERE attrelid = ('draft.' || t)::regclass AND attnum > 0 AND attname <> 'case_id' LOOP
      EXECUTE format('COMMENT ON COLUMN draft.%1$I.%2$I IS ''As registry.%1$I.%2$I''', t, d.attname);
    END LOOP;
    EXECUTE format('COMMENT ON COLUMN draft.%I.case_id IS ''The draft''', t);
    -- Defaults of the views, so that a writer need not name these columns.
    FOR d IN SELECT a.attname, pg_get_expr(x.adbin, x.adrelid) AS def FROM pg_attribute a JOIN pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
             WHERE a.attrelid = ('draft.' || t)::regclass AND a.attgenerated = '' AND a.attname <> 'case_id' LOOP
      EXECUTE format('ALTER VIEW branch.%I ALTER %I SET DEFAULT %s', t, d.attname, d.def);
    END LOOP;
    EXECUTE format('CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE ON branch.%I FOR EACH ROW EXECUTE FUNCTION draft.write()', t);
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP SCHEMA branch CASCADE;
DROP SCHEMA draft CASCADE;
