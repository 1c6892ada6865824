-- The log is the recorded clock: one row per writing transaction, numbered in
-- commit order, and one leaf per row written or closed in it.

-- +goose Up
CREATE SCHEMA registry;
COMMENT ON SCHEMA registry IS 'Divisions, boundary lines and names of the province, on two clocks: valid (days of law) and recorded (log sequence)';
GRANT USAGE ON SCHEMA registry TO PUBLIC;

CREATE TABLE registry.case_file (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL,
    title     text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    opened_by text NOT NULL
);
COMMENT ON TABLE registry.case_file IS 'A case (案卷): the matter under which a legal change, correction or survey is decided';
COMMENT ON COLUMN registry.case_file.id IS 'Identity of the case';
COMMENT ON COLUMN registry.case_file.kind IS 'Kind of case: ADJUSTMENT, CORRECTION, SURVEY, NAMING, DISPUTE, INSPECTION';
COMMENT ON COLUMN registry.case_file.title IS 'Title in Chinese';
COMMENT ON COLUMN registry.case_file.opened_at IS 'When the case was opened';
COMMENT ON COLUMN registry.case_file.opened_by IS 'Who opened it';

CREATE TABLE registry.zone (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    network       text NOT NULL CHECK (network IN ('INTERNET', 'GOVERNMENT', 'CLASSIFIED')),
    highest_level smallint NOT NULL CHECK (highest_level BETWEEN 0 AND 4)
);
COMMENT ON TABLE registry.zone IS 'The network this installation runs in; a row above its highest secrecy is refused';
COMMENT ON COLUMN registry.zone.only_row IS 'Always true: the table holds one row';
COMMENT ON COLUMN registry.zone.network IS 'INTERNET, GOVERNMENT (政务外网) or CLASSIFIED (涉密网)';
COMMENT ON COLUMN registry.zone.highest_level IS 'Highest secrecy it may hold: 0 公开, 1 内部, 2 秘密, 3 机密, 4 绝密';
-- Nothing above public until somebody decides what public reads may show.
INSERT INTO registry.zone (network, highest_level) VALUES ('INTERNET', 0);

CREATE TABLE registry.log (
    seq         bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL UNIQUE,
    xid         xid8 UNIQUE DEFAULT pg_current_xact_id(),
    actor       text NOT NULL CHECK (actor <> ''),
    case_id     bigint REFERENCES registry.case_file,
    request     text UNIQUE,
    leaves      int,
    digest      bytea CHECK (length(digest) = 32)
);
COMMENT ON TABLE registry.log IS 'One row per writing transaction; append-only; digests chain the entries';
COMMENT ON COLUMN registry.log.seq IS 'Position on the recorded clock; gap-free, equals commit order';
COMMENT ON COLUMN registry.log.recorded_at IS 'UTC time of the entry; strictly rises with seq';
COMMENT ON COLUMN registry.log.xid IS 'The transaction that is writing it; null once sealed, because transaction ids mean nothing after a restore';
COMMENT ON COLUMN registry.log.actor IS 'Who wrote it';
COMMENT ON COLUMN registry.log.case_id IS 'The case under which it was written, if any';
COMMENT ON COLUMN registry.log.request IS 'Idempotency key of the command: the same command is recorded once';
COMMENT ON COLUMN registry.log.leaves IS 'Number of leaves; null until the transaction commits';
COMMENT ON COLUMN registry.log.digest IS 'sha256(previous digest, header, leaf digests); null until the transaction commits';

CREATE TABLE registry.gate ();
COMMENT ON TABLE registry.gate IS 'Never has rows: writers lock it, so that seq order is commit order';

CREATE TABLE registry.log_leaf (
    seq      bigint NOT NULL REFERENCES registry.log,
    ord      bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    relation text NOT NULL,
    row_id   bigint NOT NULL,
    op       "char" NOT NULL CHECK (op IN ('I', 'C')),
    digest   bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (seq, ord)
);
COMMENT ON TABLE registry.log_leaf IS 'One row per row version written or closed, with its digest';
COMMENT ON COLUMN registry.log_leaf.seq IS 'The log entry';
COMMENT ON COLUMN registry.log_leaf.ord IS 'Order within the log';
COMMENT ON COLUMN registry.log_leaf.relation IS 'Table of the row';
COMMENT ON COLUMN registry.log_leaf.row_id IS 'id of the row in its table';
COMMENT ON COLUMN registry.log_leaf.op IS 'I inserted, C closed (its recorded range ends here)';
COMMENT ON COLUMN registry.log_leaf.digest IS 'sha256 over table, operation and canonical JSON of the row (nulls stripped), and WKB for arcs';
CREATE INDEX log_leaf_relation_row_id_idx ON registry.log_leaf (relation, row_id);

-- +goose Down
DROP SCHEMA registry CASCADE;
