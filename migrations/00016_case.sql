-- Cases: the list of what people did is the case; the tables that lists and
-- reminders ask are projections of it, which the writer keeps in the same
-- transaction and jieming check recomputes.
--   JM014 two hands in one case

-- +goose Up
CREATE TABLE desk.file (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    bytes  bigint NOT NULL CHECK (bytes > 0),
    media  text NOT NULL CHECK (media <> ''),
    pages  int CHECK (pages > 0),
    seq    bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.file IS 'A file, stored once by its digest';
COMMENT ON COLUMN desk.file.id IS 'Identity';
COMMENT ON COLUMN desk.file.sha256 IS 'Digest of its content';
COMMENT ON COLUMN desk.file.bytes IS 'Size';
COMMENT ON COLUMN desk.file.media IS 'Media type, as its content shows, not as its sender said';
COMMENT ON COLUMN desk.file.pages IS 'Number of pages, where known';
COMMENT ON COLUMN desk.file.seq IS 'Log entry that recorded it';
CREATE TABLE desk.file_part (
    file_id bigint NOT NULL REFERENCES desk.file,
    ord     int NOT NULL,
    content bytea NOT NULL CHECK (length(content) BETWEEN 1 AND 1048576),
    PRIMARY KEY (file_id, ord)
);
ALTER TABLE desk.file_part ALTER content SET STORAGE EXTERNAL;
COMMENT ON TABLE desk.file_part IS 'The content of files, in parts of 1 MiB; its digest is in the log, with the file';
COMMENT ON COLUMN desk.file_part.file_id IS 'The file';
COMMENT ON COLUMN desk.file_part.ord IS 'Order, from 1';
COMMENT ON COLUMN desk.file_part.content IS 'The bytes';

CREATE TABLE desk.case_event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id    bigint NOT NULL REFERENCES registry.case_file,
    ord        int NOT NULL CHECK (ord > 0),
    type       text NOT NULL CHECK (type <> ''),
    account_id bigint REFERENCES desk.account,
    for_id     bigint REFERENCES desk.account,
    at         timestamptz NOT NULL,
    body       jsonb NOT NULL DEFAULT '{}',
    seq        bigint NOT NULL REFERENCES registry.log,
    UNIQUE (case_id, ord)
);
COMMENT ON TABLE desk.case_event IS 'What was done in a case, in order: the case is the fold of these';
COMMENT ON COLUMN desk.case_event.id IS 'Identity';
COMMENT ON COLUMN desk.case_event.case_id IS 'The case';
COMMENT ON COLUMN desk.case_event.ord IS 'Its number in the case, from 1 without gaps; the number of the last is the version of the case';
COMMENT ON COLUMN desk.case_event.type IS 'What kind of act: OPENED, STEPPED, EDITED, COMMENTED …';
COMMENT ON COLUMN desk.case_event.account_id IS 'Who did it; null for the program itself';
COMMENT ON COLUMN desk.case_event.for_id IS 'For whom, if they stood in for somebody';
COMMENT ON COLUMN desk.case_event.at IS 'When';
COMMENT ON COLUMN desk.case_event.body IS 'The particulars';
COMMENT ON COLUMN desk.case_event.seq IS 'Log entry that recorded it';
CREATE INDEX case_event_seq_idx ON desk.case_event (seq);

