-- name: LevelDigests
-- The units of a level that have areas, with the digests of those. A level has
-- none unless somebody of that level or below holds a face.
SELECT d.unit_id, d.digest
FROM level_digests(@t::date, @r::bigint, @level) d
CROSS JOIN LATERAL (SELECT * FROM unit_version WHERE unit_version.unit_id = d.unit_id OFFSET 0) v
WHERE v.valid @> @t AND v.recorded @> @r AND v.level = @level
  AND EXISTS (
    SELECT FROM (SELECT DISTINCT unit_id FROM tenure OFFSET 0) te
    CROSS JOIN LATERAL (SELECT FROM unit_version h WHERE h.unit_id = te.unit_id AND h.level >= @level OFFSET 0) h)
ORDER BY d.unit_id;

-- name: IncompleteUnits
SELECT unit_id
FROM incomplete_units(@t, @r);

-- name: RecastUnits
-- Units whose area on the day is drawn with a border that a later map shows
-- first: today's lines regrouped by who held what.
SELECT DISTINCT d.unit_id
FROM (SELECT level FROM generate_series(1, 4) level
      WHERE EXISTS (SELECT FROM arc_version WHERE attested_on > @t::date)) l
CROSS JOIN LATERAL level_digests(@t, @r::bigint, l.level) d
WHERE EXISTS (
  SELECT FROM (SELECT * FROM arc_version WHERE arc_version.arc_id = ANY (d.arc_ids) OFFSET 0) a
  WHERE a.valid @> @t AND a.recorded @> @r AND a.attested_on > @t);

-- name: EntryWritten
-- Entries are numbered in the order in which they are committed.
SELECT EXISTS (SELECT FROM log WHERE seq >= @r::bigint);

-- name: ListUnits
-- Units in order of id. Who of them has which area is known beforehand; an area
-- that is not stored yet is built. Polygons come last and in order, so that no
-- step has to hold them: the reader gets the first while the second is read.
WITH touched AS MATERIALIZED (
  SELECT l.level, x.unit_id
  FROM (SELECT level FROM generate_series(1, 4) level WHERE @box::geometry IS NOT NULL AND @level IN (0, level)) l
  CROSS JOIN LATERAL units_in(@box, @t::date, @r::bigint, l.level) x),
