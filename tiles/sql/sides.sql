-- Rows of a relation: all, or those named in @ids.
SELECT v.id, coalesce(lower(v.valid) - date '1970-01-01', -2147483648)::int, coalesce(upper(v.valid) - date '1970-01-01', 2147483647)::int,
       coalesce(lower(v.recorded), 0), coalesce(upper(v.recorded), 9223372036854775807),
       v.arc_id, v.left_face, v.right_face, v.status
FROM arc_version v
WHERE (@ids::bigint[] IS NULL OR v.id = ANY (@ids))
ORDER BY v.id
