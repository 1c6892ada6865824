-- Each statement names what is wrong: subject and detail; no row means it holds.

-- name: CheckLogOrder
SELECT 'log entry ' || seq, 'does not follow entry ' || prev || ' in number and time'
FROM (SELECT seq, recorded_at, lag(seq) OVER w AS prev, lag(recorded_at) OVER w AS before FROM log WINDOW w AS (ORDER BY seq)) x
WHERE seq <> coalesce(prev, 0) + 1 OR recorded_at <= before
LIMIT 100;

-- name: CheckLogChain
SELECT 'log entry ' || l.seq, 'its digest or its number of leaves does not match what is stored'
FROM log l
LEFT JOIN log p ON p.seq = l.seq - 1
CROSS JOIN LATERAL (SELECT count(*) AS n, string_agg(digest, '' ORDER BY ord) AS leaves FROM log_leaf WHERE log_leaf.seq = l.seq) f
WHERE l.leaves IS DISTINCT FROM f.n
   OR l.digest IS DISTINCT FROM sha256(coalesce(p.digest, '')
      || convert_to(concat_ws(' ', l.seq, l.recorded_at, l.actor, l.case_id, l.request), 'UTF8') || coalesce(f.leaves, ''))
LIMIT 100;

-- name: CheckLeaves
-- Every row against its leaves: altered, added or removed behind our back.
-- Rows that wait to be sealed (born in no entry) are not due yet.
WITH stored AS MATERIALIZED (SELECT * FROM stored()),
due AS MATERIALIZED (
  SELECT relation, id, 'I'::"char" AS op, born AS seq, leaf_digest(relation, 'I', body, geom) AS digest FROM stored WHERE born IS NOT NULL
  UNION ALL
  SELECT relation, id, 'C'::"char", closed, leaf_digest(relation, 'C', body, geom) FROM stored WHERE closed IS NOT NULL
  UNION ALL  -- written and closed in one entry: visible at no instant, but both are in the log
  SELECT relation, id, x.op, (SELECT min(seq) FROM log_leaf WHERE log_leaf.relation = stored.relation AND row_id = id), leaf_digest(relation, x.op::text, body, geom)
  FROM stored CROSS JOIN (VALUES ('I'::"char"), ('C'::"char")) x(op)
  WHERE hidden)
SELECT coalesce(d.relation, l.relation) || ' row ' || coalesce(d.id, l.row_id),
       CASE WHEN l.seq IS NULL THEN 'is not in the log: it was added, or its recorded time was altered'
            WHEN d.id IS NULL THEN 'is in the log (entry ' || l.seq || ') but not in its table: it was removed, or its recorded time was altered'
            ELSE 'was altered after log entry ' || l.seq END
FROM due d
FULL JOIN log_leaf l
  ON l.relation = d.relation AND l.row_id = d.id AND l.op = d.op AND l.seq = d.seq
WHERE l.seq IS NULL OR d.id IS NULL OR l.digest <> d.digest
LIMIT 100;

-- name: CheckTree
-- The tree over the records of the log: what stands in it is what the log says.
WITH record AS (
  SELECT e.tree_size - e.leaves - 2 + row_number() OVER (PARTITION BY l.seq ORDER BY l.ord) AS n,
         l.relation || ' row ' || l.row_id || ' of log entry ' || l.seq AS subject,
         sha256('\x00'::bytea || row_record(l.seq, l.relation, l.row_id, l.op::text, l.digest)) AS hash
  FROM log e JOIN log_leaf l USING (seq)
  UNION ALL
  SELECT e.tree_size - 1, 'log entry ' || e.seq, sha256('\x00'::bytea || entry_record(e)) FROM log e),
due AS (
  SELECT 0::smallint AS level, n, subject, hash FROM record
  UNION ALL
  SELECT a.level + 1::smallint, a.n / 2, 'records ' || (a.n << a.level) || ' to ' || ((a.n + 2) << a.level) - 1, sha256('\x01'::bytea || a.hash || b.hash)
  FROM log_hash a JOIN log_hash b ON b.level = a.level AND b.n = a.n + 1 WHERE a.n % 2 = 0)
SELECT coalesce(d.subject, 'hash ' || h.n || ' of level ' || h.level || ' of the tree'),
       CASE WHEN h.level IS NULL THEN 'stands nowhere in the tree'
            WHEN d.level IS NULL THEN 'is of nothing in the log: what it was of was removed'
            ELSE 'stands in the tree with another hash: the log was rewritten' END
