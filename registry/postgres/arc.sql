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
