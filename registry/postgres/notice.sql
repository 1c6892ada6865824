-- name: NewNotice
SELECT nextval(pg_get_serial_sequence('desk.notice', 'id'));

-- name: InsertNotice
INSERT INTO desk.notice (id, case_id) VALUES (@id, @case_id);

-- name: InsertNoticeVersion
INSERT INTO desk.notice_version (notice_id, ord, state, kind, title, body, unit_id, opens_on, closes_on, contact, number, map, announces, papers,
    reason, published_at, as_of, map_day, account_id, at, case_ord)
VALUES (@notice_id, @ord, @state, @kind, @title, @body, @unit_id, @opens_on, @closes_on, @contact, @number, @map, @announces, @papers,
    @reason, @published_at, @as_of, @map_day, @account_id, @at, @case_ord);

-- name: InsertNoticeShape
INSERT INTO desk.notice_shape (notice_id, unit_id, name, group_id, wkb) VALUES (@notice_id, @unit_id, @name, @group_id, @wkb);

-- name: NoticeShapes
SELECT unit_id, name, group_id, wkb FROM desk.notice_shape WHERE notice_id = @notice_id ORDER BY unit_id;

-- name: HasDraft
SELECT EXISTS (SELECT FROM draft.branch b JOIN draft.operation o ON o.case_id = b.case_id WHERE b.case_id = @case_id AND b.applied IS NULL);

-- name: ShapeKeys
-- Counties as known now; under a draft, as it would have them.
SELECT d.unit_id, concat_ws(' ', encode(d.digest, 'hex'), v.name, v.parent_id)
FROM level_digests(@day::date, 9223372036854775806, 3) d
JOIN unit_version v ON v.unit_id = d.unit_id AND v.valid @> @day::date AND v.recorded @> 9223372036854775806;

-- name: DraftShapes
-- What has no area any more has an empty one.
SELECT u.id, coalesce(v.name, w.name), coalesce(v.parent_id, w.parent_id, 0),
       coalesce(st_asbinary(CASE WHEN @decimals::int > 0 THEN st_snaptogrid(g.area, (10 ^ -@decimals::int)::float8) ELSE g.area END, 'NDR'), '')
FROM unnest(@units::bigint[]) u(id)
LEFT JOIN level_digests(@day::date, 9223372036854775806, 3) d ON d.unit_id = u.id
LEFT JOIN unit_version v ON v.unit_id = u.id AND v.valid @> @day::date AND v.recorded @> 9223372036854775806
LEFT JOIN registry.unit_version w ON w.unit_id = u.id AND w.valid @> @day::date AND w.recorded @> 9223372036854775806
LEFT JOIN LATERAL (SELECT build_area(d.arc_ids) AS area) g ON d.unit_id IS NOT NULL
ORDER BY u.id;

-- name: SecretBorders
SELECT count(*) FROM level_digests(@day::date, 9223372036854775806, 3) d JOIN arc a ON a.id = ANY (d.arc_ids)
WHERE d.unit_id = ANY (@units::bigint[]) AND a.secrecy > 0 AND NOT EXISTS (SELECT FROM registry.clearance c WHERE c.arc_id = a.id);

-- name: NoticeVersions
-- All versions of a notice, or only the last.
SELECT v.notice_id, i.case_id, v.ord, v.state, v.kind, v.title, v.body, v.unit_id, v.opens_on, v.closes_on, v.contact, v.number, v.map, v.announces,
       v.papers, v.reason, v.published_at, v.as_of, v.map_day, v.account_id, v.at, c.number, c.title, u.name, a.name,
       said.comments, said.unanswered
FROM desk.notice i
JOIN desk.notice_version v ON v.notice_id = i.id
JOIN desk.case_now c ON c.case_id = i.case_id
JOIN desk.account a ON a.id = v.account_id
LEFT JOIN LATERAL (
  SELECT x.name FROM unit_version x WHERE x.unit_id = v.unit_id AND upper_inf(x.recorded)
  ORDER BY x.valid @> @today::date DESC, upper(x.valid) DESC NULLS FIRST LIMIT 1) u ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS comments, count(*) FILTER (WHERE o.state IN ('NEW', 'READ')) AS unanswered
  FROM desk.objection_now o WHERE o.notice_id = i.id) said
