-- name: CaseEntry
SELECT l.seq, l.digest, l.recorded_at
FROM log l
WHERE l.seq = (SELECT max(seq) FROM desk.case_event WHERE case_id = @case_id);
