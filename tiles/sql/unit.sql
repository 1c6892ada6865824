-- Rows of a relation: all, or those named in @ids.
SELECT v.id, coalesce(lower(v.valid) - date '1970-01-01', -2147483648)::int, coalesce(upper(v.valid) - date '1970-01-01', 2147483647)::int,
       coalesce(lower(v.recorded), 0), coalesce(upper(v.recorded), 9223372036854775807),
       v.unit_id, v.level, v.type, v.name, coalesce(v.parent_id, 0)
FROM unit_version v
WHERE (@ids::bigint[] IS NULL OR v.id = ANY (@ids)) AND v.level <= 4
ORDER BY v.id
