-- name: ListReleaseSets
-- A set without decision is superseded once the public sees a later entry than it
-- would show; a released one once another publication followed.
WITH current AS MATERIALIZED (SELECT as_of, release_id FROM publication ORDER BY seq DESC LIMIT 1)
SELECT s.id, s.as_of, seen.recorded_at, s.data_date, coalesce(s.review_number, ''),
       coalesce(s.certificate, ''), coalesce(s.certificate_name, ''), f.sha256, coalesce(f.media, ''), coalesce(f.bytes, 0),
       coalesce(s.scale, 0), coalesce(s.decimals, 0), coalesce(s.max_zoom, 0), s.clears, coalesce(s.note, ''),
       s.prepared_by, p.name, prepared.recorded_at, s.seq,
       CASE WHEN d.outcome = 'REJECTED' THEN 'REJECTED'
            WHEN d.outcome = 'RELEASED' THEN CASE WHEN c.release_id = s.id THEN 'RELEASED' ELSE 'SUPERSEDED' END
            WHEN c.as_of > s.as_of THEN 'SUPERSEDED' ELSE 'PREPARED' END,
       coalesce(d.decided_by, 0), coalesce(b.name, ''), decided.recorded_at, coalesce(d.reason, ''), coalesce(c.release_id = s.id, false)
FROM desk.release_set s
JOIN log seen ON seen.seq = s.as_of
JOIN log prepared ON prepared.seq = s.seq
JOIN desk.account p ON p.id = s.prepared_by
LEFT JOIN desk.file f ON f.id = s.certificate_file
LEFT JOIN desk.release_decision d ON d.set_id = s.id
LEFT JOIN log decided ON decided.seq = d.seq
LEFT JOIN desk.account b ON b.id = d.decided_by
LEFT JOIN current c ON true
WHERE @id::bigint = 0 OR s.id = @id
ORDER BY s.id DESC;

-- name: InsertReleaseSet
INSERT INTO desk.release_set (as_of, data_date, review_number, certificate, certificate_name, certificate_file, scale, decimals, max_zoom,
                              clears, note, prepared_by)
VALUES (@as_of, @data_date, @review_number, @certificate, @certificate_name, @certificate_file, @scale, @decimals, @max_zoom,
        @clears, @note, @prepared_by)
RETURNING id;

-- name: InsertReleaseDecision
INSERT INTO desk.release_decision (set_id, outcome, reason, decided_by)
VALUES (@set_id, @outcome, @reason, @decided_by);

-- name: InsertClearances
INSERT INTO clearance (arc_id, release_id, certificate)
SELECT x, s.id, s.certificate
FROM desk.release_set s CROSS JOIN LATERAL unnest(s.clears) x
WHERE s.id = @set_id AND NOT EXISTS (SELECT FROM clearance c WHERE c.arc_id = x)
ORDER BY x;

-- name: PublishReleaseSet
INSERT INTO publication (as_of, review_number, data_date, note, release_id, certificate, scale, decimals, max_zoom)
SELECT as_of, review_number, data_date, note, id, certificate, scale, decimals, max_zoom
FROM desk.release_set
WHERE id = @set_id;

-- name: ListUncleared
SELECT arc_id
FROM uncleared(@r);

-- name: PublicBefore
SELECT coalesce((SELECT p.as_of FROM publication p JOIN log USING (seq) WHERE recorded_at <= @at ORDER BY p.seq DESC LIMIT 1), 0);
