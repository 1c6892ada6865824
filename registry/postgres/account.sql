-- name: AccountByID
SELECT id, login, name, department, mail, phone, language, created_at, disabled_at IS NOT NULL, training
FROM desk.account
WHERE id = @id;

-- name: ListHeld
-- An account's own grants, and those of the people whose work it does.
WITH whose AS (
  SELECT @account::bigint AS owner, 0::bigint AS delegation, '' AS name, NULL::daterange AS days
  UNION ALL
  SELECT d.from_id, d.id, a.name, d.days
  FROM desk.delegation d JOIN desk.account a ON a.id = d.from_id AND a.disabled_at IS NULL
  WHERE d.to_id = @account AND d.days @> @today::date
    AND NOT EXISTS (SELECT FROM desk.delegation_end e WHERE e.delegation_id = d.id))
SELECT g.id, g.account_id, g.role, coalesce(g.unit_id, 0), coalesce(g.zone_id, 0), g.department, g.valid_until,
       g.unit_id IS NULL AND g.zone_id IS NULL,
       (SELECT array_agg(desk.home(u, @today) ORDER BY u) FROM unnest(coalesce(z.units, ARRAY[g.unit_id])) u WHERE u IS NOT NULL),
       w.delegation, w.name, w.days
FROM whose w
JOIN desk.role_grant g ON g.account_id = w.owner
LEFT JOIN desk.functional_zone z ON z.id = g.zone_id
WHERE (g.valid_until IS NULL OR g.valid_until > @today)
  AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id)
ORDER BY w.delegation, g.id;
