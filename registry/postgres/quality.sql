-- Each check of registry/law/checks.csv is one statement, for a day and as
-- recorded now: what kind of thing (unit, line, place, event), its id, what it
-- is called, the unit by which it belongs to a prefecture, and facts: the values
-- that its text names. A finding comes back when its facts change.

-- name: QualityUnitSeat
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('type', type)
FROM quality_unit(@day::date)
WHERE level BETWEEN 1 AND 3 AND coalesce(seat, '') = '';

-- name: QualityNameReading
-- Which of these are read in one way only, the program knows (registry/roman).
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('specific', specific, 'generic', generic)
FROM quality_unit(@day::date)
WHERE level > 0;

-- name: QualityCodeList
-- What the load found unlike the national lists, for what still bears the code.
WITH row AS (
  SELECT r.name, x.cells, CASE r.name WHEN 'codes-differ' THEN x.cells->>1 ELSE coalesce(nullif(x.cells->>4, ''), x.cells->>2) END AS given
  FROM load_report r CROSS JOIN LATERAL jsonb_array_elements(r.body) x(cells)
  WHERE r.name IN ('codes-differ', 'townships-2025'))
SELECT DISTINCT ON (u.unit_id) 'unit', u.unit_id, u.name, u.unit_id,
       jsonb_build_object('code', u.code, 'list', CASE row.name WHEN 'codes-differ' THEN row.cells->>2 ELSE row.cells->>2 END,
                          'listed', CASE row.name WHEN 'codes-differ' THEN '' ELSE row.cells->>3 END, 'kind', CASE row.name WHEN 'codes-differ' THEN 'county' ELSE row.cells->>0 END)
FROM row
JOIN quality_unit(@day::date) u ON u.code <> '' AND (u.code = rpad(given, 12, '0') OR (row.cells->>4 = u.name AND left(u.code, 6) = row.cells->>1))
ORDER BY u.unit_id, row.name, row.cells;

-- name: QualityCodeRange
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('code', code, 'type', type)
FROM quality_unit(@day::date)
WHERE code <> '' AND NOT coalesce(CASE
  WHEN type = 'PREF_CITY' THEN substr(code, 3, 2) BETWEEN '01' AND '20' OR substr(code, 3, 2) BETWEEN '51' AND '70'
  WHEN level = 2 THEN substr(code, 3, 2) BETWEEN '21' AND '50'
  WHEN type = 'DISTRICT' THEN substr(code, 5, 2) BETWEEN '01' AND '20' OR substr(code, 5, 2) BETWEEN '51' AND '80'
  WHEN type = 'COUNTY_CITY' THEN substr(code, 5, 2) BETWEEN '81' AND '99'
       OR (substr(code, 3, 2) BETWEEN '21' AND '50' AND substr(code, 5, 2) BETWEEN '01' AND '20')
  WHEN level = 3 THEN substr(code, 5, 2) BETWEEN '21' AND '50'
  WHEN type = 'SUBDISTRICT' THEN substr(code, 7, 3) BETWEEN '001' AND '099'
  WHEN type = 'TOWN' THEN substr(code, 7, 3) BETWEEN '100' AND '199'
  WHEN type IN ('TOWNSHIP', 'ETHNIC_TOWNSHIP', 'SUMU', 'ETHNIC_SUMU') THEN substr(code, 7, 3) BETWEEN '200' AND '399'
  WHEN type = 'RESIDENT_COMMITTEE' THEN substr(code, 10, 3) BETWEEN '001' AND '199'
  WHEN type = 'VILLAGE_COMMITTEE' THEN substr(code, 10, 3) BETWEEN '200' AND '399'
  WHEN level = 1 THEN code LIKE '__0000000000'
  ELSE substr(code, 10, 3) BETWEEN '001' AND '399' END, false);

-- name: QualityCodeMissing
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('type', type)
FROM quality_unit(@day::date)
WHERE level > 0 AND code = '';

