-- name: ListUnits
-- Units in order of id. The areas of each level present are addressed once,
-- not per unit; an area that is not stored yet is built.
WITH touched AS MATERIALIZED (
  SELECT l.level, u.unit_id
  FROM generate_series(1, 4) l(level) CROSS JOIN LATERAL units_in(@box, @t, @r, l.level) u
  WHERE @box::geometry IS NOT NULL AND @level IN (0, l.level)),
s AS MATERIALIZED (
  SELECT v.*
  FROM unit_version v
  WHERE v.valid @> @t::date
    AND v.recorded @> @r::bigint
    AND v.unit_id > @after
    AND v.level > 0
    AND (@ids::bigint[] IS NULL OR v.unit_id = ANY (@ids))
    AND (@level = 0 OR v.level = @level)
    AND (@parent::bigint = 0 OR v.parent_id = @parent)
    AND (@code = '' OR v.unit_id IN (
      SELECT c.unit_id FROM code_version c
      WHERE c.code = @code AND c.valid @> @t AND c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED')))
    AND (@box::geometry IS NULL OR (v.level, v.unit_id) IN (SELECT level, unit_id FROM touched))
  ORDER BY v.unit_id
  LIMIT @n),
held AS MATERIALIZED (
  SELECT DISTINCT unit_level AS level
  FROM (SELECT DISTINCT level FROM s WHERE level <= 4) l CROSS JOIN LATERAL holders(@t, @r, l.level)
  WHERE unit_level = l.level),
d AS MATERIALIZED (
  SELECT held.level, x.unit_id, x.digest, x.arc_ids
  FROM held CROSS JOIN LATERAL level_digests(@t, @r, held.level) x),
who AS MATERIALIZED (
  SELECT unit_id FROM s UNION SELECT superior_id FROM s UNION SELECT custodian_id FROM s),
named AS MATERIALIZED (
  SELECT who.unit_id, v.name, v.level, coalesce(c.code, '') AS code
  FROM who
  CROSS JOIN LATERAL (SELECT * FROM unit_version WHERE unit_version.unit_id = who.unit_id OFFSET 0) v
  LEFT JOIN LATERAL (
    SELECT code FROM (SELECT * FROM code_version WHERE code_version.unit_id = who.unit_id OFFSET 0) k
    WHERE k.valid @> @t AND k.recorded @> @r AND k.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) c ON true
  WHERE v.valid @> @t AND v.recorded @> @r),
doubtful AS MATERIALIZED (SELECT unit_id FROM incomplete_units(@t, @r))
SELECT s.unit_id, s.name, s.level, coalesce(own.code, '') AS code, s.type, s.specific, s.generic, s.seat, s.autonomous, s.valid,
       s.began_by, s.ended_by, s.basis, s.attested_on,
       s.superior_id, sup.name AS superior_name, sup.level AS superior_level, coalesce(sup.code, '') AS superior_code,
       s.custodian_id, cus.name AS custodian_name, cus.level AS custodian_level, coalesce(cus.code, '') AS custodian_code,
       d.unit_id IS NOT NULL AS areal,
       s.unit_id IN (SELECT unit_id FROM doubtful) AS incomplete,
       d.unit_id IS NOT NULL AND a.digest IS NULL AS unbuilt,
       coalesce(a.area_m2, geodesic_area_m2(b.geom), 0)::float8 AS area_m2,
       coalesce(a.label, st_pointonsurface(b.geom))::bytea AS label,
       CASE WHEN @geometry THEN coalesce(a.geom, b.geom)::bytea END AS geom
FROM s
LEFT JOIN d ON d.unit_id = s.unit_id AND d.level = s.level
LEFT JOIN area a ON a.digest = d.digest
LEFT JOIN LATERAL (SELECT build_area(d.arc_ids) AS geom WHERE d.unit_id IS NOT NULL AND a.digest IS NULL OFFSET 0) b ON true
LEFT JOIN named own ON own.unit_id = s.unit_id
LEFT JOIN named sup ON sup.unit_id = s.superior_id
LEFT JOIN named cus ON cus.unit_id = s.custodian_id
ORDER BY s.unit_id;

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