CREATE TABLE desk.case_paper (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id   bigint NOT NULL REFERENCES registry.case_file,
    ord       int NOT NULL,
    kind      text NOT NULL CHECK (kind <> ''),
    title     text NOT NULL CHECK (title <> ''),
    file_id   bigint NOT NULL REFERENCES desk.file,
    file_name text NOT NULL CHECK (file_name <> ''),
    number    text,
    issued_on date,
    issuer    text NOT NULL DEFAULT '',
    signed    boolean NOT NULL DEFAULT false,
    replaces  bigint REFERENCES desk.case_paper,
    secrecy   smallint NOT NULL DEFAULT 0 CHECK (secrecy BETWEEN 0 AND 4),
    seq       bigint NOT NULL REFERENCES registry.log,
    FOREIGN KEY (case_id, ord) REFERENCES desk.case_event (case_id, ord)
);
COMMENT ON TABLE desk.case_paper IS 'A paper of a case: what came in, and what was issued';
COMMENT ON COLUMN desk.case_paper.id IS 'Identity';
COMMENT ON COLUMN desk.case_paper.case_id IS 'The case';
COMMENT ON COLUMN desk.case_paper.ord IS 'The event that added it';
COMMENT ON COLUMN desk.case_paper.kind IS 'Kind of paper, as in papers.csv';
COMMENT ON COLUMN desk.case_paper.title IS 'Title';
COMMENT ON COLUMN desk.case_paper.file_id IS 'The file';
COMMENT ON COLUMN desk.case_paper.file_name IS 'What the file is called when it is downloaded';
COMMENT ON COLUMN desk.case_paper.number IS '文号';
COMMENT ON COLUMN desk.case_paper.issued_on IS 'Date of the paper';
COMMENT ON COLUMN desk.case_paper.issuer IS 'Who issued it';
COMMENT ON COLUMN desk.case_paper.signed IS 'It is the signed or sealed form';
COMMENT ON COLUMN desk.case_paper.replaces IS 'The paper that it takes the place of';
COMMENT ON COLUMN desk.case_paper.secrecy IS 'Secrecy: 0 公开 … 4 绝密';
COMMENT ON COLUMN desk.case_paper.seq IS 'Log entry that recorded it';
CREATE INDEX case_paper_case_id_idx ON desk.case_paper (case_id);
CREATE INDEX case_paper_file_id_idx ON desk.case_paper (file_id);
CREATE TRIGGER b_secrecy BEFORE INSERT ON desk.case_paper FOR EACH ROW EXECUTE FUNCTION registry.keep_secrecy();

CREATE TABLE desk.case_hand (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id    bigint NOT NULL REFERENCES registry.case_file,
    account_id bigint NOT NULL REFERENCES desk.account,
    hand       text NOT NULL CHECK (hand IN ('EDITOR', 'APPROVER', 'RELEASER')),
    seq        bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT case_hand_one_key UNIQUE (case_id, account_id)
);
COMMENT ON TABLE desk.case_hand IS 'The part a person has had in a case; nobody has two';
COMMENT ON COLUMN desk.case_hand.id IS 'Identity';
COMMENT ON COLUMN desk.case_hand.case_id IS 'The case';
COMMENT ON COLUMN desk.case_hand.account_id IS 'The person';
COMMENT ON COLUMN desk.case_hand.hand IS 'EDITOR, APPROVER or RELEASER';
COMMENT ON COLUMN desk.case_hand.seq IS 'Log entry that recorded it';

CREATE TABLE desk.case_now (
    case_id      bigint PRIMARY KEY REFERENCES registry.case_file,
    version      int NOT NULL,
    kind         text NOT NULL,
    number       text NOT NULL UNIQUE,
    title        text NOT NULL,
    state        text NOT NULL,
    phase        text NOT NULL CHECK (phase IN ('OPEN', 'DONE', 'STOPPED')),
    unit_id      bigint REFERENCES registry.unit,
    opener_id    bigint REFERENCES desk.account,
    holder_id    bigint REFERENCES desk.account,
    asked        bigint[] NOT NULL DEFAULT '{}',
    departments  text[] NOT NULL DEFAULT '{}',
    secrecy      smallint NOT NULL DEFAULT 0,
    urgent       boolean NOT NULL DEFAULT false,
    opened_at    timestamptz NOT NULL,
    touched_at   timestamptz NOT NULL,
    state_since  timestamptz NOT NULL,
    due_on       date
);
COMMENT ON TABLE desk.case_now IS 'What each case is now: a projection of its events, for lists';
COMMENT ON COLUMN desk.case_now.case_id IS 'The case';
COMMENT ON COLUMN desk.case_now.version IS 'Number of its events';
COMMENT ON COLUMN desk.case_now.kind IS 'Kind of case';
COMMENT ON COLUMN desk.case_now.number IS 'Number by which people call it';
COMMENT ON COLUMN desk.case_now.title IS 'Title';
COMMENT ON COLUMN desk.case_now.state IS 'State of its procedure';
COMMENT ON COLUMN desk.case_now.phase IS 'OPEN, DONE, or STOPPED before its end';
COMMENT ON COLUMN desk.case_now.unit_id IS 'The unit in whose jurisdiction it lies, as named when it was opened or handed over';
COMMENT ON COLUMN desk.case_now.opener_id IS 'Who opened it';
COMMENT ON COLUMN desk.case_now.holder_id IS 'Whose work it is; null while nobody has taken it';
COMMENT ON COLUMN desk.case_now.asked IS 'Accounts that were invited';
COMMENT ON COLUMN desk.case_now.departments IS 'Departments that were asked';
COMMENT ON COLUMN desk.case_now.secrecy IS 'Highest secrecy of its papers';
COMMENT ON COLUMN desk.case_now.urgent IS 'Marked 急件';
COMMENT ON COLUMN desk.case_now.opened_at IS 'When it was opened';
COMMENT ON COLUMN desk.case_now.touched_at IS 'When something last happened';
COMMENT ON COLUMN desk.case_now.state_since IS 'Since when it has been in its state';
COMMENT ON COLUMN desk.case_now.due_on IS 'The earliest day on which a running clock ends; null for none';
CREATE INDEX case_now_unit_id_idx ON desk.case_now (unit_id);
CREATE INDEX case_now_holder_id_idx ON desk.case_now (holder_id) WHERE phase = 'OPEN';
CREATE INDEX case_now_opener_id_idx ON desk.case_now (opener_id);
CREATE INDEX case_now_asked_idx ON desk.case_now USING gin (asked);
CREATE INDEX case_now_departments_idx ON desk.case_now USING gin (departments);
CREATE INDEX case_now_due_on_idx ON desk.case_now (due_on) WHERE phase = 'OPEN';
CREATE INDEX case_now_touched_at_idx ON desk.case_now (touched_at DESC, case_id DESC);

