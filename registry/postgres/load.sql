-- name: LoadedAs
SELECT seq
FROM dataset
WHERE sha256 = @sha256;

-- name: IssuedCodes
SELECT DISTINCT ON (c.code) c.code, c.unit_id, v.name, v.level, c.valid
FROM code_version c
JOIN unit_version v ON v.unit_id = c.unit_id AND v.valid && c.valid AND upper_inf(v.recorded)
WHERE c.code = ANY (@codes) AND upper_inf(c.recorded)
ORDER BY c.code, c.valid DESC, v.valid DESC;

-- name: DrawIDs
SELECT nextval(pg_get_serial_sequence(@table, 'id'))
FROM generate_series(1, @n::int);

-- name: InsertDataset
INSERT INTO dataset (event_id, name, schematic, source, licence, attribution, data_date, sha256)
VALUES (@event_id, @name, @schematic, @source, @licence, @attribution, @data_date, @sha256);

-- name: InsertReport
INSERT INTO load_report (dataset_id, name, title, title_en, head, body)
SELECT id, @name, @title, @title_en, @head, @body::jsonb
FROM dataset
WHERE event_id = @event_id;

-- name: RefreshStatistics
SELECT refresh_statistics();

-- name: SealEntry
SET CONSTRAINTS ALL IMMEDIATE;

-- name: FillLatestAreas
SELECT fill_areas(@t, (SELECT max(seq) FROM log), @level);
