-- name: ListLog
-- Entries as people read them, the newest first. What an entry wrote is counted
-- among its first thousand rows: a load has tens of thousands.
WITH e AS MATERIALIZED (
  SELECT l.* FROM log l
  WHERE l.digest IS NOT NULL
    AND (@seq::bigint IS NULL OR l.seq = @seq)
    AND (@before::bigint IS NULL OR l.seq < @before)
    AND (@since::timestamptz IS NULL OR l.seq >= (SELECT coalesce(min(f.seq), 9223372036854775807) FROM (SELECT seq FROM log WHERE recorded_at >= @since ORDER BY recorded_at LIMIT 1) f))
    AND (@until::timestamptz IS NULL OR l.seq < (SELECT coalesce(min(f.seq), 9223372036854775807) FROM (SELECT seq FROM log WHERE recorded_at >= @until ORDER BY recorded_at LIMIT 1) f))
    AND (@logins::text[] IS NULL OR l.seq IN (
          SELECT x.seq FROM unnest(@logins::text[]) w(login) JOIN log x ON x.actor COLLATE "C" = w.login OR (x.actor COLLATE "C" >= w.login || ' for ' AND x.actor COLLATE "C" < w.login || ' for!')))
    AND (@cases::bigint[] IS NULL OR l.seq IN (
          SELECT x.seq FROM log x WHERE x.case_id = ANY (@cases)
          UNION ALL SELECT v.seq FROM desk.case_event v WHERE v.case_id = ANY (@cases)))
    AND (@relations::text[] IS NULL OR l.seq IN (
          SELECT x.seq FROM unnest(@relations::text[]) r(relation)
          CROSS JOIN LATERAL (SELECT DISTINCT f.seq FROM log_leaf f WHERE f.relation = r.relation AND (@before::bigint IS NULL OR f.seq < @before)
                              ORDER BY f.seq DESC LIMIT @enough) x)) -- all but where nothing else is asked
    AND (@seals OR NOT (l.actor = 'jieming' AND EXISTS (SELECT FROM log_leaf f WHERE f.seq = l.seq AND f.relation = 'access')))
    AND (@relation::text IS NULL OR l.seq IN (SELECT f.seq FROM log_leaf f WHERE f.relation = @relation AND f.row_id = @row))
    AND (@units::bigint[] IS NULL OR l.seq IN (
          SELECT unnest(ARRAY[lower(v.recorded), upper(v.recorded)]) FROM unit_version v WHERE v.unit_id = ANY (@units)
          UNION ALL SELECT unnest(ARRAY[lower(v.recorded), upper(v.recorded)]) FROM code_version v WHERE v.unit_id = ANY (@units)
          UNION ALL SELECT unnest(ARRAY[lower(v.recorded), upper(v.recorded)]) FROM tenure v WHERE v.unit_id = ANY (@units)
          UNION ALL SELECT v.seq FROM desk.case_now n JOIN desk.case_event v ON v.case_id = n.case_id WHERE n.unit_id = ANY (@units)))
    AND (@text::text IS NULL OR l.seq IN (
          SELECT v.seq FROM event v JOIN instrument i ON i.id = v.instrument_id
          WHERE desk.bigrams(coalesce(i.number, '') || ' ' || i.title || ' ' || coalesce(i.issuer, '') || ' ' || coalesce(i.body, '')) @@ desk.bigram_query(@text)
            AND strpos(desk.plain(concat_ws(' ', i.number, i.title, i.issuer, i.body)), desk.plain(@text)) > 0
          UNION ALL
          SELECT v.seq FROM event v WHERE v.note IS NOT NULL AND desk.bigrams(v.note) @@ desk.bigram_query(@text) AND strpos(desk.plain(v.note), desk.plain(@text)) > 0
          UNION ALL
          SELECT v.seq FROM desk.case_text t JOIN desk.case_event v ON v.case_id = t.case_id
          WHERE @in_cases AND t.words @@ desk.bigram_query(@text) AND strpos(desk.plain(t.body), desk.plain(@text)) > 0))
  ORDER BY l.seq DESC
  LIMIT @limit)
SELECT e.seq, e.recorded_at, e.actor, e.case_id, e.request, e.leaves, e.digest, (SELECT p.digest FROM log p WHERE p.seq = e.seq - 1),
       a.id, coalesce(a.name, ''), n.case_id, n.kind, n.number, CASE WHEN @in_cases THEN n.title END,
       (SELECT jsonb_agg(jsonb_build_object('relation', w.relation, 'rows', w.n) ORDER BY w.first)
        FROM (SELECT f.relation, count(*) AS n, min(f.ord) AS first
              FROM (SELECT relation, ord FROM log_leaf f WHERE f.seq = e.seq ORDER BY ord LIMIT 1000) f GROUP BY f.relation) w),
       (SELECT jsonb_agg(jsonb_build_object('type', c.type, 'act', coalesce(c.body ->> 'act', ''), 'reason', CASE WHEN @in_cases THEN coalesce(c.body ->> 'reason', '') ELSE '' END) ORDER BY c.ord)
        FROM (SELECT * FROM desk.case_event c WHERE c.seq = e.seq ORDER BY c.ord LIMIT 20) c),
       (SELECT jsonb_agg(jsonb_build_object('event', v.id, 'class', v.class, 'type', v.type, 'on', v.effective_on, 'precision', v.precision,
                                            'paper', coalesce(i.number, i.title), 'reason', coalesce(v.note, '')) ORDER BY v.id)
        FROM (SELECT * FROM event v WHERE v.seq = e.seq ORDER BY v.id LIMIT 20) v JOIN instrument i ON i.id = v.instrument_id)
