-- name: GeometryType
SELECT 'public.geometry'::regtype::oid;

-- name: Ready
SELECT 1;

-- name: OpenLog
SELECT open_log(@actor, @case_id, @request);
