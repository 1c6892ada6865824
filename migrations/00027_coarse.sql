-- How coarse the public sees an entry is said once: what was answered as of an
-- entry stays.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION registry.keep_coarse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.publication p WHERE p.as_of = new.as_of AND p.decimals IS DISTINCT FROM new.decimals) THEN
    RAISE EXCEPTION 'entry % is public already, with geometry as fine or as coarse as it was then: prepare a set of a later entry', new.as_of USING errcode = 'JM015';
  END IF;
  RETURN new;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION registry.keep_coarse() IS 'Trigger of publications: those of one entry round alike';
REVOKE EXECUTE ON FUNCTION registry.keep_coarse() FROM PUBLIC;
CREATE TRIGGER c_coarse BEFORE INSERT ON registry.publication FOR EACH ROW EXECUTE FUNCTION registry.keep_coarse();
CREATE INDEX publication_as_of_idx ON registry.publication (as_of);

-- +goose Down
DROP INDEX registry.publication_as_of_idx;
DROP TRIGGER c_coarse ON registry.publication;
DROP FUNCTION registry.keep_coarse();
