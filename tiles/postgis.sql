-- One tile, at day @t and log entry @r. Each border stands once, with the rank
-- of the coarsest level at which its sides differ: 0 national, 1 provincial,
-- 2 prefectural, 3 county, 4 township.
-- Beyond the antimeridian longitudes begin anew, so the buffer ends there.
WITH b AS MATERIALIZED (
  SELECT e.m, st_transform(st_intersection(st_expand(e.m, (st_xmax(e.m) - st_xmin(e.m)) / 64), st_tileenvelope(0, 0, 0)), 4326) AS g
  FROM (SELECT st_tileenvelope(@z, @x, @y) AS m) e),
near AS MATERIALIZED (SELECT st_setsrid(b.g, 4490) AS g FROM b),
-- The finest level drawn: townships where any holds territory that day.
finest AS MATERIALIZED (
  SELECT CASE WHEN @z >= 8 AND EXISTS (
    SELECT FROM unit_version v JOIN tenure t ON t.unit_id = v.unit_id
    WHERE v.level = 4 AND v.valid @> @t::date AND v.recorded @> @r::bigint AND t.valid @> @t::date AND t.recorded @> @r::bigint) THEN 4 ELSE 3 END AS level),
h1 AS MATERIALIZED (SELECT face_id, unit_id, unit_level FROM holders(@t, @r, 1)),
h2 AS MATERIALIZED (SELECT face_id, unit_id, unit_level FROM holders(@t, @r, 2)),
h3 AS MATERIALIZED (SELECT face_id, unit_id, unit_level, holder_id FROM holders(@t, @r, 3)),
h4 AS MATERIALIZED (SELECT face_id, unit_id FROM holders(@t, @r, (SELECT level FROM finest))),
area_of AS MATERIALIZED (
  SELECT l.level, d.unit_id, coalesce(a.geom, n.geom) AS geom, coalesce(a.label, st_pointonsurface(n.geom)) AS label
  FROM finest
  CROSS JOIN LATERAL generate_series(1, finest.level) l(level)
  CROSS JOIN LATERAL level_digests(@t, @r, l.level) d
  LEFT JOIN area a ON a.digest = d.digest
  LEFT JOIN LATERAL (SELECT build_area(d.arc_ids) AS geom WHERE a.digest IS NULL OFFSET 0) n ON true),
u AS MATERIALIZED (
  SELECT area_of.level AS layer, v.unit_id AS id, v.name, v.level, v.type, c.code, area_of.geom, area_of.label
  FROM area_of
  JOIN unit_version v ON v.unit_id = area_of.unit_id AND v.valid @> @t::date AND v.recorded @> @r::bigint
  LEFT JOIN LATERAL (
    SELECT code FROM (SELECT * FROM code_version WHERE code_version.unit_id = area_of.unit_id OFFSET 0) k
    WHERE k.valid @> @t AND k.recorded @> @r AND k.state IN ('ASSIGNED', 'PUBLISHED') LIMIT 1) c ON true
  WHERE v.level > 0),
polygon AS MATERIALIZED (
  SELECT u.layer, u.id, u.name, u.level, u.type, u.code,
         st_asmvtgeom(st_transform(st_setsrid(u.geom, 4326), 3857), b.m, 4096, 64) AS geom
  FROM u, b, near
  WHERE u.geom && near.g AND @z >= CASE u.layer WHEN 1 THEN 0 WHEN 2 THEN 3 WHEN 3 THEN 4 ELSE 8 END),
side AS MATERIALIZED (
  SELECT v.arc_id, v.status,
         CASE WHEN l1.unit_id <> g1.unit_id THEN CASE WHEN 'OUTSIDE_COUNTRY' IN (lt.type, gt.type) THEN 0 ELSE 1 END
              WHEN l2.unit_id <> g2.unit_id THEN 2 WHEN l3.unit_id <> g3.unit_id THEN 3 ELSE 4 END AS rank,
         CASE WHEN l1.unit_id <> g1.unit_id THEN l1.unit_id WHEN l2.unit_id <> g2.unit_id THEN l2.unit_id WHEN l3.unit_id <> g3.unit_id THEN l3.unit_id ELSE l4.unit_id END AS lid,
         CASE WHEN l1.unit_id <> g1.unit_id THEN g1.unit_id WHEN l2.unit_id <> g2.unit_id THEN g2.unit_id WHEN l3.unit_id <> g3.unit_id THEN g3.unit_id ELSE g4.unit_id END AS gid
  FROM arc_version v
  JOIN h1 l1 ON l1.face_id = v.left_face JOIN h1 g1 ON g1.face_id = v.right_face
  JOIN h2 l2 ON l2.face_id = v.left_face JOIN h2 g2 ON g2.face_id = v.right_face
  JOIN h3 l3 ON l3.face_id = v.left_face JOIN h3 g3 ON g3.face_id = v.right_face
  JOIN h4 l4 ON l4.face_id = v.left_face JOIN h4 g4 ON g4.face_id = v.right_face
  JOIN unit_version lt ON lt.unit_id = l1.unit_id AND lt.valid @> @t AND lt.recorded @> @r
  JOIN unit_version gt ON gt.unit_id = g1.unit_id AND gt.valid @> @t AND gt.recorded @> @r
  WHERE v.valid @> @t AND v.recorded @> @r AND l4.unit_id <> g4.unit_id),
