-- Lists of cases by the day they are due; and the filter of those who see a part
-- of all cases, planned once for a connection instead of at each question.

-- +goose Up
CREATE INDEX case_now_due_idx ON desk.case_now (coalesce(due_on, 'infinity'::date), case_id);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION desk.units_under(tops bigint[], on_day date) RETURNS SETOF bigint STABLE LANGUAGE plpgsql
SET search_path = registry, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE below AS MATERIALIZED (SELECT s.unit_id FROM desk.subtree(tops, on_day) s(unit_id)),
  used(unit_id) AS (
    (SELECT n.unit_id FROM desk.case_now n WHERE n.unit_id IS NOT NULL ORDER BY n.unit_id LIMIT 1)
    UNION ALL
    SELECT (SELECT n.unit_id FROM desk.case_now n WHERE n.unit_id > used.unit_id ORDER BY n.unit_id LIMIT 1) FROM used WHERE used.unit_id IS NOT NULL),
  gone AS MATERIALIZED (
    SELECT used.unit_id FROM used
    WHERE used.unit_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM registry.unit_version v WHERE v.unit_id = used.unit_id AND upper_inf(v.recorded) AND v.valid @> on_day))
  SELECT b.unit_id FROM below b
  UNION
  SELECT g.unit_id FROM gone g WHERE desk.home(g.unit_id, on_day) IN (SELECT b.unit_id FROM below b);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION desk.subtree_filter(owners bigint[], kinds text[], reaches text[], wheres bool[], tops text[], departments text[], on_day date)
RETURNS TABLE (case_id bigint) STABLE LANGUAGE plpgsql SET search_path = registry, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH clause AS MATERIALIZED (
    SELECT ord, owner, string_to_array(nullif(kind, ''), '|') AS kinds, reach, everywhere, top::bigint[] AS tops, department
    FROM unnest(owners, subtree_filter.kinds, reaches, wheres, subtree_filter.tops, departments) WITH ORDINALITY c(owner, kind, reach, everywhere, top, department, ord)),
  area AS MATERIALIZED (
    SELECT clause.ord, s.unit_id FROM clause CROSS JOIN LATERAL desk.units_under(clause.tops, on_day) s(unit_id)
    WHERE NOT everywhere AND reach <> 'ASKED')
  SELECT n.case_id FROM area a JOIN clause c USING (ord) JOIN desk.case_now n ON n.unit_id = a.unit_id
   WHERE c.reach = 'AREA' AND (c.kinds IS NULL OR n.kind = ANY (c.kinds))
  UNION
  SELECT n.case_id FROM clause c JOIN desk.case_now n ON c.kinds IS NULL OR n.kind = ANY (c.kinds)
   WHERE c.reach = 'AREA' AND c.everywhere
  UNION
  SELECT n.case_id FROM clause c CROSS JOIN LATERAL (
      SELECT o.* FROM desk.case_now o WHERE o.opener_id = c.owner
      UNION ALL
      SELECT h.* FROM desk.case_now h WHERE h.holder_id = c.owner) n
   WHERE c.reach = 'OWN' AND (c.kinds IS NULL OR n.kind = ANY (c.kinds))
     AND (c.everywhere OR EXISTS (SELECT FROM area a WHERE a.ord = c.ord AND a.unit_id = n.unit_id))
  UNION
  SELECT n.case_id FROM clause c JOIN desk.case_now n ON n.asked @> ARRAY[c.owner]
   WHERE c.reach = 'ASKED' AND (c.kinds IS NULL OR n.kind = ANY (c.kinds))
  UNION
  SELECT n.case_id FROM clause c JOIN desk.case_now n ON n.departments @> ARRAY[c.department]
   WHERE c.reach = 'ASKED' AND c.department <> '' AND (c.kinds IS NULL OR n.kind = ANY (c.kinds));
END $$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX desk.case_now_due_idx;