-- name: QualityCodeSuperior
-- A code begins with the code of the superior: villages of a township, townships
-- of a county, counties of a prefecture.
SELECT 'unit', u.unit_id, u.name, u.unit_id, jsonb_build_object('code', u.code, 'superior', p.name, 'superior_code', p.code)
FROM quality_unit(@day::date) u
JOIN quality_unit(@day) p ON p.unit_id = u.superior_id
WHERE u.level BETWEEN 2 AND 4 AND u.code <> '' AND p.code <> ''
  AND left(u.code, (ARRAY[2, 2, 4, 6])[u.level]) <> left(p.code, (ARRAY[2, 2, 4, 6])[u.level]);

-- name: QualityVillageCode
SELECT 'unit', u.unit_id, u.name, u.unit_id, jsonb_build_object('code', u.code, 'superior', p.name, 'superior_code', p.code)
FROM quality_unit(@day::date) u
JOIN quality_unit(@day) p ON p.unit_id = u.superior_id
WHERE u.level = 5 AND u.code <> '' AND p.code <> '' AND left(u.code, 9) <> left(p.code, 9);

-- name: QualityCountyArea
SELECT 'unit', u.unit_id, u.name, u.unit_id, jsonb_build_object('code', u.code)
FROM quality_unit(@day::date) u
WHERE u.level = 3
  AND NOT EXISTS (SELECT FROM holders(@day, (SELECT max(seq) FROM log), 3) h WHERE h.unit_id = u.unit_id AND h.unit_level = 3);

-- name: QualitySuperiorEvent
-- A unit came under another superior by an act that does not say so.
WITH step AS (
  SELECT unit_id, name, valid, superior_id, lag(superior_id) OVER w AS before, began_by, id, corrects
  FROM unit_version
  WHERE level > 1 AND upper_inf(recorded) AND lower(valid) <= @day::date
  WINDOW w AS (PARTITION BY unit_id ORDER BY valid))
SELECT 'unit', s.unit_id, s.name, s.unit_id,
       jsonb_build_object('day', string_agg(lower(s.valid)::text, '、' ORDER BY s.valid), 'event', string_agg(e.type, '、' ORDER BY s.valid))
FROM step s
JOIN event e ON e.id = CASE WHEN s.corrects IS NULL THEN s.began_by ELSE unit_origin(s.id) END
JOIN instrument i ON i.id = e.instrument_id
WHERE s.before IS NOT NULL AND s.before <> s.superior_id
  AND (e.type NOT IN ('AFFILIATION', 'CUSTODY', 'ESTABLISH', 'ABOLISH', 'REPLACE', 'REORGANISATION') OR i.completeness = 'UNKNOWN')
GROUP BY s.unit_id, s.name;

-- name: QualityTypeGeneric
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('type', type, 'generic', generic)
FROM quality_unit(@day::date)
WHERE type <> 'UNKNOWN' AND level > 0 AND NOT coalesce(CASE type
  WHEN 'PROVINCE' THEN generic = '省' WHEN 'AUTONOMOUS_REGION' THEN generic LIKE '%自治区' WHEN 'MUNICIPALITY' THEN generic = '市'
  WHEN 'SAR' THEN generic = '特别行政区'
  WHEN 'PREF_CITY' THEN generic = '市' WHEN 'PREFECTURE' THEN generic = '地区' WHEN 'AUTO_PREFECTURE' THEN generic LIKE '%自治州' WHEN 'LEAGUE' THEN generic = '盟'
  WHEN 'DISTRICT' THEN generic LIKE '%区' WHEN 'COUNTY_CITY' THEN generic = '市' WHEN 'COUNTY' THEN generic = '县'
  WHEN 'AUTO_COUNTY' THEN generic LIKE '%自治县' WHEN 'BANNER' THEN generic = '旗' WHEN 'AUTO_BANNER' THEN generic LIKE '%自治旗'
  WHEN 'FOREST_AREA' THEN generic = '林区' WHEN 'SPECIAL_AREA' THEN generic = '特区'
  WHEN 'SUBDISTRICT' THEN generic = '街道' WHEN 'TOWN' THEN generic = '镇' WHEN 'TOWNSHIP' THEN generic = '乡'
  WHEN 'ETHNIC_TOWNSHIP' THEN generic LIKE '%族乡' OR generic = '民族乡' WHEN 'SUMU' THEN generic = '苏木' WHEN 'ETHNIC_SUMU' THEN generic LIKE '%苏木'
  WHEN 'DISTRICT_OFFICE' THEN generic = '区公所'
  WHEN 'VILLAGE_COMMITTEE' THEN generic ~ '(村|村委会|村民委员会|嘎查)$'
  WHEN 'RESIDENT_COMMITTEE' THEN generic ~ '(社区|居委会|居民委员会)$' END, false);

