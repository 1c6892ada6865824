-- What the public sees is prepared by one person and released by another; a
-- layer of it can be stopped at once; the network zone changes only through a
-- function that looks at what is stored.
--   JM015 not a release by two hands    JM016 a border above public that no certificate clears
--   JM017 the zone holds more than that

-- +goose Up
CREATE TABLE desk.release_set (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    as_of              bigint NOT NULL REFERENCES registry.log,
    data_date          date NOT NULL,
    review_number      text,
    certificate        text,
    certificate_name   text,
    certificate_file   bigint REFERENCES desk.file,
    scale              int CHECK (scale > 0),
    decimals           smallint CHECK (decimals BETWEEN 3 AND 6),
    max_zoom           smallint CHECK (max_zoom BETWEEN 6 AND 14),
    clears             bigint[] NOT NULL DEFAULT '{}',
    note               text,
    prepared_by        bigint NOT NULL REFERENCES desk.account,
    seq                bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT release_set_order_check CHECK (as_of < seq),
    CONSTRAINT release_set_clears_check CHECK (cardinality(clears) = 0 OR certificate IS NOT NULL)
);
COMMENT ON TABLE desk.release_set IS 'A publication as somebody prepared it; another releases it';
COMMENT ON COLUMN desk.release_set.id IS 'Identity';
COMMENT ON COLUMN desk.release_set.as_of IS 'Log entry up to which the public would see the registry';
COMMENT ON COLUMN desk.release_set.data_date IS 'Date of the data';
COMMENT ON COLUMN desk.release_set.review_number IS '审图号; null while the map has not been reviewed';
COMMENT ON COLUMN desk.release_set.certificate IS 'Number of the processing certificate (脱密处理证明)';
COMMENT ON COLUMN desk.release_set.certificate_name IS 'Name of the file of the certificate';
COMMENT ON COLUMN desk.release_set.certificate_file IS 'File of the certificate';
COMMENT ON COLUMN desk.release_set.scale IS 'Denominator of the scale for which the geometry is cleared';
COMMENT ON COLUMN desk.release_set.decimals IS 'Decimals of a degree to which published geometry is rounded; null: as stored';
COMMENT ON COLUMN desk.release_set.max_zoom IS 'Deepest zoom of the tiles; null: the deepest there is';
COMMENT ON COLUMN desk.release_set.clears IS 'Arcs above public secrecy that the certificate clears';
COMMENT ON COLUMN desk.release_set.note IS 'Remark for the public';
COMMENT ON COLUMN desk.release_set.prepared_by IS 'Who prepared it';
COMMENT ON COLUMN desk.release_set.seq IS 'Log entry that recorded it';

CREATE TABLE desk.release_decision (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    set_id     bigint NOT NULL UNIQUE REFERENCES desk.release_set,
    outcome    text NOT NULL CHECK (outcome IN ('RELEASED', 'REJECTED')),
    reason     text,
    decided_by bigint NOT NULL REFERENCES desk.account,
    seq        bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT release_decision_reason_check CHECK (outcome = 'RELEASED' OR reason IS NOT NULL)
);
COMMENT ON TABLE desk.release_decision IS 'What became of a release set; each is decided once';
COMMENT ON COLUMN desk.release_decision.id IS 'Identity';
COMMENT ON COLUMN desk.release_decision.set_id IS 'The set';
COMMENT ON COLUMN desk.release_decision.outcome IS 'RELEASED or REJECTED';
COMMENT ON COLUMN desk.release_decision.reason IS 'Why; needed for a rejection';
COMMENT ON COLUMN desk.release_decision.decided_by IS 'Who decided';
COMMENT ON COLUMN desk.release_decision.seq IS 'Log entry that recorded it';

ALTER TABLE registry.publication
    ADD release_id  bigint UNIQUE REFERENCES desk.release_set,
    ADD certificate text,
    ADD scale       int,
    ADD decimals    smallint,
    ADD max_zoom    smallint;
