-- Reading at an instant (t on the valid clock, r on the recorded clock).
-- Names are unqualified, so that the same text reads a branch. Start from the
-- entity and filter ranges afterwards, outside of an OFFSET 0 that keeps the
-- entity's index in use: the planner takes a range that holds a day it does not
-- know yet for very rare, and would look for the day first.

-- +goose Up
SET LOCAL search_path = registry, public;
-- +goose StatementBegin
CREATE FUNCTION registry.recorded_as_of(ts timestamptz) RETURNS bigint STABLE LANGUAGE sql AS
$$ SELECT seq FROM log WHERE recorded_at <= ts ORDER BY recorded_at DESC LIMIT 1 $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.recorded_as_of(timestamptz) IS 'The log entry current at a time; null before the first';
-- +goose StatementBegin
CREATE FUNCTION registry.published_as_of(ts timestamptz) RETURNS bigint STABLE LANGUAGE sql AS
$$ SELECT p.as_of FROM publication p JOIN log USING (seq) WHERE recorded_at <= ts ORDER BY recorded_at DESC LIMIT 1 $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.published_as_of(timestamptz) IS 'The log entry the public saw at a time; null before the first publication';

-- +goose StatementBegin
CREATE FUNCTION registry.holders(t date, r bigint, lvl int)
RETURNS TABLE (face_id bigint, holder_id bigint, unit_id bigint, unit_level int) STABLE LANGUAGE sql AS $$
  WITH RECURSIVE up AS (
    SELECT h.face_id, h.unit_id AS holder_id, v.unit_id, v.parent_id, v.level
    FROM (SELECT * FROM tenure OFFSET 0) h
    CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = h.unit_id OFFSET 0) v
    WHERE h.valid @> t AND h.recorded @> r AND v.valid @> t AND v.recorded @> r
    UNION ALL
    SELECT up.face_id, up.holder_id, v.unit_id, v.parent_id, v.level
    FROM up CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = up.parent_id OFFSET 0) v
    WHERE up.level > lvl AND v.level >= lvl AND v.level < up.level AND v.valid @> t AND v.recorded @> r)
  SELECT DISTINCT ON (up.face_id) up.face_id, up.holder_id, up.unit_id, up.level::int
  FROM up ORDER BY up.face_id, up.level
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.holders(date, bigint, int) IS 'Each face with its holder and the unit that stands for it at a level: the highest ancestor not above the level, the holder itself when it is coarser';
-- +goose StatementBegin
CREATE FUNCTION registry.arcs_at(t date, r bigint, lvl int)
RETURNS TABLE (arc_id bigint, left_unit bigint, right_unit bigint) STABLE LANGUAGE sql AS $$
  WITH f AS MATERIALIZED (SELECT face_id, unit_id FROM holders(t, r, lvl))
  SELECT v.arc_id, l.unit_id, g.unit_id FROM (SELECT * FROM arc_version OFFSET 0) v
  JOIN f l ON l.face_id = v.left_face JOIN f g ON g.face_id = v.right_face
  WHERE v.valid @> t AND v.recorded @> r AND l.unit_id <> g.unit_id
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.arcs_at(date, bigint, int) IS 'The borders between units of a level, with both sides';
-- +goose StatementBegin
CREATE FUNCTION registry.level_digests(t date, r bigint, lvl int)
RETURNS TABLE (unit_id bigint, digest bytea, arc_ids bigint[]) STABLE LANGUAGE sql AS $$
  WITH s AS MATERIALIZED (
    SELECT u, array_agg(arc_id ORDER BY arc_id) AS ids
    FROM arcs_at(t, r, lvl), LATERAL (VALUES (left_unit), (right_unit)) x(u) GROUP BY u)
  SELECT u, area_digest(ids), ids
  FROM s CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = u OFFSET 0) v
  WHERE v.valid @> t AND v.recorded @> r AND v.level > 0
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.level_digests(date, bigint, int) IS 'The areas of a level: each unit with the digest of its arcs';
-- +goose StatementBegin
CREATE FUNCTION registry.fill_areas(t date, r bigint, lvl int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  INSERT INTO area
  SELECT DISTINCT ON (digest) digest, g, geodesic_area_m2(g), st_pointonsurface(g)
  FROM level_digests(t, r, lvl) d CROSS JOIN LATERAL (SELECT build_area(arc_ids) AS g) b
  WHERE NOT EXISTS (SELECT FROM area a WHERE a.digest = d.digest) ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.fill_areas(date, bigint, int) IS 'Builds the polygons of a level that are not stored yet; returns how many';
-- +goose StatementBegin
CREATE FUNCTION registry.arcs_of(u bigint, t date, r bigint)
RETURNS TABLE (arc_id bigint, forward boolean) STABLE LANGUAGE sql AS $$
  WITH RECURSIVE d AS (
    SELECT u AS unit_id
    UNION
    SELECT c.unit_id
    FROM d CROSS JOIN LATERAL (SELECT * FROM unit_version c WHERE c.parent_id = d.unit_id AND c.level <= 4 OFFSET 0) c
    WHERE c.valid @> t AND c.recorded @> r),
  f AS MATERIALIZED (
    SELECT array(
      SELECT face_id FROM (SELECT * FROM tenure WHERE unit_id = ANY (array(SELECT unit_id FROM d)) OFFSET 0) te
      WHERE te.valid @> t AND te.recorded @> r) AS ids)
  SELECT arc_id, bool_or(fwd) FROM (
    SELECT arc_id, true AS fwd FROM arc_version WHERE left_face = ANY ((SELECT ids FROM f)::bigint[]) AND valid @> t AND recorded @> r
    UNION ALL
    SELECT arc_id, false FROM arc_version WHERE right_face = ANY ((SELECT ids FROM f)::bigint[]) AND valid @> t AND recorded @> r) x
  GROUP BY arc_id HAVING count(*) = 1
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.arcs_of(bigint, date, bigint) IS 'The arcs that bound a unit; forward when the unit lies on the left';
-- +goose StatementBegin
CREATE FUNCTION registry.faces_at(p geometry, t date, r bigint)
RETURNS TABLE (face_id bigint, unit_id bigint, among bigint[]) STABLE LANGUAGE sql AS $$
  SELECT e.face_id, te.unit_id, te.among FROM area a
  CROSS JOIN LATERAL (SELECT * FROM face_extent e WHERE e.digest = a.digest OFFSET 0) e
  CROSS JOIN LATERAL (SELECT * FROM tenure te WHERE te.face_id = e.face_id OFFSET 0) te
  WHERE st_intersects(a.geom, p) AND e.valid @> t AND e.recorded @> r AND te.valid @> t AND te.recorded @> r
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.faces_at(geometry, date, bigint) IS 'The faces that a geometry touches, with their holders';
-- +goose StatementBegin
CREATE FUNCTION registry.units_in(box geometry, t date, r bigint, lvl int) RETURNS TABLE (unit_id bigint) STABLE LANGUAGE sql AS $$
  WITH RECURSIVE f AS (SELECT DISTINCT unit_id FROM faces_at(box, t, r)),
  up AS (
    SELECT v.unit_id AS leaf, v.unit_id, v.parent_id, v.level
    FROM f CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = f.unit_id OFFSET 0) v
    WHERE v.valid @> t AND v.recorded @> r
    UNION ALL
    SELECT up.leaf, v.unit_id, v.parent_id, v.level
    FROM up CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = up.parent_id OFFSET 0) v
    WHERE up.level > lvl AND v.level >= lvl AND v.level < up.level AND v.valid @> t AND v.recorded @> r)
  SELECT DISTINCT unit_id FROM (SELECT DISTINCT ON (leaf) unit_id FROM up ORDER BY leaf, level) x
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.units_in(geometry, date, bigint, int) IS 'The units of a level that a geometry touches';
-- +goose StatementBegin
CREATE FUNCTION registry.chain_of(u bigint, t date, r bigint)
RETURNS TABLE (unit_id bigint, level int, depth int) STABLE LANGUAGE sql AS $$
  WITH RECURSIVE up AS (
    SELECT v.unit_id, v.parent_id, v.level, 0 AS depth
    FROM (SELECT * FROM unit_version v WHERE v.unit_id = u OFFSET 0) v
    WHERE v.valid @> t AND v.recorded @> r
    UNION ALL
    SELECT v.unit_id, v.parent_id, v.level, up.depth + 1
    FROM up CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = up.parent_id OFFSET 0) v
    WHERE up.depth < 8 AND v.valid @> t AND v.recorded @> r)
  SELECT unit_id, level, depth FROM up
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.chain_of(bigint, date, bigint) IS 'A unit and its parents upward (custodian if any, else superior)';
-- +goose StatementBegin
CREATE FUNCTION registry.course(a bigint, b bigint, t date, r bigint)
RETURNS TABLE (piece int, ord bigint, arc_id bigint, forward boolean) STABLE LANGUAGE sql AS $$
  WITH s AS MATERIALIZED (
    SELECT x.arc_id, geom FROM arcs_of(a, t, r) x JOIN arcs_of(b, t, r) y USING (arc_id) JOIN arc ON arc.id = arc_id),
  m AS (SELECT st_linemerge(st_collect(geom)) AS g FROM s),
  p AS (
    SELECT CASE WHEN (st_xmax(g) - st_xmin(g) >= st_ymax(g) - st_ymin(g) AND st_x(st_startpoint(q)) > st_x(st_endpoint(q)))
                  OR (st_xmax(g) - st_xmin(g) <  st_ymax(g) - st_ymin(g) AND st_y(st_startpoint(q)) < st_y(st_endpoint(q)))
                THEN st_reverse(q) ELSE q END AS q,
           CASE WHEN st_xmax(g) - st_xmin(g) >= st_ymax(g) - st_ymin(g) THEN st_xmin(q) ELSE -st_ymax(q) END AS k
    FROM m, LATERAL (SELECT (st_dump(g)).geom AS q) d),
  n AS (SELECT q, row_number() OVER (ORDER BY k)::int AS piece FROM p)
  SELECT n.piece, row_number() OVER (ORDER BY n.piece, l.mid), s.arc_id, l.lo < l.hi
  FROM s JOIN n ON st_covers(n.q, s.geom) CROSS JOIN LATERAL (
    SELECT st_linelocatepoint(n.q, st_pointn(s.geom, 1)) AS lo, st_linelocatepoint(n.q, st_pointn(s.geom, 2)) AS hi,
           st_linelocatepoint(n.q, st_lineinterpolatepoint(s.geom, 0.5)) AS mid) l
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.course(bigint, bigint, date, bigint) IS 'The arcs between two units in order, pieces from west to east or north to south';

