-- name: ListTokens
SELECT id, account_id, name, scopes, made_at, expires_at, used_at, revoked_at
FROM desk.token
WHERE account_id = @account
ORDER BY id DESC;

-- name: AddToken
INSERT INTO desk.token (account_id, name, digest, scopes, made_at, expires_at)
VALUES (@account, @name, @digest, @scopes, @now, @expires)
RETURNING id;

-- name: FindToken
SELECT t.id, t.account_id, t.name, t.scopes, t.made_at, t.expires_at, t.used_at, t.revoked_at
FROM desk.token t
JOIN desk.account a ON a.id = t.account_id AND a.disabled_at IS NULL
WHERE t.digest = @digest AND t.revoked_at IS NULL AND t.expires_at > @now;

-- name: TouchToken
UPDATE desk.token
SET used_at = @now
WHERE id = @id;

-- name: RevokeToken
UPDATE desk.token
SET revoked_at = @now
WHERE id = @id AND revoked_at IS NULL;

-- name: RevokeTokens
UPDATE desk.token
SET revoked_at = @now
WHERE account_id = @account AND revoked_at IS NULL;
