-- name: ListPlaces
SELECT p.place_id, p.category, coalesce(p.name, ''), coalesce(p.roman, ''), p.valid, coalesce(p.source_id, ''), p.geom,
       p.unit_id, u.name, u.level
FROM place_version p
LEFT JOIN LATERAL (
  SELECT v.name, v.level FROM unit_version v
  WHERE v.unit_id = p.unit_id AND v.valid @> @t::date AND v.recorded @> @r::bigint OFFSET 0) u ON true
WHERE p.place_id > @after
  AND (@id::bigint = 0 OR p.place_id = @id)
  AND p.valid @> @t
  AND p.recorded @> @r
  AND p.secrecy = 0
  AND (@box::geometry IS NULL OR p.geom && @box)
ORDER BY p.place_id
LIMIT @n;