-- +goose StatementBegin
CREATE FUNCTION registry.incomplete_units(t date, r bigint) RETURNS TABLE (unit_id bigint) STABLE LANGUAGE sql AS $$
  SELECT DISTINCT c.unit_id
  FROM (SELECT * FROM tenure WHERE among IS NOT NULL OFFSET 0) te
  CROSS JOIN LATERAL (SELECT * FROM unit_version v WHERE v.unit_id = te.unit_id OFFSET 0) h
  CROSS JOIN LATERAL unnest(te.among) m
  CROSS JOIN LATERAL chain_of(m, t, r) c
  WHERE te.valid @> t AND te.recorded @> r AND h.valid @> t AND h.recorded @> r AND c.level > h.level
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.incomplete_units(date, bigint) IS 'Units that may hold territory whose holder is not known: their known area may be too small';
-- +goose StatementBegin
CREATE FUNCTION registry.refresh_statistics() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  ANALYZE registry.unit_version, registry.code, registry.code_version, registry.arc, registry.arc_version, registry.tenure, registry.face,
          registry.event, registry.lineage, registry.line_version, registry.place_version, registry.log_leaf, registry.area, registry.face_extent;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.refresh_statistics() IS 'Planner statistics after a large load, inside its transaction';

-- +goose Down
DROP FUNCTION registry.refresh_statistics(), registry.incomplete_units(date, bigint);
DROP FUNCTION registry.course(bigint, bigint, date, bigint), registry.chain_of(bigint, date, bigint), registry.units_in(geometry, date, bigint, int),
    registry.faces_at(geometry, date, bigint), registry.arcs_of(bigint, date, bigint), registry.fill_areas(date, bigint, int),
    registry.level_digests(date, bigint, int), registry.arcs_at(date, bigint, int), registry.holders(date, bigint, int),
    registry.published_as_of(timestamptz), registry.recorded_as_of(timestamptz);
