-- name: AddAccess
INSERT INTO desk.access (at, account_id, address, kind, object_kind, object_id, detail)
VALUES (@at, @account, @address, @kind, @object_kind, @object_id, @detail);

-- name: AccessWaits
SELECT EXISTS (SELECT FROM desk.access WHERE seq IS NULL);

-- name: SealAccess
-- The oldest first, so many that the entry stays short.
UPDATE desk.access SET seq = registry.seq()
WHERE id IN (SELECT id FROM desk.access WHERE seq IS NULL ORDER BY id LIMIT 10000);
