-- name: ListLines
SELECT n.id, coalesce(v.code, n.code), v.name, v.level, v.status, v.valid, v.official_length_m::float8,
       a.unit_id, a.name, a.level, b.unit_id, b.name, b.level,
       coalesce(c.length_m, 0)::float8 AS length_m,
       CASE WHEN @geometry THEN c.geom::bytea END AS geom
FROM line n
JOIN line_version v ON v.line_id = n.id AND v.valid @> @t::date AND v.recorded @> @r::bigint
JOIN unit_version a ON a.unit_id = v.unit_a AND a.valid @> @t AND a.recorded @> @r
JOIN unit_version b ON b.unit_id = v.unit_b AND b.valid @> @t AND b.recorded @> @r
CROSS JOIN LATERAL (
  SELECT st_multi(st_linemerge(st_collect(CASE WHEN k.forward THEN arc.geom ELSE st_reverse(arc.geom) END ORDER BY k.ord))) AS geom,
         sum(st_length(arc.geom::geography)) AS length_m
  FROM course(v.unit_a, v.unit_b, @t, @r) k JOIN arc ON arc.id = k.arc_id) c
WHERE n.id > @after
  AND (@id::bigint = 0 OR n.id = @id)
  AND (@unit::bigint = 0 OR @unit IN (v.unit_a, v.unit_b))
  AND (@box::geometry IS NULL OR st_intersects(c.geom, @box))
ORDER BY n.id
LIMIT @n;
