-- name: WatchedClocks
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, NULL::text, n.holder_id, h.name, n.opener_id, NULL::text,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.due_on,
       k.clock, k.began_on, k.due_on, k.extended, k.statutory,
       desk.path(n.unit_id, @today),
       ARRAY(SELECT d.to_id FROM desk.delegation d WHERE d.from_id = n.holder_id AND d.days @> @today::date
             AND NOT EXISTS (SELECT FROM desk.delegation_end e WHERE e.delegation_id = d.id)),
       ARRAY(SELECT r.account_id FROM desk.case_request r WHERE r.case_id = n.case_id AND r.answered_ord IS NULL AND r.account_id IS NOT NULL),
       ARRAY(SELECT DISTINCT r.department FROM desk.case_request r WHERE r.case_id = n.case_id AND r.answered_ord IS NULL AND r.department <> ''),
       ARRAY(SELECT m.mark || ':' || m.level FROM desk.reminder m
             WHERE m.case_id = k.case_id AND m.clock = k.clock AND m.began_on = k.began_on AND m.due_on = k.due_on)
FROM desk.case_clock k
JOIN desk.case_now n USING (case_id)
LEFT JOIN desk.account h ON h.id = n.holder_id
WHERE k.stopped_on IS NULL AND k.due_on <= @until AND n.phase = 'OPEN'
ORDER BY k.due_on, n.case_id, k.clock;

-- name: SupervisorGrants
SELECT g.id, g.account_id, g.role, g.unit_id IS NULL AND g.zone_id IS NULL,
       (SELECT array_agg(desk.home(u, @today) ORDER BY u) FROM unnest(coalesce(z.units, ARRAY[g.unit_id])) u WHERE u IS NOT NULL)
FROM desk.role_grant g
JOIN desk.account a ON a.id = g.account_id AND a.disabled_at IS NULL
LEFT JOIN desk.functional_zone z ON z.id = g.zone_id
WHERE g.role = 'SUPERVISOR' AND (g.valid_until IS NULL OR g.valid_until > @today)
  AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id)
ORDER BY g.id;

-- name: InsertReminder
INSERT INTO desk.reminder (case_id, clock, began_on, due_on, mark, level, told, at)
VALUES (@case_id, @clock, @began_on, @due_on, @mark, @level, @told, @at)
ON CONFLICT ON CONSTRAINT reminder_once_key DO NOTHING;

-- name: RemindersOf
SELECT case_id, clock, began_on, due_on, mark, level, told, at FROM desk.reminder WHERE case_id = @case_id ORDER BY id;
