-- Who may sign in, and what each is trusted with. Grants, revocations and
-- delegations are logged rows; an account is a row that changes.
--   JM013 separation of duties

-- +goose Up
CREATE SCHEMA desk;
COMMENT ON SCHEMA desk IS 'The work of the department: accounts, rights, cases, papers, clocks and notices';

-- +goose StatementBegin
CREATE FUNCTION registry.log_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER a_stamp BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION registry.stamp_seq()', t);
  EXECUTE format('CREATE TRIGGER z_leaf_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS rows_written FOR EACH STATEMENT EXECUTE FUNCTION registry.leaf()', t);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION registry.stamp_seq()', t);
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.log_table(regclass) IS 'Makes a table with id and seq append-only and logged; for migrations';
REVOKE EXECUTE ON FUNCTION registry.log_table(regclass) FROM PUBLIC;

CREATE TABLE desk.account (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login       text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    name        text NOT NULL CHECK (name <> ''),
    department  text NOT NULL DEFAULT '',
    mail        text NOT NULL DEFAULT '',
    phone       text NOT NULL DEFAULT '',
    language    text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
COMMENT ON TABLE desk.account IS 'A person who may sign in; what secrets prove it is kept elsewhere';
COMMENT ON COLUMN desk.account.id IS 'Identity for life; never reused';
COMMENT ON COLUMN desk.account.login IS 'How the person signs in';
COMMENT ON COLUMN desk.account.name IS '姓名';
COMMENT ON COLUMN desk.account.department IS 'Code of the department the person works in';
COMMENT ON COLUMN desk.account.mail IS 'Where notifications go; empty for none';
COMMENT ON COLUMN desk.account.phone IS 'Telephone, for colleagues';
COMMENT ON COLUMN desk.account.language IS 'Language of notifications';
COMMENT ON COLUMN desk.account.created_at IS 'When the account was made';
COMMENT ON COLUMN desk.account.disabled_at IS 'Since when it may not sign in; null while it may';

CREATE TABLE desk.functional_zone (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text NOT NULL UNIQUE CHECK (name <> ''),
    units bigint[] NOT NULL CHECK (cardinality(units) > 0),
    seq   bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.functional_zone IS 'A functional zone (功能区) that reports like a unit without being one, such as 长白山管委会';
COMMENT ON COLUMN desk.functional_zone.id IS 'Identity';
COMMENT ON COLUMN desk.functional_zone.name IS 'Name';
COMMENT ON COLUMN desk.functional_zone.units IS 'The units it reports for, with all below them';
COMMENT ON COLUMN desk.functional_zone.seq IS 'Log entry that recorded it';

CREATE TABLE desk.role_grant (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  bigint NOT NULL REFERENCES desk.account,
    role        text NOT NULL CHECK (role <> ''),
    unit_id     bigint REFERENCES registry.unit,
    zone_id     bigint REFERENCES desk.functional_zone,
    department  text NOT NULL DEFAULT '',
    valid_until date,
    reason      text NOT NULL CHECK (reason <> ''),
    granted_by  bigint REFERENCES desk.account,
    seq         bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT role_grant_one_area_check CHECK (unit_id IS NULL OR zone_id IS NULL)
);
COMMENT ON TABLE desk.role_grant IS 'A role given to a person in a jurisdiction';
COMMENT ON COLUMN desk.role_grant.id IS 'Identity';
COMMENT ON COLUMN desk.role_grant.account_id IS 'The person';
COMMENT ON COLUMN desk.role_grant.role IS 'The role, as in roles.csv';
COMMENT ON COLUMN desk.role_grant.unit_id IS 'Top of the subtree of units; null with zone_id null: the whole registry';
COMMENT ON COLUMN desk.role_grant.zone_id IS 'The functional zone';
COMMENT ON COLUMN desk.role_grant.department IS 'For DEPARTMENT: whose opinion the person gives';
COMMENT ON COLUMN desk.role_grant.valid_until IS 'The day from which it is no longer in force; null until revoked';
COMMENT ON COLUMN desk.role_grant.reason IS 'Why';
COMMENT ON COLUMN desk.role_grant.granted_by IS 'Who granted it; null for the command line';
COMMENT ON COLUMN desk.role_grant.seq IS 'Log entry that recorded it';
CREATE INDEX role_grant_account_id_idx ON desk.role_grant (account_id);

CREATE TABLE desk.role_revocation (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grant_id   bigint NOT NULL UNIQUE REFERENCES desk.role_grant,
    reason     text NOT NULL CHECK (reason <> ''),
    revoked_by bigint REFERENCES desk.account,
    seq        bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.role_revocation IS 'A grant taken back';
COMMENT ON COLUMN desk.role_revocation.id IS 'Identity';
COMMENT ON COLUMN desk.role_revocation.grant_id IS 'The grant';
COMMENT ON COLUMN desk.role_revocation.reason IS 'Why';
COMMENT ON COLUMN desk.role_revocation.revoked_by IS 'Who took it back; null for the command line';
COMMENT ON COLUMN desk.role_revocation.seq IS 'Log entry that recorded it';

CREATE TABLE desk.delegation (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_id    bigint NOT NULL REFERENCES desk.account,
    to_id      bigint NOT NULL REFERENCES desk.account,
    days       daterange NOT NULL CHECK (NOT isempty(days) AND NOT upper_inf(days) AND NOT lower_inf(days)),
    reason     text NOT NULL CHECK (reason <> ''),
    made_by    bigint NOT NULL REFERENCES desk.account,
    seq        bigint NOT NULL REFERENCES registry.log,
    CONSTRAINT delegation_other_check CHECK (from_id <> to_id)
);
COMMENT ON TABLE desk.delegation IS 'Work done for a person who is away';
COMMENT ON COLUMN desk.delegation.id IS 'Identity';
COMMENT ON COLUMN desk.delegation.from_id IS 'Who is away';
COMMENT ON COLUMN desk.delegation.to_id IS 'Who does the work';
COMMENT ON COLUMN desk.delegation.days IS 'The days';
COMMENT ON COLUMN desk.delegation.reason IS 'Why';
COMMENT ON COLUMN desk.delegation.made_by IS 'Who arranged it';
COMMENT ON COLUMN desk.delegation.seq IS 'Log entry that recorded it';
CREATE INDEX delegation_to_id_idx ON desk.delegation (to_id);

CREATE TABLE desk.delegation_end (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delegation_id bigint NOT NULL UNIQUE REFERENCES desk.delegation,
    ended_by      bigint NOT NULL REFERENCES desk.account,
    seq           bigint NOT NULL REFERENCES registry.log
);
COMMENT ON TABLE desk.delegation_end IS 'A delegation ended before its time';
COMMENT ON COLUMN desk.delegation_end.id IS 'Identity';
COMMENT ON COLUMN desk.delegation_end.delegation_id IS 'The delegation';
COMMENT ON COLUMN desk.delegation_end.ended_by IS 'Who ended it';
COMMENT ON COLUMN desk.delegation_end.seq IS 'Log entry that recorded it';

-- +goose StatementBegin
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY '{functional_zone,role_grant,role_revocation,delegation,delegation_end}'::text[] LOOP
    PERFORM registry.log_table(('desk.' || t)::regclass);
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION desk.keep_duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE admins text[] := '{SYSTEM_ADMIN,SECURITY_ADMIN,AUDIT_ADMIN}'; other text;
BEGIN
  IF new.granted_by = new.account_id THEN
    RAISE EXCEPTION 'nobody grants a role to themselves' USING errcode = 'JM013';
  END IF;
  PERFORM FROM desk.account WHERE id = new.account_id FOR UPDATE;
  SELECT g.role INTO other FROM desk.role_grant g
   WHERE g.account_id = new.account_id AND g.role <> new.role AND (g.role = ANY (admins) OR new.role = ANY (admins))
     AND (g.valid_until IS NULL OR g.valid_until > (now() AT TIME ZONE 'Asia/Shanghai')::date)
     AND NOT EXISTS (SELECT FROM desk.role_revocation r WHERE r.grant_id = g.id) LIMIT 1;
  IF other IS NOT NULL THEN
    RAISE EXCEPTION '% and % may not be held by one person (三员分立)', other, new.role USING errcode = 'JM013';
  END IF;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.keep_duties_apart() IS 'Trigger of grants: the three administrators hold no other role, and nobody grants to themselves';
CREATE TRIGGER b_duties BEFORE INSERT ON desk.role_grant FOR EACH ROW EXECUTE FUNCTION desk.keep_duties_apart();

-- Jurisdiction follows the registry as it is recorded now ------------------------
-- +goose StatementBegin
CREATE FUNCTION desk.home(unit bigint, on_day date) RETURNS bigint STABLE LANGUAGE sql AS $$
  WITH RECURSIVE step(unit_id, depth) AS (
    SELECT unit, 0
    UNION ALL
    SELECT h.heir, step.depth + 1 FROM step CROSS JOIN LATERAL (
      SELECT coalesce(
        (SELECT l.to_unit FROM registry.lineage l JOIN registry.event e ON e.id = l.event_id
          WHERE l.from_unit = step.unit_id AND l.to_unit <> step.unit_id AND l.relation <> 'PART_TRANSFERRED' AND e.effective_on <= on_day
          ORDER BY e.effective_on DESC, l.relation = 'CONTINUES' DESC, l.area_share DESC NULLS LAST, l.to_unit LIMIT 1),
        (SELECT v.parent_id FROM registry.unit_version v WHERE v.unit_id = step.unit_id AND upper_inf(v.recorded)
          ORDER BY upper(v.valid) DESC NULLS FIRST LIMIT 1)) AS heir) h
    WHERE step.depth < 30 AND h.heir IS NOT NULL
      AND NOT EXISTS (SELECT FROM registry.unit_version v WHERE v.unit_id = step.unit_id AND upper_inf(v.recorded) AND v.valid @> on_day))
  SELECT unit_id FROM step ORDER BY depth DESC LIMIT 1
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.home(bigint, date) IS 'The unit itself while it exists; else its heir: who continues it, else who got most of its area, else what it lay in';
-- +goose StatementBegin
CREATE FUNCTION desk.path(unit bigint, on_day date) RETURNS bigint[] STABLE LANGUAGE sql AS $$
  WITH RECURSIVE up(unit_id, depth) AS (
    SELECT desk.home(unit, on_day), 0
    UNION ALL
    SELECT v.parent_id, up.depth + 1 FROM up JOIN registry.unit_version v ON v.unit_id = up.unit_id AND upper_inf(v.recorded) AND v.valid @> on_day
    WHERE v.parent_id IS NOT NULL AND up.depth < 10)
  SELECT array_agg(unit_id ORDER BY depth) FILTER (WHERE unit_id IS NOT NULL) FROM up
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.path(bigint, date) IS 'The home of a unit and all above it (代管 before 隶属), the finest first';
-- +goose StatementBegin
CREATE FUNCTION desk.subtree(tops bigint[], on_day date) RETURNS SETOF bigint STABLE LANGUAGE sql AS $$
  WITH RECURSIVE down(unit_id) AS (
    SELECT unnest(tops)
    UNION
    SELECT v.unit_id FROM down JOIN registry.unit_version v ON v.parent_id = down.unit_id AND upper_inf(v.recorded) AND v.valid @> on_day)
  SELECT unit_id FROM down
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.subtree(bigint[], date) IS 'Units and all below them on a day, as recorded now';

GRANT USAGE ON SCHEMA desk TO jieming_writer, jieming_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA desk TO jieming_writer;
GRANT INSERT ON desk.functional_zone, desk.role_grant, desk.role_revocation, desk.delegation, desk.delegation_end, desk.account TO jieming_writer;
GRANT UPDATE (name, department, mail, phone, language, disabled_at) ON desk.account TO jieming_writer;

-- +goose Down
DROP SCHEMA desk CASCADE;
DROP FUNCTION registry.log_table(regclass);