-- name: QualityTypeUnknown
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('code', code, 'generic', generic)
FROM quality_unit(@day::date)
WHERE level > 0 AND type = 'UNKNOWN';

-- name: QualityNameRepeated
-- Towns and townships of one name in the province (地名管理条例 art. 9).
WITH town AS (
  SELECT *, count(*) OVER (PARTITION BY name) AS n FROM quality_unit(@day::date)
  WHERE type IN ('TOWN', 'TOWNSHIP', 'ETHNIC_TOWNSHIP', 'SUMU', 'ETHNIC_SUMU'))
SELECT 'unit', t.unit_id, t.name, t.unit_id, jsonb_build_object('n', t.n, 'others',
       (SELECT string_agg(coalesce(p.name, '') || o.name, '、' ORDER BY o.code) FROM town o LEFT JOIN quality_unit(@day) p ON p.unit_id = o.superior_id
        WHERE o.name = t.name AND o.unit_id <> t.unit_id))
FROM town t
WHERE t.n > 1;

-- name: QualityVillageRepeated
-- Village bodies of one name in a county (地名管理条例 art. 9).
WITH body AS (
  SELECT u.*, t.name AS township, coalesce(c.unit_id, t.unit_id) AS county_id
  FROM quality_unit(@day::date) u
  JOIN quality_unit(@day) t ON t.unit_id = u.superior_id
  LEFT JOIN quality_unit(@day) c ON c.unit_id = t.superior_id AND t.level = 4
  WHERE u.level = 5),
same AS (
  SELECT county_id, specific, type, array_agg(unit_id) AS ids, string_agg(township || name, '、' ORDER BY code) AS all_of_them
  FROM body GROUP BY county_id, specific, type HAVING count(*) > 1)
SELECT 'unit', b.unit_id, b.name, b.unit_id, jsonb_build_object('n', cardinality(s.ids), 'others', s.all_of_them)
FROM body b
JOIN same s ON s.county_id = b.county_id AND s.specific = b.specific AND s.type = b.type;

-- name: QualityNameCharacters
-- Anything but Chinese characters in a name: private use, Latin, digits, marks,
-- brackets, spaces; of one character each kind is named once.
SELECT 'unit', u.unit_id, u.name, u.unit_id, jsonb_build_object('characters', x.odd)
FROM quality_unit(@day::date) u
CROSS JOIN LATERAL (
  SELECT string_agg(DISTINCT m[1] || ' U+' || upper(lpad(to_hex(ascii(m[1])), 4, '0')), ', ') AS odd
  FROM regexp_matches(u.name, '[^\u3007\u3400-\u4DBF\u4E00-\u9FFF\U00020000-\U0003FFFF·]', 'g') m) x
WHERE x.odd IS NOT NULL
UNION ALL
SELECT 'place', p.place_id, p.name, p.unit_id, jsonb_build_object('characters', x.odd)
FROM place_version p
CROSS JOIN LATERAL (
  SELECT string_agg(DISTINCT m[1] || ' U+' || upper(lpad(to_hex(ascii(m[1])), 4, '0')), ', ') AS odd
  FROM regexp_matches(p.name, '[^\u3007\u3400-\u4DBF\u4E00-\u9FFF\U00020000-\U0003FFFF·A-Za-z0-9（）—-]', 'g') m) x
