-- name: DrawNumber
INSERT INTO desk.number_series AS s (series, year, last) VALUES (@series, @year, 1)
ON CONFLICT (series, year) DO UPDATE SET last = s.last + 1
RETURNING last;

-- name: NewCase
INSERT INTO case_file (kind, title, opened_at, opened_by) VALUES (@kind, @title, @opened_at, @opened_by)
RETURNING id;

-- name: RecordedRequest
-- What a command under an idempotency key wrote.
SELECT l.seq, coalesce(l.case_id, (SELECT e.case_id FROM desk.case_event e WHERE e.seq = l.seq LIMIT 1)) FROM log l WHERE l.request = @request;

-- name: InsertCaseEvent
INSERT INTO desk.case_event (case_id, ord, type, account_id, for_id, at, body)
VALUES (@case_id, @n, @type, @account_id, @for_id, @at, @body);

-- name: InsertCasePaper
INSERT INTO desk.case_paper (case_id, ord, kind, title, file_id, file_name, number, issued_on, issuer, signed, replaces, secrecy)
SELECT @case_id, @n, @kind, @title, f.id, @file_name, @number, @issued_on, @issuer, @signed, @replaces, @secrecy
FROM desk.file f WHERE f.sha256 = @sha256
RETURNING id;

-- name: InsertCaseHand
INSERT INTO desk.case_hand (case_id, account_id, hand) VALUES (@case_id, @account_id, @hand);

-- name: PutCaseNow
INSERT INTO desk.case_now (case_id, version, kind, number, title, state, phase, unit_id, opener_id, holder_id, asked, departments, secrecy, urgent,
    opened_at, touched_at, state_since, due_on)
VALUES (@case_id, @version, @kind, @number, @title, @state, @phase, @unit_id, @opener_id, @holder_id, @asked, @departments, @secrecy, @urgent,
    @opened_at, @touched_at, @state_since, @due_on)
ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, title = excluded.title, state = excluded.state, phase = excluded.phase,
    unit_id = excluded.unit_id, holder_id = excluded.holder_id, asked = excluded.asked, departments = excluded.departments, secrecy = excluded.secrecy,
    urgent = excluded.urgent, touched_at = excluded.touched_at, state_since = excluded.state_since, due_on = excluded.due_on;

-- name: ClearCaseClocks
DELETE FROM desk.case_clock WHERE case_id = @case_id;

-- name: PutCaseClock
INSERT INTO desk.case_clock (case_id, clock, began_on, due_on, extended, stopped_on, statutory)
VALUES (@case_id, @clock, @began_on, @due_on, @extended, @stopped_on, @statutory)
ON CONFLICT (case_id, clock, began_on) DO UPDATE SET due_on = excluded.due_on, extended = excluded.extended, stopped_on = excluded.stopped_on;

-- name: ClearCaseRequests
DELETE FROM desk.case_request WHERE case_id = @case_id;

-- name: PutCaseRequest
INSERT INTO desk.case_request (case_id, ord, department, account_id, due_on, answered_ord)
VALUES (@case_id, @n, @department, @account_id, @due_on, @answered_n);

-- name: ClearCaseLinks
DELETE FROM desk.case_link WHERE case_id = @case_id;

-- name: PutCaseLink
INSERT INTO desk.case_link (case_id, other_id, relation, ord) VALUES (@case_id, @other_id, @relation, @n)
ON CONFLICT (case_id, other_id, relation) DO UPDATE SET ord = excluded.ord;

-- name: PutCaseText
INSERT INTO desk.case_text (case_id, source, ref, body) VALUES (@case_id, @source, @ref, left(@body, 100000))
ON CONFLICT (case_id, source, ref) DO UPDATE SET body = excluded.body;

-- name: LockCase
-- Writers of one case wait for each other at the gate of the log; this says
-- where the case stands then.
SELECT coalesce(max(ord), 0) FROM desk.case_event WHERE case_id = @case_id;

-- name: CaseEvents
SELECT ord, type, account_id, for_id, at, body FROM desk.case_event WHERE case_id = @case_id ORDER BY ord;

