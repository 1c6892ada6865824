-- name: ListSettings
SELECT DISTINCT ON (s.key) s.key, s.value, s.reason, coalesce(s.set_by, 0), coalesce(a.name, ''), l.recorded_at
FROM desk.setting s JOIN log l ON l.seq = s.seq LEFT JOIN desk.account a ON a.id = s.set_by
ORDER BY s.key, s.id DESC;

-- name: SettingHistory
SELECT s.key, s.value, s.reason, coalesce(s.set_by, 0), coalesce(a.name, ''), l.recorded_at
FROM desk.setting s JOIN log l ON l.seq = s.seq LEFT JOIN desk.account a ON a.id = s.set_by
WHERE s.key = @key
ORDER BY s.id DESC
LIMIT 100;

-- name: InsertSetting
INSERT INTO desk.setting (key, value, reason, set_by) VALUES (@key, @value, @reason, @set_by);
