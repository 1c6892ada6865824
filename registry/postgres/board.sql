-- name: BoardCells
WITH open AS MATERIALIZED (
  SELECT n.* FROM desk.case_now n
  WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
    AND n.phase = 'OPEN'),
place AS MATERIALIZED (
  SELECT u.unit_id, (
    SELECT v.unit_id FROM unnest(desk.path(u.unit_id, @today)) p(id)
    JOIN unit_version v ON v.unit_id = p.id AND upper_inf(v.recorded) AND v.valid @> @today::date AND v.level = 2 LIMIT 1) AS prefecture
  FROM (SELECT DISTINCT unit_id FROM open WHERE unit_id IS NOT NULL) u)
SELECT coalesce(p.prefecture, 0), coalesce(v.name, ''), o.kind, count(*),
       count(*) FILTER (WHERE o.due_on < @today),
       count(*) FILTER (WHERE o.due_on BETWEEN @today::date AND @today::date + 7),
       count(*) FILTER (WHERE o.due_on BETWEEN @today::date + 8 AND @today::date + 30),
       avg(@today::date - (o.state_since AT TIME ZONE 'Asia/Shanghai')::date)::float8, min(o.state_since)
FROM open o
LEFT JOIN place p USING (unit_id)
LEFT JOIN unit_version v ON v.unit_id = p.prefecture AND upper_inf(v.recorded) AND v.valid @> @today::date
GROUP BY p.prefecture, v.name, o.kind
ORDER BY p.prefecture NULLS FIRST, o.kind;

-- name: BoardClocks
SELECT n.kind, k.clock, k.statutory, count(*), count(*) FILTER (WHERE k.due_on < @today), count(*) FILTER (WHERE k.due_on BETWEEN @today::date AND @today::date + 7)
FROM desk.case_clock k JOIN desk.case_now n USING (case_id)
WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND k.stopped_on IS NULL AND n.phase = 'OPEN'
GROUP BY n.kind, k.clock, k.statutory
ORDER BY k.statutory DESC, count(*) FILTER (WHERE k.due_on < @today) DESC, n.kind, k.clock;

-- name: BoardStates
SELECT n.kind, n.state, count(*), avg(@today::date - (n.state_since AT TIME ZONE 'Asia/Shanghai')::date)::float8, min(n.state_since)
FROM desk.case_now n
WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND n.phase = 'OPEN'
GROUP BY n.kind, n.state
ORDER BY 4 DESC, n.kind, n.state;

-- name: BoardCases
-- The cases behind a number on the board: the same rule, and the same classes.
WITH open AS MATERIALIZED (
  SELECT n.* FROM desk.case_now n
  WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
    AND n.phase = 'OPEN' AND (@kind::text = '' OR n.kind = @kind) AND (@state::text = '' OR n.state = @state)),
place AS MATERIALIZED (
  SELECT u.unit_id, (
    SELECT v.unit_id FROM unnest(desk.path(u.unit_id, @today)) p(id)
    JOIN unit_version v ON v.unit_id = p.id AND upper_inf(v.recorded) AND v.valid @> @today::date AND v.level = 2 LIMIT 1) AS prefecture
  FROM (SELECT DISTINCT unit_id FROM open WHERE unit_id IS NOT NULL) u),
timed AS (
  SELECT o.*, CASE WHEN @clock::text = '' THEN o.due_on ELSE
      (SELECT min(k.due_on) FROM desk.case_clock k WHERE k.case_id = o.case_id AND k.clock = @clock AND k.stopped_on IS NULL) END AS limit_on
  FROM open o)
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, u.name, n.holder_id, h.name, n.opener_id, o.name,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.limit_on
FROM timed n
LEFT JOIN place p USING (unit_id)
LEFT JOIN desk.account h ON h.id = n.holder_id
LEFT JOIN desk.account o ON o.id = n.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
WHERE (@prefecture::bigint < 0 OR coalesce(p.prefecture, 0) = @prefecture)
  AND (@clock::text = '' OR n.limit_on IS NOT NULL)
  AND CASE @due::text
        WHEN 'overdue' THEN n.limit_on < @today
        WHEN 'week' THEN n.limit_on BETWEEN @today::date AND @today::date + 7
        WHEN 'month' THEN n.limit_on BETWEEN @today::date + 8 AND @today::date + 30
        ELSE true END
ORDER BY n.limit_on NULLS LAST, n.state_since, n.case_id
LIMIT @limit;