WHERE p.valid @> @day AND upper_inf(p.recorded) AND p.secrecy = 0 AND x.odd IS NOT NULL;

-- name: QualityBorderFlag
-- County-level units that meet another country and are not marked as border area.
SELECT 'unit', u.unit_id, u.name, u.unit_id, jsonb_build_object('country', string_agg(DISTINCT o.name, '、'))
FROM arcs_at(@day::date, (SELECT max(seq) FROM log), 3) a
CROSS JOIN LATERAL (VALUES (a.left_unit, a.right_unit), (a.right_unit, a.left_unit)) x(inner_unit, outer_unit)
JOIN quality_unit(@day) u ON u.unit_id = x.inner_unit AND u.level = 3 AND NOT u.border
JOIN quality_unit(@day) o ON o.unit_id = x.outer_unit AND o.type = 'OUTSIDE_COUNTRY'
GROUP BY u.unit_id, u.name;

-- name: QualityAutonomousFlag
SELECT 'unit', unit_id, name, unit_id, jsonb_build_object('type', type)
FROM quality_unit(@day::date)
WHERE level BETWEEN 1 AND 3 AND autonomous <> (type LIKE 'AUTO%');

-- name: QualityTerritoryUnknown
-- Territory that on some day is held by a coarser unit than the county, because
-- the county is not known.
SELECT 'unit', t.unit_id, coalesce(u.name, v.name), t.unit_id,
       jsonb_build_object('n', count(DISTINCT t.face_id), 'since', min(lower(t.valid)), 'until', coalesce(max(upper(t.valid))::text, ''))
FROM tenure t
JOIN LATERAL (SELECT name, level FROM unit_version v WHERE v.unit_id = t.unit_id AND upper_inf(v.recorded) ORDER BY valid DESC LIMIT 1) v ON v.level BETWEEN 1 AND 2
LEFT JOIN quality_unit(@day::date) u ON u.unit_id = t.unit_id
WHERE upper_inf(t.recorded)
GROUP BY t.unit_id, u.name, v.name;

-- name: QualityAreaRecast
-- County-level units whose border on earlier days is that of a later map.
SELECT 'unit', u.unit_id, u.name, u.unit_id,
       jsonb_build_object('n', count(*), 'since', min(lower(v.valid)), 'map', max(v.attested_on))
FROM quality_unit(@day::date) u
JOIN tenure t ON t.unit_id = u.unit_id AND upper_inf(t.recorded) AND t.valid @> @day
JOIN arc_version v ON t.face_id IN (v.left_face, v.right_face) AND upper_inf(v.recorded) AND v.valid @> @day
WHERE u.level = 3 AND v.attested_on > coalesce(lower(v.valid), '-infinity')
GROUP BY u.unit_id, u.name;

-- name: QualityEventPaper
SELECT 'event', e.id, i.title, NULL::bigint,
       jsonb_build_object('type', e.type, 'day', e.effective_on, 'completeness', i.completeness, 'citation', coalesce(i.citation, ''))
FROM event e
JOIN instrument i ON i.id = e.instrument_id
WHERE i.completeness IN ('CITED', 'UNKNOWN') AND e.effective_on <= @day::date;

-- name: QualityLineCode
-- Lines without an official number: none, or one that we made from the codes of both sides.
SELECT 'line', n.id, v.name, v.unit_a, jsonb_build_object('code', coalesce(v.code, n.code))
FROM line n
JOIN line_version v ON v.line_id = n.id AND upper_inf(v.recorded) AND v.valid @> @day::date
WHERE coalesce(v.code, n.code) !~ '^[0-9]{4}$' AND v.code IS NULL;

-- name: QualityLineLength
SELECT 'line', v.line_id, v.name, v.unit_a, jsonb_build_object('status', v.status)
FROM line_version v
WHERE upper_inf(v.recorded) AND v.valid @> @day::date AND v.official_length_m IS NULL;

