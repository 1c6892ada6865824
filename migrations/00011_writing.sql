-- Writing: the few acts every change is made of. Names are unqualified, so the
-- same acts write the truth or, with search_path = branch, registry, a draft.

-- +goose Up
SET LOCAL search_path = registry, public;
-- +goose StatementBegin
CREATE FUNCTION registry.carve(rel text, key text, ent bigint, period daterange, ev bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE r record; p daterange; n int := 0; cols text;
BEGIN
  IF rel NOT IN ('unit_version', 'code_version', 'arc_version', 'tenure', 'line_version', 'place_version') THEN
    RAISE EXCEPTION '% is not a versioned table', rel USING errcode = 'JM002';
  END IF;
  SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) INTO cols FROM pg_attribute
   WHERE attrelid = ('registry.' || rel)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname <> ALL ('{id,valid,recorded,began_by,ended_by}');
  -- The row travels as text: closed rows of a branch are no longer readable under their name.
  FOR r IN EXECUTE format('SELECT id, valid, began_by, ended_by, x::text AS whole FROM %I x WHERE %I = $1 AND valid && $2 AND upper_inf(recorded)', rel, key)
           USING ent, period LOOP
    IF upper_inf(period) AND coalesce(lower(r.valid), '-infinity') > coalesce(lower(period), '-infinity')  -- a scheduled later change would be lost
       AND r.began_by IS DISTINCT FROM (SELECT reverses FROM event WHERE id = ev) THEN
      RAISE EXCEPTION '% of % already changes on % (event %)', rel, ent, lower(r.valid), r.began_by USING errcode = 'JM008';
    END IF;
    EXECUTE format('UPDATE %I SET recorded = recorded WHERE id = $1', rel) USING r.id;
    n := n + 1;
    FOR p IN SELECT unnest(datemultirange(r.valid) - datemultirange(period)) LOOP
      EXECUTE format('INSERT INTO %1$I (%2$s, valid, began_by, ended_by) SELECT %2$s, $2, $3, $4 FROM (SELECT ($1::registry.%1$I).*) y', rel, cols)
        USING r.whole, p, CASE WHEN lower(p) = upper(period) THEN ev ELSE r.began_by END,
                          CASE WHEN upper(p) = lower(period) THEN ev ELSE r.ended_by END;
    END LOOP;
  END LOOP;
  RETURN n;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.carve(text, text, bigint, daterange, bigint) IS 'Makes room: closes what overlaps the period and keeps what lies outside it; refuses to swallow a scheduled later change';