CREATE TABLE desk.case_clock (
    case_id    bigint NOT NULL REFERENCES registry.case_file,
    clock      text NOT NULL,
    began_on   date NOT NULL,
    due_on     date NOT NULL,
    extended   smallint NOT NULL DEFAULT 0,
    stopped_on date,
    statutory  boolean NOT NULL,
    PRIMARY KEY (case_id, clock, began_on)
);
COMMENT ON TABLE desk.case_clock IS 'Clocks of cases: a projection of their events, for boards and reminders';
COMMENT ON COLUMN desk.case_clock.case_id IS 'The case';
COMMENT ON COLUMN desk.case_clock.clock IS 'The clock, as in clocks.csv';
COMMENT ON COLUMN desk.case_clock.began_on IS 'Day from which it runs';
COMMENT ON COLUMN desk.case_clock.due_on IS 'The last day on which it is in time';
COMMENT ON COLUMN desk.case_clock.extended IS 'How often it was extended';
COMMENT ON COLUMN desk.case_clock.stopped_on IS 'Day on which what it waits for happened; null while it runs';
COMMENT ON COLUMN desk.case_clock.statutory IS 'It comes from law, not from the department';
CREATE INDEX case_clock_due_on_idx ON desk.case_clock (due_on) WHERE stopped_on IS NULL;

CREATE TABLE desk.case_request (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     bigint NOT NULL REFERENCES registry.case_file,
    ord         int NOT NULL,
    department  text NOT NULL DEFAULT '',
    account_id  bigint REFERENCES desk.account,
    due_on      date,
    answered_ord  int,
    UNIQUE (case_id, ord, department, account_id)
);
COMMENT ON TABLE desk.case_request IS 'Opinions asked for: a projection of the events of cases, for the lists of who was asked';
COMMENT ON COLUMN desk.case_request.id IS 'Identity';
COMMENT ON COLUMN desk.case_request.case_id IS 'The case';
COMMENT ON COLUMN desk.case_request.ord IS 'The event that asked';
COMMENT ON COLUMN desk.case_request.department IS 'The department that was asked; empty for an expert';
COMMENT ON COLUMN desk.case_request.account_id IS 'The expert who was invited; null for a department';
COMMENT ON COLUMN desk.case_request.due_on IS 'Until when';
COMMENT ON COLUMN desk.case_request.answered_ord IS 'The event that answered';
CREATE INDEX case_request_department_idx ON desk.case_request (department) WHERE answered_ord IS NULL;
CREATE INDEX case_request_account_id_idx ON desk.case_request (account_id) WHERE answered_ord IS NULL;

CREATE TABLE desk.case_link (
    case_id  bigint NOT NULL REFERENCES registry.case_file,
    other_id bigint NOT NULL REFERENCES registry.case_file,
    relation text NOT NULL,
    ord      int NOT NULL,
    PRIMARY KEY (case_id, other_id, relation),
    CONSTRAINT case_link_other_check CHECK (case_id <> other_id)
);
COMMENT ON TABLE desk.case_link IS 'Linked cases: a projection of events';
COMMENT ON COLUMN desk.case_link.case_id IS 'The case';
COMMENT ON COLUMN desk.case_link.other_id IS 'The other case';
COMMENT ON COLUMN desk.case_link.relation IS 'NEEDS (waits for the other), FOLLOWS, RELATED';
COMMENT ON COLUMN desk.case_link.ord IS 'The event that linked them';
CREATE INDEX case_link_other_id_idx ON desk.case_link (other_id);