s AS MATERIALIZED (
  SELECT v.*
  FROM unit_version v
  WHERE v.valid @> @t
    AND v.recorded @> @r
    AND v.unit_id > @after
    AND v.level > 0
    AND (@ids::bigint[] IS NULL OR v.unit_id = ANY (@ids))
    AND (@level = 0 OR v.level = @level)
    AND (@parent::bigint = 0 OR v.parent_id = @parent)
    AND (@code = '' OR v.unit_id IN (
      SELECT c.unit_id FROM code_version c
      WHERE c.code = @code AND c.valid @> @t AND c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED')))
    AND (@box IS NULL OR (v.level, v.unit_id) IN (SELECT level, unit_id FROM touched))
  ORDER BY v.unit_id
  LIMIT @n),
d AS MATERIALIZED (SELECT * FROM unnest(@areal::bigint[], @digests::bytea[]) x(unit_id, digest)),
arcs AS MATERIALIZED (
  SELECT l.level, x.unit_id, x.arc_ids
  FROM (SELECT DISTINCT s.level FROM s JOIN d USING (unit_id)) l
  CROSS JOIN LATERAL level_digests(@t, @r, l.level) x),
above AS MATERIALIZED (
  SELECT unit_id, v.name, v.level, coalesce(c.code, '') AS code
  FROM (SELECT superior_id AS unit_id FROM s UNION SELECT custodian_id FROM s) who
  CROSS JOIN LATERAL (SELECT name, level, valid, recorded FROM unit_version v WHERE v.unit_id = who.unit_id OFFSET 0) v
  LEFT JOIN LATERAL (
    SELECT code FROM (SELECT * FROM code_version c WHERE c.unit_id = who.unit_id OFFSET 0) k
    WHERE k.valid @> @t AND k.recorded @> @r AND k.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) c ON true
  WHERE v.valid @> @t AND v.recorded @> @r)
SELECT u.unit_id, u.name, u.level, coalesce(own.code, '') AS code, u.type, u.specific, u.generic, u.seat, u.autonomous, u.valid,
       CASE WHEN u.corrects IS NULL THEN u.began_by ELSE unit_origin(u.id) END, u.ended_by, u.basis, u.attested_on,
       u.superior_id, u.superior_name, u.superior_level, coalesce(u.superior_code, '') AS superior_code,
       u.custodian_id, u.custodian_name, u.custodian_level, coalesce(u.custodian_code, '') AS custodian_code,
       u.digest IS NOT NULL AS areal,
       coalesce(u.unit_id = ANY (@incomplete::bigint[]), false) AS incomplete,
       coalesce(u.unit_id = ANY (@recast::bigint[]), false) AS recast,
       u.digest IS NOT NULL AND a.digest IS NULL AS unbuilt,
       coalesce(a.area_m2, geodesic_area_m2(b.geom), 0)::float8 AS area_m2,
       coalesce(a.label, st_pointonsurface(b.geom))::bytea AS label,
       CASE WHEN @geometry THEN coalesce(a.geom, b.geom)::bytea END AS geom
FROM (
  SELECT s.*, d.digest, sup.name AS superior_name, sup.level AS superior_level, sup.code AS superior_code,
         cus.name AS custodian_name, cus.level AS custodian_level, cus.code AS custodian_code
  FROM s
  LEFT JOIN d ON d.unit_id = s.unit_id
  LEFT JOIN above sup ON sup.unit_id = s.superior_id
  LEFT JOIN above cus ON cus.unit_id = s.custodian_id
  ORDER BY s.unit_id OFFSET 0) u
LEFT JOIN LATERAL (
  SELECT code FROM (SELECT * FROM code_version c WHERE c.unit_id = u.unit_id OFFSET 0) k
  WHERE k.valid @> @t AND k.recorded @> @r AND k.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) own ON true
LEFT JOIN LATERAL (SELECT * FROM area WHERE area.digest = u.digest OFFSET 0) a ON true
LEFT JOIN LATERAL (
  SELECT build_area(arcs.arc_ids) AS geom FROM arcs
  WHERE u.digest IS NOT NULL AND a.digest IS NULL AND arcs.unit_id = u.unit_id AND arcs.level = u.level OFFSET 0) b ON true
ORDER BY u.unit_id;

-- name: UnitIDByCode
SELECT c.unit_id
FROM code_version c
WHERE c.code = @code AND c.valid @> @t::date AND c.recorded @> @r::bigint AND c.state IN ('ASSIGNED', 'PUBLISHED')
LIMIT 1;

-- name: ListUnrefined
-- Territory that at this level stands under a coarser holder, one row per
-- holder and list of candidates.
WITH h AS MATERIALIZED (
  SELECT f.face_id, f.holder_id, t.among
  FROM holders(@t, @r, @level) f
  JOIN tenure t ON t.face_id = f.face_id AND t.valid @> @t::date AND t.recorded @> @r::bigint
  WHERE f.unit_level BETWEEN 1 AND @level - 1),
g AS (SELECT holder_id, among, array_agg(face_id) AS faces FROM h GROUP BY holder_id, among),
b AS MATERIALIZED (
  SELECT g.holder_id, g.among, area_digest(x.ids) AS digest, x.ids
  FROM g CROSS JOIN LATERAL (
    SELECT array_agg(arc_id ORDER BY arc_id) AS ids FROM (
      SELECT arc_id FROM arc_version
      WHERE (left_face = ANY (g.faces) OR right_face = ANY (g.faces)) AND valid @> @t AND recorded @> @r
      GROUP BY arc_id HAVING count(*) FILTER (WHERE left_face = ANY (g.faces) AND right_face = ANY (g.faces)) = 0) y) x)
SELECT b.holder_id, v.name, v.level, coalesce(c.code, '') AS code, b.among,
       p.area_m2::float8, p.label::bytea AS label, CASE WHEN @geometry THEN p.geom::bytea END AS geom
FROM b
JOIN unit_version v ON v.unit_id = b.holder_id AND v.valid @> @t AND v.recorded @> @r
LEFT JOIN LATERAL (
  SELECT code FROM code_version c
  WHERE c.unit_id = b.holder_id AND c.valid @> @t AND c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) c ON true
CROSS JOIN LATERAL (
  SELECT a.area_m2, a.label, a.geom FROM area a WHERE a.digest = b.digest
  UNION ALL
  SELECT geodesic_area_m2(x.g), st_pointonsurface(x.g), x.g FROM (SELECT build_area(b.ids) AS g) x
  WHERE NOT EXISTS (SELECT FROM area a WHERE a.digest = b.digest)) p
ORDER BY b.holder_id, b.among;

-- name: UnitRefs
SELECT v.unit_id, v.name, v.level, coalesce(c.code, '') AS code
FROM unit_version v
LEFT JOIN LATERAL (
  SELECT code FROM code_version c
  WHERE c.unit_id = v.unit_id AND c.valid @> @t::date AND c.recorded @> @r::bigint AND c.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) c ON true
WHERE v.unit_id = ANY (@ids) AND v.valid @> @t AND v.recorded @> @r;

-- name: FacesAt
SELECT face_id, unit_id, among
FROM faces_at(st_setsrid(st_makepoint(@lon, @lat), 4490), @t, @r)
ORDER BY face_id;

-- name: Chain
SELECT unit_id
FROM chain_of(@id, @t, @r)
ORDER BY depth DESC;

-- name: UnitExists
SELECT EXISTS (SELECT FROM unit WHERE id = @id AND seq <= @r);
