-- Search over papers of cases and instruments.

-- +goose Up
CREATE INDEX instrument_words_idx ON registry.instrument USING gin (desk.bigrams(coalesce(number, '') || ' ' || title || ' ' || coalesce(issuer, '') || ' ' || coalesce(body, '')));

-- Papers stood with the case itself; now each is found by itself, by those who
-- may read papers.
INSERT INTO desk.case_text (case_id, source, ref, body)
SELECT p.case_id, 'PAPER', p.id, concat_ws(E'\n', p.title, p.number, p.issuer, p.file_name) FROM desk.case_paper p
ON CONFLICT DO NOTHING;
INSERT INTO desk.case_text (case_id, source, ref, body)
SELECT p.case_id, 'FILE', p.id, left(c.body, 100000) FROM desk.case_paper p JOIN desk.file f ON f.id = p.file_id JOIN desk.content c ON c.sha256 = f.sha256 WHERE c.body <> ''
ON CONFLICT DO NOTHING;
UPDATE desk.case_text t SET body = concat_ws(E'\n', n.number, n.title) FROM desk.case_now n
WHERE n.case_id = t.case_id AND t.source = 'CASE' AND EXISTS (SELECT FROM desk.case_paper p WHERE p.case_id = t.case_id);

-- +goose Down
DROP INDEX registry.instrument_words_idx;
