-- name: LoadedAs
SELECT seq
FROM dataset
WHERE sha256 = @sha256;

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
