-- name: PasswordOf
SELECT a.id, coalesce(c.password, '')
FROM desk.account a
LEFT JOIN desk.credential c ON c.account_id = a.id
WHERE a.login = @login AND a.disabled_at IS NULL;

-- name: PasswordFor
SELECT coalesce(password, '')
FROM desk.credential
WHERE account_id = @account;

-- name: SetPassword
INSERT INTO desk.credential (account_id, password, changed_at, must_change)
VALUES (@account, @password, @now, @must_change)
ON CONFLICT (account_id) DO UPDATE SET password = excluded.password, changed_at = excluded.changed_at, must_change = excluded.must_change;

-- name: ProofOf
SELECT password IS NOT NULL, changed_at, must_change, factor IS NOT NULL, factor_at
FROM desk.credential
WHERE account_id = @account;

-- name: AddSession
INSERT INTO desk.session (account_id, digest, strong, made_at, seen_at, address, agent)
VALUES (@account, @digest, @strong, @now, @now, @address, @agent)
RETURNING id;

-- name: FindSession
SELECT s.id, s.account_id, s.strong, s.made_at, s.seen_at, s.address, s.agent
FROM desk.session s
JOIN desk.account a ON a.id = s.account_id AND a.disabled_at IS NULL
WHERE s.digest = @digest AND s.ended_at IS NULL AND s.made_at > @oldest AND s.seen_at > @idle;

-- name: TouchSession
UPDATE desk.session
SET seen_at = @now
WHERE id = @id AND seen_at < @now;

-- name: RenewSession
UPDATE desk.session
SET digest = @digest, strong = @strong
WHERE id = @id;

-- name: EndSession
UPDATE desk.session
SET ended_at = @now
WHERE id = @id AND ended_at IS NULL;

-- name: EndSessions
UPDATE desk.session
SET ended_at = @now
WHERE account_id = @account AND id <> @but AND ended_at IS NULL;

-- name: ListSessions
SELECT id, account_id, strong, made_at, seen_at, address, agent
FROM desk.session
WHERE account_id = @account AND ended_at IS NULL AND made_at > @oldest AND seen_at > @idle
ORDER BY seen_at DESC, id DESC;
