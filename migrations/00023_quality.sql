-- Data quality: what the checks found, who looks after it, what was set aside.
-- Findings are derived and may be made again; what people decided is logged.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION registry.quality_unit(on_day date)
RETURNS TABLE (unit_id bigint, version_id bigint, level int, type text, specific text, generic text, name text, superior_id bigint, seat text,
               autonomous boolean, border boolean, special boolean, code text)
STABLE ROWS 13000 LANGUAGE sql AS $$
  SELECT v.unit_id, v.id, v.level::int, v.type, v.specific, v.generic, v.name, v.parent_id, v.seat, v.autonomous, v.border, v.special, coalesce(c.code, '')
  FROM registry.unit_version v
  LEFT JOIN (SELECT * FROM registry.code_version WHERE valid @> on_day AND upper_inf(recorded) AND state IN ('ASSIGNED', 'PUBLISHED') OFFSET 0) c USING (unit_id)
  WHERE v.valid @> on_day AND upper_inf(v.recorded) OFFSET 0
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.quality_unit(date) IS 'Every unit of a day as recorded now, with its code, empty if it has none, and its parent (代管 before 隶属)';

CREATE TABLE desk.quality_run (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    day        date NOT NULL,
    base       bigint NOT NULL REFERENCES registry.log,
    account_id bigint REFERENCES desk.account,
    took_ms    int NOT NULL,
    finished   boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE desk.quality_run IS 'A run of all quality checks';
COMMENT ON COLUMN desk.quality_run.id IS 'Identity';
COMMENT ON COLUMN desk.quality_run.at IS 'When';
COMMENT ON COLUMN desk.quality_run.day IS 'The day on the valid clock that was looked at';
COMMENT ON COLUMN desk.quality_run.base IS 'The log entry that was looked at';
COMMENT ON COLUMN desk.quality_run.account_id IS 'Who asked for it; null for the nightly run';
COMMENT ON COLUMN desk.quality_run.took_ms IS 'How long it took, milliseconds';
COMMENT ON COLUMN desk.quality_run.finished IS 'All checks were run';

CREATE TABLE desk.quality_count (
    run_id        bigint NOT NULL REFERENCES desk.quality_run,
    quality_check text NOT NULL,
    prefecture_id bigint NOT NULL,
    found         int NOT NULL CHECK (found >= 0),
    accepted      int NOT NULL CHECK (accepted BETWEEN 0 AND found),
    PRIMARY KEY (run_id, quality_check, prefecture_id)
);
COMMENT ON TABLE desk.quality_count IS 'How much a check found in a prefecture in a run';
COMMENT ON COLUMN desk.quality_count.run_id IS 'The run';
COMMENT ON COLUMN desk.quality_count.quality_check IS 'The check, as in checks.csv';
COMMENT ON COLUMN desk.quality_count.prefecture_id IS 'The prefecture; 0 for what belongs to none';
COMMENT ON COLUMN desk.quality_count.found IS 'How many findings, those set aside included';
COMMENT ON COLUMN desk.quality_count.accepted IS 'How many of them are set aside';

CREATE TABLE desk.quality_finding (
    quality_check text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('unit', 'line', 'place', 'event')),
    subject_id    bigint NOT NULL,
    ord           int NOT NULL,
    name          text NOT NULL,
    prefecture_id bigint REFERENCES registry.unit,
    facts         jsonb NOT NULL,
    digest        bytea NOT NULL CHECK (length(digest) = 32),
    accepted      boolean NOT NULL,
    since_run     bigint NOT NULL REFERENCES desk.quality_run,
    PRIMARY KEY (quality_check, kind, subject_id)
);
COMMENT ON TABLE desk.quality_finding IS 'What the last run found: a bounded list for each check';
COMMENT ON COLUMN desk.quality_finding.quality_check IS 'The check, as in checks.csv';
COMMENT ON COLUMN desk.quality_finding.kind IS 'What kind of thing: unit, line, place, event';
COMMENT ON COLUMN desk.quality_finding.subject_id IS 'Its id';
COMMENT ON COLUMN desk.quality_finding.ord IS 'Order in the list';
COMMENT ON COLUMN desk.quality_finding.name IS 'What it is called';
COMMENT ON COLUMN desk.quality_finding.prefecture_id IS 'The prefecture it belongs to; null for none';
COMMENT ON COLUMN desk.quality_finding.facts IS 'The values that make it a finding';
COMMENT ON COLUMN desk.quality_finding.digest IS 'Digest of the facts: another one is a new finding';
COMMENT ON COLUMN desk.quality_finding.accepted IS 'It is set aside';
COMMENT ON COLUMN desk.quality_finding.since_run IS 'The run that found it first';
CREATE INDEX quality_finding_list_idx ON desk.quality_finding (quality_check, ord);

