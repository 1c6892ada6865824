-- name: ListSeries
SELECT DISTINCT ON (issuer, paper) issuer, paper, pattern, year, after, reason
FROM desk.paper_series
ORDER BY issuer, paper, id DESC;

-- name: SeriesFor
SELECT pattern, year, after
FROM desk.paper_series
WHERE issuer = @issuer AND paper IN (@paper, '*')
ORDER BY paper = '*', id DESC
LIMIT 1;

-- name: LastNumber
SELECT coalesce((SELECT last FROM desk.number_series WHERE series = @series AND year = @year), -1);

-- name: InsertSeries
INSERT INTO desk.paper_series (issuer, paper, pattern, year, after, account_id, reason)
VALUES (@issuer, @paper, @pattern, @year, @after, @account, @reason);

-- name: DrawPaperNumber
-- The row stays locked until the entry is written or given up, so that the
-- next one sees what this one took, or not.
INSERT INTO desk.number_series AS s (series, year, last)
VALUES (@series, @year, @after::int + 1)
ON CONFLICT (series, year) DO UPDATE SET last = s.last + 1
RETURNING last;

-- name: InsertPaperNumber
INSERT INTO desk.paper_number (series, year, serial, number, paper, case_id, account_id)
VALUES (@series, @year, @serial, @number, @paper, @case_id, @account);

-- name: ListPaperNumbers
SELECT p.number, p.serial, p.paper, coalesce(p.case_id, 0), coalesce(a.name, ''), p.at, v.id IS NOT NULL, coalesce(v.reason, '')
FROM desk.paper_number p
LEFT JOIN desk.account a ON a.id = p.account_id
LEFT JOIN desk.paper_void v ON v.number_id = p.id
WHERE p.series = @series AND p.year = @year
ORDER BY p.serial DESC;

-- name: VoidNumber
INSERT INTO desk.paper_void (number_id, reason, account_id)
SELECT id, @reason, @account FROM desk.paper_number WHERE number = @number;
