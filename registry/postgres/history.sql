-- name: UnitVersions
SELECT v.unit_id, v.name, v.level, coalesce(code.code, '') AS code, v.type, v.specific, v.generic, v.seat, v.autonomous, v.valid,
       CASE WHEN v.corrects IS NULL THEN v.began_by ELSE unit_origin(v.id) END, v.ended_by, v.basis, v.attested_on,
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
  UNION SELECT unit_origin(id) FROM unit_version WHERE unit_id = @id AND recorded @> @r AND corrects IS NOT NULL
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

-- name: ListCodes
-- Every period in which a code was borne under one name: versions of a unit
-- that differ in other things only are one period.
WITH piece AS (
  SELECT c.code, c.reuse, c.unit_id, v.name, v.level, v.type, c.valid * v.valid AS valid
  FROM code_version c
  JOIN unit_version v ON v.unit_id = c.unit_id AND v.valid && c.valid
  WHERE c.recorded @> @r::bigint AND v.recorded @> @r AND v.level > 0 AND c.state IN ('ASSIGNED', 'PUBLISHED')),
p AS (
  SELECT code, reuse, unit_id, name, level, type, unnest(range_agg(valid)) AS valid
  FROM piece
  GROUP BY code, reuse, unit_id, name, level, type)
SELECT p.unit_id, p.name, p.level, p.code, p.type, p.valid, p.reuse, coalesce(k.reuse_citation, ''),
       coalesce(b.id, 0), coalesce(b.number, ''), coalesce(e.id, 0), coalesce(e.number, '')
FROM p
JOIN code k USING (code, reuse)
LEFT JOIN LATERAL (
  SELECT event.id, i.number
  FROM (SELECT c.began_by AS id, 1 AS ord FROM code_version c WHERE c.unit_id = p.unit_id AND c.recorded @> @r AND c.code = p.code AND lower(c.valid) = lower(p.valid)
        UNION ALL
        SELECT CASE WHEN v.corrects IS NULL THEN v.began_by ELSE unit_origin(v.id) END, 2 FROM unit_version v WHERE v.unit_id = p.unit_id AND v.recorded @> @r AND lower(v.valid) = lower(p.valid)) x
  JOIN event USING (id) JOIN instrument i ON i.id = event.instrument_id ORDER BY x.ord LIMIT 1) b ON true
LEFT JOIN LATERAL (
  SELECT event.id, i.number
  FROM (SELECT c.ended_by AS id, 1 AS ord FROM code_version c WHERE c.unit_id = p.unit_id AND c.recorded @> @r AND c.code = p.code AND upper(c.valid) = upper(p.valid)
        UNION ALL
        SELECT v.ended_by, 2 FROM unit_version v WHERE v.unit_id = p.unit_id AND v.recorded @> @r AND upper(v.valid) = upper(p.valid)) x
  JOIN event USING (id) JOIN instrument i ON i.id = event.instrument_id ORDER BY x.ord LIMIT 1) e ON true
ORDER BY p.code, lower(p.valid), p.unit_id;

-- name: ListLineage
-- Every edge between two units. Each is named as it was on its side: on the day
-- before the event, and on its day. What was withdrawn is no lineage.
SELECT e.id, e.class, e.type, e.effective_on, e.precision, coalesce(e.note, ''),
       i.id, i.completeness, coalesce(i.number, ''), i.issued_on, coalesce(i.issuer, ''), i.title, coalesce(i.citation, ''),
       f.unit_id, f.name, f.level, coalesce(fc.code, ''), t.unit_id, t.name, t.level, coalesce(tc.code, ''),
       l.relation, l.area_share::float8, l.population_share::float8, coalesce(l.note, '')
FROM lineage l
JOIN event e ON e.id = l.event_id
JOIN instrument i ON i.id = e.instrument_id
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
  WHERE c.unit_id = l.from_unit AND c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED')
  ORDER BY c.valid @> (e.effective_on - 1) DESC, abs(coalesce(upper(c.valid), e.effective_on + 100000) - e.effective_on) LIMIT 1) fc ON true
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = l.to_unit AND c.recorded @> @r AND c.state IN ('ASSIGNED', 'PUBLISHED')
  ORDER BY c.valid @> e.effective_on DESC, abs(lower(c.valid) - e.effective_on) LIMIT 1) tc ON true
WHERE l.seq <= @r AND l.from_unit <> l.to_unit
  AND NOT EXISTS (SELECT FROM event w WHERE w.reverses = e.id AND w.seq <= @r)
ORDER BY e.effective_on, e.id, l.id;