-- name: CasePapers
SELECT p.id, p.ord, p.kind, p.title, f.sha256, f.bytes, f.media, p.file_name, p.number, p.issued_on, p.issuer, p.signed, p.replaces, p.secrecy
FROM desk.case_paper p JOIN desk.file f ON f.id = p.file_id
WHERE p.case_id = @case_id ORDER BY p.id;

-- name: CasePlace
SELECT desk.path(n.unit_id, @today) FROM desk.case_now n WHERE n.case_id = @case_id;

-- name: CasePeople
SELECT a.id, a.name FROM desk.account a WHERE a.id = ANY (@ids);

-- name: CaseUnits
-- Units as they are called today; those that are gone as they were called last.
SELECT DISTINCT ON (v.unit_id) v.unit_id, v.name, v.level
FROM unit_version v
WHERE v.unit_id = ANY (@ids) AND upper_inf(v.recorded)
ORDER BY v.unit_id, v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST;

-- name: CaseLinks
SELECT l.other_id, l.relation, l.ord, n.number, n.title, n.phase, n.kind, desk.path(n.unit_id, @today), coalesce(n.opener_id, 0), coalesce(n.holder_id, 0), n.asked, n.departments
FROM desk.case_link l JOIN desk.case_now n ON n.case_id = l.other_id
WHERE l.case_id = @case_id;

-- name: UnitPath
SELECT desk.path(@unit, @today) FROM unit WHERE id = @unit;

-- name: ListCases
-- A page of the cases that the filter lets through. @wide says that it lets
-- through every case of @may_kinds, and then the filter is not asked; else each
-- row of the order asked for is looked up in what the filter gives. The page
-- begins after the keys of the last row of the one before.
WITH page AS MATERIALIZED (
  SELECT n.* FROM desk.case_now n
  WHERE (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
    AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
    AND (@text = '' OR n.case_id IN (
      SELECT t.case_id FROM desk.case_text t
      WHERE t.words @@ desk.bigram_query(@text) AND strpos(desk.plain(t.body), desk.plain(btrim(@text))) > 0 AND (@papers::bool OR t.source NOT IN ('PAPER', 'FILE'))))
    AND (@kinds::text[] IS NULL OR n.kind = ANY (@kinds))
    AND (@states::text[] IS NULL OR n.state = ANY (@states))
    AND (@phases::text[] IS NULL OR n.phase = ANY (@phases))
    AND (@unit::bigint = 0 OR n.unit_id IN (SELECT u FROM desk.units_under(ARRAY[@unit::bigint], @today) u))
    AND (@holder::bigint = 0 OR n.holder_id = @holder)
    AND (@opener::bigint = 0 OR n.opener_id = @opener)
    AND (NOT @unheld::bool OR n.holder_id IS NULL)
    AND (@due_by::date IS NULL OR n.due_on <= @due_by)
    AND CASE WHEN @after::bigint = 0 THEN true
             WHEN @sort = 'due' THEN (coalesce(n.due_on, 'infinity'), n.case_id) > (@after_day::date, @after)
             WHEN @sort = 'number' THEN (split_part(n.number, '〕', 1), length(n.number), n.number) > (split_part(@after_number, '〕', 1), length(@after_number), @after_number)
             WHEN @sort = 'opened' THEN (n.opened_at, n.case_id) < (@after_time::timestamptz, @after)
             ELSE (n.touched_at, n.case_id) < (@after_time::timestamptz, @after) END
  ORDER BY
    CASE WHEN @sort = 'due' THEN coalesce(n.due_on, 'infinity') END,
    CASE WHEN @sort = 'due' THEN n.case_id END,
    CASE WHEN @sort = 'number' THEN split_part(n.number, '〕', 1) END,
    CASE WHEN @sort = 'number' THEN length(n.number) END,
    CASE WHEN @sort = 'number' THEN n.number END,
    CASE WHEN @sort = 'opened' THEN n.opened_at END DESC,
    n.touched_at DESC, n.case_id DESC
  LIMIT @limit)
SELECT s.case_id, s.version, s.kind, s.number, s.title, s.state, s.phase, s.unit_id, u.name, s.holder_id, h.name, s.opener_id, o.name,
       s.urgent, s.opened_at, s.touched_at, s.state_since, s.due_on
FROM page s
LEFT JOIN desk.account h ON h.id = s.holder_id
LEFT JOIN desk.account o ON o.id = s.opener_id
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = s.unit_id AND upper_inf(v.recorded)
  ORDER BY v.valid @> @today::date DESC, upper(v.valid) DESC NULLS FIRST LIMIT 1) u ON true