CREATE TABLE desk.quality_acceptance (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quality_check text NOT NULL,
    kind          text NOT NULL,
    subject_id    bigint NOT NULL,
    digest        bytea CHECK (length(digest) = 32),
    reason        text NOT NULL CHECK (reason <> ''),
    account_id    bigint NOT NULL REFERENCES desk.account,
    seq           bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.quality_acceptance IS 'A finding set aside, or taken up again; the last row about a thing counts';
COMMENT ON COLUMN desk.quality_acceptance.id IS 'Identity';
COMMENT ON COLUMN desk.quality_acceptance.quality_check IS 'The check';
COMMENT ON COLUMN desk.quality_acceptance.kind IS 'What kind of thing';
COMMENT ON COLUMN desk.quality_acceptance.subject_id IS 'Its id';
COMMENT ON COLUMN desk.quality_acceptance.digest IS 'Digest of the facts that were accepted: with others it is found again; null if it was taken up again';
COMMENT ON COLUMN desk.quality_acceptance.reason IS 'Why';
COMMENT ON COLUMN desk.quality_acceptance.account_id IS 'Who decided';
COMMENT ON COLUMN desk.quality_acceptance.seq IS 'Log entry that recorded it';
CREATE INDEX quality_acceptance_subject_idx ON desk.quality_acceptance (quality_check, kind, subject_id);

CREATE TABLE desk.quality_owner (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quality_check text NOT NULL,
    prefecture_id bigint REFERENCES registry.unit,
    account_id    bigint REFERENCES desk.account,
    assigned_by   bigint NOT NULL REFERENCES desk.account,
    seq           bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.quality_owner IS 'Who looks after a check; the last row counts';
COMMENT ON COLUMN desk.quality_owner.id IS 'Identity';
COMMENT ON COLUMN desk.quality_owner.quality_check IS 'The check';
COMMENT ON COLUMN desk.quality_owner.prefecture_id IS 'In which prefecture; null for wherever nobody else does';
COMMENT ON COLUMN desk.quality_owner.account_id IS 'The person; null for nobody';
COMMENT ON COLUMN desk.quality_owner.assigned_by IS 'Who assigned it';
COMMENT ON COLUMN desk.quality_owner.seq IS 'Log entry that recorded it';
CREATE INDEX quality_owner_check_idx ON desk.quality_owner (quality_check, prefecture_id);

SELECT registry.log_table('desk.quality_acceptance');
SELECT registry.log_table('desk.quality_owner');

GRANT SELECT ON desk.quality_run, desk.quality_count, desk.quality_finding, desk.quality_acceptance, desk.quality_owner TO jieming_writer;
GRANT INSERT ON desk.quality_run, desk.quality_count, desk.quality_finding, desk.quality_acceptance, desk.quality_owner TO jieming_writer;
GRANT UPDATE ON desk.quality_run, desk.quality_count, desk.quality_finding TO jieming_writer;
GRANT DELETE ON desk.quality_finding TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

-- +goose Down
DROP TABLE desk.quality_owner, desk.quality_acceptance, desk.quality_finding, desk.quality_count, desk.quality_run;
DROP FUNCTION registry.quality_unit(date);