border AS (
  SELECT side.arc_id AS id, side.rank, side.status, ln.name AS left_name, gn.name AS right_name,
         least(ln.level, gn.level) > 0 AND least(ln.level, gn.level) < side.rank AS uncertain,
         st_asmvtgeom(st_transform(st_setsrid(arc.geom, 4326), 3857), b.m, 4096, 64) AS geom
  FROM side
  JOIN arc ON arc.id = side.arc_id
  JOIN near ON arc.geom && near.g
  CROSS JOIN b
  JOIN unit_version ln ON ln.unit_id = side.lid AND ln.valid @> @t AND ln.recorded @> @r
  JOIN unit_version gn ON gn.unit_id = side.gid AND gn.valid @> @t AND gn.recorded @> @r
  WHERE @z >= CASE side.rank WHEN 0 THEN 0 WHEN 1 THEN 0 WHEN 2 THEN 3 WHEN 3 THEN 4 ELSE 8 END),
-- A piece held by a coarser unit, with the units one of which held each part.
vague AS (
  SELECT t.unit_id, t.among, array_agg(h3.face_id) AS faces
  FROM h3 JOIN tenure t ON t.face_id = h3.face_id AND t.valid @> @t AND t.recorded @> @r
  WHERE h3.unit_level BETWEEN 1 AND 2 AND @z >= 4
  GROUP BY 1, 2),
piece AS (
  SELECT vague.unit_id AS id, vague.faces[1] AS face, v.name AS holder,
         (SELECT string_agg(m.name, '、' ORDER BY a.ord) FROM unnest(vague.among) WITH ORDINALITY a(unit_id, ord)
          JOIN unit_version m ON m.unit_id = a.unit_id AND m.valid @> @t AND m.recorded @> @r) AS among,
         st_collectionextract(st_union(x.geom), 3) AS geom
  FROM vague
  JOIN unit_version v ON v.unit_id = vague.unit_id AND v.valid @> @t AND v.recorded @> @r
  CROSS JOIN LATERAL unnest(vague.faces) f
  JOIN face_extent e ON e.face_id = f AND e.valid @> @t AND e.recorded @> @r
  JOIN area x ON x.digest = e.digest
  GROUP BY vague.unit_id, vague.among, vague.faces, v.name),
hatch AS (
  SELECT piece.id, piece.holder, piece.among, st_asmvtgeom(st_transform(st_setsrid(piece.geom, 4326), 3857), b.m, 4096, 64) AS geom
  FROM piece, b, near WHERE piece.geom && near.g),
name AS (
  SELECT u.id, u.name, u.level, u.code, true AS known, st_asmvtgeom(st_transform(st_setsrid(u.label, 4326), 3857), b.m, 4096, 0) AS geom
  FROM u, b, near
  WHERE u.layer = u.level AND u.label && near.g AND @z >= CASE u.level WHEN 1 THEN 0 WHEN 2 THEN 3 WHEN 3 THEN 4 ELSE 8 END
  UNION ALL
  SELECT piece.id, coalesce(piece.among, piece.holder), 3, NULL, false,
         st_asmvtgeom(st_transform(st_setsrid(st_pointonsurface(piece.geom), 4326), 3857), b.m, 4096, 0)
  FROM piece, b, near WHERE piece.geom && near.g),
spot AS (
  SELECT p.place_id AS id, p.name, p.roman, p.category, st_asmvtgeom(st_transform(st_setsrid(p.geom, 4326), 3857), b.m, 4096, 0) AS geom
  FROM place_version p, b, near
  WHERE p.valid @> @t AND p.recorded @> @r AND p.secrecy = 0 AND p.geom && near.g AND @z >= 7)
SELECT coalesce((SELECT st_asmvt(x, 'province', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, level, geom FROM polygon WHERE layer = 1 AND level = 1 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'prefecture', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, level, geom FROM polygon WHERE layer = 2 AND level = 2 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'county', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, level, geom FROM polygon WHERE layer = 3 AND level = 3 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'township', 4096, 'geom', 'id') FROM (SELECT id, name, code, type, level, geom FROM polygon WHERE layer = 4 AND level = 4 AND geom IS NOT NULL ORDER BY id) x), '')
    || coalesce((SELECT st_asmvt(x, 'unrefined', 4096, 'geom', 'id') FROM (SELECT * FROM hatch WHERE geom IS NOT NULL ORDER BY id, among) x), '')
    || coalesce((SELECT st_asmvt(x, 'boundary', 4096, 'geom', 'id') FROM (
         SELECT id, rank, status, left_name AS left, right_name AS right, uncertain, geom FROM border WHERE geom IS NOT NULL ORDER BY rank DESC, id) x), '')
    || coalesce((SELECT st_asmvt(x, 'label', 4096, 'geom', 'id') FROM (SELECT * FROM name WHERE geom IS NOT NULL ORDER BY level, id) x), '')
    || coalesce((SELECT st_asmvt(x, 'place', 4096, 'geom', 'id') FROM (SELECT * FROM spot WHERE geom IS NOT NULL ORDER BY id) x), '');
