-- name: ListIdentities
SELECT id, account_id, issuer, subject, linked_at
FROM desk.identity
WHERE account_id = @account
ORDER BY id;

-- name: FindIdentity
SELECT i.account_id
FROM desk.identity i
JOIN desk.account a ON a.id = i.account_id AND a.disabled_at IS NULL
WHERE i.issuer = @issuer AND i.subject = @subject;

-- name: AddIdentity
INSERT INTO desk.identity (account_id, issuer, subject, linked_at)
VALUES (@account, @issuer, @subject, @now)
RETURNING id;

-- name: RemoveIdentity
DELETE FROM desk.identity
WHERE id = @id;