-- name: QualityPlaceCounty
SELECT 'place', p.place_id, coalesce(p.name, p.roman), NULL::bigint, jsonb_build_object('source', coalesce(p.source_id, ''))
FROM place_version p
WHERE p.valid @> @day::date AND upper_inf(p.recorded) AND p.secrecy = 0 AND p.unit_id IS NULL;

-- name: QualityPlaceName
SELECT 'place', p.place_id, p.roman, p.unit_id, jsonb_build_object('roman', p.roman, 'source', coalesce(p.source_id, ''))
FROM place_version p
WHERE p.valid @> @day::date AND upper_inf(p.recorded) AND p.secrecy = 0 AND coalesce(p.name, '') = '';

-- name: UnitPrefectures
-- Every unit of a day with the prefecture that it belongs to.
WITH RECURSIVE down(unit_id, prefecture_id) AS (
  SELECT unit_id, unit_id FROM quality_unit(@day::date) WHERE level = 2
  UNION
  SELECT u.unit_id, down.prefecture_id FROM down JOIN quality_unit(@day) u ON u.superior_id = down.unit_id)
SELECT unit_id, prefecture_id FROM down;

-- name: LockQuality
-- One run at a time; readers of findings go on.
SELECT pg_advisory_xact_lock(hashtext('jieming.quality'));

-- name: InsertQualityRun
INSERT INTO desk.quality_run (day, base, account_id, took_ms)
SELECT @day, max(seq), @account, 0 FROM log
RETURNING id, at, base;

-- name: InsertQualityCounts
INSERT INTO desk.quality_count (run_id, quality_check, prefecture_id, found, accepted)
SELECT @run, @quality_check, p, f, a
FROM unnest(@prefectures::bigint[], @found::int[], @accepted::int[]) x(p, f, a);

-- name: ReplaceQualityFindings
-- What is found no more goes; what was found before keeps the run that found it first.
WITH now AS (
  SELECT * FROM unnest(@ords::int[], @kinds::text[], @ids::bigint[], @names::text[], @prefectures::bigint[], @facts::jsonb[], @digests::bytea[], @accepted::bool[])
    x(ord, kind, id, name, prefecture, facts, digest, accepted)),
gone AS (
  DELETE FROM desk.quality_finding f WHERE quality_check = @quality_check
    AND NOT EXISTS (SELECT FROM now WHERE now.kind = f.kind AND now.id = f.subject_id))
INSERT INTO desk.quality_finding AS f (quality_check, ord, kind, subject_id, name, prefecture_id, facts, digest, accepted, since_run)
SELECT @quality_check, ord, kind, id, name, nullif(prefecture, 0), facts, digest, accepted, @run FROM now
ON CONFLICT (quality_check, kind, subject_id) DO UPDATE
SET ord = excluded.ord, name = excluded.name, prefecture_id = excluded.prefecture_id, facts = excluded.facts, digest = excluded.digest, accepted = excluded.accepted;

-- name: FinishQualityRun
UPDATE desk.quality_run
SET took_ms = @took, finished = true
WHERE id = @run;

-- name: Acceptances
-- The last word on each finding that was set aside, or taken up again.
SELECT DISTINCT ON (kind, subject_id) kind, subject_id, digest
FROM desk.quality_acceptance
WHERE quality_check = @quality_check
ORDER BY kind, subject_id, id DESC;

-- name: InsertAcceptance
INSERT INTO desk.quality_acceptance (quality_check, kind, subject_id, digest, reason, account_id)
SELECT f.quality_check, f.kind, f.subject_id, CASE WHEN @accept::boolean THEN f.digest END, @reason, @account
FROM desk.quality_finding f
WHERE f.quality_check = @quality_check AND f.kind = @kind AND f.subject_id = @subject AND f.accepted <> @accept;

-- name: MarkAccepted
UPDATE desk.quality_finding
SET accepted = @accept::boolean
WHERE quality_check = @quality_check AND kind = @kind AND subject_id = @subject;

