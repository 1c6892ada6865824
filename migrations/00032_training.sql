-- The training space (演练): a copy of the registry beside it, in which nothing
-- counts. The live registry records who made it; a copy says that it is one.

-- +goose Up
CREATE TABLE desk.training_act (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space         text NOT NULL CHECK (space ~ '^[0-9]{14}$|^$'),
    copied_at     timestamptz,
    copied_seq    bigint,
    copied_digest bytea CHECK (length(copied_digest) = 32),
    account_id    bigint REFERENCES desk.account,
    seq           bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT training_act_copy_check CHECK ((space = '') = (copied_at IS NULL) AND (copied_at IS NULL) = (copied_seq IS NULL))
);
COMMENT ON TABLE desk.training_act IS 'The training space was made anew, or dropped; the latest row says which copy is in use';
COMMENT ON COLUMN desk.training_act.id IS 'Identity; rises with time';
COMMENT ON COLUMN desk.training_act.space IS 'The copy: its database is called as the live one, with _training_ and this; empty once dropped';
COMMENT ON COLUMN desk.training_act.copied_at IS 'The moment that was copied';
COMMENT ON COLUMN desk.training_act.copied_seq IS 'The last log entry in the copy; 0 of an empty registry';
COMMENT ON COLUMN desk.training_act.copied_digest IS 'The digest of that entry';
COMMENT ON COLUMN desk.training_act.account_id IS 'Who did it; null for the command line';
COMMENT ON COLUMN desk.training_act.seq IS 'Log entry that recorded it';
SELECT registry.log_table('desk.training_act');

CREATE TABLE desk.training_space (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    copied_at     timestamptz NOT NULL,
    copied_seq    bigint NOT NULL
);
COMMENT ON TABLE desk.training_space IS 'Has its row in a training space only: this database is a copy, and no mail leaves it';
COMMENT ON COLUMN desk.training_space.only_row IS 'Always true: the table holds one row at most';
COMMENT ON COLUMN desk.training_space.copied_at IS 'The moment that was copied';
COMMENT ON COLUMN desk.training_space.copied_seq IS 'The last log entry that was copied; what follows was done in training';

-- +goose StatementBegin
CREATE FUNCTION desk.keep_mail_in() RETURNS trigger LANGUAGE plpgsql SET search_path = registry, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM desk.training_space) THEN
    RETURN new;
  ELSIF tg_table_name = 'mail' THEN
    RETURN NULL;
  END IF;
  new.mail_at := NULL;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.keep_mail_in() IS 'Trigger: in a training space no message is due by mail, and no mail is queued';
CREATE TRIGGER keep_mail_in BEFORE INSERT OR UPDATE OF mail_at ON desk.message FOR EACH ROW EXECUTE FUNCTION desk.keep_mail_in();
CREATE TRIGGER keep_mail_in BEFORE INSERT OR UPDATE ON desk.mail FOR EACH ROW EXECUTE FUNCTION desk.keep_mail_in();

ALTER TABLE desk.job ADD COLUMN step text NOT NULL DEFAULT '';
COMMENT ON COLUMN desk.job.step IS 'What it is doing, of a job that takes long; empty for others';

GRANT SELECT, INSERT ON desk.training_act TO jieming_writer;
GRANT SELECT ON desk.training_space TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

-- +goose Down
ALTER TABLE desk.job DROP COLUMN step;
DROP TRIGGER keep_mail_in ON desk.message;
DROP TRIGGER keep_mail_in ON desk.mail;
DROP FUNCTION desk.keep_mail_in();
DROP TABLE desk.training_space, desk.training_act;