FROM due d
FULL JOIN log_hash h ON h.level = d.level AND h.n = d.n
WHERE d.level IS NULL OR h.level IS NULL OR h.hash <> d.hash
ORDER BY coalesce(d.level, h.level), coalesce(d.n, h.n)
LIMIT 100;

-- name: CheckPaper
SELECT 'event ' || id, class || ' without case or baseline'
FROM event
WHERE class IN ('LEGAL', 'CORRECTION', 'SURVEY') AND case_id IS NULL AND loaded_by IS NULL
UNION ALL
SELECT 'event ' || id, 'baseline without data set'
FROM event
WHERE class = 'BASELINE' AND NOT EXISTS (SELECT FROM dataset WHERE event_id = event.id)
LIMIT 100;

-- name: CheckClosed
-- Every bounded face closes on every day on which its border changes.
WITH side AS MATERIALIZED (
  SELECT x.face, v.arc_id, v.valid, x.dir
  FROM arc_version v CROSS JOIN LATERAL (VALUES (v.left_face, 1), (v.right_face, -1)) x(face, dir)
  JOIN face ON face.id = x.face AND face.bounded
  WHERE upper_inf(v.recorded)),
d AS (SELECT face, lower(valid) AS day FROM side UNION SELECT face, upper(valid) FROM side WHERE NOT upper_inf(valid)),
ends AS (
  SELECT side.face, d.day, x.node, sum(x.k * dir) AS balance
  FROM side JOIN d ON d.face = side.face AND side.valid @> d.day
  JOIN arc ON arc.id = side.arc_id CROSS JOIN LATERAL (VALUES (node_from, 1), (node_to, -1)) x(node, k)
  GROUP BY 1, 2, 3)
SELECT DISTINCT 'face ' || face, 'is open on ' || day
FROM ends
WHERE balance <> 0
LIMIT 100;

-- name: CheckCrossing
WITH x AS MATERIALIZED (
  SELECT a.id AS a, b.id AS b FROM arc a JOIN arc b ON b.geom && a.geom AND b.id > a.id
  WHERE st_relate(a.geom, b.geom, 2) !~ '^FF.F')
SELECT 'arc ' || x.a, 'crosses arc ' || x.b
FROM x
JOIN arc_version a ON a.arc_id = x.a AND upper_inf(a.recorded)
JOIN arc_version b ON b.arc_id = x.b AND upper_inf(b.recorded) AND b.valid && a.valid
LIMIT 100;

-- name: CheckTenure
SELECT 'face ' || f.id, 'is held and bounded on different days'
FROM face f
WHERE (SELECT range_agg(valid) FROM tenure WHERE face_id = f.id AND upper_inf(recorded)) IS DISTINCT FROM
      (SELECT range_agg(valid) FROM arc_version WHERE (left_face = f.id OR right_face = f.id) AND upper_inf(recorded))
LIMIT 100;

-- name: CheckExistence
WITH life AS MATERIALIZED (SELECT unit_id, range_agg(valid) AS valid FROM unit_version WHERE upper_inf(recorded) GROUP BY 1),
need AS (
  SELECT x.unit_id, v.valid, 'unit ' || v.unit_id AS what
  FROM unit_version v CROSS JOIN LATERAL (VALUES (v.superior_id), (v.custodian_id)) x(unit_id)
  WHERE upper_inf(v.recorded) AND x.unit_id IS NOT NULL
  UNION ALL SELECT unit_id, valid, 'face ' || face_id FROM tenure WHERE upper_inf(recorded)
  UNION ALL SELECT unnest(among), valid, 'face ' || face_id FROM tenure WHERE upper_inf(recorded) AND among IS NOT NULL
  UNION ALL SELECT unnest(ARRAY[unit_a, unit_b]), valid, 'line ' || line_id FROM line_version WHERE upper_inf(recorded)
  UNION ALL SELECT unit_id, valid, 'code ' || code FROM code_version WHERE upper_inf(recorded) AND state IN ('ASSIGNED', 'PUBLISHED'))
SELECT need.what, 'needs unit ' || need.unit_id || ' in ' || need.valid::text || ', when it does not exist'
FROM need LEFT JOIN life USING (unit_id)
WHERE life.valid IS NULL OR NOT life.valid @> need.valid
LIMIT 100;

