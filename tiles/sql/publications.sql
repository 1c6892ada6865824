-- What was released when, in order. The data set shown is the first one loaded:
-- it carries the coverage.
SELECT p.id, p.as_of, l.recorded_at, p.data_date, coalesce(p.review_number, ''), coalesce(d.attribution, ''), coalesce(d.schematic, false),
       coalesce(p.max_zoom, 0), coalesce(p.decimals, 0)
FROM publication p
JOIN log l USING (seq)
LEFT JOIN LATERAL (SELECT * FROM dataset WHERE dataset.seq <= p.as_of ORDER BY dataset.seq LIMIT 1) d ON true
ORDER BY l.recorded_at
