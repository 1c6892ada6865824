-- Enforcement: what the application may not do, the database refuses.
--   JM001 no open log entry                 JM006 arcs cross
--   JM002 append-only                       JM007 face held and bounded on different days
--   JM003 a version without an event        JM008 a scheduled change would be lost
--   JM004 lineage shares do not sum to 1    JM009 secrecy above the zone
--   JM005 a face left open                  JM010 a unit referred to while it does not exist
--   JM011 a unit under one not above it     JM012 faces overlap, or lie on the wrong side of an arc

-- +goose Up
-- The triggers of every row run with the writer's rights and name what they
-- read in full: switching rights and search_path costs more than they do.
SET LOCAL search_path = registry, public;
-- +goose StatementBegin
CREATE FUNCTION registry.open_log(who text, in_case bigint DEFAULT NULL, in_request text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE s bigint;
BEGIN
  -- One truth writer at a time. A SERIALIZABLE caller must lock before its first query.
  LOCK TABLE gate IN EXCLUSIVE MODE;
  INSERT INTO log (seq, recorded_at, actor, case_id, request)
  SELECT coalesce(max(seq), 0) + 1, greatest(clock_timestamp(), max(recorded_at) + interval '1 microsecond'), who, in_case, in_request
  FROM log RETURNING seq INTO s;
  RETURN s;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.open_log(text, bigint, text) IS 'Opens the log entry of this transaction and returns its sequence number; waits for the writer before it';
-- +goose StatementBegin
CREATE FUNCTION registry.fence() RETURNS void LANGUAGE plpgsql AS $$
BEGIN LOCK TABLE gate IN SHARE MODE; END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.fence() IS 'Waits for the writer in flight, so that a question about a very recent instant keeps its answer';
-- +goose StatementBegin
CREATE FUNCTION registry.seq() RETURNS bigint STABLE LANGUAGE sql AS
$$ SELECT seq FROM registry.log WHERE xid = pg_current_xact_id_if_assigned() AND digest IS NULL $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.seq() IS 'The open log entry of this transaction; null if none, or sealed';

-- +goose StatementBegin
CREATE FUNCTION registry.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s bigint := registry.seq();
BEGIN
  IF s IS NULL THEN RAISE EXCEPTION 'no open log entry' USING errcode = 'JM001'; END IF;
  IF tg_op = 'INSERT' THEN new.recorded := int8range(s, NULL); RETURN new; END IF;
  IF tg_op = 'UPDATE' AND upper_inf(old.recorded)
     AND to_jsonb(new) - '{recorded,parent_id,name}'::text[] = to_jsonb(old) - '{recorded,parent_id,name}'::text[] THEN
    new.recorded := int8range(lower(old.recorded), s);  -- the one permitted change: close, now
    RETURN new;
  END IF;
  RAISE EXCEPTION 'versions are append-only' USING errcode = 'JM002';
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.stamp() IS 'Trigger of versioned tables: sets recorded, permits closing, refuses everything else';
-- +goose StatementBegin
CREATE FUNCTION registry.stamp_seq() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op <> 'INSERT' THEN RAISE EXCEPTION '% is append-only', tg_table_name USING errcode = 'JM002'; END IF;
  new.seq := registry.seq();
  IF new.seq IS NULL THEN RAISE EXCEPTION 'no open log entry' USING errcode = 'JM001'; END IF;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.stamp_seq() IS 'Trigger of entities: sets seq, refuses change';
-- +goose StatementBegin
CREATE FUNCTION registry.keep_secrecy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.secrecy > (SELECT highest_level FROM registry.zone) THEN
    RAISE EXCEPTION 'secrecy % may not be stored in this network zone', new.secrecy USING errcode = 'JM009';
  END IF;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.keep_secrecy() IS 'Trigger of spatial tables: refuses rows above the highest secrecy of the zone';
-- +goose StatementBegin
CREATE FUNCTION registry.leaf_digest(relation text, op text, j jsonb, g bytea) RETURNS bytea IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT sha256(convert_to(relation || ' ' || op || ' ' || jsonb_strip_nulls(j - '{recorded,geom}'::text[])::text, 'UTF8') || g) $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.leaf_digest(text, text, jsonb, bytea) IS 'Digest of a row; nulls are dropped, so a later nullable column keeps old digests';
-- +goose StatementBegin
CREATE FUNCTION registry.leaf() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE s bigint := seq(); o text := CASE tg_op WHEN 'INSERT' THEN 'I' ELSE 'C' END;
BEGIN
  IF s IS NULL AND EXISTS (SELECT FROM rows_written) THEN RAISE EXCEPTION 'no open log entry' USING errcode = 'JM001'; END IF;
  IF tg_table_name IN ('arc', 'place_version') THEN
    INSERT INTO log_leaf (seq, relation, row_id, op, digest)
    SELECT s, tg_table_name, n.id, o, leaf_digest(tg_table_name, o, to_jsonb(n) - 'geom', st_asbinary(n.geom, 'NDR')) FROM rows_written n ORDER BY n.id;
  ELSE
    INSERT INTO log_leaf (seq, relation, row_id, op, digest)
    SELECT s, tg_table_name, n.id, o, leaf_digest(tg_table_name, o, to_jsonb(n), '') FROM rows_written n ORDER BY n.id;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.leaf() IS 'Trigger of every logged table: one leaf per row written or closed';
-- +goose StatementBegin
CREATE FUNCTION registry.seal_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op = 'UPDATE' AND tg_table_name = 'log' AND old.xid = pg_current_xact_id_if_assigned() AND old.digest IS NULL THEN RETURN new; END IF;
  RAISE EXCEPTION 'the log is append-only' USING errcode = 'JM002';
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.seal_only() IS 'Trigger of the log: permits sealing the open entry, refuses everything else';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{unit_version,code_version,arc_version,tenure,line_version,place_version}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER a_stamp BEFORE INSERT OR UPDATE OR DELETE ON registry.%I FOR EACH ROW EXECUTE FUNCTION registry.stamp()', t);
    EXECUTE format('CREATE TRIGGER z_leaf_insert AFTER INSERT ON registry.%I REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf()', t);
    EXECUTE format('CREATE TRIGGER z_leaf_close AFTER UPDATE ON registry.%I REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf()', t);
  END LOOP;
  FOREACH t IN ARRAY '{instrument,event,dataset,load_report,unit,code,lineage,arc,face,line,place,publication}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER a_stamp BEFORE INSERT OR UPDATE OR DELETE ON registry.%I FOR EACH ROW EXECUTE FUNCTION registry.stamp_seq()', t);
    EXECUTE format('CREATE TRIGGER z_leaf_insert AFTER INSERT ON registry.%I REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf()', t);
  END LOOP;
  FOREACH t IN ARRAY '{arc,place_version}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER b_secrecy BEFORE INSERT ON registry.%I FOR EACH ROW EXECUTE FUNCTION registry.keep_secrecy()', t);
  END LOOP;
  FOREACH t IN ARRAY '{log,log_leaf}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER a_seal BEFORE UPDATE OR DELETE ON registry.%I FOR EACH ROW EXECUTE FUNCTION registry.seal_only()', t);
  END LOOP;
  FOREACH t IN ARRAY '{unit_version,code_version,arc_version,tenure,line_version,place_version,instrument,event,dataset,load_report,unit,code,lineage,arc,face,line,place,publication}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON registry.%I EXECUTE FUNCTION registry.stamp_seq()', t);
  END LOOP;
  FOREACH t IN ARRAY '{log,log_leaf}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON registry.%I EXECUTE FUNCTION registry.seal_only()', t);
  END LOOP;
