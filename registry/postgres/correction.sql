-- name: UnitRecords
-- Versions of units as cells, in the order of desk.ColumnsOf.
SELECT v.unit_id, v.id, upper_inf(v.recorded), v.level, ARRAY[
  v.unit_id::text, coalesce(code.code, ''), v.name, coalesce(sup.name, ''),
  (ARRAY['界外', '省级', '地级', '县级', '乡级', '村级'])[v.level + 1], coalesce(lower(v.valid)::text, ''),
  v.specific, v.generic, v.type, coalesce(v.seat, ''), v.autonomous::text, v.border::text, v.special::text]
FROM unit_version v
LEFT JOIN LATERAL (
  SELECT c.code FROM code_version c
  WHERE c.unit_id = v.unit_id AND c.valid && v.valid AND upper_inf(c.recorded) AND c.state IN ('ASSIGNED', 'PUBLISHED')
  ORDER BY upper(c.valid) DESC NULLS FIRST LIMIT 1) code ON true
LEFT JOIN LATERAL (
  SELECT s.name FROM unit_version s
  WHERE s.unit_id = v.superior_id AND s.valid && v.valid AND upper_inf(s.recorded)
  ORDER BY upper(s.valid) DESC NULLS FIRST LIMIT 1) sup ON true
WHERE v.level > 0
  AND (@versions::bigint[] IS NULL OR v.id = ANY (@versions) OR v.id IN (
    SELECT n.id FROM unit_version o JOIN unit_version n ON n.unit_id = o.unit_id AND n.valid && o.valid AND upper_inf(n.recorded)
    WHERE o.id = ANY (@versions) AND NOT upper_inf(o.recorded)))
  AND (@versions IS NOT NULL OR (upper_inf(v.recorded) AND v.valid @> @day::date))
  AND (@ids::bigint[] IS NULL OR v.unit_id = ANY (@ids))
  AND (@under::bigint = 0 OR v.unit_id IN (SELECT desk.subtree(ARRAY[@under], @day)))
  AND (@text = '' OR strpos(v.name, @text) > 0)
ORDER BY code.code, v.unit_id
LIMIT @n;

-- name: LineRecords
SELECT v.line_id, v.id, upper_inf(v.recorded), v.level, ARRAY[
  v.line_id::text, v.name, a.name || '—' || b.name, coalesce(lower(v.valid)::text, ''),
  coalesce(v.code, n.code), coalesce(trim_scale(v.official_length_m)::text, '')]
FROM line_version v
JOIN line n ON n.id = v.line_id
CROSS JOIN LATERAL (
  SELECT s.name FROM unit_version s WHERE s.unit_id = v.unit_a AND s.valid && v.valid
  ORDER BY upper_inf(s.recorded) DESC, upper(s.valid) DESC NULLS FIRST LIMIT 1) a
CROSS JOIN LATERAL (
  SELECT s.name FROM unit_version s WHERE s.unit_id = v.unit_b AND s.valid && v.valid
  ORDER BY upper_inf(s.recorded) DESC, upper(s.valid) DESC NULLS FIRST LIMIT 1) b
WHERE (@versions::bigint[] IS NULL OR v.id = ANY (@versions) OR v.id IN (
    SELECT x.id FROM line_version o JOIN line_version x ON x.line_id = o.line_id AND x.valid && o.valid AND upper_inf(x.recorded)
    WHERE o.id = ANY (@versions) AND NOT upper_inf(o.recorded)))
  AND (@versions IS NOT NULL OR (upper_inf(v.recorded) AND v.valid @> @day::date))
  AND (@ids::bigint[] IS NULL OR v.line_id = ANY (@ids))
  AND (@under::bigint = 0 OR ARRAY[v.unit_a, v.unit_b] && ARRAY(SELECT desk.subtree(ARRAY[@under], @day)))
  AND (@text = '' OR strpos(v.name, @text) > 0)
ORDER BY v.level, coalesce(v.code, n.code), v.line_id
LIMIT @n;

