-- Lists of cases that stay fast with hundreds of thousands of cases, and the
-- views of them that people keep.

-- +goose Up
CREATE TABLE desk.saved_view (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES desk.account,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    query      text NOT NULL CHECK (length(query) <= 2000),
    role       text NOT NULL DEFAULT '',
    first      boolean NOT NULL DEFAULT false,
    made_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, name)
);
COMMENT ON TABLE desk.saved_view IS 'A view of the list of cases that somebody keeps';
COMMENT ON COLUMN desk.saved_view.id IS 'Identity';
COMMENT ON COLUMN desk.saved_view.account_id IS 'Whose view it is';
COMMENT ON COLUMN desk.saved_view.name IS 'What they call it';
COMMENT ON COLUMN desk.saved_view.query IS 'The query of the address of the list';
COMMENT ON COLUMN desk.saved_view.role IS 'The role whose holders see it, too; empty for nobody else';
COMMENT ON COLUMN desk.saved_view.first IS 'The list opens with it';
COMMENT ON COLUMN desk.saved_view.made_at IS 'When it was saved';
CREATE INDEX saved_view_role_idx ON desk.saved_view (role) WHERE role <> '';
CREATE UNIQUE INDEX saved_view_first_idx ON desk.saved_view (account_id) WHERE first;
GRANT SELECT, INSERT, DELETE ON desk.saved_view TO jieming_writer;
GRANT UPDATE (query, role, first, made_at) ON desk.saved_view TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

DROP INDEX desk.case_now_holder_id_idx;
DROP INDEX desk.case_now_opener_id_idx;
CREATE INDEX case_now_holder_id_idx ON desk.case_now (holder_id, touched_at DESC, case_id DESC);
CREATE INDEX case_now_opener_id_idx ON desk.case_now (opener_id, touched_at DESC, case_id DESC);
CREATE INDEX case_now_phase_idx ON desk.case_now (phase, kind);

-- Both are in PL/pgSQL to be planned once for a connection instead of at each
-- question.
-- +goose StatementBegin
CREATE FUNCTION desk.units_under(tops bigint[], on_day date) RETURNS SETOF bigint STABLE LANGUAGE plpgsql
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
COMMENT ON FUNCTION desk.units_under(bigint[], date) IS 'Units and all below them on a day, and the units of cases that are gone and whose heirs lie there';

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
DROP TABLE desk.saved_view;
DROP INDEX desk.case_now_phase_idx;
-- +goose StatementBegin
DO $$ BEGIN RAISE NOTICE 'desk.subtree_filter stays as it is'; END $$;
-- +goose StatementEnd
