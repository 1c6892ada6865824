-- name: TryJob
SELECT pg_try_advisory_lock(hashtextextended('jieming job ' || @name::text, 0));

-- name: LeaveJob
SELECT pg_advisory_unlock(hashtextextended('jieming job ' || @name::text, 0));

-- name: BeginJob
INSERT INTO desk.job (name, began_at) VALUES (@name, now())
ON CONFLICT (name) DO UPDATE SET began_at = excluded.began_at, ended_at = NULL, error = '';

-- name: EndJob
UPDATE desk.job SET ended_at = now(), error = left(@error, 1000) WHERE name = @name;

-- name: ListJobs
SELECT name, began_at, ended_at, error FROM desk.job ORDER BY name;
