-- name: FeedOf
SELECT account_id, made_at, used_at FROM desk.feed WHERE account_id = @account;

-- name: SetFeed
INSERT INTO desk.feed (account_id, digest, made_at) VALUES (@account, @digest, @now)
ON CONFLICT (account_id) DO UPDATE SET digest = excluded.digest, made_at = excluded.made_at, used_at = NULL;

-- name: EndFeed
DELETE FROM desk.feed WHERE account_id = @account;

-- name: FindFeed
SELECT account_id, used_at IS NULL OR used_at < @now::timestamptz - interval '1 minute' FROM desk.feed WHERE digest = @digest;

-- name: TouchFeed
UPDATE desk.feed SET used_at = @now WHERE account_id = @account;