-- +goose StatementBegin
CREATE FUNCTION registry.assign(in_face bigint, in_unit bigint, period daterange, ev bigint, ender bigint DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM carve('tenure', 'face_id', in_face, period, ev);
  IF in_unit IS NOT NULL THEN
    INSERT INTO tenure (face_id, unit_id, valid, began_by, ended_by) VALUES (in_face, in_unit, period, ev, CASE WHEN NOT upper_inf(period) THEN coalesce(ender, ev) END);
  END IF;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.assign(bigint, bigint, daterange, bigint, bigint) IS 'Gives a face to a unit for a period; a null unit means the face did not exist then';
-- +goose StatementBegin
CREATE FUNCTION registry.swap_arc(in_arc bigint, line geometry, period daterange, ev bigint, src text, acc numeric DEFAULT NULL, new_basis text DEFAULT 'SURVEYED', new_id bigint DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE g geometry := to_grid(line); old geometry; k bigint; v record; p daterange; old_secrecy smallint; until date; ends boolean;
BEGIN
  SELECT geom, secrecy INTO old, old_secrecy FROM arc WHERE id = in_arc;
  IF old IS NULL THEN RAISE EXCEPTION 'no arc %', in_arc USING errcode = 'JM005'; END IF;
  IF node_key(st_startpoint(g)) <> node_key(st_startpoint(old)) OR node_key(st_endpoint(g)) <> node_key(st_endpoint(old)) THEN
    RAISE EXCEPTION 'the new course of arc % does not end at its nodes', in_arc USING errcode = 'JM005';
  END IF;
  SELECT max(upper(valid)), NOT bool_or(upper_inf(valid)) INTO until, ends FROM arc_version
   WHERE arc_id = in_arc AND valid && period AND upper_inf(recorded);
  IF ends IS NULL THEN RAISE EXCEPTION 'arc % is no border in %', in_arc, period USING errcode = 'JM008'; END IF;
  IF ends AND until < coalesce(upper(period), 'infinity') THEN
    RAISE EXCEPTION 'arc % ceases to be a border on %', in_arc, until USING errcode = 'JM008';
  END IF;
  k := coalesce(new_id, nextval(pg_get_serial_sequence('registry.arc', 'id')));
  INSERT INTO arc (id, geom, split_of, source, accuracy_m, secrecy) VALUES (k, g, in_arc, src, acc, old_secrecy);
  -- A row of the old arc gives way only where it overlaps the period: both sides stay as they were on each day.
  FOR v IN SELECT * FROM arc_version WHERE arc_id = in_arc AND valid && period AND upper_inf(recorded) LOOP
    PERFORM carve('arc_version', 'arc_id', in_arc, v.valid * period, ev);
    p := v.valid * period;
    INSERT INTO arc_version (arc_id, left_face, right_face, status, basis, valid, began_by, ended_by)
    VALUES (k, v.left_face, v.right_face, v.status, new_basis, p, ev,
            CASE WHEN upper_inf(p) THEN NULL WHEN upper(p) = upper(v.valid) THEN v.ended_by ELSE ev END);
  END LOOP;
  RETURN k;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.swap_arc(bigint, geometry, daterange, bigint, text, numeric, text, bigint) IS 'Replaces the course of an arc between its nodes for a period; faces and tenure stay';
-- +goose StatementBegin
CREATE FUNCTION registry.split_arc(in_arc bigint, at geometry[], src text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE g geometry; cut int[]; n int; kids bigint[]; k bigint; v record; sec smallint; acc numeric;
BEGIN
  SELECT geom, st_npoints(geom), secrecy, accuracy_m INTO g, n, sec, acc FROM arc WHERE id = in_arc;
  SELECT array_agg(DISTINCT path[1] ORDER BY path[1]) INTO cut FROM st_dumppoints(g) p
   WHERE path[1] BETWEEN 2 AND n - 1 AND EXISTS (SELECT FROM unnest(at) x WHERE node_key(x) = node_key(p.geom));
  IF cut IS NULL THEN RETURN ARRAY[in_arc]; END IF;
  cut := 1 || cut || n;
  FOR i IN 1 .. cardinality(cut) - 1 LOOP
    INSERT INTO arc (geom, split_of, split_ord, source, accuracy_m, secrecy)
    SELECT st_makeline(p.geom ORDER BY p.path[1]), in_arc, i, src, acc, sec FROM st_dumppoints(g) p WHERE p.path[1] BETWEEN cut[i] AND cut[i + 1]
    RETURNING id INTO k;
    kids := kids || k;
  END LOOP;
  FOR v IN SELECT * FROM arc_version WHERE arc_id = in_arc AND upper_inf(recorded) LOOP
    UPDATE arc_version SET recorded = recorded WHERE id = v.id;
    INSERT INTO arc_version (arc_id, left_face, right_face, status, basis, attested_on, valid, began_by, ended_by)
    SELECT x, v.left_face, v.right_face, v.status, v.basis, v.attested_on, v.valid, v.began_by, v.ended_by FROM unnest(kids) x;
  END LOOP;
  RETURN kids;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.split_arc(bigint, geometry[], text) IS 'Splits an arc at existing vertices, for every period it is valid in: a refinement, no answer changes';
-- +goose StatementBegin
CREATE FUNCTION registry.relabel(in_arc bigint, old_face bigint, new_face bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v record;
BEGIN
  FOR v IN SELECT * FROM arc_version WHERE arc_id = in_arc AND upper_inf(recorded) AND old_face IN (left_face, right_face) LOOP
    UPDATE arc_version SET recorded = recorded WHERE id = v.id;
    INSERT INTO arc_version (arc_id, left_face, right_face, status, basis, attested_on, valid, began_by, ended_by)
    VALUES (in_arc, CASE WHEN v.left_face = old_face THEN new_face ELSE v.left_face END,
            CASE WHEN v.right_face = old_face THEN new_face ELSE v.right_face END, v.status, v.basis, v.attested_on, v.valid, v.began_by, v.ended_by);
  END LOOP;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.relabel(bigint, bigint, bigint) IS 'Moves one side of an arc from a face to the face that replaces it there';
-- +goose StatementBegin
CREATE FUNCTION registry.inherit(old_face bigint, new_faces bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenure (face_id, unit_id, among, valid, began_by, ended_by)
  SELECT n, unit_id, among, valid, began_by, ended_by FROM tenure, unnest(new_faces) n WHERE face_id = old_face AND upper_inf(recorded);
  UPDATE tenure SET recorded = recorded WHERE face_id = old_face AND upper_inf(recorded);
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.inherit(bigint, bigint[]) IS 'The pieces of a face inherit its whole history';

-- +goose Down
DROP FUNCTION registry.inherit(bigint, bigint[]), registry.relabel(bigint, bigint, bigint), registry.split_arc(bigint, geometry[], text),
    registry.swap_arc(bigint, geometry, daterange, bigint, text, numeric, text, bigint),
    registry.assign(bigint, bigint, daterange, bigint, bigint), registry.carve(text, text, bigint, daterange, bigint);
