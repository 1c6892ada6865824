-- What the yardstick of tiles reads: everything projected beforehand and
-- indexed, with all that a tile says of it.

-- name: ProjectAreas
CREATE TABLE bench_area AS
SELECT l.level, v.unit_id AS id, v.name, v.type, v.level AS unit_level, c.code,
       st_transform(st_setsrid(a.geom, 4326), 3857) AS geom, st_transform(st_setsrid(a.label, 4326), 3857) AS label
FROM (VALUES (1), (2), (3)) l(level)
CROSS JOIN LATERAL level_digests(@t, @r, l.level) d
JOIN area a ON a.digest = d.digest
JOIN unit_version v ON v.unit_id = d.unit_id AND v.level = l.level
LEFT JOIN code_version c ON c.unit_id = d.unit_id

-- name: ProjectBorders
CREATE TABLE bench_border AS
SELECT b.arc_id AS id, b.rank, b.left_name AS left, b.right_name AS right, v.status, false AS uncertain,
       st_transform(st_setsrid(arc.geom, 4326), 3857) AS geom
FROM (
  SELECT c.arc_id, CASE WHEN p.arc_id IS NOT NULL THEN 1 WHEN q.arc_id IS NOT NULL THEN 2 ELSE 3 END AS rank,
         coalesce(pl.name, ql.name, cl.name) AS left_name, coalesce(pr.name, qr.name, cr.name) AS right_name
  FROM arcs_at(@t, @r, 3) c
  LEFT JOIN arcs_at(@t, @r, 2) q USING (arc_id)
  LEFT JOIN arcs_at(@t, @r, 1) p USING (arc_id)
  LEFT JOIN unit_version pl ON pl.unit_id = p.left_unit LEFT JOIN unit_version pr ON pr.unit_id = p.right_unit
  LEFT JOIN unit_version ql ON ql.unit_id = q.left_unit LEFT JOIN unit_version qr ON qr.unit_id = q.right_unit
  LEFT JOIN unit_version cl ON cl.unit_id = c.left_unit LEFT JOIN unit_version cr ON cr.unit_id = c.right_unit) b
JOIN arc ON arc.id = b.arc_id
JOIN arc_version v ON v.arc_id = b.arc_id

-- name: IndexProjected
CREATE INDEX ON bench_area USING gist (geom);
CREATE INDEX ON bench_area USING gist (label);
CREATE INDEX ON bench_border USING gist (geom);
ANALYZE bench_area, bench_border

-- name: AsMVT
WITH e AS MATERIALIZED (SELECT m, st_expand(m, (st_xmax(m) - st_xmin(m)) / 64) AS wide FROM (SELECT st_tileenvelope(@z, @x, @y) AS m) t),
p AS MATERIALIZED (
  SELECT a.level, a.id, a.name, a.code, a.type, a.unit_level, st_asmvtgeom(a.geom, e.m, 4096, 64) AS geom
  FROM bench_area a, e WHERE a.geom && e.wide AND @z >= CASE a.level WHEN 1 THEN 0 WHEN 2 THEN 3 ELSE 4 END),
b AS (
  SELECT b.id, b.rank, b.status, b.left, b.right, b.uncertain, st_asmvtgeom(b.geom, e.m, 4096, 64) AS geom
  FROM bench_border b, e WHERE b.geom && e.wide AND @z >= CASE b.rank WHEN 1 THEN 0 WHEN 2 THEN 3 ELSE 4 END),
l AS (
  SELECT a.id, a.name, a.unit_level AS level, a.code, true AS known, st_asmvtgeom(a.label, e.m, 4096, 0) AS geom
  FROM bench_area a, e WHERE a.label && e.m AND @z >= CASE a.level WHEN 1 THEN 0 WHEN 2 THEN 3 ELSE 4 END)
SELECT coalesce((SELECT st_asmvt(x, 'province', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, unit_level AS level, geom FROM p WHERE level = 1 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'prefecture', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, unit_level AS level, geom FROM p WHERE level = 2 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'county', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, unit_level AS level, geom FROM p WHERE level = 3 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'boundary', 4096, 'geom', 'id') FROM (SELECT * FROM b WHERE geom IS NOT NULL ORDER BY rank DESC, id) x), '')
    || coalesce((SELECT st_asmvt(x, 'label', 4096, 'geom', 'id') FROM (SELECT * FROM l WHERE geom IS NOT NULL ORDER BY level, id) x), '')

-- name: ExactBorders
SELECT c.left_unit, c.right_unit, array_agg(st_x(p.geom) ORDER BY p.path), array_agg(st_y(p.geom) ORDER BY p.path)
FROM arcs_at(@t, @r, 3) c
JOIN arc ON arc.id = c.arc_id
CROSS JOIN LATERAL st_dumppoints(arc.geom) p
GROUP BY arc.id, c.left_unit, c.right_unit
ORDER BY arc.id

-- name: MovableBorders
SELECT c.arc_id
FROM arcs_at(@t, @r, 3) c
JOIN arc ON arc.id = c.arc_id
WHERE st_npoints(arc.geom) >= 5
ORDER BY c.arc_id

-- name: Course
SELECT st_asbinary(geom) FROM arc WHERE id = $1

-- name: SpareFaces
-- Faces of units that have several, each with a unit beside it.
SELECT DISTINCT ON (h.face_id) h.face_id, o.unit_id
FROM holders(@t, @r, 3) h
JOIN arc_version v ON h.face_id IN (v.left_face, v.right_face) AND v.valid @> @t::date AND v.recorded @> @r::bigint
JOIN holders(@t, @r, 3) o ON o.face_id IN (v.left_face, v.right_face) AND o.unit_id <> h.unit_id
WHERE h.unit_level = 3 AND o.unit_level = 3
  AND (SELECT count(*) FROM tenure t WHERE t.unit_id = h.unit_id AND t.valid @> @t::date AND t.recorded @> @r::bigint) > 1
ORDER BY h.face_id, o.unit_id

-- name: ForgetDay
DROP SCHEMA IF EXISTS bench_day CASCADE

-- name: KeepDay
CREATE SCHEMA bench_day;
CREATE TABLE bench_day.arc_version AS SELECT * FROM arc_version WHERE valid @> @t::date AND recorded @> @r::bigint;
CREATE TABLE bench_day.tenure AS SELECT * FROM tenure WHERE valid @> @t::date AND recorded @> @r::bigint;
CREATE TABLE bench_day.unit_version AS SELECT * FROM unit_version WHERE valid @> @t::date AND recorded @> @r::bigint;
CREATE TABLE bench_day.code_version AS SELECT * FROM code_version WHERE valid @> @t::date AND recorded @> @r::bigint;
CREATE TABLE bench_day.place_version AS SELECT * FROM place_version WHERE valid @> @t::date AND recorded @> @r::bigint