-- name: CheckRank
SELECT 'unit ' || v.unit_id, 'is under unit ' || p.unit_id || ', which is not of a higher level'
FROM unit_version v
CROSS JOIN LATERAL (VALUES (v.superior_id), (v.custodian_id)) x(unit_id)
JOIN unit_version p ON p.unit_id = x.unit_id AND upper_inf(p.recorded) AND p.valid && v.valid AND p.level >= v.level
WHERE upper_inf(v.recorded)
LIMIT 100;

-- name: CheckAreas
-- Stored polygons against their arcs, on every day a border or holder changed.
WITH days AS (
  SELECT DISTINCT lower(valid) AS t FROM tenure WHERE upper_inf(recorded)
  UNION SELECT lower(valid) FROM arc_version WHERE upper_inf(recorded)
  UNION SELECT lower(valid) FROM unit_version WHERE upper_inf(recorded) AND level BETWEEN 1 AND 3),
r AS MATERIALIZED (SELECT max(seq) AS r FROM log),
d AS MATERIALIZED (
  SELECT DISTINCT ON (x.digest) x.digest, x.arc_ids, x.unit_id, days.t
  FROM days CROSS JOIN r CROSS JOIN generate_series(1, 4) lvl CROSS JOIN LATERAL level_digests(days.t, r.r, lvl) x
  WHERE days.t IS NOT NULL)
SELECT 'area of unit ' || d.unit_id || ' on ' || d.t, 'is not the polygon of its arcs'
FROM d JOIN area a USING (digest)
WHERE NOT st_orderingequals(a.geom, build_area(d.arc_ids))
UNION ALL
SELECT 'area ' || encode(digest, 'hex'), 'its size or its label is not of its polygon'
FROM area
WHERE abs(area_m2 - geodesic_area_m2(geom)) > 1 + area_m2 / 1e9 OR NOT st_contains(geom, label)
LIMIT 100;

-- name: CheckExtents
-- Superseded extents too: they answer questions about earlier entries.
SELECT 'extent of face ' || e.face_id || ' in ' || e.valid || ', entries ' || e.recorded, 'does not name its arcs, or is not their polygon'
FROM face_extent e
JOIN area a USING (digest)
LEFT JOIN LATERAL (
  SELECT array_agg(v.arc_id ORDER BY v.arc_id) AS ids FROM arc_version v
  WHERE (v.left_face = e.face_id OR v.right_face = e.face_id) AND v.recorded @> lower(e.recorded) AND v.valid && e.valid) x ON true
WHERE area_digest(x.ids) IS DISTINCT FROM e.digest OR NOT st_orderingequals(a.geom, build_area(x.ids))
UNION ALL
SELECT 'face ' || f.id, 'has no extent on some day on which it is bounded'
FROM face f
WHERE f.bounded
  AND (SELECT range_agg(valid) FROM face_extent WHERE face_id = f.id AND upper_inf(recorded)) IS DISTINCT FROM
      (SELECT range_agg(valid) FROM arc_version WHERE (left_face = f.id OR right_face = f.id) AND upper_inf(recorded))
LIMIT 100;

-- name: CheckSides
WITH pair AS MATERIALIZED (
  SELECT e.face_id AS one, d.face_id AS other, a.geom, b.label
  FROM face_extent e
  JOIN area a ON a.digest = e.digest
  JOIN area b ON b.label && a.geom
  JOIN face_extent d ON d.digest = b.digest AND d.face_id <> e.face_id AND d.valid && e.valid AND upper_inf(d.recorded)
  WHERE upper_inf(e.recorded)),
side AS (
  SELECT e.face_id, e.valid, st_area(a.geom) AS area, sum(signed_area(arc.geom, a.label) * CASE WHEN v.left_face = e.face_id THEN 1 ELSE -1 END) AS swept
  FROM face_extent e
  JOIN area a USING (digest)
  JOIN arc_version v ON (v.left_face = e.face_id OR v.right_face = e.face_id) AND upper_inf(v.recorded) AND v.valid @> e.valid
  JOIN arc ON arc.id = v.arc_id
  WHERE upper_inf(e.recorded)
  GROUP BY e.face_id, e.valid, a.geom)
SELECT 'face ' || other, 'overlaps face ' || one
FROM pair
WHERE st_contains(geom, label)
UNION ALL
SELECT 'face ' || face_id || ' in ' || valid, 'lies on the wrong side of an arc'
FROM side
WHERE abs(swept - area) > 1e-12 + 1e-9 * area
LIMIT 100;

