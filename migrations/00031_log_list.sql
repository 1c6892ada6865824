-- The log as people read it: by who, by case, by what was written; and who read
-- what is not public.

-- +goose Up
CREATE INDEX log_actor_idx ON registry.log (actor COLLATE "C", seq);
CREATE INDEX log_case_id_idx ON registry.log (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX log_leaf_relation_seq_idx ON registry.log_leaf (relation, seq);
CREATE INDEX event_words_idx ON registry.event USING gin (desk.bigrams(note)) WHERE note IS NOT NULL;
CREATE INDEX access_kind_idx ON desk.access (kind, id);
CREATE INDEX access_at_idx ON desk.access (at);

-- +goose Down
DROP INDEX desk.access_at_idx;
DROP INDEX desk.access_kind_idx;
DROP INDEX registry.event_words_idx;
DROP INDEX registry.log_leaf_relation_seq_idx;
DROP INDEX registry.log_case_id_idx;
DROP INDEX registry.log_actor_idx;
