-- name: InsertMessage
-- One message for the account, and for each who speaks for one of the
-- departments. When it goes out by mail follows what each chose: at once, or
-- with the others at eight the next morning.
WITH who AS (
  SELECT @account::bigint AS id WHERE @account::bigint <> 0
  UNION
  SELECT g.account_id FROM desk.role_grant g
  WHERE g.role = 'DEPARTMENT' AND g.department = ANY (@departments::text[])
    AND (g.valid_until IS NULL OR g.valid_until > @today)
    AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id))
INSERT INTO desk.message (account_id, kind, case_id, args, made_at, mail_at)
SELECT a.id, @kind, @case_id, @args, @at,
       CASE WHEN a.mail <> '' AND coalesce(@kind::text = ANY (c.kinds), @mailed::bool) THEN
         CASE WHEN coalesce(c.daily, false)
              THEN (date_trunc('day', (@at::timestamptz AT TIME ZONE 'Asia/Shanghai') - interval '8 hours') + interval '32 hours') AT TIME ZONE 'Asia/Shanghai'
              ELSE @at::timestamptz END
       END
FROM who JOIN desk.account a USING (id) LEFT JOIN desk.mail_choice c ON c.account_id = a.id
WHERE a.disabled_at IS NULL AND a.id <> @actor;

-- name: ListMessages
WITH page AS MATERIALIZED (
  SELECT * FROM desk.message m
  WHERE m.account_id = @account AND (@before::bigint = 0 OR m.id < @before) AND (NOT @unread::bool OR m.read_at IS NULL)
  ORDER BY m.id DESC LIMIT @limit)
SELECT m.id, m.account_id, m.kind, coalesce(m.case_id, 0), m.args, m.made_at, m.read_at IS NOT NULL,
       coalesce(n.kind, ''), coalesce(n.number, ''), CASE WHEN (@wide::bool OR n.case_id IN (
           SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
         AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds)) THEN coalesce(n.title, '') ELSE '' END, coalesce(n.secrecy, 0)
FROM page m LEFT JOIN desk.case_now n ON n.case_id = m.case_id
ORDER BY m.id DESC;

-- name: FindMessage
SELECT m.id, m.account_id, m.kind, coalesce(m.case_id, 0), m.args, m.made_at, m.read_at IS NOT NULL,
       coalesce(n.kind, ''), coalesce(n.number, ''), '', coalesce(n.secrecy, 0)
FROM desk.message m LEFT JOIN desk.case_now n ON n.case_id = m.case_id
WHERE m.id = @id AND m.account_id = @account;

-- name: CountUnread
SELECT count(*) FROM desk.message WHERE account_id = @account AND read_at IS NULL;

-- name: MarkRead
UPDATE desk.message SET read_at = @now
WHERE account_id = @account AND read_at IS NULL AND (cardinality(@ids::bigint[]) = 0 OR id = ANY (@ids));

-- name: ForgetMessages
DELETE FROM desk.message WHERE made_at < @any_before OR made_at < @read_before AND read_at IS NOT NULL;

-- name: MailChoiceOf
SELECT coalesce(c.kinds, '{}'), coalesce(c.daily, false), a.mail, c.account_id IS NOT NULL
FROM desk.account a LEFT JOIN desk.mail_choice c ON c.account_id = a.id
WHERE a.id = @account;

-- name: SetMailChoice
INSERT INTO desk.mail_choice (account_id, kinds, daily) VALUES (@account, @kinds, @daily)
ON CONFLICT (account_id) DO UPDATE SET kinds = excluded.kinds, daily = excluded.daily;

-- name: ReadByDeciding
-- Who decides on a release set has read that it waited for them.
UPDATE desk.message SET read_at = @at WHERE account_id = @actor AND read_at IS NULL AND args ->> 'release' = @release::text;

-- name: ReadByActing
-- Who acts in a case has read what they were told of it before.
UPDATE desk.message SET read_at = @at WHERE account_id = @actor AND case_id = @case_id AND read_at IS NULL;
