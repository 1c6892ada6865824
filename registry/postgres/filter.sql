-- name: FilterCases
-- The rule of rights on its own. Lists put it beside their conditions:
--   WHERE case_id IN (SELECT case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today))
SELECT case_id
FROM desk.subtree_filter(@owners::bigint[], @kinds_of::text[], @reaches::text[], @everywhere::bool[], @tops::text[], @departments::text[], @today::date)
ORDER BY case_id;
