-- Corrections of what was written wrongly: a spelling, a seat, a flag. A
-- version is closed and written again with other attributes and the same days,
-- and says which version it corrects.

-- +goose Up
SET LOCAL search_path = registry, public;
ALTER TABLE registry.line_version ADD COLUMN code text CHECK (code ~ '^[0-9]{4,12}$');
COMMENT ON COLUMN registry.line_version.code IS 'Line number, where it is another than the one the line was entered under';
CREATE INDEX line_version_code_idx ON registry.line_version (code) WHERE code IS NOT NULL;
-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{unit_version,line_version,place_version}'::text[] LOOP
    EXECUTE format('ALTER TABLE registry.%1$I ADD COLUMN corrects bigint REFERENCES registry.%1$I', t);
    EXECUTE format('COMMENT ON COLUMN registry.%I.corrects IS ''The version that this one corrects: same days, other attributes''', t);
    EXECUTE format('CREATE INDEX %1$s_corrects_idx ON registry.%1$I (corrects) WHERE corrects IS NOT NULL', t);
  END LOOP;
END $$;
-- +goose StatementEnd

-- The overlay of drafts learns of places, and of the new columns.
ALTER TABLE draft.line_version ADD COLUMN code text;
COMMENT ON COLUMN draft.line_version.code IS 'As registry.line_version.code';
CREATE TABLE draft.place_version (LIKE registry.place_version INCLUDING GENERATED);
COMMENT ON TABLE draft.place_version IS 'Overlay of registry.place_version: rows a draft adds';
ALTER TABLE draft.place_version
    ADD COLUMN case_id bigint NOT NULL DEFAULT draft.current_case() REFERENCES draft.branch,
    ALTER recorded SET DEFAULT '(,)', ALTER began_by DROP NOT NULL, ALTER secrecy SET DEFAULT 0, ALTER basis SET DEFAULT 'PUBLISHED';
CREATE INDEX ON draft.place_version (case_id);
-- +goose StatementBegin
DO $$ DECLARE t text; cols text; d record; BEGIN
  FOREACH t IN ARRAY '{unit_version,line_version}'::text[] LOOP
    EXECUTE format('ALTER TABLE draft.%I ADD COLUMN corrects bigint', t);
    EXECUTE format('COMMENT ON COLUMN draft.%1$I.corrects IS ''As registry.%1$I.corrects''', t);
  END LOOP;
  FOREACH t IN ARRAY '{unit_version,line_version,place_version}'::text[] LOOP
    SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) INTO cols FROM pg_attribute
     WHERE attrelid = ('registry.' || t)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format($v$CREATE OR REPLACE VIEW branch.%1$I WITH (security_invoker = true) AS
      SELECT %2$s FROM registry.%1$I m
      WHERE NOT EXISTS (SELECT FROM draft.closed c WHERE c.case_id = draft.current_case() AND c.relation = %1$L AND c.row_id = m.id)
      UNION ALL
      SELECT %2$s FROM draft.%1$I d WHERE case_id = draft.current_case()$v$, t, cols);
  END LOOP;
  FOR d IN SELECT attname FROM pg_attribute WHERE attrelid = 'draft.place_version'::regclass AND attnum > 0 LOOP
    EXECUTE format('COMMENT ON COLUMN draft.place_version.%1$I IS %2$L', d.attname,
      CASE d.attname WHEN 'case_id' THEN 'The draft' ELSE 'As registry.place_version.' || d.attname END);
  END LOOP;
  FOR d IN SELECT a.attname, pg_get_expr(x.adbin, x.adrelid) AS def FROM pg_attribute a JOIN pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
           WHERE a.attrelid = 'draft.place_version'::regclass AND a.attname <> 'case_id' LOOP
    EXECUTE format('ALTER VIEW branch.place_version ALTER %I SET DEFAULT %s', d.attname, d.def);
  END LOOP;
END $$;
-- +goose StatementEnd
COMMENT ON VIEW branch.place_version IS 'registry.place_version with the overlay of the draft';
CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE ON branch.place_version FOR EACH ROW EXECUTE FUNCTION draft.write();
GRANT SELECT, INSERT, UPDATE, DELETE ON draft.place_version TO jieming_writer;
GRANT SELECT, INSERT, UPDATE ON branch.place_version TO jieming_writer;

