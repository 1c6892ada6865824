-- name: PutPaperText
-- What a paper can be found by: what is said of it, and what is read in its file.
INSERT INTO desk.case_text (case_id, source, ref, body)
SELECT p.case_id, 'PAPER', p.id, concat_ws(E'\n', p.title, p.number, p.issuer, p.file_name) FROM desk.case_paper p WHERE p.id = @paper
UNION ALL
SELECT p.case_id, 'FILE', p.id, left(c.body, 100000)
FROM desk.case_paper p JOIN desk.file f ON f.id = p.file_id JOIN desk.content c ON c.sha256 = f.sha256 WHERE p.id = @paper AND c.body <> ''
ON CONFLICT (case_id, source, ref) DO UPDATE SET body = excluded.body;

-- name: FindInCases
-- What fits a text in the cases that a rule lets through: for each case and
-- source the first place, those of cases touched last first.
WITH hit AS MATERIALIZED (
  SELECT DISTINCT ON (t.case_id, t.source) t.case_id, t.source, t.ref, t.body
  FROM desk.case_text t
  WHERE t.words @@ desk.bigram_query(@text) AND strpos(desk.plain(t.body), desk.plain(btrim(@text))) > 0
    AND (@papers::bool OR t.source NOT IN ('PAPER', 'FILE'))
    AND (@source = '' OR t.source = @source)
  ORDER BY t.case_id, t.source, t.ref)
SELECT h.source, h.ref, n.case_id, n.kind, n.number, n.title, n.state, n.phase, n.touched_at,
       CASE WHEN strpos(lower(h.body), lower(btrim(@text))) > 0
            THEN substr(h.body, greatest(1, strpos(lower(h.body), lower(btrim(@text))) - 40), 160)
            ELSE substr(desk.plain(h.body), greatest(1, strpos(desk.plain(h.body), desk.plain(btrim(@text))) - 40), 160) END
FROM hit h JOIN desk.case_now n USING (case_id)
WHERE (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
ORDER BY n.touched_at DESC, n.case_id DESC, h.source
LIMIT @limit;

-- name: CountInCases
SELECT t.source, count(DISTINCT t.case_id)
FROM desk.case_text t JOIN desk.case_now n USING (case_id)
WHERE t.words @@ desk.bigram_query(@text) AND strpos(desk.plain(t.body), desk.plain(btrim(@text))) > 0
  AND (@papers::bool OR t.source NOT IN ('PAPER', 'FILE'))
  AND (@may_kinds::text[] IS NULL OR n.kind = ANY (@may_kinds))
  AND (@wide::bool OR n.case_id IN (
      SELECT f.case_id FROM desk.subtree_filter(@owners, @kinds_of, @reaches, @everywhere, @tops, @departments, @today) f))
GROUP BY t.source;

-- name: FindInstruments
-- Instruments of what the public sees, by number, title, issuer and text.
SELECT i.id, coalesce(i.number, ''), i.title, coalesce(i.issuer, ''), e.id, count(*) OVER (),
       substr(coalesce(i.body, i.title), greatest(1, strpos(lower(coalesce(i.body, i.title)), lower(btrim(@text))) - 40), 160)
FROM instrument i
CROSS JOIN LATERAL (
  SELECT min(e.id) AS id FROM event e
  WHERE e.instrument_id = i.id AND e.seq <= (SELECT p.as_of FROM publication p ORDER BY p.seq DESC LIMIT 1)) e
WHERE desk.bigrams(coalesce(i.number, '') || ' ' || i.title || ' ' || coalesce(i.issuer, '') || ' ' || coalesce(i.body, '')) @@ desk.bigram_query(@text)
  AND strpos(desk.plain(coalesce(i.number, '') || ' ' || i.title || ' ' || coalesce(i.issuer, '') || ' ' || coalesce(i.body, '')), desk.plain(btrim(@text))) > 0
  AND e.id IS NOT NULL
ORDER BY i.issued_on DESC NULLS LAST, i.id DESC
LIMIT @limit;
