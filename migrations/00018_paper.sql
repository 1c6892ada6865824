-- Files, templates and numbers of official documents. The bytes of a file are
-- stored before the log entry that makes it one of a case, in the same
-- database, so that no writer waits while somebody's upload is stored.

-- +goose Up
DROP TABLE desk.file_part;

CREATE TABLE desk.content (
    sha256    bytea PRIMARY KEY CHECK (length(sha256) = 32),
    bytes     bigint NOT NULL CHECK (bytes > 0),
    media     text NOT NULL CHECK (media <> ''),
    pages     int CHECK (pages > 0),
    body      text NOT NULL DEFAULT '',
    stored_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE desk.content IS 'Content of files, once by its digest; swept when neither a file nor an upload has it';
COMMENT ON COLUMN desk.content.sha256 IS 'Digest of the content';
COMMENT ON COLUMN desk.content.bytes IS 'Size';
COMMENT ON COLUMN desk.content.media IS 'Media type, as the content shows';
COMMENT ON COLUMN desk.content.pages IS 'Number of pages, where known';
COMMENT ON COLUMN desk.content.body IS 'Text read from it, for search; empty for none';
COMMENT ON COLUMN desk.content.stored_at IS 'When it was stored first';
CREATE TABLE desk.content_part (
    sha256  bytea NOT NULL REFERENCES desk.content ON DELETE CASCADE,
    ord     int NOT NULL CHECK (ord > 0),
    content bytea NOT NULL CHECK (length(content) BETWEEN 1 AND 1048576),
    PRIMARY KEY (sha256, ord)
);
ALTER TABLE desk.content_part ALTER content SET STORAGE EXTERNAL;
COMMENT ON TABLE desk.content_part IS 'The bytes of content, in parts of 1 MiB; their digest is in the log, with the file';
COMMENT ON COLUMN desk.content_part.sha256 IS 'The content';
COMMENT ON COLUMN desk.content_part.ord IS 'Order, from 1';
COMMENT ON COLUMN desk.content_part.content IS 'The bytes; all parts but the last have 1 MiB';
ALTER TABLE desk.file ADD CONSTRAINT file_sha256_fkey FOREIGN KEY (sha256) REFERENCES desk.content;

CREATE TABLE desk.upload (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256     bytea NOT NULL REFERENCES desk.content,
    name       text NOT NULL CHECK (name <> ''),
    account_id bigint NOT NULL REFERENCES desk.account,
    at         timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE desk.upload IS 'A file somebody brought that no case holds yet; swept after two days';
COMMENT ON COLUMN desk.upload.id IS 'Identity';
COMMENT ON COLUMN desk.upload.sha256 IS 'Its content';
COMMENT ON COLUMN desk.upload.name IS 'What it is called, cleaned';
COMMENT ON COLUMN desk.upload.account_id IS 'Who brought it; nobody else sees it';
COMMENT ON COLUMN desk.upload.at IS 'When';
CREATE INDEX upload_sha256_idx ON desk.upload (sha256);
CREATE INDEX upload_at_idx ON desk.upload (at);

CREATE TABLE desk.paper_template (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    version    int NOT NULL CHECK (version > 0),
    file_id    bigint REFERENCES desk.file,
    account_id bigint REFERENCES desk.account,
    reason     text NOT NULL CHECK (reason <> ''),
    at         timestamptz NOT NULL DEFAULT now(),
    seq        bigint NOT NULL REFERENCES registry.log,
    UNIQUE (name, version)
);
COMMENT ON TABLE desk.paper_template IS 'A template of official documents that took the place of the one before; the newest is in use';
COMMENT ON COLUMN desk.paper_template.id IS 'Identity';
COMMENT ON COLUMN desk.paper_template.name IS 'Name of the template, as in papers.csv';
COMMENT ON COLUMN desk.paper_template.version IS 'Version, from 1; before that the shipped one is in use';
COMMENT ON COLUMN desk.paper_template.file_id IS 'The .docx; null: the shipped one again';
COMMENT ON COLUMN desk.paper_template.account_id IS 'Who changed it';
COMMENT ON COLUMN desk.paper_template.reason IS 'Why';
COMMENT ON COLUMN desk.paper_template.at IS 'When';
COMMENT ON COLUMN desk.paper_template.seq IS 'Log entry that recorded it';

CREATE TABLE desk.paper_series (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer     text NOT NULL CHECK (issuer <> ''),
    paper      text NOT NULL CHECK (paper <> ''),
    pattern    text NOT NULL CHECK (pattern LIKE '%{n}%'),
    year       smallint NOT NULL,
    after      int NOT NULL DEFAULT 0 CHECK (after >= 0),
    account_id bigint REFERENCES desk.account,
    reason     text NOT NULL CHECK (reason <> ''),
    seq        bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.paper_series IS 'Which series of 文号 an issuer takes for a kind of paper; the newest row of both is in force';
COMMENT ON COLUMN desk.paper_series.id IS 'Identity';
COMMENT ON COLUMN desk.paper_series.issuer IS '发文机关';
COMMENT ON COLUMN desk.paper_series.paper IS 'Kind of paper, as in papers.csv; * for all that have no row of their own';
COMMENT ON COLUMN desk.paper_series.pattern IS 'How a number is written, such as 吉民区划〔{year}〕{n}号; also the name of the series. Without {year} numbers run on over the years';
COMMENT ON COLUMN desk.paper_series.year IS 'The year for which after is meant; 0 for a series without years';
COMMENT ON COLUMN desk.paper_series.after IS 'The last number of that year that was given on paper before';
COMMENT ON COLUMN desk.paper_series.account_id IS 'Who set it; null for the command line';
COMMENT ON COLUMN desk.paper_series.reason IS 'Why';
COMMENT ON COLUMN desk.paper_series.seq IS 'Log entry that recorded it';
CREATE INDEX paper_series_issuer_paper_idx ON desk.paper_series (issuer, paper, id DESC);

CREATE TABLE desk.paper_number (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series     text NOT NULL,
    year       smallint NOT NULL,
    serial     int NOT NULL CHECK (serial > 0),
    number     text NOT NULL UNIQUE,
    paper      text NOT NULL CHECK (paper <> ''),
    case_id    bigint REFERENCES registry.case_file,
    account_id bigint REFERENCES desk.account,
    at         timestamptz NOT NULL DEFAULT now(),
    seq        bigint NOT NULL REFERENCES registry.log,
    UNIQUE (series, year, serial)
);
COMMENT ON TABLE desk.paper_number IS 'A 文号 that was given: the register of numbers, without gaps';
COMMENT ON COLUMN desk.paper_number.id IS 'Identity';
COMMENT ON COLUMN desk.paper_number.series IS 'The series: its pattern';
COMMENT ON COLUMN desk.paper_number.year IS 'The year; 0 for a series without years';
COMMENT ON COLUMN desk.paper_number.serial IS 'The number in the series and year';
COMMENT ON COLUMN desk.paper_number.number IS 'The number as it is written, such as 吉民区划〔2026〕12号';
COMMENT ON COLUMN desk.paper_number.paper IS 'Kind of paper it was given to';
COMMENT ON COLUMN desk.paper_number.case_id IS 'The case of the paper';
COMMENT ON COLUMN desk.paper_number.account_id IS 'Who drew it';
COMMENT ON COLUMN desk.paper_number.at IS 'When';
COMMENT ON COLUMN desk.paper_number.seq IS 'Log entry that recorded it';
CREATE INDEX paper_number_case_id_idx ON desk.paper_number (case_id);

CREATE TABLE desk.paper_void (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number_id  bigint NOT NULL UNIQUE REFERENCES desk.paper_number,
    reason     text NOT NULL CHECK (reason <> ''),
    account_id bigint REFERENCES desk.account,
    seq        bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.paper_void IS 'A number that was given and is void: it is not given again';
COMMENT ON COLUMN desk.paper_void.id IS 'Identity';
COMMENT ON COLUMN desk.paper_void.number_id IS 'The number';
COMMENT ON COLUMN desk.paper_void.reason IS 'Why';
COMMENT ON COLUMN desk.paper_void.account_id IS 'Who voided it';
COMMENT ON COLUMN desk.paper_void.seq IS 'Log entry that recorded it';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{paper_template,paper_series,paper_number,paper_void}'::text[] LOOP
    PERFORM registry.log_table(('desk.' || t)::regclass);
  END LOOP;
END $$;
-- +goose StatementEnd

GRANT SELECT, INSERT, DELETE ON desk.content, desk.upload TO jieming_writer;
GRANT SELECT, INSERT ON desk.content_part, desk.paper_template, desk.paper_series, desk.paper_number, desk.paper_void TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

-- +goose Down
DROP TABLE desk.paper_void, desk.paper_number, desk.paper_series, desk.paper_template, desk.upload;
ALTER TABLE desk.file DROP CONSTRAINT file_sha256_fkey;
DROP TABLE desk.content_part, desk.content;
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
GRANT SELECT, INSERT ON desk.file_part TO jieming_writer;