-- +goose StatementBegin
CREATE FUNCTION registry.amendable(rel text) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE rel WHEN 'unit_version' THEN '{type,specific,generic,seat,autonomous,border,special}'
                  WHEN 'line_version' THEN '{code,official_length_m}'
                  WHEN 'place_version' THEN '{name,roman}' END::text[]
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.amendable(text) IS 'The attributes of a versioned table that a correction may change: none that moves territory';
-- +goose StatementBegin
CREATE FUNCTION registry.amend(rel text, row_id bigint, attributes jsonb, ev bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE whole text; stands boolean; cols text; vals text; bad text; k bigint;
BEGIN
  SELECT string_agg(x, ', ') INTO bad FROM jsonb_object_keys(attributes) x WHERE NOT coalesce(x = ANY (amendable(rel)), false);
  IF bad IS NOT NULL OR amendable(rel) IS NULL THEN
    RAISE EXCEPTION 'a correction does not change % of %', bad, rel USING errcode = 'check_violation';
  END IF;
  IF ev IS NOT NULL AND (SELECT class FROM registry.event WHERE id = ev) <> 'CORRECTION' THEN
    RAISE EXCEPTION 'event % is no correction', ev USING errcode = 'JM003';
  END IF;
  -- The row travels as text: closed rows of a branch are no longer readable under their name.
  EXECUTE format('SELECT x::text, upper_inf(recorded) FROM %I x WHERE id = $1', rel) INTO whole, stands USING row_id;
  IF stands IS NOT TRUE THEN
    RAISE EXCEPTION '% row % is no longer what is recorded', rel, row_id USING errcode = 'JM008';
  END IF;
  SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum),
         string_agg(CASE WHEN attributes ? attname THEN format('($2->>%L)::%s', attname, format_type(atttypid, atttypmod)) ELSE 'y.' || quote_ident(attname) END, ',' ORDER BY attnum)
    INTO cols, vals
    FROM pg_attribute WHERE attrelid = ('registry.' || rel)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname <> ALL ('{id,recorded,began_by,corrects}');
  EXECUTE format('UPDATE %I SET recorded = recorded WHERE id = $1', rel) USING row_id;
  EXECUTE format('INSERT INTO %1$I (%2$s, began_by, corrects) SELECT %3$s, $3, $4 FROM (SELECT ($1::registry.%1$I).*) y RETURNING id', rel, cols, vals)
    INTO k USING whole, attributes, ev, row_id;
  RETURN k;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.amend(text, bigint, jsonb, bigint) IS 'Writes a version again with other attributes, for all its days; refuses one that is no longer what is recorded';
-- +goose StatementBegin
CREATE FUNCTION registry.unit_origin(version bigint) RETURNS bigint STABLE LANGUAGE sql AS $$
  WITH RECURSIVE back(corrects, began_by, since, depth) AS (
    SELECT corrects, began_by, lower(valid), 0 FROM registry.unit_version WHERE id = version
    UNION ALL
    SELECT v.corrects, v.began_by, back.since, depth + 1 FROM back JOIN registry.unit_version v ON v.id = back.corrects
    WHERE lower(v.valid) IS NOT DISTINCT FROM back.since)
  SELECT began_by FROM back ORDER BY depth DESC LIMIT 1
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.unit_origin(bigint) IS 'The event that began a version of a unit in law: not the one that corrected how it was written down';

-- +goose Down
DROP FUNCTION registry.unit_origin(bigint), registry.amend(text, bigint, jsonb, bigint), registry.amendable(text);
DROP VIEW branch.place_version;
DROP TABLE draft.place_version;
-- +goose StatementBegin
DO $$ DECLARE t text; cols text; d record; BEGIN
  FOREACH t IN ARRAY '{unit_version,line_version}'::text[] LOOP
    EXECUTE format('DROP VIEW branch.%I', t);
    EXECUTE format('ALTER TABLE draft.%I DROP COLUMN corrects', t);
    EXECUTE format('ALTER TABLE registry.%I DROP COLUMN corrects', t);
    IF t = 'line_version' THEN
      ALTER TABLE draft.line_version DROP COLUMN code;
      ALTER TABLE registry.line_version DROP COLUMN code;
    END IF;
    SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) INTO cols FROM pg_attribute
     WHERE attrelid = ('registry.' || t)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format($v$CREATE VIEW branch.%1$I WITH (security_invoker = true) AS
      SELECT %2$s FROM registry.%1$I m
      WHERE NOT EXISTS (SELECT FROM draft.closed c WHERE c.case_id = draft.current_case() AND c.relation = %1$L AND c.row_id = m.id)
      UNION ALL
      SELECT %2$s FROM draft.%1$I d WHERE case_id = draft.current_case()$v$, t, cols);
    EXECUTE format('COMMENT ON VIEW branch.%1$I IS ''registry.%1$I with the overlay of the draft''', t);
    FOR d IN SELECT a.attname, pg_get_expr(x.adbin, x.adrelid) AS def FROM pg_attribute a JOIN pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
             WHERE a.attrelid = ('draft.' || t)::regclass AND a.attgenerated = '' AND a.attname <> 'case_id' LOOP
      EXECUTE format('ALTER VIEW branch.%I ALTER %I SET DEFAULT %s', t, d.attname, d.def);
    END LOOP;
    EXECUTE format('CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE ON branch.%I FOR EACH ROW EXECUTE FUNCTION draft.write()', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON branch.%I TO jieming_writer', t);
  END LOOP;
END $$;
-- +goose StatementEnd
ALTER TABLE registry.place_version DROP COLUMN corrects;
