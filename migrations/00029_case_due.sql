-- Lists of cases by the day they are due.

-- +goose Up
CREATE INDEX case_now_due_idx ON desk.case_now (coalesce(due_on, 'infinity'::date), case_id);

-- +goose Down
DROP INDEX desk.case_now_due_idx;