ORDER BY
  CASE WHEN @sort = 'due' THEN coalesce(s.due_on, 'infinity') END,
  CASE WHEN @sort = 'due' THEN s.case_id END,
  CASE WHEN @sort = 'number' THEN split_part(s.number, '〕', 1) END,
  CASE WHEN @sort = 'number' THEN length(s.number) END,
  CASE WHEN @sort = 'number' THEN s.number END,
  CASE WHEN @sort = 'opened' THEN s.opened_at END DESC,
  s.touched_at DESC, s.case_id DESC;

-- name: CountCases
-- How many cases of each kind the same filter lets through, whichever kinds
-- were asked for.
SELECT n.kind, count(*) FROM (
  SELECT a.* FROM desk.case_now a WHERE @wide::bool
  UNION ALL
  SELECT a.* FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f JOIN desk.case_now a USING (case_id) WHERE NOT @wide) n
WHERE (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND (@text = '' OR n.case_id IN (
      SELECT t.case_id FROM desk.case_text t
    WHERE t.words @@ desk.bigram_query(@text) AND strpos(desk.plain(t.body), desk.plain(btrim(@text))) > 0 AND (@papers::bool OR t.source NOT IN ('PAPER', 'FILE'))))
  AND (@states::text[] IS NULL OR n.state = ANY (@states))
  AND (@phases::text[] IS NULL OR n.phase = ANY (@phases))
  AND (@unit::bigint = 0 OR n.unit_id IN (SELECT u FROM desk.units_under(ARRAY[@unit::bigint], @today) u))
  AND (@holder::bigint = 0 OR n.holder_id = @holder)
  AND (@opener::bigint = 0 OR n.opener_id = @opener)
  AND (NOT @unheld::bool OR n.holder_id IS NULL)
  AND (@due_by::date IS NULL OR n.due_on <= @due_by)
GROUP BY n.kind;

-- name: CasesWithEvents
SELECT DISTINCT case_id FROM desk.case_event ORDER BY case_id;

-- name: LockCaseNow
SELECT FROM desk.case_now WHERE case_id = @case_id FOR UPDATE;

-- name: ShownCase
-- What lists show of a case, by name.
SELECT x.name, coalesce(x.value, '')
FROM desk.case_now n
CROSS JOIN LATERAL (VALUES
  ('version', n.version::text), ('kind', n.kind), ('number', n.number), ('title', n.title), ('state', n.state), ('phase', n.phase),
  ('unit_id', n.unit_id::text), ('opener_id', n.opener_id::text), ('holder_id', n.holder_id::text),
  ('asked', array_to_string(n.asked, ',')), ('departments', array_to_string(n.departments, ',')), ('secrecy', n.secrecy::text),
  ('urgent', n.urgent::text), ('opened_at', to_char(n.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')),
  ('touched_at', to_char(n.touched_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')),
  ('state_since', to_char(n.state_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')), ('due_on', n.due_on::text)) x(name, value)
WHERE n.case_id = @case_id
UNION ALL
SELECT format('clock %s of %s', clock, began_on), concat_ws(' ', due_on, extended, coalesce(stopped_on::text, '')) FROM desk.case_clock WHERE case_id = @case_id
UNION ALL
SELECT format('request %s of %s%s', ord, department, account_id), coalesce(due_on::text, '') || ' ' || coalesce(answered_ord::text, '') FROM desk.case_request WHERE case_id = @case_id
UNION ALL
SELECT format('link %s %s', other_id, relation), ord::text FROM desk.case_link WHERE case_id = @case_id;
