-- name: HeirOf
SELECT u.id, desk.home(u.id, @on_day), coalesce(desk.unit_name(u.id), ''), coalesce(desk.unit_name(desk.home(u.id, @on_day)), '')
FROM registry.unit u
WHERE u.id = @unit;

-- name: UnitName
SELECT coalesce(desk.unit_name(id), '')
FROM registry.unit
WHERE id = @unit;

-- name: OpenCasesIn
SELECT n.case_id, n.kind, n.number, n.title, coalesce(a.name, '')
FROM desk.case_now n
LEFT JOIN desk.account a ON a.id = n.holder_id
WHERE n.unit_id = @unit AND n.phase = 'OPEN'
  AND n.case_id IN (SELECT case_id FROM desk.subtree_filter(@owners::bigint[], @kinds_of::text[], @reaches::text[], @everywhere::bool[], @tops::text[], @departments::text[], @today::date))
ORDER BY n.case_id;
