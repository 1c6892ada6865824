-- name: UnkeyedNames
SELECT level::int, specific, generic
FROM search_name
WHERE edition < @below
ORDER BY edition, reverse(specific)
LIMIT @n;

-- name: KeyNames
SELECT key_names(@levels, @specifics, @generics, @foldeds, @ranks, @lexemes, @edition);

-- name: NamesKeyed
-- The latest entry, and whether a name up to it has no keys.
SELECT (SELECT coalesce(max(seq), 0) FROM log), EXISTS (SELECT FROM search_name WHERE edition = 0);

-- name: BeginSearch
-- Generic plans: what is estimated about one name says nothing about the next,
-- and planning takes longer than searching. No row is asked for twice, so
-- remembering rows is of no use.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_memoize = off;

-- name: SearchNames
-- The bearers of names, the best names first: those that bear it on the day,
-- then those that bear it on another. Everything is read row by row as it is
-- wanted: a stage after the other, a name after the other, a version after the
-- other, until there are enough. The names of one stage are put in order before
-- the first version is read.
WITH RECURSIVE below AS (
  SELECT @within::bigint AS unit_id WHERE @within <> 0
  UNION
  SELECT v.unit_id
  FROM below CROSS JOIN LATERAL (SELECT * FROM unit_version u WHERE u.parent_id = below.unit_id OFFSET 0) v
  WHERE v.valid @> @t::date AND v.recorded @> @r::bigint)
SELECT s.stage, n.specific, n.generic, n.level, b.id, b.valid, b.shown, b.standing
FROM unnest(@queries::text[], @contained::text[]) WITH ORDINALITY s(query, contained, stage)
CROSS JOIN LATERAL (
  SELECT x.level, x.specific, x.generic, x.hull, x.core
  FROM search_name x
  WHERE x.keys @@ s.query::tsquery
    AND (s.contained = '' OR strpos(x.folded, s.contained) > 1)
    AND (@generic::text = '' OR x.generic = @generic)
  -- Names that nobody bears on the day come last; one key sorts fastest.
  ORDER BY x.rank + CASE WHEN x.hull @> @t THEN 0 ELSE 1::bigint << 62 END, x.specific, x.generic) n
CROSS JOIN LATERAL (
  SELECT v.unit_id AS id, v.valid, v.unit_id AS shown, 0 AS standing
  FROM (SELECT * FROM unit_version u WHERE u.name = (n.specific || n.generic) COLLATE "default" ORDER BY u.unit_id OFFSET 0) v
  WHERE n.level < 6 AND n.hull @> @t
    AND v.level = n.level AND v.specific = n.specific AND v.valid @> @t AND v.recorded @> @r
    AND (@within = 0 OR v.unit_id <> @within AND v.unit_id IN (SELECT unit_id FROM below))
  UNION ALL
  SELECT v.unit_id, v.valid, coalesce(v.heir, v.unit_id), CASE WHEN v.heir IS NULL THEN 2 ELSE 1 END
  FROM (
    SELECT w.*, heir_of(w.unit_id, @t, @r) AS heir
    FROM (SELECT * FROM unit_version u WHERE u.name = (n.specific || n.generic) COLLATE "default" ORDER BY u.unit_id, u.valid OFFSET 0) w
    WHERE n.level < 6 AND NOT n.core @> @t
      AND w.level = n.level AND w.specific = n.specific AND NOT w.valid @> @t AND w.recorded @> @r
      AND NOT EXISTS (
        SELECT FROM (SELECT * FROM unit_version u WHERE u.unit_id = w.unit_id OFFSET 0) c
        WHERE c.valid @> @t AND c.recorded @> @r AND c.name = w.name)
    OFFSET 0) v
  WHERE @within = 0 OR CASE
    WHEN v.heir IS NOT NULL THEN v.heir <> @within AND v.heir IN (SELECT unit_id FROM below)
    ELSE EXISTS (SELECT FROM chain_of(v.unit_id, CASE WHEN upper(v.valid) <= @t THEN upper(v.valid) - 1 ELSE lower(v.valid) END, @r) c
                 WHERE c.unit_id = @within AND c.depth > 0) END
  UNION ALL
  SELECT p.place_id, p.valid, p.place_id, CASE WHEN p.valid @> @t THEN 0 ELSE 1 END
  FROM (SELECT * FROM place_version q WHERE coalesce(q.name, q.roman) = n.specific COLLATE "default" ORDER BY NOT q.valid @> @t, q.place_id, q.valid OFFSET 0) p
  WHERE n.level = 6 AND p.recorded @> @r AND p.secrecy = 0
    AND (@within = 0 OR p.unit_id IN (SELECT unit_id FROM below))
  OFFSET 0) b
