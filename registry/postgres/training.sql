-- name: ListTrainingActs
SELECT t.space, t.copied_at, coalesce(t.copied_seq, 0), t.copied_digest, coalesce(a.name, ''), l.recorded_at
FROM desk.training_act t JOIN log l USING (seq) LEFT JOIN desk.account a ON a.id = t.account_id
ORDER BY t.id DESC
LIMIT 50;

-- name: InsertTrainingAct
INSERT INTO desk.training_act (space, copied_at, copied_seq, copied_digest, account_id)
VALUES (@space, @copied_at, @copied_seq, @copied_digest, @account);

-- name: TrainingInUse
SELECT coalesce((SELECT space FROM desk.training_act ORDER BY id DESC LIMIT 1), '');

-- name: TrainingRun
-- It runs while the session that began it holds its turn.
SELECT j.step, j.began_at, j.ended_at, j.error,
       EXISTS (SELECT FROM pg_locks k JOIN pg_database d ON d.oid = k.database AND d.datname = current_database()
               WHERE k.locktype = 'advisory' AND k.granted
                 AND (k.classid::bigint << 32) | k.objid::bigint = hashtextextended('jieming job training', 0))
FROM desk.job j WHERE j.name = 'training';

-- name: SetTrainingStep
UPDATE desk.job SET step = @step WHERE name = 'training';

-- name: IsTraining
SELECT EXISTS (SELECT FROM desk.training_space);

-- name: TrainingDatabases
-- The copies of a database, by the names of theirs.
SELECT datname FROM pg_database WHERE datname ~ ('^' || regexp_replace(@live::text, '([^A-Za-z0-9_])', '\\\1', 'g') || '_training_[0-9]{14}$') ORDER BY datname;

-- name: SessionsIn
SELECT count(*) FROM pg_stat_activity WHERE datname = @database;

-- name: CleanTraining
-- Nothing that lets somebody into the live registry, or goes out of it, is good
-- in a copy; and a copy has no checkpoints, because nobody signs its log.
DO $$ BEGIN
  SET LOCAL session_replication_role = replica;
  DELETE FROM desk.session;
  DELETE FROM desk.token;
  DELETE FROM desk.feed;
  DELETE FROM desk.identity;
  DELETE FROM desk.attempt;
  DELETE FROM desk.upload;
  DELETE FROM desk.job;
  UPDATE desk.message SET mail_at = NULL, mail_id = NULL WHERE mail_at IS NOT NULL;
  DELETE FROM desk.mail;
  DELETE FROM registry.cosignature;
  DELETE FROM registry.checkpoint;
END $$;

-- name: MarkTraining
INSERT INTO desk.training_space (copied_at, copied_seq) VALUES (@copied_at, @copied_seq);

-- name: TrainingWork
-- What people did; reminders write by themselves.
SELECT count(l.seq), (SELECT count(*) FROM desk.case_now n WHERE n.opened_at > s.copied_at), count(DISTINCT l.actor), max(l.recorded_at)
FROM desk.training_space s
LEFT JOIN log l ON l.seq > s.copied_seq AND EXISTS (SELECT FROM desk.account a WHERE a.login = split_part(l.actor, ' for ', 1))
GROUP BY s.copied_at;