-- +goose StatementBegin
CREATE FUNCTION desk.plain(t text) RETURNS text IMMUTABLE PARALLEL SAFE STRICT LANGUAGE sql AS
$$ SELECT lower(regexp_replace(normalize(t, NFKC), '\s+', ' ', 'g')) $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.plain(text) IS 'A text in the form in which texts are compared: one width, small letters, one space';
-- +goose StatementBegin
CREATE FUNCTION desk.bigrams(t text) RETURNS tsvector IMMUTABLE PARALLEL SAFE STRICT LANGUAGE sql AS $$
  SELECT array_to_tsvector(coalesce(array_agg(DISTINCT c || coalesce(next, '')), '{}'))
  FROM (SELECT c, lead(c) OVER (ORDER BY i) AS next FROM unnest(string_to_array(left(desk.plain(t), 100000), NULL)) WITH ORDINALITY x(c, i)) y
  WHERE c <> ' ' $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.bigrams(text) IS 'The pairs of neighbouring characters of a text, for search in Chinese without a dictionary';
-- +goose StatementBegin
CREATE FUNCTION desk.bigram_query(t text) RETURNS tsquery IMMUTABLE PARALLEL SAFE STRICT LANGUAGE sql AS $$
  SELECT string_agg('''' || replace(replace(g, '\', '\\'), '''', '''''') || CASE WHEN length(g) = 1 THEN ''':*' ELSE '''' END, ' & ')::tsquery
  FROM (SELECT DISTINCT c || coalesce(next, '') AS g, next, count(*) OVER () AS n
        FROM (SELECT c, lead(c) OVER (ORDER BY i) AS next FROM unnest(string_to_array(left(desk.plain(btrim(t)), 200), NULL)) WITH ORDINALITY x(c, i)) y
        WHERE c <> ' ') z
  WHERE next IS NOT NULL OR n = 1 $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.bigram_query(text) IS 'The pairs of a text that somebody looks for';

CREATE TABLE desk.case_text (
    case_id bigint NOT NULL REFERENCES registry.case_file,
    source  text NOT NULL CHECK (source IN ('CASE', 'COMMENT', 'OPINION', 'STEP', 'PAPER', 'FILE', 'NOTICE', 'OBJECTION')),
    ref     bigint NOT NULL,
    body    text NOT NULL,
    words   tsvector NOT NULL GENERATED ALWAYS AS (desk.bigrams(body)) STORED,
    PRIMARY KEY (case_id, source, ref)
);
COMMENT ON TABLE desk.case_text IS 'What can be found in cases: derived from events, papers and files';
COMMENT ON COLUMN desk.case_text.case_id IS 'The case';
COMMENT ON COLUMN desk.case_text.source IS 'Where the text stands';
COMMENT ON COLUMN desk.case_text.ref IS 'The event, paper or objection; 0 for the case itself';
COMMENT ON COLUMN desk.case_text.body IS 'The text, at most 100,000 characters of it';
COMMENT ON COLUMN desk.case_text.words IS 'Its pairs of characters';
CREATE INDEX case_text_words_idx ON desk.case_text USING gin (words);

CREATE TABLE desk.number_series (
    series text NOT NULL,
    year   smallint NOT NULL,
    last   int NOT NULL CHECK (last >= 0),
    PRIMARY KEY (series, year)
);
COMMENT ON TABLE desk.number_series IS 'The last number given in a series (文号、案号) of a year; drawn in the transaction that uses it, so that none is lost';
COMMENT ON COLUMN desk.number_series.series IS 'The series, such as 吉民区划 or the kind of case';
COMMENT ON COLUMN desk.number_series.year IS 'The year';
COMMENT ON COLUMN desk.number_series.last IS 'The last number given';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{file,case_event,case_paper,case_hand}'::text[] LOOP
    PERFORM registry.log_table(('desk.' || t)::regclass);
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registry.close_log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = registry, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE s bigint := new.seq; d bytea; n int;
BEGIN
  -- The work of the desk changes no unit, line or place: most entries need none of this.
  IF EXISTS (SELECT FROM log_leaf WHERE log_leaf.seq = s
              AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace('desk') AND c.relname = log_leaf.relation)) THEN
    PERFORM check_paper(s);
    PERFORM check_origin(s);
    PERFORM check_closed(s);
    PERFORM check_crossing(s);
    PERFORM check_tenure(s);
    PERFORM check_existence(s);
    PERFORM check_rank(s);
    PERFORM fill_face_extent(s);
    PERFORM check_sides(s);
  END IF;
  SELECT count(*), sha256(coalesce((SELECT l.digest FROM log l WHERE l.seq = s - 1), '')
         || convert_to(concat_ws(' ', s, new.recorded_at, new.actor, new.case_id, new.request), 'UTF8')
         || coalesce(string_agg(l.digest, '' ORDER BY ord), '')) INTO n, d FROM log_leaf l WHERE l.seq = s;
  UPDATE log SET leaves = n, digest = d, xid = NULL WHERE log.seq = s;
  PERFORM pg_notify('jieming_log', s::text);
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION desk.subtree_filter(owners bigint[], kinds text[], reaches text[], wheres bool[], tops text[], departments text[], on_day date)
RETURNS TABLE (case_id bigint) STABLE LANGUAGE sql AS $$
  WITH clause AS MATERIALIZED (
    SELECT ord, owner, string_to_array(nullif(kind, ''), '|') AS kinds, reach, everywhere, top::bigint[] AS tops, department
    FROM unnest(owners, kinds, reaches, wheres, tops, departments) WITH ORDINALITY c(owner, kind, reach, everywhere, top, department, ord)),
  area AS MATERIALIZED (
    SELECT clause.ord, s.unit_id FROM clause CROSS JOIN LATERAL desk.subtree(clause.tops, on_day) s(unit_id)
    WHERE NOT everywhere AND reach <> 'ASKED')
  SELECT n.case_id FROM desk.case_now n
  CROSS JOIN LATERAL (SELECT CASE WHEN EXISTS (SELECT FROM registry.unit_version v WHERE v.unit_id = n.unit_id AND upper_inf(v.recorded) AND v.valid @> on_day)
                                  THEN n.unit_id ELSE desk.home(n.unit_id, on_day) END AS unit_id) home
  WHERE EXISTS (
    SELECT FROM clause c WHERE (c.kinds IS NULL OR n.kind = ANY (c.kinds)) AND CASE c.reach
      WHEN 'ASKED' THEN c.owner = ANY (n.asked) OR (c.department <> '' AND c.department = ANY (n.departments))
      WHEN 'OWN'   THEN (n.opener_id = c.owner OR n.holder_id = c.owner)
                        AND (c.everywhere OR EXISTS (SELECT FROM area a WHERE a.ord = c.ord AND a.unit_id = home.unit_id))
      WHEN 'AREA'  THEN c.everywhere OR EXISTS (SELECT FROM area a WHERE a.ord = c.ord AND a.unit_id = home.unit_id)
      ELSE false END)
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.subtree_filter(bigint[], text[], text[], bool[], text[], text[], date) IS 'The cases that a rule of rights lets through: one row of the parallel arrays for each clause; a clause without kinds covers all';

-- +goose StatementBegin
DO $$ DECLARE f text; BEGIN
  FOREACH f IN ARRAY '{home(bigint\,date),path(bigint\,date),subtree(bigint[]\,date),subtree_filter(bigint[]\,text[]\,text[]\,bool[]\,text[]\,text[]\,date),keep_duties_apart()}'::text[] LOOP
    EXECUTE format('ALTER FUNCTION desk.%s SET search_path = registry, public, pg_temp', f);
  END LOOP;
END $$;
-- +goose StatementEnd

GRANT SELECT ON ALL TABLES IN SCHEMA desk TO jieming_writer;
GRANT INSERT ON desk.file, desk.file_part, desk.case_event, desk.case_paper, desk.case_hand, desk.case_now, desk.case_clock, desk.case_request,
    desk.case_link, desk.number_series, desk.case_text TO jieming_writer;
GRANT UPDATE ON desk.case_now, desk.case_clock, desk.case_request, desk.case_link, desk.number_series, desk.case_text TO jieming_writer;
GRANT DELETE ON desk.case_clock, desk.case_request, desk.case_link TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

-- +goose Down
DROP TABLE desk.case_text, desk.number_series, desk.case_link, desk.case_request, desk.case_clock, desk.case_now, desk.case_hand, desk.case_paper, desk.case_event,
    desk.file_part, desk.file;
DROP FUNCTION desk.subtree_filter(bigint[], text[], text[], bool[], text[], text[], date), desk.bigram_query(text), desk.bigrams(text), desk.plain(text);
