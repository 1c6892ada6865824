-- name: SavedViews
SELECT v.id, v.account_id, v.name, v.query, v.role, v.first
FROM desk.saved_view v
WHERE v.account_id = @account OR v.role <> '' AND v.role = ANY (@roles::text[])
ORDER BY v.account_id <> @account, v.name, v.id;

-- name: OpenWithNone
UPDATE desk.saved_view SET first = false WHERE account_id = @account AND first;

-- name: SaveView
INSERT INTO desk.saved_view (account_id, name, query, role, first) VALUES (@account, @name, @query, @role, @first)
ON CONFLICT (account_id, name) DO UPDATE SET query = excluded.query, role = excluded.role, first = excluded.first, made_at = now();

-- name: DropView
DELETE FROM desk.saved_view WHERE id = @id AND account_id = @account;