-- name: RecountAccepted
UPDATE desk.quality_count c
SET accepted = c.accepted + CASE WHEN @accept::boolean THEN 1 ELSE -1 END
FROM desk.quality_finding f
WHERE f.quality_check = @quality_check AND f.kind = @kind AND f.subject_id = @subject
  AND c.run_id = (SELECT max(id) FROM desk.quality_run WHERE finished)
  AND c.quality_check = f.quality_check AND c.prefecture_id = coalesce(f.prefecture_id, 0);

-- name: InsertQualityOwner
INSERT INTO desk.quality_owner (quality_check, prefecture_id, account_id, assigned_by)
VALUES (@quality_check, @prefecture, @account, @by);

-- name: LatestQualityRuns
SELECT r.id, r.at, r.day, r.base, coalesce(a.name, ''), r.took_ms
FROM desk.quality_run r
LEFT JOIN desk.account a ON a.id = r.account_id
WHERE r.finished
ORDER BY r.id DESC
LIMIT @n;

-- name: QualityCounts
SELECT run_id, quality_check, prefecture_id, found, accepted
FROM desk.quality_count
WHERE run_id = ANY (@runs)
ORDER BY run_id, quality_check, prefecture_id;

-- name: QualityOwners
SELECT DISTINCT ON (o.quality_check, o.prefecture_id) o.quality_check, coalesce(o.prefecture_id, 0), coalesce(o.account_id, 0), coalesce(a.name, '')
FROM desk.quality_owner o
LEFT JOIN desk.account a ON a.id = o.account_id AND a.disabled_at IS NULL
ORDER BY o.quality_check, o.prefecture_id, o.id DESC;

-- name: QualityCandidates
-- People who hold a role and can sign in.
SELECT DISTINCT a.id, a.name
FROM desk.account a
JOIN desk.role_grant g ON g.account_id = a.id
WHERE g.role = @role AND a.disabled_at IS NULL
  AND (g.valid_until IS NULL OR g.valid_until > @day::date)
  AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id)
ORDER BY a.name, a.id;

-- name: QualityPrefectures
SELECT unit_id, name
FROM quality_unit(@day::date)
WHERE level = 2
ORDER BY code;

-- name: ListFindings
SELECT f.ord, f.kind, f.subject_id, f.name, coalesce(f.prefecture_id, 0), coalesce(p.name, ''),
       (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(f.facts)), f.accepted, s.at,
       coalesce(x.reason, ''), coalesce(w.name, '')
FROM desk.quality_finding f
JOIN desk.quality_run s ON s.id = f.since_run
LEFT JOIN LATERAL (
  SELECT v.name FROM unit_version v WHERE v.unit_id = f.prefecture_id AND upper_inf(v.recorded)
  ORDER BY upper(v.valid) DESC NULLS FIRST LIMIT 1) p ON true
LEFT JOIN LATERAL (
  SELECT a.reason, a.account_id FROM desk.quality_acceptance a
  WHERE f.accepted AND a.quality_check = f.quality_check AND a.kind = f.kind AND a.subject_id = f.subject_id
  ORDER BY a.id DESC LIMIT 1) x ON true
LEFT JOIN desk.account w ON w.id = x.account_id
WHERE f.quality_check = @quality_check
  AND (@prefecture::bigint = 0 OR coalesce(f.prefecture_id, -1) = @prefecture)
  AND (@accepted::text = '' OR f.accepted = (@accepted = 'yes'))
  AND (@text::text = '' OR strpos(f.name, @text) > 0)
  AND f.ord > @after
ORDER BY f.ord
LIMIT @n;

-- name: FoundIDs
SELECT subject_id
FROM desk.quality_finding
WHERE quality_check = @quality_check AND kind = @kind AND NOT accepted
  AND (@prefecture::bigint = 0 OR coalesce(prefecture_id, -1) = @prefecture)
ORDER BY ord;
