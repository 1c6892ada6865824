-- name: BeginAttempt
-- Counts, unless the key waits: then there is no row. The row is locked, so that
-- of many at once no more than the limit are let through.
INSERT INTO desk.attempt AS a (key, failures, last_at, blocked_until)
VALUES (@key, 1, @now, CASE WHEN @limit::int <= 1 THEN @now::timestamptz + @wait::interval END)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN a.last_at < @now::timestamptz - @forget::interval THEN 1 ELSE a.failures + 1 END,
  last_at = @now,
  blocked_until = CASE WHEN a.last_at >= @now::timestamptz - @forget::interval AND a.failures + 1 >= @limit::int
    THEN @now::timestamptz + least(@longest::interval, @wait::interval * power(2, least(20, a.failures + 1 - @limit::int))) END
WHERE a.blocked_until IS NULL OR a.blocked_until <= @now::timestamptz
RETURNING failures;

-- name: BlockedUntil
SELECT coalesce(blocked_until, @now)
FROM desk.attempt
WHERE key = @key;

-- name: ForgetAttempts
DELETE FROM desk.attempt
WHERE key = @key;

-- name: UncountAttempt
UPDATE desk.attempt
SET failures = greatest(0, failures - 1), blocked_until = NULL
WHERE key = @key;
