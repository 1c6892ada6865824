-- name: CaseByNumber
SELECT case_id FROM desk.case_now WHERE number = @number;

-- name: Colleagues
SELECT a.id, a.name, g.role,
       bool_or(CASE
         WHEN g.zone_id IS NOT NULL THEN EXISTS (SELECT FROM desk.functional_zone z, unnest(z.units) u WHERE z.id = g.zone_id AND desk.home(u, @today) = ANY (@path::bigint[]))
         WHEN g.unit_id IS NOT NULL THEN desk.home(g.unit_id, @today) = ANY (@path::bigint[])
         ELSE true END)
FROM desk.account a JOIN desk.role_grant g ON g.account_id = a.id
WHERE a.disabled_at IS NULL
  AND (g.valid_until IS NULL OR g.valid_until > @today::date)
  AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id)
GROUP BY a.id, a.name, g.role
ORDER BY a.name, a.id, g.role;