-- name: PlaceRecords
SELECT v.place_id, v.id, upper_inf(v.recorded), 6::smallint, ARRAY[
  v.place_id::text, coalesce(c.name, ''), v.category, coalesce(v.source_id, ''), coalesce(lower(v.valid)::text, ''),
  coalesce(v.name, ''), coalesce(v.roman, '')]
FROM place_version v
LEFT JOIN LATERAL (
  SELECT s.name FROM unit_version s WHERE s.unit_id = v.unit_id AND s.valid && v.valid
  ORDER BY upper_inf(s.recorded) DESC, upper(s.valid) DESC NULLS FIRST LIMIT 1) c ON true
WHERE v.secrecy = 0
  AND (@versions::bigint[] IS NULL OR v.id = ANY (@versions) OR v.id IN (
    SELECT x.id FROM place_version o JOIN place_version x ON x.place_id = o.place_id AND x.valid && o.valid AND upper_inf(x.recorded)
    WHERE o.id = ANY (@versions) AND NOT upper_inf(o.recorded)))
  AND (@versions IS NOT NULL OR (upper_inf(v.recorded) AND v.valid @> @day::date))
  AND (@ids::bigint[] IS NULL OR v.place_id = ANY (@ids))
  AND (@under::bigint = 0 OR v.unit_id IN (SELECT desk.subtree(ARRAY[@under], @day)))
  AND (@text = '' OR strpos(coalesce(v.name, v.roman), @text) > 0)
ORDER BY c.name, v.place_id
LIMIT @n;

-- name: LineCodes
SELECT coalesce(v.code, n.code), array_agg(DISTINCT n.id)
FROM line n
JOIN line_version v ON v.line_id = n.id AND upper_inf(v.recorded)
WHERE coalesce(v.code, n.code) = ANY (@codes)
GROUP BY 1;

-- name: FormerValues
-- What an event wrote again, and how it stood before: only what it changed.
WITH pair AS (
  SELECT 'unit_version' AS relation, n.unit_id AS id, n.id AS row, upper_inf(n.recorded) AS stands, to_jsonb(n) AS fresh, to_jsonb(o) AS former_row
  FROM unit_version n JOIN unit_version o ON o.id = n.corrects WHERE n.began_by = @event
  UNION ALL
  SELECT 'line_version', n.line_id, n.id, upper_inf(n.recorded), to_jsonb(n), to_jsonb(o)
  FROM line_version n JOIN line_version o ON o.id = n.corrects WHERE n.began_by = @event AND n.corrects IS NOT NULL
  UNION ALL
  SELECT 'place_version', n.place_id, n.id, upper_inf(n.recorded), to_jsonb(n) - 'geom', to_jsonb(o) - 'geom'
  FROM place_version n JOIN place_version o ON o.id = n.corrects WHERE n.began_by = @event AND n.corrects IS NOT NULL)
SELECT relation, id, row, stands, coalesce((
  SELECT jsonb_object_agg(a, former_row->>a) FROM unnest(amendable(relation)) a WHERE fresh->a IS DISTINCT FROM former_row->a), '{}') AS former
FROM pair
ORDER BY row;

-- name: Rewrites
-- Events that corrected how things are written down, the newest first; all, or
-- those of a case.
SELECT e.id, e.case_id, coalesce(c.number, ''), i.title, l.recorded_at,
       (SELECT count(*) FROM log_leaf f WHERE f.seq = e.seq AND f.op = 'I' AND f.relation IN ('unit_version', 'line_version', 'place_version')),
       coalesce(e.reverses, 0), coalesce((SELECT max(w.id) FROM event w WHERE w.reverses = e.id), 0)
FROM event e
JOIN instrument i ON i.id = e.instrument_id
JOIN log l ON l.seq = e.seq
LEFT JOIN desk.case_now c ON c.case_id = e.case_id
WHERE e.class = 'CORRECTION' AND e.type = 'REWRITE' AND (@case_id::bigint = 0 OR e.case_id = @case_id)
ORDER BY e.id DESC
LIMIT @n;
