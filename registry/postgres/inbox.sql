-- name: TasksOpen
-- Open cases that a rule of rights lets through, in some states, without those
-- in which the owner or who acts has had another hand, with a paper of a kind if
-- @paper names one. @wide says that the rule
-- lets through every case of @may_kinds; else the cases come from the filter.
WITH chosen AS MATERIALIZED (
  SELECT n.* FROM desk.case_now n
  WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
    AND n.phase = 'OPEN'
    AND (@kinds::text[] IS NULL OR (n.kind, n.state) IN (SELECT p.kind, p.state FROM unnest(@kinds::text[], @states::text[]) p(kind, state)))
    AND (@paper::text = '' OR EXISTS (SELECT FROM desk.case_paper x WHERE x.case_id = n.case_id AND x.kind = @paper))
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

-- name: TasksBeside
-- What is to be done in open cases beside their steps: drafts that were sent back,
-- comments without answer,
-- notices that are over without summary, documents whose signed scan is not back.
WITH chosen AS MATERIALIZED (
  SELECT n.* FROM desk.case_now n
  WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
    AND n.phase = 'OPEN'
    AND (n.holder_id = @owner OR n.holder_id IS NULL AND @why::text <> 'SCAN')),
notice AS (
  SELECT i.case_id, v.*, said.waiting, said.since
  FROM chosen n
  JOIN desk.notice i USING (case_id)
  CROSS JOIN LATERAL (SELECT l.* FROM desk.notice_version l WHERE l.notice_id = i.id ORDER BY l.ord DESC LIMIT 1) v
  CROSS JOIN LATERAL (SELECT count(*) AS waiting, min(o.at) AS since FROM desk.objection_now o
                      WHERE o.notice_id = i.id AND o.same_as IS NULL AND o.state IN ('NEW', 'READ')) said
  WHERE @why IN ('REPLY', 'SUM') AND v.state IN ('PUBLISHED', 'ENDED') AND v.kind <> 'ANNOUNCEMENT'),
found AS (
  SELECT case_id, since, waiting AS n, notice_id, 0 AS paper_id, title AS subject FROM notice WHERE @why = 'REPLY' AND waiting > 0
  UNION ALL
  SELECT v.case_id, greatest(v.at, v.closes_on + 1), 0, v.notice_id, 0, v.title
  FROM notice v JOIN chosen n USING (case_id)
  WHERE @why = 'SUM' AND v.waiting = 0 AND (v.state = 'ENDED' OR v.closes_on < @today::date) AND n.kind = ANY (@summed::text[])
    AND NOT EXISTS (SELECT FROM desk.case_paper p WHERE p.case_id = v.case_id AND p.kind = 'PUBLIC_OPINION' AND right(p.title, length(v.title)) = v.title)
  UNION ALL
  SELECT i.case_id, v.at, 0, v.notice_id, 0, v.title
  FROM chosen n
  JOIN desk.notice i USING (case_id)
  CROSS JOIN LATERAL (SELECT l.* FROM desk.notice_version l WHERE l.notice_id = i.id ORDER BY l.ord DESC LIMIT 1) v
  WHERE @why = 'REVISE' AND v.state = 'DRAFT' AND v.reason <> ''
  UNION ALL
  SELECT p.case_id, min(e.at), count(*), 0, min(p.id), (array_agg(p.title ORDER BY p.id))[1]
  FROM chosen n
  JOIN desk.paper_number x USING (case_id)
  JOIN desk.case_paper p ON p.case_id = n.case_id AND p.number = x.number AND NOT p.signed
  JOIN desk.case_event e ON e.case_id = p.case_id AND e.ord = p.ord
  WHERE @why = 'SCAN' AND NOT EXISTS (SELECT FROM desk.paper_void d WHERE d.number_id = x.id)
    AND NOT EXISTS (SELECT FROM desk.case_paper r WHERE r.case_id = p.case_id AND (r.replaces = p.id OR r.signed AND r.number = p.number))
  GROUP BY p.case_id)
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, u.name, n.holder_id, h.name, n.opener_id, o.name,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.due_on, f.since, f.n, f.notice_id, f.paper_id, f.subject
FROM found f
JOIN chosen n USING (case_id)
LEFT JOIN desk.account h ON h.id = n.holder_id
LEFT JOIN desk.account o ON o.id = n.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
ORDER BY f.since, n.case_id
LIMIT @limit;

-- name: TasksPublish
-- Drafts of notices of cases that a rule of rights lets through and that are not
-- stopped, without those in which the owner or who acts has had another hand. A
-- draft is a version of this state that no other follows; one with a reason was
-- sent back.
WITH draft AS MATERIALIZED (
  SELECT i.case_id, v.notice_id, v.title, v.at
  FROM desk.notice_version v
  JOIN desk.notice i ON i.id = v.notice_id
  WHERE v.state = 'DRAFT' AND v.reason = '' AND NOT EXISTS (SELECT FROM desk.notice_version l WHERE l.notice_id = v.notice_id AND l.ord > v.ord))
SELECT n.case_id, n.version, n.kind, n.number, n.title, n.state, n.phase, n.unit_id, u.name, n.holder_id, h.name, n.opener_id, o.name,
       n.urgent, n.opened_at, n.touched_at, n.state_since, n.due_on, d.at, 0, d.notice_id, 0, d.title
FROM draft d
JOIN desk.case_now n USING (case_id)
LEFT JOIN desk.account h ON h.id = n.holder_id
LEFT JOIN desk.account o ON o.id = n.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
WHERE (@wide::bool OR n.case_id IN (
    SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
  AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND n.phase <> 'STOPPED'
  AND NOT EXISTS (
    SELECT FROM desk.case_hand x WHERE x.case_id = n.case_id AND x.account_id IN (@owner, @actor) AND x.hand <> @hand)
ORDER BY d.at, d.notice_id
LIMIT @limit;

-- name: LogUnsigned
-- The oldest entry that no checkpoint covers.
SELECT (SELECT e.recorded_at FROM log e
        WHERE e.digest IS NOT NULL AND e.seq > coalesce((SELECT c.seq FROM checkpoint c ORDER BY c.size DESC, c.id LIMIT 1), 0)
        ORDER BY e.seq LIMIT 1);