COMMENT ON COLUMN registry.publication.release_id IS 'The release set; null for what was published before there were sets, or from the command line';
COMMENT ON COLUMN registry.publication.certificate IS 'Number of the processing certificate (脱密处理证明)';
COMMENT ON COLUMN registry.publication.scale IS 'Denominator of the scale for which the geometry is cleared';
COMMENT ON COLUMN registry.publication.decimals IS 'Decimals of a degree to which its geometry is rounded; null: as stored';
COMMENT ON COLUMN registry.publication.max_zoom IS 'Deepest zoom of its tiles; null: the deepest there is';

CREATE TABLE registry.clearance (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    arc_id      bigint NOT NULL UNIQUE REFERENCES registry.arc,
    release_id  bigint NOT NULL REFERENCES desk.release_set,
    certificate text NOT NULL CHECK (certificate <> ''),
    seq         bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE registry.clearance IS 'Arcs above public secrecy that a certificate cleared for the public, as they are';
COMMENT ON COLUMN registry.clearance.id IS 'Identity';
COMMENT ON COLUMN registry.clearance.arc_id IS 'The arc';
COMMENT ON COLUMN registry.clearance.release_id IS 'The release set that cleared it first';
COMMENT ON COLUMN registry.clearance.certificate IS 'Number of the certificate';
COMMENT ON COLUMN registry.clearance.seq IS 'Log entry that recorded it';
CREATE INDEX arc_secrecy_idx ON registry.arc (id) WHERE secrecy > 0;

CREATE TABLE desk.layer_switch (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer      text NOT NULL CHECK (layer IN ('province', 'prefecture', 'county', 'township', 'boundary', 'label', 'place', 'download')),
    stopped    boolean NOT NULL,
    reason     text NOT NULL CHECK (reason <> ''),
    account_id bigint NOT NULL REFERENCES desk.account,
    seq        bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.layer_switch IS 'A public layer stopped, or let go on; the latest row of a layer says which';
COMMENT ON COLUMN desk.layer_switch.id IS 'Identity';
COMMENT ON COLUMN desk.layer_switch.layer IS 'The layer';
COMMENT ON COLUMN desk.layer_switch.stopped IS 'Stopped, or let go on';
COMMENT ON COLUMN desk.layer_switch.reason IS 'Why';
COMMENT ON COLUMN desk.layer_switch.account_id IS 'Who did it';
COMMENT ON COLUMN desk.layer_switch.seq IS 'Log entry that recorded it';
CREATE INDEX layer_switch_layer_idx ON desk.layer_switch (layer, id DESC);

CREATE TABLE registry.zone_change (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    network       text NOT NULL,
    highest_level smallint NOT NULL,
    reason        text NOT NULL CHECK (reason <> ''),
    account_id    bigint NOT NULL REFERENCES desk.account,
    seq           bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE registry.zone_change IS 'What the network zone was changed to';
COMMENT ON COLUMN registry.zone_change.id IS 'Identity';
COMMENT ON COLUMN registry.zone_change.network IS 'INTERNET, GOVERNMENT or CLASSIFIED';
COMMENT ON COLUMN registry.zone_change.highest_level IS 'Highest secrecy it may hold';
COMMENT ON COLUMN registry.zone_change.reason IS 'Why';
COMMENT ON COLUMN registry.zone_change.account_id IS 'Who changed it';
COMMENT ON COLUMN registry.zone_change.seq IS 'Log entry that recorded it';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{desk.release_set,desk.release_decision,desk.layer_switch,registry.clearance,registry.zone_change}'::text[] LOOP
    PERFORM registry.log_table(t::regclass);
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION desk.keep_releasers_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.outcome = 'RELEASED' AND EXISTS (SELECT FROM desk.release_set WHERE id = new.set_id AND prepared_by = new.decided_by) THEN
    RAISE EXCEPTION 'who prepared a release set does not release it' USING errcode = 'JM015';
  END IF;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.keep_releasers_apart() IS 'Trigger of decisions: who prepared a set does not release it';
CREATE TRIGGER b_hands BEFORE INSERT ON desk.release_decision FOR EACH ROW EXECUTE FUNCTION desk.keep_releasers_apart();

-- +goose StatementBegin
CREATE FUNCTION registry.uncleared(r bigint) RETURNS TABLE (arc_id bigint) STABLE LANGUAGE sql AS $$
  SELECT a.id FROM registry.arc a
  WHERE a.secrecy > 0 AND NOT EXISTS (SELECT FROM registry.clearance c WHERE c.arc_id = a.id)
    AND EXISTS (SELECT FROM registry.arc_version v WHERE v.arc_id = a.id AND v.recorded @> r)
  ORDER BY a.id
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.uncleared(bigint) IS 'Arcs above public secrecy, of any day as recorded at an entry, that no certificate clears';

-- +goose StatementBegin
CREATE FUNCTION registry.keep_public() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  IF new.as_of < (SELECT max(as_of) FROM publication) THEN
    RAISE EXCEPTION 'the public sees a later entry than % already', new.as_of USING errcode = 'JM015';
  END IF;
  IF new.release_id IS NULL AND EXISTS (SELECT FROM publication WHERE release_id IS NOT NULL) THEN
    RAISE EXCEPTION 'publications of this registry are released at the desk: prepare a release set' USING errcode = 'JM015';
  END IF;
  IF new.release_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM desk.release_set s JOIN desk.release_decision d ON d.set_id = s.id AND d.outcome = 'RELEASED'
       WHERE s.id = new.release_id AND d.seq = registry.seq()
         AND (s.as_of, s.data_date) = (new.as_of, new.data_date)
         AND (s.review_number, s.certificate, s.scale, s.decimals, s.max_zoom, s.note)
             IS NOT DISTINCT FROM (new.review_number, new.certificate, new.scale, new.decimals, new.max_zoom, new.note)) THEN
    RAISE EXCEPTION 'release set % was not released like that', new.release_id USING errcode = 'JM015';
  END IF;
  SELECT string_agg(arc_id::text, ', ') INTO bad FROM (SELECT arc_id FROM uncleared(new.as_of) LIMIT 10) x;
  IF bad IS NOT NULL THEN
    RAISE EXCEPTION 'borders above public secrecy are not cleared: arcs %', bad USING errcode = 'JM016';
  END IF;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.keep_public() IS 'Trigger of publications: goes forward only, by two hands once there were sets, and shows no border above public that is not cleared';
ALTER FUNCTION registry.keep_public() SET search_path = registry, public, pg_temp;
CREATE TRIGGER b_public BEFORE INSERT ON registry.publication FOR EACH ROW EXECUTE FUNCTION registry.keep_public();

-- +goose StatementBegin
CREATE FUNCTION registry.highest_stored() RETURNS smallint STABLE LANGUAGE plpgsql AS $$
DECLARE t regclass; one smallint; top smallint := 0;
BEGIN
  FOR t IN SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND a.attname = 'secrecy' AND c.relnamespace IN ('registry'::regnamespace, 'desk'::regnamespace) LOOP
    EXECUTE format('SELECT coalesce(max(secrecy), 0) FROM %s', t) INTO one;
    top := greatest(top, one);
  END LOOP;
  RETURN top;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.highest_stored() IS 'The highest secrecy of anything stored, of whatever day and entry';
-- +goose StatementBegin
CREATE FUNCTION registry.change_zone(to_network text, to_level smallint, why text, account bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE top smallint;
BEGIN
  IF registry.seq() IS NULL THEN RAISE EXCEPTION 'no open log entry' USING errcode = 'JM001'; END IF;
  IF to_network <> 'CLASSIFIED' AND to_level > 1 THEN
    RAISE EXCEPTION 'on network % nothing above internal may be held', to_network USING errcode = 'JM017';
  END IF;
  top := registry.highest_stored();
  IF to_level < top THEN
    RAISE EXCEPTION 'something of secrecy % is stored', top USING errcode = 'JM017';
  END IF;
  UPDATE registry.zone SET network = to_network, highest_level = to_level;
  INSERT INTO registry.zone_change (network, highest_level, reason, account_id) VALUES (to_network, to_level, why, account);
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.change_zone(text, smallint, text, bigint) IS 'Changes the network zone within an open log entry; not below what is stored, nor above what the network may hold';
ALTER FUNCTION registry.change_zone(text, smallint, text, bigint) SECURITY DEFINER SET search_path = registry, public, pg_temp;
ALTER FUNCTION registry.highest_stored() SECURITY DEFINER SET search_path = registry, public, pg_temp;

-- +goose StatementBegin
CREATE FUNCTION registry.differences(relation regclass, key text, shown text, r0 bigint, r1 bigint)
RETURNS TABLE (entity bigint, valid daterange, before jsonb, after jsonb) STABLE LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    WITH x AS MATERIALIZED (
      SELECT (%2$s)::bigint AS k, v.valid, v.recorded @> $2 AS now_seen, to_jsonb(v) - '{id,valid,recorded,began_by,ended_by}'::text[] AS j
      FROM %1$s v WHERE (v.recorded @> $1) <> (v.recorded @> $2) AND %3$s),
    cut AS (SELECT k, lower(valid) AS d FROM x UNION SELECT k, upper(valid) FROM x),
    iv AS (SELECT k, daterange(d, lead(d) OVER (PARTITION BY k ORDER BY d NULLS FIRST)) AS v, d,
                  lead(d) OVER (PARTITION BY k ORDER BY d NULLS FIRST) AS next FROM (
             SELECT DISTINCT k, d FROM cut WHERE d IS NOT NULL
             UNION SELECT k, NULL FROM x WHERE lower_inf(valid)) c)
    SELECT iv.k, iv.v, b.j, a.j FROM iv
    LEFT JOIN x b ON b.k = iv.k AND NOT b.now_seen AND b.valid @> iv.v
    LEFT JOIN x a ON a.k = iv.k AND a.now_seen AND a.valid @> iv.v
    WHERE a.j IS DISTINCT FROM b.j
    ORDER BY iv.k, iv.v $q$, relation, key, shown) USING r0, r1;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.differences(regclass, text, text, bigint, bigint) IS 'What a versioned table says of its entities at two entries, where it differs, by valid time; shown is a condition on its rows';
REVOKE EXECUTE ON FUNCTION registry.keep_public(), desk.keep_releasers_apart(), registry.change_zone(text, smallint, text, bigint), registry.highest_stored(),
    registry.differences(regclass, text, text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.change_zone(text, smallint, text, bigint), registry.highest_stored(),
    registry.differences(regclass, text, text, bigint, bigint) TO jieming_writer;

GRANT SELECT ON desk.release_set, desk.release_decision, desk.layer_switch TO jieming_writer;
GRANT SELECT ON desk.layer_switch TO jieming_reader;
GRANT SELECT ON registry.clearance, registry.zone_change TO jieming_writer, jieming_reader;
GRANT INSERT ON desk.release_set, desk.release_decision, desk.layer_switch, registry.clearance TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk, registry TO jieming_writer;

-- +goose Down
DROP TRIGGER b_public ON registry.publication;
DROP FUNCTION registry.differences(regclass, text, text, bigint, bigint), registry.change_zone(text, smallint, text, bigint), registry.highest_stored(),
    registry.keep_public(), registry.uncleared(bigint);
DROP TABLE registry.zone_change, registry.clearance, desk.layer_switch;
DROP INDEX registry.arc_secrecy_idx;
ALTER TABLE registry.publication DROP release_id, DROP certificate, DROP scale, DROP decimals, DROP max_zoom;
DROP TABLE desk.release_decision, desk.release_set;
DROP FUNCTION desk.keep_releasers_apart();
