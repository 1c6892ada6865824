-- name: AccessWaits
SELECT EXISTS (SELECT FROM desk.access WHERE seq IS NULL);

-- name: SealAccess
-- The oldest first, so many that the entry stays short.
UPDATE desk.access SET seq = registry.seq()
WHERE id IN (SELECT id FROM desk.access WHERE seq IS NULL ORDER BY id LIMIT 10000);
