-- name: ListDifferences
-- What the rows say, where it differs, with the name by which people know it: of
-- the later entry, or else of the earlier.
WITH x AS MATERIALIZED (
  SELECT 1 AS ord, 'unit' AS kind, d.* FROM differences('unit_version', 'unit_id', 'level > 0', @r0, @r1) d
  UNION ALL SELECT 2, 'code', d.* FROM differences('code_version', 'code', 'true', @r0, @r1) d
  UNION ALL SELECT 3, 'holder', d.* FROM differences('tenure', 'face_id', 'true', @r0, @r1) d
  UNION ALL SELECT 4, 'border', d.* FROM differences('arc_version', 'arc_id', 'true', @r0, @r1) d
  UNION ALL SELECT 5, 'line', d.* FROM differences('line_version', 'line_id', 'true', @r0, @r1) d
  UNION ALL SELECT 6, 'place', d.* FROM differences('place_version', 'place_id', 'secrecy = 0', @r0, @r1) d)
SELECT kind, entity, valid, before, after
FROM x
ORDER BY ord, entity, valid;

-- name: ListNewLineage
SELECT l.id, l.from_unit, l.to_unit, l.relation, coalesce(l.area_share::text, ''), coalesce(l.population_share::text, ''), coalesce(l.note, ''), e.effective_on
FROM lineage l
JOIN event e ON e.id = l.event_id
WHERE l.seq > @r0 AND l.seq <= @r1
ORDER BY l.id;

-- name: LastNames
-- How units are called: the latest version, as the later entry has it, else the earlier.
SELECT DISTINCT ON (unit_id) unit_id, name
FROM unit_version
WHERE unit_id = ANY (@ids) AND (recorded @> @r1::bigint OR recorded @> @r0::bigint)
ORDER BY unit_id, recorded @> @r1 DESC, valid DESC;

-- name: LastHolders
-- Who holds faces: the latest that the later entry knows, else the earlier.
SELECT DISTINCT ON (te.face_id) te.face_id, v.name
FROM tenure te
JOIN unit_version v ON v.unit_id = te.unit_id
WHERE te.face_id = ANY (@ids)
  AND (te.recorded @> @r1::bigint OR te.recorded @> @r0::bigint) AND (v.recorded @> @r1 OR v.recorded @> @r0)
ORDER BY te.face_id, te.recorded @> @r1 DESC, te.valid DESC, v.recorded @> @r1 DESC, v.valid DESC;

-- name: ListNewEvents
SELECT e.id, e.class, e.type, e.effective_on, e.precision, coalesce(e.note, ''),
       i.id, i.completeness, coalesce(i.number, ''), i.issued_on, coalesce(i.issuer, ''), i.title, coalesce(i.body, ''), coalesce(i.citation, '')
FROM event e
JOIN instrument i ON i.id = e.instrument_id
WHERE e.seq > @r0 AND e.seq <= @r1
ORDER BY e.effective_on, e.id;

-- name: ListMovements
-- Land by who holds it at a level before and after. Faces that are the same on
-- both sides move whole; of the others, the pieces they have in common.
WITH side AS MATERIALIZED (
  SELECT v.now_seen, h.face_id, h.unit_id, h.unit_level
  FROM (VALUES (false, @r0::bigint), (true, @r1::bigint)) v(now_seen, r)
  CROSS JOIN LATERAL holders(@t::date, v.r, @level) h),
shape AS MATERIALIZED (
  SELECT s.now_seen, s.face_id, CASE WHEN s.unit_level = @level THEN s.unit_id ELSE 0 END AS unit_id, a.digest, a.geom, a.area_m2
  FROM side s
  JOIN face f ON f.id = s.face_id AND f.bounded
  JOIN face_extent e ON e.face_id = s.face_id AND e.valid @> @t AND e.recorded @> CASE WHEN s.now_seen THEN @r1 ELSE @r0 END
  JOIN area a ON a.digest = e.digest),
moved AS MATERIALIZED (
  SELECT b.unit_id AS from_unit, a.unit_id AS to_unit, b.area_m2
  FROM shape b JOIN shape a ON a.now_seen AND a.digest = b.digest
  WHERE NOT b.now_seen AND a.unit_id <> b.unit_id),
loose AS MATERIALIZED (
  SELECT * FROM shape s WHERE NOT EXISTS (SELECT FROM shape o WHERE o.now_seen <> s.now_seen AND o.digest = s.digest)),
cut AS (
  SELECT b.unit_id AS from_unit, a.unit_id AS to_unit, geodesic_area_m2(st_collectionextract(st_intersection(b.geom, a.geom), 3)) AS area_m2
  FROM loose b JOIN loose a ON a.now_seen AND a.unit_id <> b.unit_id AND a.geom && b.geom AND st_intersects(a.geom, b.geom)
  WHERE NOT b.now_seen),
gone AS (
  SELECT b.unit_id AS from_unit, NULL::bigint AS to_unit, geodesic_area_m2(st_difference(b.geom, coalesce(u.geom, st_setsrid('POLYGON EMPTY'::geometry, 4490)))) AS area_m2
  FROM loose b CROSS JOIN LATERAL (SELECT st_union(a.geom) AS geom FROM loose a WHERE a.now_seen AND a.geom && b.geom) u
  WHERE NOT b.now_seen),
come AS (
  SELECT NULL::bigint, a.unit_id, geodesic_area_m2(st_difference(a.geom, coalesce(u.geom, st_setsrid('POLYGON EMPTY'::geometry, 4490))))
  FROM loose a CROSS JOIN LATERAL (SELECT st_union(b.geom) AS geom FROM loose b WHERE NOT b.now_seen AND b.geom && a.geom) u
  WHERE a.now_seen),
every AS (SELECT * FROM moved UNION ALL SELECT * FROM cut UNION ALL SELECT * FROM gone UNION ALL SELECT * FROM come)
SELECT coalesce(from_unit, -1), coalesce(to_unit, -1), sum(area_m2)::float8
FROM every
GROUP BY 1, 2
HAVING sum(area_m2) >= 0.1
ORDER BY 3 DESC, 1, 2;

-- name: ListChangedBorders
-- The borders of counties and above on a day at two entries. An arc is the same if
-- the same two faces lie beside it.
WITH side AS MATERIALIZED (
  SELECT v.now_seen, x.arc_id, x.left_unit, x.right_unit
  FROM (VALUES (false, @r0::bigint), (true, @r1::bigint)) v(now_seen, r)
  CROSS JOIN LATERAL arcs_at(@t::date, v.r, 4) x),
both_sides AS (
  SELECT arc_id, bool_or(NOT now_seen) AS was, bool_or(now_seen) AS will,
         count(DISTINCT (least(left_unit, right_unit), greatest(left_unit, right_unit))) = 1 AS same
  FROM side GROUP BY arc_id)
SELECT b.was, b.will, b.same, arc.geom::bytea
FROM both_sides b
JOIN arc ON arc.id = b.arc_id
ORDER BY b.arc_id;
