-- name: ExportSnapshot
SELECT pg_export_snapshot(), current_setting('server_version'), (SELECT max(version_id) FROM public.goose_db_version WHERE is_applied);

-- name: LogHead
SELECT seq, digest, tree_size FROM log WHERE digest IS NOT NULL ORDER BY seq DESC LIMIT 1;

-- name: CountRelations
-- Tables, views and sequences that are not PostgreSQL's or an extension's.
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^(pg_|information_schema$)' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');

-- name: AnalyzeDatabase
ANALYZE;
