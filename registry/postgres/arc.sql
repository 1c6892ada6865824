-- name: LatestSeq
SELECT coalesce(max(seq), 0)
FROM log;

-- name: ArcBetween
SELECT x.arc_id, arc.geom
FROM arcs_at(@t, @r, 3) x
JOIN unit_version l ON l.unit_id = x.left_unit AND l.valid @> @t::date AND l.recorded @> @r::bigint
JOIN unit_version g ON g.unit_id = x.right_unit AND g.valid @> @t AND g.recorded @> @r
JOIN arc ON arc.id = x.arc_id
WHERE (l.name, g.name) IN ((@a, @b), (@b, @a))
ORDER BY x.arc_id
LIMIT 1;

-- name: ListBorders
-- Arcs between units, each once, in order of id. The rank is the coarsest level
-- at which the sides differ. Courses come last and in order, so that no step
-- has to hold them. What is not public is left out.
WITH f AS MATERIALIZED (
  SELECT h1.face_id, h1.unit_id AS u1, h2.unit_id AS u2, h3.unit_id AS u3, h4.unit_id AS u4, h4.holder_id
  FROM holders(@t, @r, 1) h1
  JOIN holders(@t, @r, 2) h2 USING (face_id)
  JOIN holders(@t, @r, 3) h3 USING (face_id)
  JOIN holders(@t, @r, 4) h4 USING (face_id)),
u AS MATERIALIZED (
  SELECT who.unit_id, v.name, v.level, v.type, coalesce(c.code, '') AS code
  FROM (SELECT holder_id AS unit_id FROM f UNION SELECT u1 FROM f) who
  CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = who.unit_id OFFSET 0) v
  LEFT JOIN LATERAL (
    SELECT code FROM (SELECT * FROM code_version c WHERE c.unit_id = who.unit_id OFFSET 0) k
    WHERE k.valid @> @t::date AND k.recorded @> @r::bigint AND k.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) c ON true
  WHERE v.valid @> @t AND v.recorded @> @r),
side AS MATERIALIZED (
  SELECT v.arc_id, v.status, v.basis, v.attested_on, v.valid, v.began_by, l.holder_id AS lid, g.holder_id AS gid,
         CASE WHEN l.u1 <> g.u1 THEN CASE WHEN 'OUTSIDE_COUNTRY' IN (lt.type, gt.type) THEN 0 ELSE 1 END
              WHEN l.u2 <> g.u2 THEN 2 WHEN l.u3 <> g.u3 THEN 3 ELSE 4 END AS rank
  FROM (SELECT * FROM arc_version OFFSET 0) v
  JOIN f l ON l.face_id = v.left_face
  JOIN f g ON g.face_id = v.right_face
  JOIN u lt ON lt.unit_id = l.u1
  JOIN u gt ON gt.unit_id = g.u1
  WHERE v.valid @> @t AND v.recorded @> @r AND l.u4 <> g.u4)
SELECT s.arc_id, s.rank, s.status, s.basis, s.attested_on,
       l.unit_id, l.name, l.level, l.code, g.unit_id, g.name, g.level, g.code,
       least(l.level, g.level) > 0 AND least(l.level, g.level) < s.rank AS uncertain,
       arc.source, coalesce(arc.accuracy_m, 0)::float8, st_length(arc.geom::geography) AS length_m, s.valid, s.began_by, arc.geom::bytea
FROM (SELECT * FROM side ORDER BY arc_id OFFSET 0) s
JOIN u l ON l.unit_id = s.lid
JOIN u g ON g.unit_id = s.gid
CROSS JOIN LATERAL (SELECT * FROM arc WHERE arc.id = s.arc_id AND (arc.secrecy = 0 OR EXISTS (SELECT FROM clearance c WHERE c.arc_id = arc.id)) OFFSET 0) arc
ORDER BY s.arc_id;
