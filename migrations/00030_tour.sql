-- What a person has done of their first day at the desk.

-- +goose Up
CREATE TABLE desk.tour (
    account_id bigint PRIMARY KEY REFERENCES desk.account,
    away       boolean NOT NULL DEFAULT false,
    ticked     text[] NOT NULL DEFAULT '{}' CHECK (cardinality(ticked) <= 100)
);
COMMENT ON TABLE desk.tour IS 'The first day of a person at the desk; who has no row has not begun';
COMMENT ON COLUMN desk.tour.account_id IS 'The person';
COMMENT ON COLUMN desk.tour.away IS 'They have put it away';
COMMENT ON COLUMN desk.tour.ticked IS 'Steps that they ticked off, or opened, as in tour.csv';
GRANT SELECT, INSERT ON desk.tour TO jieming_writer;
GRANT UPDATE (away, ticked) ON desk.tour TO jieming_writer;

CREATE INDEX case_event_account_id_idx ON desk.case_event (account_id, type);

-- +goose Down
DROP INDEX desk.case_event_account_id_idx;
DROP TABLE desk.tour;
