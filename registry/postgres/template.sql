-- name: ListTemplateVersions
SELECT t.name, t.version, f.id, f.sha256, f.bytes, f.media, coalesce(a.name, ''), t.at, t.reason
FROM desk.paper_template t
LEFT JOIN desk.file f ON f.id = t.file_id
LEFT JOIN desk.account a ON a.id = t.account_id
WHERE t.name = @name OR @name = ''
ORDER BY t.name, t.version DESC;

-- name: InsertTemplate
INSERT INTO desk.paper_template (name, version, file_id, account_id, reason)
SELECT @name, @seen::int + 1, @file_id, @account, @reason
WHERE (SELECT coalesce(max(version), 0) FROM desk.paper_template WHERE name = @name) = @seen;