FROM e
LEFT JOIN desk.account a ON a.login = split_part(e.actor, ' for ', 1)
LEFT JOIN desk.case_now n ON n.case_id = coalesce(e.case_id, (SELECT v.case_id FROM desk.case_event v WHERE v.seq = e.seq LIMIT 1)) -- who opens a case has none yet
ORDER BY e.seq DESC;

-- name: ReasonsOfEntry
-- The reasons that were given for what is not an act in a case.
SELECT r.reason FROM (
  SELECT l.ord, coalesce(g.reason, v.reason, d.reason, s.reason, z.reason, c.reason, q.reason, y.reason, t.reason, p.reason, x.reason) AS reason
  FROM log_leaf l
  LEFT JOIN desk.role_grant g ON l.relation = 'role_grant' AND g.id = l.row_id
  LEFT JOIN desk.role_revocation v ON l.relation = 'role_revocation' AND v.id = l.row_id
  LEFT JOIN desk.release_decision d ON l.relation = 'release_decision' AND d.id = l.row_id
  LEFT JOIN desk.setting s ON l.relation = 'setting' AND s.id = l.row_id
  LEFT JOIN desk.layer_switch z ON l.relation = 'layer_switch' AND z.id = l.row_id
  LEFT JOIN zone_change c ON l.relation = 'zone_change' AND c.id = l.row_id
  LEFT JOIN desk.quality_acceptance q ON l.relation = 'quality_acceptance' AND q.id = l.row_id
  LEFT JOIN desk.delegation y ON l.relation = 'delegation' AND y.id = l.row_id
  LEFT JOIN desk.paper_template t ON l.relation = 'paper_template' AND t.id = l.row_id
  LEFT JOIN desk.paper_series p ON l.relation = 'paper_series' AND p.id = l.row_id
  LEFT JOIN desk.paper_void x ON l.relation = 'paper_void' AND x.id = l.row_id
  WHERE l.seq = @seq
  ORDER BY l.ord
  LIMIT 200) r
WHERE r.reason <> ''
ORDER BY r.ord;

-- name: LogLeaves
SELECT ord, relation, row_id, op::text, digest FROM log_leaf WHERE seq = @seq AND ord > @after ORDER BY ord LIMIT @limit;

-- name: LoginsLike
-- The logins that somebody may mean by a login or a part of a name. Who has no
-- account, such as the program itself, is meant by what the log calls them.
SELECT login FROM desk.account WHERE login = @person OR strpos(desk.plain(name), desk.plain(@person)) > 0
UNION SELECT @person
LIMIT 50;

-- name: CasesNumbered
SELECT case_id FROM desk.case_now WHERE number = @case OR case_id = @id
UNION SELECT id FROM case_file WHERE id = @id;

-- name: UnitsCalled
SELECT v.unit_id FROM unit_version v WHERE v.name = @unit
UNION SELECT v.unit_id FROM code_version v WHERE v.code = @code
UNION SELECT u.id FROM unit u WHERE u.id = @id
LIMIT 100;

-- name: CheckpointNotes
SELECT c.note || coalesce((SELECT string_agg(line, '' ORDER BY made_at, line) FROM cosignature WHERE checkpoint_id = c.id), '')
FROM checkpoint c
WHERE @below::bigint IS NULL OR c.size < @below
ORDER BY c.size DESC, c.id
LIMIT @limit;

-- name: ListAccess
SELECT x.id, x.at, x.account_id, x.address, x.kind, x.object_kind, x.object_id, x.detail, coalesce(a.login, ''), coalesce(a.name, ''), n.number, x.seq
FROM desk.access x
LEFT JOIN desk.account a ON a.id = x.account_id
LEFT JOIN desk.case_now n ON x.object_kind = 'CASE' AND n.case_id = x.object_id
WHERE (@before::bigint IS NULL OR x.id < @before)
  AND (@kind::text IS NULL OR x.kind = @kind)
  AND (@since::timestamptz IS NULL OR x.at >= @since)
  AND (@until::timestamptz IS NULL OR x.at < @until)
  AND (@logins::text[] IS NULL OR x.account_id = ANY (ARRAY(SELECT id FROM desk.account WHERE login = ANY (@logins))))
  AND (@cases::bigint[] IS NULL OR x.object_kind = 'CASE' AND x.object_id = ANY (@cases))
ORDER BY x.id DESC
LIMIT @limit;
