-- Who sent a comment is forgotten some time after the notice is over.

-- +goose Up
GRANT DELETE ON desk.objection_sender TO jieming_writer;

-- +goose Down
REVOKE DELETE ON desk.objection_sender FROM jieming_writer;
