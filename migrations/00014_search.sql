-- Search by name: what every text that is a name can be typed as.

-- +goose Up
SET LOCAL search_path = registry, public;
CREATE TABLE registry.search_name (
    specific text NOT NULL CHECK (specific <> ''),
    generic  text NOT NULL,
    level    smallint NOT NULL CHECK (level BETWEEN 1 AND 6),
    spelled  text[] NOT NULL,
    tail     text NOT NULL,
    initials text[] NOT NULL,
    keys     tsvector NOT NULL,
    edition  int NOT NULL,
    PRIMARY KEY (specific, generic, level)
);
COMMENT ON TABLE registry.search_name IS 'Derived: the keys of each text that is, was or will be a name. Nothing in it depends on time; it may be missing, never wrong; rebuildable';
COMMENT ON COLUMN registry.search_name.specific IS '专名 of a unit; the whole name of a place, its Roman name if it has no other';
COMMENT ON COLUMN registry.search_name.generic IS '通名 of a unit; empty for a place';
COMMENT ON COLUMN registry.search_name.level IS 'Level of the units that bear it, 1 to 5; 6 for places';
COMMENT ON COLUMN registry.search_name.spelled IS 'Readings of specific: toneless, joined, ü as v, the likeliest first';
COMMENT ON COLUMN registry.search_name.tail IS 'Reading of generic, likewise';
COMMENT ON COLUMN registry.search_name.initials IS 'First letters of the syllables of specific and generic, for each reading';
COMMENT ON COLUMN registry.search_name.keys IS 'Characters and pairs of characters of specific; = and the generic tail; each reading from each syllable of specific on; ~ and initials';
COMMENT ON COLUMN registry.search_name.edition IS 'Edition of the table of readings; a row of an older one is made again';
CREATE INDEX search_name_keys_idx ON registry.search_name USING gin (keys) WITH (fastupdate = off);

-- The names of places in the form in which they are searched.
CREATE INDEX place_version_text_idx ON registry.place_version ((coalesce(name, roman)));

-- Readers fill what is missing, as they do with areas: lists come as text with
-- the unit separator (U+001F) between their members.
-- +goose StatementBegin
CREATE FUNCTION registry.add_search_names(specifics text[], generics text[], levels int[], spellings text[], tails text[],
                                          firsts text[], lexemes text[], made_by int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  INSERT INTO search_name (specific, generic, level, spelled, tail, initials, keys, edition)
  SELECT s, g, l, string_to_array(p, E'\x1f'), t, string_to_array(i, E'\x1f'), array_to_tsvector(string_to_array(k, E'\x1f')), made_by
  FROM unnest(specifics, generics, levels, spellings, tails, firsts, lexemes) x(s, g, l, p, t, i, k)
  ORDER BY s, g, l
  ON CONFLICT (specific, generic, level) DO UPDATE
  SET spelled = excluded.spelled, tail = excluded.tail, initials = excluded.initials, keys = excluded.keys, edition = excluded.edition
  WHERE search_name.edition < excluded.edition;
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n >= 1000 THEN ANALYZE search_name; END IF;
  RETURN n;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.add_search_names(text[], text[], int[], text[], text[], text[], text[], int) IS 'Stores the keys of names; returns how many were new';
ALTER FUNCTION registry.add_search_names(text[], text[], int[], text[], text[], text[], text[], int)
    SECURITY DEFINER SET search_path = registry, public, pg_temp;
REVOKE EXECUTE ON FUNCTION registry.add_search_names(text[], text[], int[], text[], text[], text[], text[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.add_search_names(text[], text[], int[], text[], text[], text[], text[], int) TO jieming_reader, jieming_writer;
GRANT SELECT ON registry.search_name TO jieming_reader, jieming_writer;

-- +goose Down
DROP INDEX registry.place_version_text_idx;
DROP FUNCTION registry.add_search_names(text[], text[], int[], text[], text[], text[], text[], int);
DROP TABLE registry.search_name;