WHERE i.id = @id AND (@all::bool OR v.ord = (SELECT max(ord) FROM desk.notice_version l WHERE l.notice_id = i.id))
ORDER BY v.ord;

-- name: ListNotices
WITH allowed AS MATERIALIZED (
  SELECT case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) WHERE NOT @public::bool),
within AS MATERIALIZED (
  SELECT s.unit_id FROM desk.subtree(ARRAY[@unit::bigint], @today) s(unit_id) WHERE @unit::bigint <> 0
  UNION SELECT unnest(desk.path(@unit::bigint, @today)) WHERE @unit::bigint <> 0),
last AS (
  SELECT DISTINCT ON (v.notice_id) v.* FROM desk.notice_version v ORDER BY v.notice_id, v.ord DESC),
chosen AS MATERIALIZED (
  SELECT v.*, i.case_id, c.number AS case_number, c.title AS case_title
  FROM last v
  JOIN desk.notice i ON i.id = v.notice_id
  JOIN desk.case_now c ON c.case_id = i.case_id
  WHERE CASE WHEN @public THEN v.state IN ('PUBLISHED', 'ENDED', 'WITHDRAWN')
             ELSE v.state <> 'DISCARDED' AND i.case_id IN (SELECT case_id FROM allowed) END
    AND (@states::text[] IS NULL OR v.state = ANY (@states))
    AND (@kind = '' OR v.kind = @kind)
    AND (@case::bigint = 0 OR i.case_id = @case)
    AND (@unit::bigint = 0 OR v.unit_id IS NULL OR v.unit_id IN (SELECT unit_id FROM within))
    AND CASE @when WHEN 'current' THEN v.state = 'PUBLISHED' AND coalesce(v.closes_on >= @today::date, v.published_at >= @since::date)
                   WHEN 'past' THEN v.state IN ('ENDED', 'WITHDRAWN') OR v.state = 'PUBLISHED' AND coalesce(v.closes_on < @today::date, v.published_at < @since::date)
                   ELSE true END),
total AS (SELECT count(*) AS found FROM chosen)
SELECT v.notice_id, v.case_id, v.ord, v.state, v.kind, v.title, v.body, v.unit_id, v.opens_on, v.closes_on, v.contact, v.number, v.map, v.announces,
       v.papers, v.reason, v.published_at, v.as_of, v.map_day, v.account_id, v.at, v.case_number, v.case_title, u.name, a.name,
       said.comments, said.unanswered, total.found
FROM chosen v
CROSS JOIN total
JOIN desk.account a ON a.id = v.account_id
LEFT JOIN LATERAL (
  SELECT x.name FROM unit_version x WHERE x.unit_id = v.unit_id AND upper_inf(x.recorded)
  ORDER BY x.valid @> @today::date DESC, upper(x.valid) DESC NULLS FIRST LIMIT 1) u ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS comments, count(*) FILTER (WHERE o.state IN ('NEW', 'READ')) AS unanswered
  FROM desk.objection_now o WHERE o.notice_id = v.notice_id) said
WHERE @before::bigint = 0 OR (v.published_at, v.notice_id) < (SELECT b.published_at, b.notice_id FROM chosen b WHERE b.notice_id = @before)
   OR v.published_at IS NOT NULL AND (SELECT b.published_at IS NULL FROM chosen b WHERE b.notice_id = @before)
   OR v.published_at IS NULL AND v.notice_id < @before AND (SELECT b.published_at IS NULL FROM chosen b WHERE b.notice_id = @before)
ORDER BY v.published_at DESC NULLS FIRST, v.notice_id DESC
LIMIT @limit;
