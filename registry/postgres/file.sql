-- name: InsertContent
INSERT INTO desk.content (sha256, bytes, media, pages, body)
VALUES (@sha256, @bytes, @media, @pages, @body)
ON CONFLICT DO NOTHING;

-- name: InsertContentPart
INSERT INTO desk.content_part (sha256, ord, content)
VALUES (@sha256, @ord, @content);

-- name: InsertUpload
INSERT INTO desk.upload (sha256, name, account_id)
VALUES (@sha256, @name, @account)
RETURNING id, at;

-- name: UploadByID
SELECT u.id, u.name, u.account_id, u.at, c.sha256, c.bytes, c.media, coalesce(c.pages, 0), coalesce(f.id, 0)
FROM desk.upload u
JOIN desk.content c USING (sha256)
LEFT JOIN desk.file f USING (sha256)
WHERE u.id = @id AND u.account_id = @account;

-- name: KeepFile
-- The file of some content; made if there is none yet. Whoever sweeps content
-- waits, and then finds it in use.
WITH made AS (
  INSERT INTO desk.file (sha256, bytes, media, pages)
  SELECT sha256, bytes, media, pages FROM desk.content WHERE sha256 = @sha256
  ON CONFLICT DO NOTHING
  RETURNING id)
SELECT id FROM made UNION ALL SELECT id FROM desk.file WHERE sha256 = @sha256
LIMIT 1;

-- name: FileByDigest
SELECT coalesce(f.id, 0), c.bytes, c.media, coalesce(c.pages, 0)
FROM desk.content c
LEFT JOIN desk.file f USING (sha256)
WHERE c.sha256 = @sha256;

-- name: ContentPart
SELECT content
FROM desk.content_part
WHERE sha256 = @sha256 AND ord = @ord;

-- name: SweepUploads
DELETE FROM desk.upload
WHERE at < @before;

-- name: SweepContent
-- Content that was stored a while ago and that nothing holds. A reference that
-- comes up meanwhile makes the statement fail, and the next sweep goes on.
DELETE FROM desk.content c
WHERE stored_at < @before
  AND NOT EXISTS (SELECT FROM desk.upload u WHERE u.sha256 = c.sha256)
  AND NOT EXISTS (SELECT FROM desk.file f WHERE f.sha256 = c.sha256);
