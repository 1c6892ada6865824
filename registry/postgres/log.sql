-- name: SeqOfRequest
SELECT seq, actor FROM log WHERE request = @request AND digest IS NOT NULL;

-- name: LogItems
-- Every entry with its leaves, the rows as they are now, and what stands in the
-- tree for them, in the order of the tree.
SELECT e.seq, e.recorded_at, e.actor, e.case_id, e.request, e.leaves, e.digest, he.hash,
       l.relation, l.row_id, l.op::text, l.digest, hl.hash, s.body::text, s.geom, s.born, s.closed, s.hidden
FROM log e
LEFT JOIN (SELECT log_leaf.*, row_number() OVER (PARTITION BY seq ORDER BY ord) AS nth FROM log_leaf) l USING (seq)
LEFT JOIN log_hash he ON he.level = 0 AND he.n = e.tree_size - 1
LEFT JOIN log_hash hl ON hl.level = 0 AND hl.n = e.tree_size - e.leaves - 2 + l.nth
LEFT JOIN stored() s ON s.relation = l.relation AND s.id = l.row_id
ORDER BY e.seq, l.ord;

-- name: StrayRows
-- Rows that no entry wrote. Those that wait to be sealed are none.
SELECT s.relation, s.id, s.body::text, s.geom
FROM stored() s
WHERE (s.born IS NOT NULL OR s.hidden)
  AND NOT EXISTS (SELECT FROM log_leaf l WHERE l.relation = s.relation AND l.row_id = s.id AND l.op = 'I')
ORDER BY s.relation, s.id;

-- name: LogSize
SELECT count(*) + coalesce(sum(leaves), 0)::bigint FROM log;

-- name: TreeNow
SELECT seq, tree_size FROM log WHERE digest IS NOT NULL ORDER BY seq DESC LIMIT 1;

-- name: TreeHashes
-- The hashes asked for, in the order in which they were.
SELECT h.hash
FROM unnest(@levels::int[], @ns::bigint[]) WITH ORDINALITY a(level, n, ord)
JOIN log_hash h ON h.level = a.level AND h.n = a.n
ORDER BY a.ord;

-- name: Checkpoints
-- The notes, with the lines of those who signed later.
SELECT c.id, c.size, c.note || coalesce((SELECT string_agg(line, '' ORDER BY made_at, line) FROM cosignature WHERE checkpoint_id = c.id), '')
FROM checkpoint c
ORDER BY c.size, c.id;

-- name: LatestCheckpoint
SELECT c.id, c.size, c.note || coalesce((SELECT string_agg(line, '' ORDER BY made_at, line) FROM cosignature WHERE checkpoint_id = c.id), ''), c.made_at
FROM checkpoint c
ORDER BY c.size DESC, c.id
LIMIT 1;

-- name: CheckpointDue
-- The log grew, and the last checkpoint is of an hour ago or from before a release.
SELECT e.tree_size > coalesce(c.size, 0)
       AND (c.made_at IS NULL OR c.made_at < now() - @pause::interval OR EXISTS (SELECT FROM publication p WHERE p.seq > c.seq))
FROM (SELECT tree_size FROM log WHERE digest IS NOT NULL ORDER BY seq DESC LIMIT 1) e
LEFT JOIN LATERAL (SELECT * FROM checkpoint ORDER BY size DESC, id LIMIT 1) c ON true;

-- name: LockCheckpoint
-- One signs at a time, on whatever server.
SELECT pg_try_advisory_xact_lock(hashtext('jieming checkpoint'));

-- name: InsertCheckpoint
INSERT INTO checkpoint (size, seq, made_at, note) VALUES (@size, @seq, @made_at, @note);

-- name: CheckpointBySize
SELECT id FROM checkpoint WHERE size = @size ORDER BY id;

-- name: InsertCosignature
INSERT INTO cosignature (checkpoint_id, name, line, made_at)
SELECT c.id, @name, @line, now() FROM checkpoint c WHERE c.size = @size AND left(c.note, length(@text)) = @text
ON CONFLICT DO NOTHING
RETURNING checkpoint_id;

-- name: RecordOfRow
-- The leaf that wrote a row, its position in the tree, and the row as it is now.
SELECT l.seq, l.op::text, l.digest, e.tree_size - e.leaves - 1 + (SELECT count(*) FROM log_leaf o WHERE o.seq = l.seq AND o.ord < l.ord)
FROM log_leaf l JOIN log e USING (seq)
WHERE l.relation = @relation AND l.row_id = @id AND l.op = 'I'
ORDER BY l.seq
LIMIT 1;

-- name: StoredRow
SELECT body::text, geom FROM stored_row(@relation, @id);

-- name: RecordOfEntry
-- The record of an entry, and its position in the tree.
SELECT entry_record(e), e.tree_size - 1 FROM log e WHERE e.seq = @seq AND e.digest IS NOT NULL;
