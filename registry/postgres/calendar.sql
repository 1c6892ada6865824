-- name: ListCalendarDays
SELECT DISTINCT ON (day) day, working, note, source FROM desk.calendar_day ORDER BY day, id DESC;

-- name: InsertCalendarDay
INSERT INTO desk.calendar_day (day, working, note, source, set_by) VALUES (@day, @working, @note, @source, @set_by);

-- name: RunningClocks
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, u.name, n.holder_id, h.name, n.opener_id, o.name,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.due_on,
       k.clock, k.began_on, k.due_on, k.extended, k.statutory
FROM desk.case_clock k
JOIN desk.case_now n USING (case_id)
LEFT JOIN desk.account h ON h.id = n.holder_id
LEFT JOIN desk.account o ON o.id = n.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND k.stopped_on IS NULL
ORDER BY k.due_on, n.case_id, k.clock;