LIMIT @depth::int;

-- name: SearchCodes
-- Who bears, or bore, a code that begins so: the code itself, then the higher
-- levels, which the zeros of a code tell.
WITH RECURSIVE below AS (
  SELECT @within::bigint AS unit_id WHERE @within <> 0
  UNION
  SELECT v.unit_id
  FROM below CROSS JOIN LATERAL (SELECT * FROM unit_version u WHERE u.parent_id = below.unit_id OFFSET 0) v
  WHERE v.valid @> @t::date AND v.recorded @> @r::bigint),
codes AS (
  (SELECT 1 AS stage, c.unit_id, c.code, c.state, c.valid, c.recorded FROM code_version c WHERE c.code = @whole::text ORDER BY c.reuse)
  UNION ALL
  (SELECT 2, c.unit_id, c.code, c.state, c.valid, c.recorded FROM code_version c
   WHERE c.code LIKE '%000000' AND c.code ~>=~ @from::text AND c.code ~<~ @upto::text AND c.code <> @whole
   ORDER BY c.code NOT LIKE '__0000000000', c.code NOT LIKE '____00000000', c.code USING ~<~, c.reuse)
  UNION ALL
  (SELECT 3, c.unit_id, c.code, c.state, c.valid, c.recorded FROM code_version c
   WHERE c.code LIKE '%000' AND c.code NOT LIKE '%000000' AND c.code ~>=~ @from AND c.code ~<~ @upto AND c.code <> @whole
   ORDER BY c.code USING ~<~, c.reuse)
  UNION ALL
  (SELECT 4, c.unit_id, c.code, c.state, c.valid, c.recorded FROM code_version c
   WHERE c.code NOT LIKE '%000' AND c.code ~>=~ @from AND c.code ~<~ @upto AND c.code <> @whole
   ORDER BY c.code USING ~<~, c.reuse))
SELECT c.stage, v.specific, v.generic, v.level, c.code, c.unit_id, c.valid, coalesce(h.shown, c.unit_id),
       CASE WHEN c.valid @> @t THEN 0 WHEN h.shown IS NULL THEN 2 ELSE 1 END AS standing
FROM codes c
CROSS JOIN LATERAL (
  SELECT w.*
  FROM (SELECT * FROM unit_version u WHERE u.unit_id = c.unit_id OFFSET 0) w
  WHERE w.recorded @> @r AND w.valid && c.valid
  ORDER BY w.valid @> @t DESC, w.valid DESC
  LIMIT 1) v
CROSS JOIN LATERAL (SELECT CASE WHEN c.valid @> @t THEN c.unit_id ELSE heir_of(c.unit_id, @t, @r) END AS shown OFFSET 0) h
WHERE c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED')
  AND v.level = ANY (@levels::int[])
  AND (@generic::text = '' OR v.generic = @generic)
  AND (@within = 0 OR CASE
    WHEN h.shown IS NOT NULL THEN h.shown <> @within AND h.shown IN (SELECT unit_id FROM below)
    ELSE EXISTS (SELECT FROM chain_of(v.unit_id, CASE WHEN upper(v.valid) <= @t THEN upper(v.valid) - 1 ELSE lower(v.valid) END, @r) a
                 WHERE a.unit_id = @within AND a.depth > 0) END)
LIMIT @depth::int;

-- name: SearchUnits
-- Units as they were on the day, or last before it, or first after it, each
-- with the chain above it from the top.
SELECT v.unit_id, v.name, v.specific, v.generic, v.level, v.type, coalesce(c.code, ''), v.valid, v.valid @> @t AS current,
       a.ids, a.names, a.levels
FROM unnest(@ids::bigint[]) x(id)
CROSS JOIN LATERAL (
  SELECT u.*, CASE WHEN u.valid @> @t::date THEN @t WHEN upper(u.valid) <= @t THEN upper(u.valid) - 1 ELSE lower(u.valid) END AS day
  FROM (SELECT * FROM unit_version y WHERE y.unit_id = x.id OFFSET 0) u
  WHERE u.recorded @> @r::bigint
  ORDER BY u.valid @> @t DESC, upper(u.valid) <= @t DESC NULLS LAST, CASE WHEN upper(u.valid) <= @t THEN @t - upper(u.valid) ELSE lower(u.valid) - @t END
  LIMIT 1) v
LEFT JOIN LATERAL (
  SELECT k.code FROM (SELECT * FROM code_version w WHERE w.unit_id = v.unit_id OFFSET 0) k
  WHERE k.valid @> v.day AND k.recorded @> @r AND k.state IN ('ASSIGNED', 'PUBLISHED') LIMIT 1) c ON true
