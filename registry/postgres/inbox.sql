-- name: TasksOpen
-- Open cases that a rule of rights lets through, in some states, without those
-- in which the owner or who acts has had another hand. @wide says that the rule
-- lets through every case of @may_kinds; else the cases come from the filter.
WITH chosen AS MATERIALIZED (
  SELECT n.* FROM desk.case_now n
  WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
    AND n.phase = 'OPEN'
    AND (@kinds::text[] IS NULL OR (n.kind, n.state) IN (SELECT p.kind, p.state FROM unnest(@kinds::text[], @states::text[]) p(kind, state)))
    AND (NOT @held::bool OR n.holder_id = @owner)
    AND (NOT @unheld::bool OR n.holder_id IS NULL)
    AND (@hand::text = '' OR NOT EXISTS (
      SELECT FROM desk.case_hand x WHERE x.case_id = n.case_id AND x.account_id IN (@owner, @actor) AND x.hand <> @hand))
  ORDER BY n.due_on NULLS LAST, n.state_since, n.case_id
  LIMIT @limit)
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, u.name, n.holder_id, h.name, n.opener_id, o.name,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.due_on, coalesce(k.clock, ''), '', 0, n.state_since, n.due_on
FROM chosen n
LEFT JOIN desk.account h ON h.id = n.holder_id
LEFT JOIN desk.account o ON o.id = n.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
LEFT JOIN LATERAL (
  SELECT c.clock FROM desk.case_clock c WHERE c.case_id = n.case_id AND c.stopped_on IS NULL ORDER BY c.due_on, c.clock LIMIT 1) k ON true
ORDER BY n.due_on NULLS LAST, n.state_since, n.case_id;

-- name: TasksAsked
WITH allowed AS MATERIALIZED (
  SELECT case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today))
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, u.name, n.holder_id, h.name, n.opener_id, o.name,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.due_on, 'opinion', r.department, r.ord, e.at, r.due_on
FROM desk.case_request r
JOIN desk.case_now n USING (case_id)
JOIN allowed USING (case_id)
JOIN desk.case_event e ON e.case_id = r.case_id AND e.ord = r.ord
LEFT JOIN desk.account h ON h.id = n.holder_id
LEFT JOIN desk.account o ON o.id = n.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
WHERE n.phase = 'OPEN' AND r.answered_ord IS NULL
  AND (r.account_id = @owner OR r.department = ANY (@speaks_for::text[]))
ORDER BY r.due_on NULLS LAST, r.id
LIMIT @limit;
