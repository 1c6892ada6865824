-- name: UnitVersions
SELECT v.unit_id, v.name, v.level, coalesce(code.code, '') AS code, v.type, v.specific, v.generic, v.seat, v.autonomous, v.valid,
       v.began_by, v.ended_by, v.basis, v.attested_on,
       v.superior_id, sup.name, sup.level, '' AS superior_code,
       v.custodian_id, cus.name, cus.level, '' AS custodian_code,
       false AS areal, false AS incomplete, false AS recast, false AS unbuilt, 0::float8 AS area_m2, NULL::bytea AS label, NULL::bytea AS geom
FROM unit_version v
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = v.unit_id AND c.valid && v.valid AND c.recorded @> @r::bigint AND c.state IN ('ASSIGNED', 'PUBLISHED')
  ORDER BY upper(c.valid) DESC NULLS FIRST LIMIT 1) code ON true
LEFT JOIN LATERAL (
  SELECT s.name, s.level FROM unit_version s
  WHERE s.unit_id = v.superior_id AND s.valid && v.valid AND s.recorded @> @r
  ORDER BY upper(s.valid) DESC NULLS FIRST LIMIT 1) sup ON true
LEFT JOIN LATERAL (
  SELECT s.name, s.level FROM unit_version s
  WHERE s.unit_id = v.custodian_id AND s.valid && v.valid AND s.recorded @> @r
  ORDER BY upper(s.valid) DESC NULLS FIRST LIMIT 1) cus ON true
WHERE v.unit_id = @id AND v.recorded @> @r
ORDER BY v.valid;

-- name: UnitCodes
SELECT c.code, c.state, c.valid, c.began_by, c.ended_by, c.reuse, coalesce(k.reuse_citation, '')
FROM code_version c
JOIN code k USING (code, reuse)
WHERE c.unit_id = @id AND c.recorded @> @r::bigint
ORDER BY c.valid;

-- name: UnitLineage
-- Both directions; the other unit is named as it was on the side it stands: on
-- the day of the event, or on the day before. What was withdrawn is no lineage.
SELECT l.event_id, l.from_unit = @id AS successor, o.unit_id, o.name, o.level, coalesce(c.code, '') AS code,
       l.relation, l.area_share::float8, l.population_share::float8, coalesce(l.note, '')
FROM lineage l
JOIN event e ON e.id = l.event_id
CROSS JOIN LATERAL (SELECT CASE WHEN l.from_unit = @id THEN e.effective_on ELSE e.effective_on - 1 END AS day) x
CROSS JOIN LATERAL (
  SELECT v.unit_id, v.name, v.level, v.valid FROM unit_version v
  WHERE v.unit_id = CASE WHEN l.from_unit = @id THEN l.to_unit ELSE l.from_unit END AND v.recorded @> @r::bigint
  ORDER BY v.valid @> x.day DESC, CASE WHEN l.from_unit = @id THEN abs(lower(v.valid) - e.effective_on)
                                       ELSE abs(coalesce(upper(v.valid), e.effective_on + 100000) - e.effective_on) END
  LIMIT 1) o
LEFT JOIN LATERAL (
  SELECT code FROM code_version c
  WHERE c.unit_id = o.unit_id AND c.valid && o.valid AND c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED')
  ORDER BY c.valid @> x.day DESC, CASE WHEN l.from_unit = @id THEN abs(lower(c.valid) - e.effective_on)
                                       ELSE abs(coalesce(upper(c.valid), e.effective_on + 100000) - e.effective_on) END
  LIMIT 1) c ON true
WHERE (l.from_unit = @id OR l.to_unit = @id) AND l.from_unit <> l.to_unit AND l.seq <= @r
  AND NOT EXISTS (SELECT FROM event w WHERE w.reverses = e.id AND w.seq <= @r)
ORDER BY e.effective_on, l.id;

-- name: UnitEvents
SELECT e.id, e.class, e.type, e.effective_on, e.precision, coalesce(e.note, ''),
       i.id, i.completeness, coalesce(i.number, ''), i.issued_on, coalesce(i.issuer, ''), i.title, coalesce(i.body, ''), coalesce(i.citation, '')
FROM event e
JOIN instrument i ON i.id = e.instrument_id
WHERE e.id IN (
  SELECT began_by FROM unit_version WHERE unit_id = @id AND recorded @> @r::bigint
  UNION SELECT ended_by FROM unit_version WHERE unit_id = @id AND recorded @> @r
  UNION SELECT began_by FROM code_version WHERE unit_id = @id AND recorded @> @r
  UNION SELECT ended_by FROM code_version WHERE unit_id = @id AND recorded @> @r
  UNION SELECT event_id FROM lineage WHERE (from_unit = @id OR to_unit = @id) AND seq <= @r)
ORDER BY e.effective_on, e.id;

-- name: Successors
-- One step of a translation: where the territory of a unit went after a day.
SELECT l.event_id, l.to_unit, l.relation, l.area_share::float8, e.effective_on
FROM lineage l
JOIN event e ON e.id = l.event_id
WHERE l.from_unit = @id AND l.to_unit <> l.from_unit AND l.seq <= @r
  AND e.effective_on > @after AND e.effective_on <= @until
  AND NOT EXISTS (SELECT FROM event w WHERE w.reverses = e.id AND w.seq <= @r)
ORDER BY e.effective_on, l.id;

-- name: Predecessors
-- One step backward: whose territory a unit took over. Shares are of the
-- source, so they say nothing about the target.
SELECT l.event_id, l.from_unit, l.relation, l.area_share::float8, e.effective_on
FROM lineage l
JOIN event e ON e.id = l.event_id
WHERE l.to_unit = @id AND l.to_unit <> l.from_unit AND l.seq <= @r
  AND e.effective_on > @after AND e.effective_on <= @until
  AND NOT EXISTS (SELECT FROM event w WHERE w.reverses = e.id AND w.seq <= @r)
ORDER BY e.effective_on DESC, l.id;
