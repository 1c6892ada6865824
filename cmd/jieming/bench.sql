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
