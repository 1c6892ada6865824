-- name: PendingMail
SELECT a.id, a.mail, a.language, m.id, m.kind, m.args, m.made_at, coalesce(m.case_id, 0), coalesce(n.kind, ''), coalesce(n.number, ''), coalesce(n.title, ''), coalesce(n.secrecy, 0)
FROM desk.message m
JOIN desk.account a ON a.id = m.account_id AND a.mail <> '' AND a.disabled_at IS NULL
LEFT JOIN desk.case_now n ON n.case_id = m.case_id
WHERE m.mail_at <= @now AND m.mail_id IS NULL AND m.read_at IS NULL AND m.made_at > @after
ORDER BY a.id, m.id
LIMIT 5000;

-- name: InsertMail
INSERT INTO desk.mail (account_id, recipient, message_id, subject, body, made_at, next_at)
VALUES (@account, @recipient, @message_id, @subject, @body, @at, @at)
RETURNING id;

-- name: BindMessages
UPDATE desk.message SET mail_id = @mail WHERE id = ANY (@ids) AND mail_id IS NULL;

-- name: ClaimMail
WITH next AS (
  SELECT id FROM desk.mail WHERE state = 'QUEUED' AND next_at <= @now ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE desk.mail m SET tries = tries + 1, next_at = @until FROM next
WHERE m.id = next.id
RETURNING m.id, m.account_id, '', m.recipient, m.message_id, m.subject, m.body, m.made_at, m.state, m.tries, m.next_at, m.sent_at, m.answer;

-- name: SetMail
UPDATE desk.mail SET state = @state, tries = @tries, next_at = @next_at, sent_at = @sent_at, answer = @answer WHERE id = @id;

-- name: ListMails
SELECT m.id, m.account_id, a.name, m.recipient, m.message_id, m.subject, '', m.made_at, m.state, m.tries, m.next_at, m.sent_at, m.answer
FROM desk.mail m JOIN desk.account a ON a.id = m.account_id
WHERE m.state = @state
ORDER BY m.id DESC
LIMIT @limit;

-- name: CountMails
SELECT state, count(*) FROM desk.mail GROUP BY state;

-- name: RetryMail
UPDATE desk.mail SET state = 'QUEUED', tries = 0, next_at = @now WHERE id = @id AND state = 'DEAD';

-- name: ForgetMails
DELETE FROM desk.mail WHERE made_at < @before AND state <> 'QUEUED';
