-- name: OpenCase
INSERT INTO case_file (kind, title, opened_by)
VALUES (@kind, @title, @opened_by)
RETURNING id;

-- name: OpenBranch
INSERT INTO draft.branch (case_id, base)
SELECT @case_id, max(seq)
FROM log
RETURNING base;

-- name: LookAtBranch
-- From here on in this transaction, unqualified names mean the draft.
SELECT set_config('jieming.branch', @case_id::text, true), set_config('search_path', 'branch, registry, public', true);

-- name: BranchBase
SELECT base
FROM draft.branch
WHERE case_id = @case_id AND applied IS NULL
FOR UPDATE;

-- name: AddOperation
INSERT INTO draft.operation (case_id, ord, item)
SELECT @case_id, coalesce(max(ord), 0) + 1, @item::jsonb
FROM draft.operation
WHERE case_id = @case_id;

-- name: ListOperations
SELECT item
FROM draft.operation
WHERE case_id = @case_id
ORDER BY ord;

-- name: ListConflicts
-- Rows the draft closes that somebody else has closed since its base.
SELECT c.relation, c.row_id, upper(x.recorded), x.subject
FROM draft.closed c
JOIN LATERAL (
  SELECT v.recorded, 'arc ' || v.arc_id AS subject FROM registry.arc_version v WHERE c.relation = 'arc_version' AND v.id = c.row_id
  UNION ALL
  SELECT v.recorded, 'face ' || v.face_id FROM registry.tenure v WHERE c.relation = 'tenure' AND v.id = c.row_id
  UNION ALL
  SELECT v.recorded, 'unit ' || v.unit_id FROM registry.unit_version v WHERE c.relation = 'unit_version' AND v.id = c.row_id
  UNION ALL
  SELECT v.recorded, 'code ' || v.code FROM registry.code_version v WHERE c.relation = 'code_version' AND v.id = c.row_id
  UNION ALL
  SELECT v.recorded, 'line ' || v.line_id FROM registry.line_version v WHERE c.relation = 'line_version' AND v.id = c.row_id
  UNION ALL
  SELECT v.recorded, 'place ' || v.place_id FROM registry.place_version v WHERE c.relation = 'place_version' AND v.id = c.row_id) x ON true
WHERE c.case_id = @case_id AND NOT upper_inf(x.recorded)
ORDER BY c.relation, c.row_id;

-- name: Moved
-- Whether what an operation changes is, on its days, no longer what it was at
-- the base: a face held by others, an arc that is a border on other days.
WITH then_and_now AS (
  SELECT unit_id, among, range_agg(valid * @period::daterange) AS days, false AS now
  FROM registry.tenure
  WHERE face_id = @face AND valid && @period AND recorded @> @base::bigint
  GROUP BY unit_id, among
  UNION ALL
  SELECT unit_id, among, range_agg(valid * @period), true
  FROM registry.tenure
  WHERE face_id = @face AND valid && @period AND upper_inf(recorded)
  GROUP BY unit_id, among
  UNION ALL
  SELECT NULL, NULL, range_agg(valid * @period), false
  FROM registry.arc_version
  WHERE arc_id = @arc AND valid && @period AND recorded @> @base
  UNION ALL
  SELECT NULL, NULL, range_agg(valid * @period), true
  FROM registry.arc_version
  WHERE arc_id = @arc AND valid && @period AND upper_inf(recorded))
SELECT EXISTS (
  SELECT FROM then_and_now
  GROUP BY unit_id, among, days
  HAVING bool_and(now) OR NOT bool_or(now));

-- name: Rebase
UPDATE draft.branch
SET base = (SELECT max(seq) FROM registry.log), rebased_at = now()
WHERE case_id = @case_id
RETURNING base;

-- name: MarkApplied
UPDATE draft.branch
SET applied = @seq
WHERE case_id = @case_id;

-- name: NewArcID
SELECT nextval(pg_get_serial_sequence('registry.arc', 'id'));

-- name: SwapArc
SELECT swap_arc(@arc, @course, @period, @event, @source, NULL, 'SURVEYED', @new_arc);

-- name: AssignFace
SELECT assign(@face, @unit, @period, @event);

-- name: Amend
-- Each row of an amendment is written again; one statement for all of them.
SELECT count(amend(x.item->>'relation', (x.item->>'row')::bigint, x.item->'set', @event))
FROM jsonb_array_elements(@amendments::jsonb) WITH ORDINALITY x(item, ord);

-- name: InsertInstrument
INSERT INTO instrument (completeness, number, issued_on, issuer, title, body, citation)
VALUES (@completeness, @number, @issued_on, @issuer, @title, @body, @citation)
RETURNING id;

-- name: InsertEvent
INSERT INTO event (class, type, effective_on, precision, instrument_id, case_id, reverses, note)
VALUES (@class, @type, @effective_on, @precision, @instrument_id, @case_id, @reverses, @note)
RETURNING id;

-- name: ClearOverlay
WITH
  d_closed AS (DELETE FROM draft.closed WHERE case_id = @case_id),
  d_unit_version AS (DELETE FROM draft.unit_version WHERE case_id = @case_id),
  d_code_version AS (DELETE FROM draft.code_version WHERE case_id = @case_id),
  d_code AS (DELETE FROM draft.code WHERE case_id = @case_id),
  d_arc_version AS (DELETE FROM draft.arc_version WHERE case_id = @case_id),
  d_tenure AS (DELETE FROM draft.tenure WHERE case_id = @case_id),
  d_line_version AS (DELETE FROM draft.line_version WHERE case_id = @case_id),
  d_place_version AS (DELETE FROM draft.place_version WHERE case_id = @case_id),
  d_arc AS (DELETE FROM draft.arc WHERE case_id = @case_id),
  d_face AS (DELETE FROM draft.face WHERE case_id = @case_id),
  d_unit AS (DELETE FROM draft.unit WHERE case_id = @case_id)
SELECT;
