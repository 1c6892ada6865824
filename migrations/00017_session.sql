-- What proves who somebody is, and what they did with it. Secrets are kept as
-- digests, or sealed with the key of the installation; nobody but the service
-- reads them.

-- +goose Up
CREATE TABLE desk.credential (
    account_id  bigint PRIMARY KEY REFERENCES desk.account,
    password    text,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    must_change boolean NOT NULL DEFAULT true,
    factor      bytea,
    factor_at   timestamptz,
    factor_step bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE desk.credential IS 'What an account signs in with';
COMMENT ON COLUMN desk.credential.account_id IS 'The account';
COMMENT ON COLUMN desk.credential.password IS 'argon2id digest with its parameters; null for none';
COMMENT ON COLUMN desk.credential.changed_at IS 'When the password was last set';
COMMENT ON COLUMN desk.credential.must_change IS 'Somebody else set it: the person chooses another at the next sign-in';
COMMENT ON COLUMN desk.credential.factor IS 'Secret of the second factor (TOTP), sealed with the key of the installation; null for none';
COMMENT ON COLUMN desk.credential.factor_at IS 'Since when there is a second factor';
COMMENT ON COLUMN desk.credential.factor_step IS 'Time step of the last code taken: none of it or before is taken again';

CREATE TABLE desk.recovery_code (
    account_id bigint NOT NULL REFERENCES desk.account,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    used_at    timestamptz,
    PRIMARY KEY (account_id, digest)
);
COMMENT ON TABLE desk.recovery_code IS 'Codes that stand in for a lost second factor, each once';
COMMENT ON COLUMN desk.recovery_code.account_id IS 'The account';
COMMENT ON COLUMN desk.recovery_code.digest IS 'sha256 of the code';
COMMENT ON COLUMN desk.recovery_code.used_at IS 'When it was used; null while it may be';

CREATE TABLE desk.session (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES desk.account,
    digest     bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    strong     boolean NOT NULL DEFAULT false,
    made_at    timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    address    text NOT NULL DEFAULT '',
    agent      text NOT NULL DEFAULT ''
);
COMMENT ON TABLE desk.session IS 'A browser in which somebody signed in';
COMMENT ON COLUMN desk.session.id IS 'Identity; no secret';
COMMENT ON COLUMN desk.session.account_id IS 'Who';
COMMENT ON COLUMN desk.session.digest IS 'sha256 of the secret in the cookie';
COMMENT ON COLUMN desk.session.strong IS 'A second factor was shown in it';
COMMENT ON COLUMN desk.session.made_at IS 'When it began';
COMMENT ON COLUMN desk.session.seen_at IS 'When it was last used, to the minute';
COMMENT ON COLUMN desk.session.ended_at IS 'When it was ended; null while it may go on';
COMMENT ON COLUMN desk.session.address IS 'Network it came from';
COMMENT ON COLUMN desk.session.agent IS 'What the browser calls itself';
CREATE INDEX session_account_id_idx ON desk.session (account_id) WHERE ended_at IS NULL;

CREATE TABLE desk.token (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES desk.account,
    name       text NOT NULL CHECK (name <> ''),
    digest     bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    scopes     text[] NOT NULL CHECK (cardinality(scopes) > 0),
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz
);
COMMENT ON TABLE desk.token IS 'Secrets with which programs act for a person';
COMMENT ON COLUMN desk.token.id IS 'Identity; no secret';
COMMENT ON COLUMN desk.token.account_id IS 'For whom it acts';
COMMENT ON COLUMN desk.token.name IS 'What the person calls it';
COMMENT ON COLUMN desk.token.digest IS 'sha256 of the token';
COMMENT ON COLUMN desk.token.scopes IS 'Actions, or the parts of them before the dot, that it may be used for';
COMMENT ON COLUMN desk.token.made_at IS 'When it was made';
COMMENT ON COLUMN desk.token.expires_at IS 'When it ends';
COMMENT ON COLUMN desk.token.used_at IS 'When it was last used, to the minute';
COMMENT ON COLUMN desk.token.revoked_at IS 'When it was taken back; null while it may be used';
CREATE INDEX token_account_id_idx ON desk.token (account_id);

CREATE TABLE desk.identity (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES desk.account,
    issuer     text NOT NULL CHECK (issuer <> ''),
    subject    text NOT NULL CHECK (subject <> ''),
    linked_at  timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
COMMENT ON TABLE desk.identity IS 'Accounts at an identity provider (OpenID Connect) that stand for accounts here';
COMMENT ON COLUMN desk.identity.id IS 'Identity';
COMMENT ON COLUMN desk.identity.account_id IS 'The account here';
COMMENT ON COLUMN desk.identity.issuer IS 'The provider';
COMMENT ON COLUMN desk.identity.subject IS 'How the provider calls the person, for life';
COMMENT ON COLUMN desk.identity.linked_at IS 'When they were linked';
CREATE INDEX identity_account_id_idx ON desk.identity (account_id);

CREATE TABLE desk.attempt (
    key           text PRIMARY KEY,
    failures      int NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz
);
COMMENT ON TABLE desk.attempt IS 'Failed proofs of who somebody is, of late, by what was tried and from where: how guessing is slowed down';
COMMENT ON COLUMN desk.attempt.key IS 'Digest of a login, network address, or account and what it showed';
COMMENT ON COLUMN desk.attempt.failures IS 'Number of failures of late';
COMMENT ON COLUMN desk.attempt.last_at IS 'When the last was';
COMMENT ON COLUMN desk.attempt.blocked_until IS 'Until when nothing is tried; null for now';
CREATE INDEX attempt_last_at_idx ON desk.attempt (last_at);

CREATE TABLE desk.access (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    account_id  bigint REFERENCES desk.account,
    address     text NOT NULL DEFAULT '',
    kind        text NOT NULL CHECK (kind <> ''),
    object_kind text NOT NULL DEFAULT '',
    object_id   bigint,
    detail      jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE desk.access IS 'Who signed in, who was given and used which right, and who read what is not public; append-only';
COMMENT ON COLUMN desk.access.id IS 'Identity; rises with time';
COMMENT ON COLUMN desk.access.at IS 'When';
COMMENT ON COLUMN desk.access.account_id IS 'Who; null for somebody unknown, or the command line';
COMMENT ON COLUMN desk.access.address IS 'Network it came from';
COMMENT ON COLUMN desk.access.kind IS 'What happened: SIGNED_IN, REFUSED, BLOCKED, GRANTED …';
COMMENT ON COLUMN desk.access.object_kind IS 'On what kind of thing: ACCOUNT, GRANT, SESSION, TOKEN, ARC …';
COMMENT ON COLUMN desk.access.object_id IS 'Which of them';
COMMENT ON COLUMN desk.access.detail IS 'The particulars; never a secret';
CREATE INDEX access_account_id_idx ON desk.access (account_id, id);
CREATE INDEX access_object_idx ON desk.access (object_kind, object_id, id);

-- +goose StatementBegin
CREATE FUNCTION desk.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', tg_table_name USING errcode = 'JM002';
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.refuse_change() IS 'Trigger: refuses changing, deleting and truncating';
CREATE TRIGGER a_keep BEFORE UPDATE OR DELETE ON desk.access FOR EACH ROW EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON desk.access EXECUTE FUNCTION desk.refuse_change();

-- +goose StatementBegin
CREATE FUNCTION desk.unit_name(unit bigint) RETURNS text STABLE LANGUAGE sql SET search_path = registry, public, pg_temp AS $$
  SELECT name FROM registry.unit_version WHERE unit_id = unit AND upper_inf(recorded) ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION desk.unit_name(bigint) IS 'What a unit is, or was last, called';

GRANT SELECT, INSERT ON desk.credential, desk.recovery_code, desk.session, desk.token, desk.identity, desk.attempt, desk.access TO jieming_writer;
GRANT UPDATE ON desk.credential, desk.attempt TO jieming_writer;
GRANT UPDATE (used_at) ON desk.recovery_code TO jieming_writer;
GRANT UPDATE (digest, strong, seen_at, ended_at) ON desk.session TO jieming_writer;
GRANT UPDATE (used_at, revoked_at) ON desk.token TO jieming_writer;
GRANT DELETE ON desk.recovery_code, desk.attempt, desk.identity TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO jieming_writer;

-- +goose Down
DROP TABLE desk.access, desk.attempt, desk.identity, desk.token, desk.session, desk.recovery_code, desk.credential;
DROP FUNCTION desk.refuse_change(), desk.unit_name(bigint);
