-- name: ReadZone
SELECT network, highest_level, highest_stored()
FROM zone;

-- name: ReadHighest
SELECT highest_level FROM zone;

-- name: ListZoneChanges
SELECT z.network, z.highest_level, z.reason, a.name, l.recorded_at
FROM zone_change z
JOIN desk.account a ON a.id = z.account_id
JOIN log l USING (seq)
ORDER BY z.id DESC;

-- name: ChangeZone
SELECT change_zone(@network, @highest::smallint, @reason, @account);