END $$;
-- +goose StatementEnd

-- Derived polygons --------------------------------------------------------------
-- +goose StatementBegin
CREATE FUNCTION registry.area_digest(ids bigint[]) RETURNS bytea IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT sha256(string_agg(int8send(i), '' ORDER BY i)) FROM unnest(ids) i $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.area_digest(bigint[]) IS 'Address of the area that a set of arcs bounds';
-- +goose StatementBegin
CREATE FUNCTION registry.build_area(ids bigint[]) RETURNS geometry STABLE LANGUAGE sql AS
$$ SELECT st_forcepolygonccw(st_multi(st_buildarea(st_collect(geom ORDER BY id)))) FROM arc WHERE id = ANY (ids) $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.build_area(bigint[]) IS 'The polygon that a set of arcs bounds, exterior rings counter-clockwise as RFC 7946 wants';
-- +goose StatementBegin
CREATE FUNCTION registry.geodesic_area_m2(g geometry) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT round(st_area(g::geography)::numeric, 1) $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.geodesic_area_m2(geometry) IS 'Area on the ellipsoid in m², edges taken as geodesics between vertices';
-- +goose StatementBegin
CREATE FUNCTION registry.fill_face_extent(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
  SELECT array_agg(DISTINCT f) INTO touched FROM arc_version v, LATERAL (VALUES (left_face), (right_face)) x(f)
    JOIN face ON face.id = f AND bounded
   WHERE v.id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'arc_version');
  IF touched IS NULL THEN RETURN; END IF;
  UPDATE face_extent SET recorded = int8range(lower(recorded), s) WHERE face_id = ANY (touched) AND upper_inf(recorded);
  WITH side AS (
    SELECT f AS face_id, v.arc_id, v.valid FROM arc_version v, LATERAL (VALUES (left_face), (right_face)) x(f)
    WHERE f = ANY (touched) AND upper_inf(recorded)),
  cut AS (SELECT face_id, lower(valid) AS d FROM side UNION SELECT face_id, upper(valid) FROM side),
  iv AS (
    SELECT face_id, daterange(d, lead(d) OVER (PARTITION BY face_id ORDER BY d NULLS FIRST)) AS v FROM (
      SELECT face_id, d FROM cut WHERE d IS NOT NULL
      UNION SELECT face_id, NULL FROM side WHERE lower_inf(valid)) c),
  fx AS MATERIALIZED (  -- no temporary table: a definer function must not touch caller-made objects
    SELECT iv.face_id, iv.v, array_agg(arc_id ORDER BY arc_id) AS ids
    FROM iv JOIN side ON side.face_id = iv.face_id AND side.valid @> iv.v GROUP BY 1, 2),
  made AS (
    INSERT INTO area SELECT DISTINCT ON (d) d, g, geodesic_area_m2(g), st_pointonsurface(g)
    FROM fx, area_digest(ids) d, LATERAL (SELECT build_area(ids) AS g) b
    WHERE NOT EXISTS (SELECT FROM area WHERE digest = d) ON CONFLICT DO NOTHING)
  INSERT INTO face_extent SELECT face_id, v, int8range(s, NULL), area_digest(ids) FROM fx;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.fill_face_extent(bigint) IS 'Rewrites the extents of the faces that a log entry touched';

