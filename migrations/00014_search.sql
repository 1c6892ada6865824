-- Search by name: every text that is, was or will be a name, with what it can be
-- typed as.

-- +goose Up
SET LOCAL search_path = registry, public;
CREATE TABLE registry.search_name (
    level    smallint NOT NULL CHECK (level BETWEEN 1 AND 6),
    specific text COLLATE "C" NOT NULL CHECK (specific <> ''),
    generic  text COLLATE "C" NOT NULL,
    hull     daterange NOT NULL,
    core     daterange NOT NULL,
    edition  int NOT NULL DEFAULT 0,
    folded   text COLLATE "C",
    rank     bigint CHECK (rank BETWEEN 0 AND 4611686018427387903),
    keys     tsvector,
    PRIMARY KEY (level, specific, generic),
    CONSTRAINT search_name_keyed_check CHECK (edition = 0 OR (folded IS NOT NULL AND rank IS NOT NULL AND keys IS NOT NULL))
);
COMMENT ON TABLE registry.search_name IS 'Derived: each text of up to 200 characters that is a name at any instant, and what it can be typed as; rebuildable. Who bears it is read from the versions';
COMMENT ON COLUMN registry.search_name.level IS 'Level of the units that bear it, 1 to 5; 6 for places';
COMMENT ON COLUMN registry.search_name.specific IS '专名 of a unit; the whole name of a place, its Roman name if it has no other';
COMMENT ON COLUMN registry.search_name.generic IS '通名 of a unit; empty for a place';
COMMENT ON COLUMN registry.search_name.hull IS 'Nobody ever bore it outside these days, whatever was recorded when';
COMMENT ON COLUMN registry.search_name.core IS 'Whoever ever bore it did so on all of these days; may be empty';
COMMENT ON COLUMN registry.search_name.edition IS 'Edition of the rules its keys were made by; 0 while it has none';
COMMENT ON COLUMN registry.search_name.folded IS 'specific in the form of letters that is searched';
COMMENT ON COLUMN registry.search_name.rank IS 'Order among names that fit equally well: by level, then by length, then by reading; below 2^62';
COMMENT ON COLUMN registry.search_name.keys IS 'What it can be typed as; registry/postgres/search_names.go says how';
CREATE INDEX search_name_keys_idx ON registry.search_name USING gin (keys) WITH (fastupdate = off);
-- Keys are made in this order. Most of what is searched for is the end of names,
-- and so what is found together lies together.
CREATE INDEX search_name_edition_idx ON registry.search_name (edition, reverse(specific));

-- Who bears a text, in order of id.
DROP INDEX registry.unit_version_name_idx;
CREATE INDEX unit_version_name_idx ON registry.unit_version (name, unit_id);
CREATE INDEX place_version_text_idx ON registry.place_version USING hash ((coalesce(name, roman)));
-- Codes of a county and above, and of townships; the other ones are villages'.
CREATE INDEX code_version_county_idx ON registry.code_version (code text_pattern_ops) WHERE code LIKE '%000000';
CREATE INDEX code_version_township_idx ON registry.code_version (code text_pattern_ops) WHERE code LIKE '%000' AND code NOT LIKE '%000000';

-- +goose StatementBegin
CREATE FUNCTION registry.note_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_table_name = 'unit_version' THEN
    INSERT INTO search_name AS n (level, specific, generic, hull, core)
    SELECT level, specific, generic, range_merge(range_agg(valid)), range_intersect_agg(valid)
    FROM rows_written
    WHERE level > 0 AND length(name) <= 200
    GROUP BY level, specific, generic
    ON CONFLICT (level, specific, generic) DO UPDATE SET hull = range_merge(n.hull, excluded.hull), core = n.core * excluded.core
    WHERE n.hull <> range_merge(n.hull, excluded.hull) OR n.core <> n.core * excluded.core;
  ELSE
    INSERT INTO search_name AS n (level, specific, generic, hull, core)
    SELECT 6, coalesce(name, roman), '', range_merge(range_agg(valid)), range_intersect_agg(valid)
    FROM rows_written
    WHERE secrecy = 0 AND length(coalesce(name, roman)) BETWEEN 1 AND 200
    GROUP BY coalesce(name, roman)
    ON CONFLICT (level, specific, generic) DO UPDATE SET hull = range_merge(n.hull, excluded.hull), core = n.core * excluded.core
    WHERE n.hull <> range_merge(n.hull, excluded.hull) OR n.core <> n.core * excluded.core;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.note_names() IS 'Trigger of units and places: every text that is written as a name is noted, without keys';
CREATE TRIGGER z_names AFTER INSERT ON registry.unit_version REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.note_names();
CREATE TRIGGER z_names AFTER INSERT ON registry.place_version REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.note_names();