-- name: CheckTiling
-- Children tile their parents: on each day of change, what the units of a level
-- hold, with what stands under a coarser holder, is what the province holds.
WITH days AS (
  SELECT DISTINCT lower(valid) AS t FROM tenure WHERE upper_inf(recorded)
  UNION SELECT lower(valid) FROM unit_version WHERE upper_inf(recorded) AND level BETWEEN 1 AND 3),
r AS (SELECT max(seq) AS r FROM log),
h AS MATERIALIZED (
  SELECT days.t, lvl, f.face_id, f.unit_id, f.unit_level
  FROM days CROSS JOIN r CROSS JOIN generate_series(1, 3) lvl CROSS JOIN LATERAL holders(days.t, r.r, lvl) f
  WHERE days.t IS NOT NULL),
p AS (SELECT t, face_id, unit_id FROM h WHERE lvl = 1 AND unit_level > 0)
SELECT 'face ' || p.face_id || ' on ' || p.t, 'is held below ' || p.unit_id || ' at level 1 but by nobody, or somebody else, at level ' || lvl.n
FROM p CROSS JOIN generate_series(2, 3) lvl(n)
LEFT JOIN h ON h.t = p.t AND h.face_id = p.face_id AND h.lvl = lvl.n
WHERE h.unit_id IS NULL
   OR (h.unit_id <> p.unit_id AND NOT EXISTS (SELECT FROM r, chain_of(h.unit_id, p.t, r.r) c WHERE c.unit_id = p.unit_id))
LIMIT 100;

-- name: CheckCodes
SELECT 'code ' || a.code, 'is borne by units ' || a.unit_id || ' and ' || b.unit_id || ' on the same day'
FROM code_version a
JOIN code_version b ON b.code = a.code AND b.unit_id > a.unit_id AND b.valid && a.valid
WHERE upper_inf(a.recorded) AND upper_inf(b.recorded)
LIMIT 100;

-- name: CheckNames
SELECT 'name ' || v.specific || v.generic, 'is not noted for search, or with other days than it was borne on'
FROM (
  SELECT level::int, specific, generic, range_merge(range_agg(valid)) AS hull, range_intersect_agg(valid) AS core
  FROM unit_version
  WHERE level > 0 AND length(name) <= 200
  GROUP BY level, specific, generic
  UNION ALL
  SELECT 6, coalesce(name, roman), '', range_merge(range_agg(valid)), range_intersect_agg(valid)
  FROM place_version
  WHERE secrecy = 0 AND length(coalesce(name, roman)) BETWEEN 1 AND 200
  GROUP BY coalesce(name, roman)) v
LEFT JOIN search_name n ON n.level = v.level AND n.specific = v.specific COLLATE "C" AND n.generic = v.generic COLLATE "C"
WHERE n.level IS NULL OR n.hull <> v.hull OR n.core <> v.core
LIMIT 100;

-- name: CheckDrafts
SELECT 'draft of case ' || case_id, 'stands on an entry that does not exist'
FROM draft.branch
WHERE base > (SELECT max(seq) FROM registry.log)
LIMIT 100;

-- name: CheckFiles
-- The bytes of every file against the digest that the log recorded.
SELECT 'file ' || f.id, CASE WHEN p.digest IS NULL THEN 'has no bytes' ELSE 'its bytes are not what its digest says' END
FROM desk.file f
CROSS JOIN LATERAL (SELECT sha256(string_agg(content, '' ORDER BY ord)) AS digest FROM desk.content_part p WHERE p.sha256 = f.sha256) p
WHERE p.digest IS DISTINCT FROM f.sha256
LIMIT 100;

-- name: CheckNumbers
-- Numbers of documents follow each other without a gap, up to the last given.
SELECT 'number ' || number, 'follows ' || coalesce(before::text, 'none')
FROM (SELECT number, serial, lag(serial) OVER w AS before FROM desk.paper_number WINDOW w AS (PARTITION BY series, year ORDER BY serial)) x
WHERE serial <> before + 1
UNION ALL
SELECT 'series ' || p.series || ' of ' || p.year, 'gave ' || max(p.serial) || ' but notes ' || coalesce(max(s.last), 0)
FROM desk.paper_number p
LEFT JOIN desk.number_series s USING (series, year)
GROUP BY p.series, p.year
HAVING max(p.serial) <> coalesce(max(s.last), 0)
LIMIT 100;
