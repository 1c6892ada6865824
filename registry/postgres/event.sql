-- name: EventByID
SELECT e.id, e.class, e.type, e.effective_on, e.precision, coalesce(e.note, ''),
       i.id, i.completeness, coalesce(i.number, ''), i.issued_on, coalesce(i.issuer, ''), i.title, coalesce(i.body, ''), coalesce(i.citation, '')
FROM event e
JOIN instrument i ON i.id = e.instrument_id
WHERE e.id = @id AND e.seq <= @r;

-- name: EventBegan
SELECT v.unit_id, v.name, v.level, coalesce(code.code, '') AS code, v.type, v.specific, v.generic, v.seat, v.autonomous, v.valid,
       v.began_by, v.ended_by, v.basis, v.attested_on,
       v.superior_id, sup.name, sup.level, '' AS superior_code,
       v.custodian_id, cus.name, cus.level, '' AS custodian_code,
       false AS areal, false AS incomplete, false AS recast, false AS unbuilt, 0::float8 AS area_m2, NULL::bytea AS label, NULL::bytea AS geom
FROM unit_version v
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = v.unit_id AND c.valid @> lower(v.valid) AND c.recorded @> @r::bigint AND c.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) code ON true
LEFT JOIN LATERAL (
  SELECT s.name, s.level FROM unit_version s
  WHERE s.unit_id = v.superior_id AND s.valid @> lower(v.valid) AND s.recorded @> @r OFFSET 0) sup ON true
LEFT JOIN LATERAL (
  SELECT s.name, s.level FROM unit_version s
  WHERE s.unit_id = v.custodian_id AND s.valid @> lower(v.valid) AND s.recorded @> @r OFFSET 0) cus ON true
WHERE v.recorded @> @r
  AND (v.began_by = @id
       OR v.id IN (SELECT c.id FROM unit_version c WHERE c.corrects IS NOT NULL AND c.recorded @> @r AND unit_origin(c.id) = @id))
ORDER BY v.level, code.code, v.unit_id;

-- name: EventEnded
SELECT v.unit_id, v.name, v.level, coalesce(code.code, '') AS code, v.type, v.specific, v.generic, v.seat, v.autonomous, v.valid,
       v.began_by, v.ended_by, v.basis, v.attested_on,
       v.superior_id, sup.name, sup.level, '' AS superior_code,
       v.custodian_id, cus.name, cus.level, '' AS custodian_code,
       false AS areal, false AS incomplete, false AS recast, false AS unbuilt, 0::float8 AS area_m2, NULL::bytea AS label, NULL::bytea AS geom
FROM unit_version v
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = v.unit_id AND c.valid @> (upper(v.valid) - 1) AND c.recorded @> @r::bigint AND c.state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) code ON true
LEFT JOIN LATERAL (
  SELECT s.name, s.level FROM unit_version s
  WHERE s.unit_id = v.superior_id AND s.valid @> (upper(v.valid) - 1) AND s.recorded @> @r OFFSET 0) sup ON true
LEFT JOIN LATERAL (
  SELECT s.name, s.level FROM unit_version s
  WHERE s.unit_id = v.custodian_id AND s.valid @> (upper(v.valid) - 1) AND s.recorded @> @r OFFSET 0) cus ON true
WHERE v.ended_by = @id AND v.recorded @> @r
ORDER BY v.level, code.code, v.unit_id;

-- name: EventLineage
SELECT f.unit_id, f.name, f.level, coalesce(fc.code, ''), t.unit_id, t.name, t.level, coalesce(tc.code, ''),
       l.relation, l.area_share::float8, l.population_share::float8
FROM lineage l
JOIN event e ON e.id = l.event_id
CROSS JOIN LATERAL (
  SELECT v.unit_id, v.name, v.level FROM unit_version v
  WHERE v.unit_id = l.from_unit AND v.recorded @> @r::bigint
  ORDER BY v.valid @> (e.effective_on - 1) DESC, abs(coalesce(upper(v.valid), e.effective_on + 100000) - e.effective_on) LIMIT 1) f
CROSS JOIN LATERAL (
  SELECT v.unit_id, v.name, v.level FROM unit_version v
  WHERE v.unit_id = l.to_unit AND v.recorded @> @r
  ORDER BY v.valid @> e.effective_on DESC, abs(lower(v.valid) - e.effective_on) LIMIT 1) t
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = l.from_unit AND c.recorded @> @r AND c.valid @> (e.effective_on - 1) AND c.state IN ('ASSIGNED', 'PUBLISHED')) fc ON true
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = l.to_unit AND c.recorded @> @r AND c.valid @> e.effective_on AND c.state IN ('ASSIGNED', 'PUBLISHED')) tc ON true
WHERE l.event_id = @id AND l.seq <= @r
ORDER BY l.id;

-- name: ListChanges
SELECT e.id, e.class, e.type, e.effective_on, e.precision, coalesce(e.note, ''),
       i.id, i.completeness, coalesce(i.number, ''), i.issued_on, coalesce(i.issuer, ''), i.title, coalesce(i.body, ''), coalesce(i.citation, '')
FROM event e
JOIN instrument i ON i.id = e.instrument_id
WHERE e.seq <= @r
  AND e.id IN (
    SELECT began_by FROM unit_version WHERE level BETWEEN 1 AND @level AND recorded @> @r::bigint AND corrects IS NULL
    UNION SELECT unit_origin(id) FROM unit_version WHERE level BETWEEN 1 AND @level AND recorded @> @r AND corrects IS NOT NULL
    UNION SELECT ended_by FROM unit_version WHERE level BETWEEN 1 AND @level AND recorded @> @r
    UNION SELECT began_by FROM tenure WHERE recorded @> @r
    UNION SELECT began_by FROM arc_version WHERE recorded @> @r
    UNION SELECT l.event_id FROM lineage l JOIN unit_version v ON v.unit_id = l.to_unit
          WHERE v.level BETWEEN 1 AND @level AND v.recorded @> @r AND l.seq <= @r
    UNION SELECT c.began_by FROM code_version c JOIN unit_version v USING (unit_id)
          WHERE v.level BETWEEN 1 AND @level AND v.recorded @> @r AND c.recorded @> @r)
ORDER BY e.effective_on, e.id;

-- name: ListReports
SELECT r.name, r.title, r.title_en, r.head, r.body
FROM load_report r
JOIN dataset d ON d.id = r.dataset_id
WHERE r.seq <= @r
ORDER BY d.seq DESC, r.id;