-- Checks that need the finished transaction --------------------------------------
-- +goose StatementBegin
CREATE FUNCTION registry.check_paper(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  IF EXISTS (SELECT FROM log_leaf WHERE seq = s AND relation IN ('unit_version', 'code_version', 'arc_version', 'tenure', 'line_version', 'place_version'))
     AND NOT EXISTS (SELECT FROM event WHERE event.seq = s) THEN
    RAISE EXCEPTION 'no event in log entry %', s USING errcode = 'JM003';
  END IF;
  SELECT string_agg(id::text, ',') INTO bad FROM event e WHERE seq = s AND class = 'BASELINE'
     AND NOT EXISTS (SELECT FROM dataset WHERE event_id = e.id);
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'baseline event(s) % name no data set', bad USING errcode = 'JM003'; END IF;
  SELECT string_agg(e.id::text, ',') INTO bad FROM event e JOIN event b ON b.id = e.loaded_by
   WHERE e.seq = s AND (b.class <> 'BASELINE' OR b.seq <> s);
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'event(s) % not loaded by a baseline of this entry', bad USING errcode = 'JM003'; END IF;
  SELECT string_agg(l.id::text, ',') INTO bad FROM lineage l JOIN event e ON e.id = l.event_id WHERE l.seq = s AND e.seq <> s;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'lineage %: its event is of another entry', bad USING errcode = 'JM003'; END IF;
  SELECT string_agg(from_unit::text, ',') INTO bad FROM (
    SELECT event_id, from_unit FROM lineage l WHERE l.seq = s
    GROUP BY 1, 2 HAVING (bool_and(area_share IS NOT NULL) AND sum(area_share) <> 1)
                      OR (bool_and(population_share IS NOT NULL) AND sum(population_share) <> 1)
                      OR sum(area_share) > 1 OR sum(population_share) > 1) x;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'shares of unit(s) % do not sum to 1', bad USING errcode = 'JM004'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_paper(bigint) IS 'Every version has its event, every baseline its data set, every source unit shares that sum to 1';
-- +goose StatementBegin
CREATE FUNCTION registry.check_origin(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t text; bad text;
BEGIN
  FOR t IN SELECT DISTINCT relation FROM log_leaf WHERE seq = s AND op = 'I'
            AND relation IN ('unit_version', 'code_version', 'arc_version', 'tenure', 'line_version', 'place_version') LOOP
    EXECUTE format($q$
      WITH fresh AS MATERIALIZED (
        SELECT i.id, i.valid, i.began_by, i.ended_by, b.seq AS began, b.class, d.seq AS ended, to_jsonb(i) - $2 AS what
        FROM log_leaf l JOIN registry.%1$I i ON i.id = l.row_id JOIN event b ON b.id = i.began_by LEFT JOIN event d ON d.id = i.ended_by
        WHERE l.seq = $1 AND l.relation = %1$L AND l.op = 'I' AND (b.seq < $1 OR d.seq < $1 OR b.class = 'OBSERVATION')),
      gone AS MATERIALIZED (
        SELECT o.valid, o.began_by, o.ended_by, to_jsonb(o) - $2 AS what
        FROM log_leaf l JOIN registry.%1$I o ON o.id = l.row_id
        WHERE l.seq = $1 AND l.relation = %1$L AND l.op = 'C' AND EXISTS (SELECT FROM fresh))
      SELECT string_agg(f.id::text, ',') FROM fresh f
      WHERE (f.class = 'OBSERVATION' AND f.began = $1)
         OR (f.began < $1 AND NOT EXISTS (SELECT FROM gone g
              WHERE g.what = f.what AND g.began_by = f.began_by AND lower(g.valid) IS NOT DISTINCT FROM lower(f.valid)))
         OR (f.ended < $1 AND NOT EXISTS (SELECT FROM gone g WHERE g.ended_by = f.ended_by AND upper(g.valid) = upper(f.valid)))$q$, t)
    INTO bad USING s, '{id,valid,recorded,began_by,ended_by}'::text[]
      || CASE t WHEN 'tenure' THEN '{face_id}' WHEN 'arc_version' THEN '{arc_id,left_face,right_face}' ELSE '{}' END::text[];
    IF bad IS NOT NULL THEN RAISE EXCEPTION '% % cite an event that did not make them', t, bad USING errcode = 'JM003'; END IF;
  END LOOP;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_origin(bigint) IS 'A version cites an event of its own entry, or is what such an event left of a version; an observation makes none';
-- +goose StatementBegin
CREATE FUNCTION registry.check_closed(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  WITH touched AS (
    SELECT unnest(ARRAY[left_face, right_face]) AS face FROM arc_version
     WHERE id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'arc_version')),
  f AS (SELECT DISTINCT face FROM touched JOIN face ON face.id = face AND bounded),
  side AS (
    SELECT f.face, v.arc_id, v.valid, CASE WHEN v.left_face = f.face THEN 1 ELSE -1 END AS dir
    FROM f JOIN arc_version v ON v.left_face = f.face AND upper_inf(v.recorded)
    UNION ALL
    SELECT f.face, v.arc_id, v.valid, -1 FROM f JOIN arc_version v ON v.right_face = f.face AND upper_inf(v.recorded)),
  d AS (SELECT face, lower(valid) AS day FROM side UNION SELECT face, upper(valid) FROM side WHERE NOT upper_inf(valid)),
  ends AS (
    SELECT side.face, d.day, x.node, sum(x.k * dir) AS balance
    FROM side JOIN d ON d.face = side.face AND (side.valid @> d.day OR (d.day IS NULL AND lower_inf(side.valid)))
    JOIN arc ON arc.id = side.arc_id CROSS JOIN LATERAL (VALUES (node_from, 1), (node_to, -1)) x(node, k)
    GROUP BY 1, 2, 3)
  SELECT string_agg(DISTINCT face::text, ',') INTO bad FROM ends WHERE balance <> 0;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'face(s) % left open', bad USING errcode = 'JM005'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_closed(bigint) IS 'Every bounded face touched is closed on every day it is bounded by anything: in-degree = out-degree per node, in integers';
-- +goose StatementBegin
CREATE FUNCTION registry.check_crossing(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  -- Geometry first, time second: the pair list is normally empty.
  WITH fresh AS MATERIALIZED (SELECT v.arc_id FROM arc_version v WHERE v.id IN
      (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'arc_version' AND op = 'I')),
  x AS MATERIALIZED (  -- 2: the end of a ring is a node, too; arcs meet at their nodes only
    SELECT ga.id AS a, gb.id AS b FROM arc ga JOIN arc gb ON gb.geom && ga.geom AND gb.id <> ga.id
    WHERE ga.id IN (SELECT arc_id FROM fresh) AND st_relate(ga.geom, gb.geom, 2) !~ '^FF.F')
  SELECT string_agg(x.a || ' x ' || x.b, ',') INTO bad FROM x
  JOIN arc_version a ON a.arc_id = x.a AND upper_inf(a.recorded)
  JOIN arc_version b ON b.arc_id = x.b AND upper_inf(b.recorded) AND b.valid && a.valid;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'arcs cross: %', bad USING errcode = 'JM006'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_crossing(bigint) IS 'Arcs touched meet what is valid with them at their nodes only';
-- +goose StatementBegin
CREATE FUNCTION registry.check_tenure(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  SELECT string_agg(face::text, ',') INTO bad FROM (
    SELECT t.face, (SELECT range_agg(valid) FROM tenure WHERE face_id = t.face AND upper_inf(recorded)) AS held,
           (SELECT range_agg(valid) FROM arc_version v WHERE (v.left_face = t.face OR v.right_face = t.face) AND upper_inf(v.recorded)) AS bound
    FROM (SELECT DISTINCT coalesce(te.face_id, x.f) AS face FROM log_leaf l
          LEFT JOIN tenure te ON te.id = l.row_id AND l.relation = 'tenure'
          LEFT JOIN arc_version v ON v.id = l.row_id AND l.relation = 'arc_version'
          LEFT JOIN LATERAL (VALUES (v.left_face), (v.right_face)) x(f) ON true
          WHERE l.seq = s AND l.relation IN ('tenure', 'arc_version')) t) y WHERE held IS DISTINCT FROM bound;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'face(s) % held and bounded on different days', bad USING errcode = 'JM007'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_tenure(bigint) IS 'A face touched is held exactly while it is bounded';
-- +goose StatementBegin
CREATE FUNCTION registry.check_existence(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  WITH touched AS MATERIALIZED (
    SELECT DISTINCT v.unit_id FROM unit_version v WHERE v.id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'unit_version')),
  need AS (
    SELECT x.unit_id, v.valid, 'unit ' || v.unit_id AS what FROM unit_version v
      CROSS JOIN LATERAL (VALUES (v.superior_id), (v.custodian_id)) x(unit_id)
     WHERE upper_inf(v.recorded) AND x.unit_id IS NOT NULL
       AND (v.unit_id IN (SELECT unit_id FROM touched) OR v.superior_id IN (SELECT unit_id FROM touched) OR v.custodian_id IN (SELECT unit_id FROM touched))
    UNION ALL
    SELECT t.unit_id, t.valid, 'face ' || t.face_id FROM tenure t
     WHERE upper_inf(t.recorded) AND (t.unit_id IN (SELECT unit_id FROM touched)
        OR t.id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'tenure'))
    UNION ALL
    SELECT m.unit_id, t.valid, 'face ' || t.face_id FROM tenure t CROSS JOIN LATERAL unnest(t.among) m(unit_id)
     WHERE upper_inf(t.recorded) AND t.among IS NOT NULL AND (m.unit_id IN (SELECT unit_id FROM touched)
        OR t.id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'tenure'))
    UNION ALL
    SELECT x.unit_id, v.valid, 'line ' || v.line_id FROM line_version v CROSS JOIN LATERAL (VALUES (v.unit_a), (v.unit_b)) x(unit_id)
     WHERE upper_inf(v.recorded) AND (x.unit_id IN (SELECT unit_id FROM touched)
        OR v.id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'line_version'))
    UNION ALL
    SELECT c.unit_id, c.valid, 'code ' || c.code FROM code_version c
     WHERE upper_inf(c.recorded) AND c.state IN ('ASSIGNED', 'PUBLISHED') AND (c.unit_id IN (SELECT unit_id FROM touched)
        OR c.id IN (SELECT row_id FROM log_leaf WHERE seq = s AND relation = 'code_version'))),
  life AS (SELECT unit_id, range_agg(valid) AS valid FROM unit_version
            WHERE upper_inf(recorded) AND unit_id IN (SELECT unit_id FROM need) GROUP BY 1)
  SELECT string_agg(y.t, '; ') INTO bad FROM (
    SELECT need.what || ' needs unit ' || need.unit_id || ' in ' || need.valid::text AS t
    FROM need LEFT JOIN life USING (unit_id) WHERE life.valid IS NULL OR NOT life.valid @> need.valid LIMIT 5) y;
  IF bad IS NOT NULL THEN RAISE EXCEPTION '%', bad USING errcode = 'JM010'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_existence(bigint) IS 'A superior, custodian, holder or bearer of a code exists on every day it is referred to';
-- +goose StatementBegin
CREATE FUNCTION registry.check_rank(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  WITH fresh AS MATERIALIZED (
    SELECT v.* FROM log_leaf l JOIN unit_version v ON v.id = l.row_id AND upper_inf(v.recorded)
     WHERE l.seq = s AND l.relation = 'unit_version' AND l.op = 'I'),
  pair AS (
    SELECT f.unit_id, f.level, f.valid, p.unit_id AS above, p.level AS above_level, p.valid AS above_valid
    FROM fresh f
    CROSS JOIN LATERAL (SELECT * FROM unit_version p WHERE p.unit_id = ANY (ARRAY[f.superior_id, f.custodian_id]) OFFSET 0) p
    WHERE upper_inf(p.recorded)
    UNION ALL
    SELECT v.unit_id, v.level, v.valid, f.unit_id, f.level, f.valid
    FROM fresh f
    CROSS JOIN LATERAL (
      SELECT * FROM unit_version v WHERE v.superior_id = f.unit_id
      UNION ALL
      SELECT * FROM unit_version v WHERE v.custodian_id = f.unit_id) v
    WHERE upper_inf(v.recorded))
  SELECT string_agg(y.t, '; ') INTO bad FROM (
    SELECT unit_id || ' under ' || above AS t FROM pair WHERE above_level >= level AND above_valid && valid LIMIT 5) y;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'not of a lower level: unit %', bad USING errcode = 'JM011'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_rank(bigint) IS 'A superior or custodian is of a higher level: the tree has no cycles';
-- +goose StatementBegin
CREATE FUNCTION registry.signed_area(line geometry, origin geometry) RETURNS float8 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN st_npoints(line) < 3 THEN 0 ELSE st_area(loop) * CASE WHEN st_ispolygonccw(loop) THEN 1 ELSE -1 END END
       + ((st_x(a) - st_x(o)) * (st_y(b) - st_y(o)) - (st_x(b) - st_x(o)) * (st_y(a) - st_y(o))) / 2
  FROM (SELECT st_startpoint(line) AS a, st_endpoint(line) AS b, origin AS o,
               CASE WHEN st_npoints(line) < 3 THEN NULL WHEN st_isclosed(line) THEN st_makepolygon(line)
                    ELSE st_makepolygon(st_addpoint(line, st_startpoint(line))) END AS loop) x
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.signed_area(geometry, geometry) IS 'Area in square degrees that a line sweeps seen from a point, positive counterclockwise';
-- +goose StatementBegin
CREATE FUNCTION registry.check_sides(s bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  -- Arcs do not cross, so two faces are apart or one lies in the other: a point of each tells.
  WITH fresh AS MATERIALIZED (
    SELECT e.face_id, e.valid, a.geom, a.label FROM face_extent e JOIN area a USING (digest)
     WHERE upper_inf(e.recorded) AND lower(e.recorded) = s),
  pair AS (
    SELECT f.face_id, f.geom, f.label, e.face_id AS other, b.geom AS other_geom, b.label AS other_label
    FROM fresh f
    CROSS JOIN LATERAL (SELECT * FROM area b WHERE b.geom && f.geom OFFSET 0) b
    CROSS JOIN LATERAL (SELECT * FROM face_extent e WHERE e.digest = b.digest OFFSET 0) e
     WHERE upper_inf(e.recorded) AND e.face_id <> f.face_id AND e.valid && f.valid)
  SELECT string_agg(face_id || ' and ' || other, ',') INTO bad FROM pair
   WHERE st_contains(geom, other_label) OR st_contains(other_geom, label);
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'faces overlap: %', bad USING errcode = 'JM012'; END IF;
  WITH fresh AS MATERIALIZED (
    SELECT e.face_id, e.valid, st_area(a.geom) AS area, a.label FROM face_extent e JOIN area a USING (digest)
     WHERE upper_inf(e.recorded) AND lower(e.recorded) = s),
  side AS (
    SELECT f.face_id, f.area, sum(signed_area(arc.geom, f.label) * x.sign) AS swept
    FROM fresh f
    CROSS JOIN LATERAL (
      SELECT arc_id, 1 AS sign, valid FROM arc_version WHERE left_face = f.face_id AND upper_inf(recorded)
      UNION ALL
      SELECT arc_id, -1, valid FROM arc_version WHERE right_face = f.face_id AND upper_inf(recorded)) x
    JOIN arc ON arc.id = x.arc_id
    WHERE x.valid @> f.valid GROUP BY f.face_id, f.valid, f.area)
  SELECT string_agg(DISTINCT face_id::text, ',') INTO bad FROM side WHERE abs(swept - area) > 1e-12 + 1e-9 * area;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'face(s) % on the wrong side of an arc', bad USING errcode = 'JM012'; END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.check_sides(bigint) IS 'Faces touched overlap no other, and lie on the side of each arc that it says';
-- +goose StatementBegin
CREATE FUNCTION registry.close_log() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE s bigint := new.seq; d bytea; n int;
BEGIN
  PERFORM check_paper(s);
  PERFORM check_origin(s);
  PERFORM check_closed(s);
  PERFORM check_crossing(s);
  PERFORM check_tenure(s);
  PERFORM check_existence(s);
  PERFORM check_rank(s);
  PERFORM fill_face_extent(s);
  PERFORM check_sides(s);
  SELECT count(*), sha256(coalesce((SELECT l.digest FROM log l WHERE l.seq = s - 1), '')
         || convert_to(concat_ws(' ', s, new.recorded_at, new.actor, new.case_id, new.request), 'UTF8')
         || coalesce(string_agg(l.digest, '' ORDER BY ord), '')) INTO n, d FROM log_leaf l WHERE l.seq = s;
  UPDATE log SET leaves = n, digest = d, xid = NULL WHERE log.seq = s;
  PERFORM pg_notify('jieming_log', s::text);
  RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.close_log() IS 'Deferred trigger of the log: runs the checks, derives the polygons, seals the entry';
CREATE CONSTRAINT TRIGGER close_log AFTER INSERT ON registry.log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry.close_log();

-- +goose Down
DROP TRIGGER close_log ON registry.log;
DROP FUNCTION registry.close_log(), registry.check_sides(bigint), registry.signed_area(geometry, geometry), registry.check_rank(bigint),
    registry.check_origin(bigint), registry.check_existence(bigint), registry.check_tenure(bigint), registry.check_crossing(bigint),
    registry.check_closed(bigint), registry.check_paper(bigint), registry.fill_face_extent(bigint), registry.geodesic_area_m2(geometry),
    registry.build_area(bigint[]), registry.area_digest(bigint[]), registry.fence(), registry.open_log(text, bigint, text);
DROP FUNCTION registry.leaf() CASCADE;
DROP FUNCTION registry.stamp() CASCADE;
DROP FUNCTION registry.stamp_seq() CASCADE;
DROP FUNCTION registry.keep_secrecy() CASCADE;
DROP FUNCTION registry.seal_only() CASCADE;
DROP FUNCTION registry.leaf_digest(text, text, jsonb, bytea), registry.seq();
