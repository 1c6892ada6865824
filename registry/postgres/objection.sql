-- name: DayKey
WITH gone AS (DELETE FROM desk.day_key WHERE day < @day::date - 3),
     old AS (DELETE FROM desk.objection_tally WHERE hour < @day::date - 3),
     made AS (INSERT INTO desk.day_key (day, key) SELECT @day::date, @fresh::bytea WHERE true
              ON CONFLICT (day) DO NOTHING RETURNING key)
SELECT key FROM made UNION ALL SELECT key FROM desk.day_key WHERE day = @day::date LIMIT 1;

-- name: CountObjection
-- Counts, unless the limit is reached: then there is no row.
INSERT INTO desk.objection_tally AS t (hour, key, sent) VALUES (@hour, @key, 1)
ON CONFLICT (hour, key) DO UPDATE SET sent = t.sent + 1 WHERE t.sent < @limit::int
RETURNING sent;

-- name: ObjectionByForm
SELECT id FROM desk.objection WHERE form = @form;

-- name: InsertObjection
-- Writers wait for each other at the gate of the log, so that of those that say
-- the same one is the first.
INSERT INTO desk.objection (notice_id, stance, body, same_as, digest, lon, lat, language, form, receipt, at)
SELECT @notice_id, @stance, @body,
       (SELECT o.id FROM desk.objection o WHERE o.notice_id = @notice_id AND o.digest = x.digest AND o.same_as IS NULL),
       x.digest, @lon, @lat, @language, @form, @receipt, @at
FROM (SELECT sha256(convert_to(@stance || ' ' || desk.plain(@body), 'UTF8')) AS digest) x
RETURNING id;

-- name: InsertObjectionSender
INSERT INTO desk.objection_sender (objection_id, name, contact) VALUES (@id, @name, @contact);

-- name: ForgetSenders
-- Of notices that were ended or withdrawn before their last day, since then.
WITH over AS (
  SELECT v.notice_id FROM (SELECT DISTINCT ON (n.notice_id) n.* FROM desk.notice_version n ORDER BY n.notice_id, n.ord DESC) v
  WHERE v.closes_on < @over::date OR v.state IN ('ENDED', 'WITHDRAWN') AND v.at < @over::date)
DELETE FROM desk.objection_sender s USING desk.objection o, over
WHERE o.id = s.objection_id AND o.notice_id = over.notice_id;

-- name: ObjectionByReceipt
SELECT o.id, o.notice_id, o.stance, o.body, coalesce(o.same_as, 0), o.lon, o.lat, o.language, o.at, o.state, o.outcome, o.answer, o.reason, o.public,
       o.done_at, '' AS done_by, 1::bigint AS times, '' AS name, '' AS contact
FROM desk.objection_now o
WHERE o.id = (SELECT id FROM desk.objection WHERE receipt = @receipt);

-- name: ListObjections
-- A page of those that CountObjections counts as listed: both choose alike.
SELECT o.id, o.notice_id, o.stance, o.body, coalesce(o.same_as, 0), o.lon, o.lat, o.language, o.at, o.state, o.outcome, o.answer, o.reason, o.public,
       o.done_at, coalesce(a.name, ''), 1 + (SELECT count(*) FROM desk.objection s WHERE s.same_as = o.id),
       CASE WHEN @sender::bool THEN coalesce(s.name, '') ELSE '' END, CASE WHEN @sender THEN coalesce(s.contact, '') ELSE '' END
FROM desk.objection_now o
LEFT JOIN desk.account a ON a.id = o.done_by
LEFT JOIN desk.objection_sender s ON s.objection_id = o.id
WHERE o.notice_id = @notice_id AND o.id > @after::bigint
  AND (@ids::bigint[] IS NULL OR o.id = ANY (@ids))
  AND (@state = '' OR o.state = @state)
  AND (@stance = '' OR o.stance = @stance)
  AND (@outcome = '' OR o.outcome = @outcome)
  AND (@text = '' OR strpos(desk.plain(o.body), desk.plain(btrim(@text))) > 0 OR strpos(desk.plain(o.answer), desk.plain(btrim(@text))) > 0)
  AND (NOT @public::bool OR o.public AND o.state = 'ANSWERED')
  AND (@all::bool OR o.same_as IS NULL)
ORDER BY o.id
LIMIT @limit;

-- name: CountObjections
-- All of the notice by stance, state and outcome, and how many of them a list shows.
SELECT o.stance, o.state, o.outcome, count(*), count(*) FILTER (WHERE o.same_as IS NULL), count(*) FILTER (WHERE
  (@ids::bigint[] IS NULL OR o.id = ANY (@ids))
  AND (@state = '' OR o.state = @state)
  AND (@stance = '' OR o.stance = @stance)
  AND (@outcome = '' OR o.outcome = @outcome)
  AND (@text = '' OR strpos(desk.plain(o.body), desk.plain(btrim(@text))) > 0 OR strpos(desk.plain(o.answer), desk.plain(btrim(@text))) > 0)
  AND (NOT @public::bool OR o.public AND o.state = 'ANSWERED')
  AND (@all::bool OR o.same_as IS NULL))
FROM desk.objection_now o
WHERE o.notice_id = @notice_id
GROUP BY o.stance, o.state, o.outcome
ORDER BY o.stance, o.state, o.outcome;

-- name: InsertObjectionAct
-- Only on a comment of the notice's case that stands as it was seen.
INSERT INTO desk.objection_act (objection_id, ord, state, outcome, answer, reason, public, account_id, for_id, at)
SELECT o.id, o.acts + 1, @state, @outcome, @answer, @reason, @public, @account_id, @for_id, @at
FROM desk.objection_now o
JOIN desk.notice i ON i.id = o.notice_id
WHERE o.id = @id AND o.same_as IS NULL AND i.case_id = @case_id AND o.state = @seen AND (@state <> 'READ' OR o.state = 'NEW');
