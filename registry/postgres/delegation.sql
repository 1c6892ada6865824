-- name: ListDelegations
SELECT d.id, d.from_id, f.name, d.to_id, t.name, d.days, d.reason, EXISTS (SELECT FROM desk.delegation_end e WHERE e.delegation_id = d.id)
FROM desk.delegation d
JOIN desk.account f ON f.id = d.from_id
JOIN desk.account t ON t.id = d.to_id
WHERE d.from_id = @account OR d.to_id = @account
ORDER BY d.id DESC
LIMIT 100;

-- name: AddDelegation
INSERT INTO desk.delegation (from_id, to_id, days, reason, made_by)
VALUES (@from, @to, @days, @reason, @by)
RETURNING id;

-- name: EndDelegation
INSERT INTO desk.delegation_end (delegation_id, ended_by)
VALUES (@id, @by);