CROSS JOIN LATERAL (
  SELECT array_agg(h.unit_id ORDER BY h.depth DESC) AS ids, array_agg(n.name ORDER BY h.depth DESC) AS names,
         array_agg(h.level ORDER BY h.depth DESC) AS levels
  FROM chain_of(v.unit_id, v.day, @r) h
  CROSS JOIN LATERAL (SELECT * FROM unit_version y WHERE y.unit_id = h.unit_id OFFSET 0) n
  WHERE h.depth > 0 AND n.valid @> v.day AND n.recorded @> @r) a;

-- name: SearchPlaces
-- Likewise places. One that is not public on the day that is shown is hidden.
SELECT p.place_id, coalesce(p.name, p.roman), coalesce(p.roman, ''), p.category, p.geom, p.valid, p.valid @> @t AS current, a.ids, a.names, a.levels
FROM unnest(@ids::bigint[]) x(id)
CROSS JOIN LATERAL (
  SELECT q.*, CASE WHEN q.valid @> @t::date THEN @t WHEN upper(q.valid) <= @t THEN upper(q.valid) - 1 ELSE lower(q.valid) END AS day
  FROM (SELECT * FROM place_version y WHERE y.place_id = x.id OFFSET 0) q
  WHERE q.recorded @> @r::bigint
  ORDER BY q.valid @> @t DESC, upper(q.valid) <= @t DESC NULLS LAST, CASE WHEN upper(q.valid) <= @t THEN @t - upper(q.valid) ELSE lower(q.valid) - @t END
  LIMIT 1) p
CROSS JOIN LATERAL (
  SELECT array_agg(h.unit_id ORDER BY h.depth DESC) AS ids, array_agg(n.name ORDER BY h.depth DESC) AS names,
         array_agg(h.level ORDER BY h.depth DESC) AS levels
  FROM chain_of(p.unit_id, p.day, @r) h
  CROSS JOIN LATERAL (SELECT * FROM unit_version y WHERE y.unit_id = h.unit_id OFFSET 0) n
  WHERE n.valid @> p.day AND n.recorded @> @r) a
WHERE p.secrecy = 0;

-- name: UnitKnown
SELECT EXISTS (SELECT FROM unit_version WHERE unit_id = $1 AND recorded @> $2::bigint);

-- name: SearchHeirs
-- The units of the day that a territory went to, or came from, step by step
-- until there is one. What took a part only counts where nothing else is known.
WITH RECURSIVE line AS (
  SELECT x.id, x.id AS unit_id, x.forward, false AS part, 0 AS steps
  FROM unnest(@ids::bigint[], @forward::bool[]) x(id, forward)
  UNION
  SELECT line.id, e.unit_id, line.forward, line.part OR e.relation = 'PART_TRANSFERRED', line.steps + 1
  FROM line CROSS JOIN LATERAL (
    SELECT l.to_unit AS unit_id, l.relation, l.event_id, l.seq FROM lineage l WHERE line.forward AND l.from_unit = line.unit_id
    UNION ALL
    SELECT l.from_unit, l.relation, l.event_id, l.seq FROM lineage l WHERE NOT line.forward AND l.to_unit = line.unit_id) e
  WHERE line.steps < 16 AND e.seq <= @r::bigint
    AND NOT EXISTS (SELECT FROM event w WHERE w.reverses = e.event_id AND w.seq <= @r)
    AND NOT EXISTS (
      SELECT FROM (SELECT * FROM unit_version v WHERE v.unit_id = line.unit_id OFFSET 0) v
      WHERE v.valid @> @t::date AND v.recorded @> @r))
SELECT DISTINCT line.id, v.unit_id, v.name, v.level, min(line.part::int) OVER (PARTITION BY line.id, v.unit_id) AS part
FROM line CROSS JOIN LATERAL (SELECT * FROM unit_version u WHERE u.unit_id = line.unit_id OFFSET 0) v
WHERE v.valid @> @t AND v.recorded @> @r AND v.level > 0
ORDER BY line.id, part, v.unit_id;

-- name: SearchAreas
SELECT a.digest, a.area_m2::float8, a.label::bytea, st_xmin(b.box), st_ymin(b.box), st_xmax(b.box), st_ymax(b.box)
FROM unnest(@digests::bytea[]) d(digest)
CROSS JOIN LATERAL (SELECT * FROM area WHERE area.digest = d.digest OFFSET 0) a
CROSS JOIN LATERAL (SELECT box3d(a.geom) AS box OFFSET 0) b;
