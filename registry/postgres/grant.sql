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

-- name: ListGrants
SELECT g.id, g.account_id, a.login, a.name, g.role, coalesce(g.unit_id, 0),
       coalesce(desk.unit_name(g.unit_id), ''),
       coalesce(g.zone_id, 0), coalesce(z.name, ''), g.department, g.valid_until, g.reason, coalesce(b.name, ''), l.recorded_at,
       rl.recorded_at, coalesce(rb.name, ''), coalesce(r.reason, '')
FROM desk.role_grant g
JOIN desk.account a ON a.id = g.account_id
JOIN registry.log l ON l.seq = g.seq
LEFT JOIN desk.functional_zone z ON z.id = g.zone_id
LEFT JOIN desk.account b ON b.id = g.granted_by
LEFT JOIN desk.role_revocation r ON r.grant_id = g.id
LEFT JOIN registry.log rl ON rl.seq = r.seq
LEFT JOIN desk.account rb ON rb.id = r.revoked_by
WHERE (@account::bigint IS NULL OR g.account_id = @account)
  AND (@unit::bigint IS NULL OR g.unit_id = @unit OR @unit = ANY (z.units))
ORDER BY g.id DESC;

-- name: AddGrant
INSERT INTO desk.role_grant (account_id, role, unit_id, zone_id, department, valid_until, reason, granted_by)
VALUES (@account, @role, @unit, @zone, @department, @until, @reason, @by)
RETURNING id;

-- name: RevokeGrant
INSERT INTO desk.role_revocation (grant_id, reason, revoked_by)
SELECT g.id, @reason, @by
FROM desk.role_grant g
WHERE g.id = @grant AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id);

-- name: ListZones
SELECT z.id, z.name, z.units,
       (SELECT array_agg((SELECT v.name FROM unit_version v WHERE v.unit_id = u.id AND upper_inf(v.recorded)
                          ORDER BY upper(v.valid) DESC NULLS FIRST LIMIT 1) ORDER BY u.ord)
        FROM unnest(z.units) WITH ORDINALITY u(id, ord))
FROM desk.functional_zone z
ORDER BY z.name;

-- name: AddZone
INSERT INTO desk.functional_zone (name, units)
VALUES (@name, @units)
RETURNING id;
