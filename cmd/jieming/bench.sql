-- name: CountyAreas
SELECT d.unit_id, d.digest
FROM level_digests(@t::date, @r::bigint, 3) d
JOIN unit_version v ON v.unit_id = d.unit_id AND v.valid @> @t AND v.recorded @> @r AND v.level = 3
ORDER BY d.unit_id;

-- name: AsGeoJSON
SELECT given.id, st_asgeojson(area.geom, 7)
FROM unnest(@ids::bigint[], @digests::bytea[]) given(id, digest)
JOIN area USING (digest);

-- name: FillAreas
SELECT fill_areas(@t::date, @r::bigint, level)
FROM generate_series(1, 3) level;

-- name: OpenTables
ALTER TABLE unit DISABLE TRIGGER ALL;
ALTER TABLE unit_version DISABLE TRIGGER ALL, ENABLE TRIGGER z_names, DROP CONSTRAINT unit_version_overlap_excl;
ALTER TABLE code DISABLE TRIGGER ALL;
ALTER TABLE code_version DISABLE TRIGGER ALL, DROP CONSTRAINT code_version_overlap_excl, DROP CONSTRAINT code_version_unit_excl;

-- name: CloseTables
ALTER TABLE unit ENABLE TRIGGER ALL;
ALTER TABLE unit_version ENABLE TRIGGER ALL;
ALTER TABLE code ENABLE TRIGGER ALL;
ALTER TABLE code_version ENABLE TRIGGER ALL;

-- name: NextUnit
SELECT max(u.id) + 1, (SELECT min(id) FROM event), (SELECT max(seq) FROM log)
FROM unit u;

-- name: SpecificElements
-- What is searched for is drawn from these, each as often as it is borne.
SELECT specific, generic, count(*)
FROM unit_version
WHERE level > 0 AND valid @> @t::date AND recorded @> @r::bigint
GROUP BY specific, generic
ORDER BY specific COLLATE "C", generic COLLATE "C";

-- name: SearchTables
-- After a copy: what autovacuum would do by and by.
VACUUM (ANALYZE) unit_version, code_version, search_name;
