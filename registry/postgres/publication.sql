-- name: InsertPublication
INSERT INTO publication (as_of, review_number, data_date, note)
VALUES (@as_of, @review_number, @data_date, @note);

-- name: PublicationAt
-- The data set shown is the first one loaded: it carries the coverage.
SELECT p.id, p.as_of, log.recorded_at, p.review_number, p.data_date, p.note,
       coalesce(p.certificate, ''), coalesce(p.scale, 0), coalesce(p.decimals, 0), coalesce(p.max_zoom, 0), coalesce(p.release_id, 0),
       d.name, d.schematic, d.source, d.licence, d.attribution, d.data_date, d.sha256
FROM publication p
JOIN log USING (seq)
JOIN LATERAL (SELECT * FROM dataset WHERE dataset.seq <= p.as_of ORDER BY dataset.seq LIMIT 1) d ON true
WHERE log.recorded_at <= @at
ORDER BY log.recorded_at DESC
LIMIT 1;

-- name: ListPublications
SELECT p.id, p.as_of, log.recorded_at, coalesce(p.review_number, ''), p.data_date, coalesce(p.note, ''),
       coalesce(p.certificate, ''), coalesce(p.scale, 0), coalesce(p.decimals, 0), coalesce(p.max_zoom, 0), coalesce(p.release_id, 0),
       coalesce(d.reason, '')
FROM publication p
JOIN log USING (seq)
LEFT JOIN desk.release_decision d ON d.set_id = p.release_id AND (p.review_number IS NULL OR p.certificate IS NULL OR p.scale IS NULL)
ORDER BY p.seq DESC;

-- name: Filled
SELECT EXISTS (SELECT FROM publication);

-- name: LogPassed
SELECT EXISTS (SELECT FROM log WHERE recorded_at > @at);

-- name: Fence
SELECT fence();

-- name: PublishedDecimals
-- Publications of one entry round alike (migration 00027).
SELECT coalesce(p.decimals, 0)
FROM publication p
WHERE p.as_of = @r
LIMIT 1;

-- name: ListCourses
SELECT geom::bytea
FROM arc
WHERE EXISTS (SELECT FROM arc_version v WHERE v.arc_id = arc.id AND v.recorded @> @r::bigint);
