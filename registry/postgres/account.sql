-- name: AccountByID
SELECT id, login, name, department, mail, phone, language, created_at, disabled_at IS NOT NULL
FROM desk.account
WHERE id = @id;

-- name: AccountByLogin
SELECT id, login, name, department, mail, phone, language, created_at, disabled_at IS NOT NULL
FROM desk.account
WHERE login = @login;

-- name: ListAccounts
SELECT id, login, name, department, mail, phone, language, created_at, disabled_at IS NOT NULL
FROM desk.account a
WHERE login > @after
  AND (@disabled::boolean OR disabled_at IS NULL)
  AND (@text::text = '' OR login LIKE '%' || lower(@text) || '%' OR name LIKE '%' || @text || '%')
  AND (@role::text = '' OR EXISTS (
    SELECT FROM desk.role_grant g
    WHERE g.account_id = a.id AND g.role = @role AND (g.valid_until IS NULL OR g.valid_until > @today::date)
      AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id)))
ORDER BY login
LIMIT @limit::bigint;

-- name: AddAccount
INSERT INTO desk.account (login, name, department, mail, phone, language, created_at)
VALUES (@login, @name, @department, @mail, @phone, @language, @now)
RETURNING id;

-- name: SetAccount
UPDATE desk.account
SET name = @name, department = @department, mail = @mail, phone = @phone, language = @language
WHERE id = @id;

-- name: DisableAccount
UPDATE desk.account
SET disabled_at = CASE WHEN @disabled::boolean THEN @now::timestamptz END
WHERE id = @id;