INSERT INTO search_name (level, specific, generic, hull, core)
SELECT level, specific, generic, range_merge(range_agg(valid)), range_intersect_agg(valid)
FROM unit_version
WHERE level > 0 AND length(name) <= 200
GROUP BY level, specific, generic
UNION ALL
SELECT 6, coalesce(name, roman), '', range_merge(range_agg(valid)), range_intersect_agg(valid)
FROM place_version
WHERE secrecy = 0 AND length(coalesce(name, roman)) BETWEEN 1 AND 200
GROUP BY coalesce(name, roman);

-- Readings are known to the program only. The keys of a name come as text with
-- the unit separator (U+001F) between them.
-- +goose StatementBegin
CREATE FUNCTION registry.key_names(levels int[], specifics text[], generics text[], foldeds text[], ranks bigint[], lexemes text[], made_by int)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  LOCK TABLE gate IN SHARE ROW EXCLUSIVE MODE;  -- nobody notes names, or keys them, at the same time
  UPDATE search_name t
  SET folded = x.folded, rank = x.rank, keys = array_to_tsvector(string_to_array(x.keys, E'\x1f')), edition = made_by
  FROM unnest(levels, specifics, generics, foldeds, ranks, lexemes) x(level, specific, generic, folded, rank, keys)
  WHERE t.level = x.level AND t.specific = x.specific COLLATE "C" AND t.generic = x.generic COLLATE "C" AND t.edition < made_by;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.key_names(int[], text[], text[], text[], bigint[], text[], int) IS 'Stores the keys of names; waits for the writer in flight; returns how many were new';

-- +goose StatementBegin
CREATE FUNCTION registry.heir_of(u bigint, t date, r bigint) RETURNS bigint STABLE LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT * FROM unit_version v WHERE v.unit_id = u OFFSET 0) v WHERE v.valid @> t AND v.recorded @> r) THEN RETURN u; END IF;
  RETURN (
    WITH RECURSIVE line AS (
      SELECT u AS unit_id, forward, 0 AS steps FROM (VALUES (true), (false)) d(forward)
      UNION
      SELECT e.unit_id, line.forward, line.steps + 1
      FROM line CROSS JOIN LATERAL (
        SELECT l.to_unit AS unit_id, l.event_id, l.seq FROM lineage l
        WHERE line.forward AND l.from_unit = line.unit_id AND l.relation = 'CONTINUES'
        UNION ALL
        SELECT l.from_unit, l.event_id, l.seq FROM lineage l
        WHERE NOT line.forward AND l.to_unit = line.unit_id AND l.relation = 'CONTINUES') e
      WHERE line.steps < 16 AND e.unit_id <> line.unit_id AND e.seq <= r
        AND NOT EXISTS (SELECT FROM event w WHERE w.reverses = e.event_id AND w.seq <= r))
    SELECT line.unit_id
    FROM line CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = line.unit_id OFFSET 0) v
    WHERE v.valid @> t AND v.recorded @> r
    ORDER BY line.steps, line.unit_id
    LIMIT 1);
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.heir_of(bigint, date, bigint) IS 'The unit itself if it exists on the day, else the nearest that continues it, or that it continues; null if there is none';
CREATE INDEX event_reverses_idx ON registry.event (reverses) WHERE reverses IS NOT NULL;

-- +goose StatementBegin
DO $$ DECLARE f text; BEGIN
  FOREACH f IN ARRAY '{note_names(),key_names(int[]\,text[]\,text[]\,text[]\,bigint[]\,text[]\,int)}'::text[] LOOP
    EXECUTE format('ALTER FUNCTION registry.%s SECURITY DEFINER SET search_path = registry, public, pg_temp', f);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION registry.%s FROM PUBLIC', f);
  END LOOP;
END $$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION registry.key_names(int[], text[], text[], text[], bigint[], text[], int) TO jieming_writer;
GRANT SELECT ON registry.search_name TO jieming_reader, jieming_writer;

-- +goose Down
DROP INDEX registry.event_reverses_idx;
DROP FUNCTION registry.heir_of(bigint, date, bigint), registry.key_names(int[], text[], text[], text[], bigint[], text[], int);
DROP TRIGGER z_names ON registry.place_version;
DROP TRIGGER z_names ON registry.unit_version;
DROP FUNCTION registry.note_names();
DROP INDEX registry.code_version_township_idx, registry.code_version_county_idx, registry.place_version_text_idx;
DROP INDEX registry.unit_version_name_idx;
CREATE INDEX unit_version_name_idx ON registry.unit_version (name);
DROP TABLE registry.search_name;
