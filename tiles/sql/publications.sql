-- What was released when, in order.
SELECT p.id, p.as_of, l.recorded_at
FROM publication p
JOIN log l USING (seq)
ORDER BY l.recorded_at
