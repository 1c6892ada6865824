-- Rights: the owner migrates, the writer acts, the reader reads.

-- +goose Up
-- +goose StatementBegin
DO $$ DECLARE r text; f text; BEGIN
  FOREACH r IN ARRAY '{jieming_writer,jieming_reader}'::text[] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', r); END IF;
  END LOOP;
  FOREACH f IN ARRAY '{open_log(text\,bigint\,text),fence(),leaf(),seal_only(),close_log(),check_paper(bigint),check_closed(bigint),check_crossing(bigint),check_tenure(bigint),check_existence(bigint),check_origin(bigint),check_rank(bigint),check_sides(bigint),fill_face_extent(bigint),fill_areas(date\,bigint\,int),refresh_statistics()}'::text[] LOOP
    EXECUTE format('ALTER FUNCTION registry.%s SECURITY DEFINER SET search_path = registry, public, pg_temp', f);
  END LOOP;
  -- Twelve thousand units against as many needs: never one by one.
  ALTER FUNCTION registry.check_existence(bigint) SET enable_nestloop = off;
  FOREACH f IN ARRAY '{close_log(),check_paper(bigint),check_closed(bigint),check_crossing(bigint),check_tenure(bigint),check_existence(bigint),check_origin(bigint),check_rank(bigint),check_sides(bigint),fill_face_extent(bigint),stamp(),stamp_seq(),keep_secrecy(),leaf(),seal_only()}'::text[] LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION registry.%s FROM PUBLIC', f);
  END LOOP;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION registry.open_log(text, bigint, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION registry.fence() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION registry.fill_areas(date, bigint, int) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION registry.refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.open_log(text, bigint, text), registry.fence(), registry.fill_areas(date, bigint, int),
    registry.refresh_statistics() TO jieming_writer;
GRANT EXECUTE ON FUNCTION registry.fence(), registry.fill_areas(date, bigint, int) TO jieming_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA registry TO jieming_writer, jieming_reader;
REVOKE SELECT ON registry.gate FROM jieming_writer, jieming_reader;
GRANT INSERT ON registry.instrument, registry.event, registry.dataset, registry.load_report, registry.unit, registry.unit_version,
    registry.code, registry.code_version, registry.lineage, registry.arc, registry.face, registry.arc_version, registry.tenure,
    registry.line, registry.line_version, registry.place, registry.place_version, registry.publication, registry.case_file TO jieming_writer;
GRANT UPDATE (recorded) ON registry.unit_version, registry.code_version, registry.arc_version, registry.tenure,
    registry.line_version, registry.place_version TO jieming_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO jieming_writer;
GRANT USAGE ON SCHEMA draft, branch TO jieming_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA draft TO jieming_writer;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA branch TO jieming_writer;

-- +goose Down
REVOKE ALL ON ALL TABLES IN SCHEMA registry, draft, branch FROM jieming_writer, jieming_reader;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA registry FROM jieming_writer, jieming_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA registry FROM jieming_writer, jieming_reader;
REVOKE ALL ON SCHEMA draft, branch FROM jieming_writer, jieming_reader;
