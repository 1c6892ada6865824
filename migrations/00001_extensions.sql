-- +goose Up

-- Geometry, and its geodesic measures.
CREATE EXTENSION IF NOT EXISTS postgis;

-- Exclusion constraints over a scalar and a range: no two versions of one
-- thing at one time.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- +goose Down

DROP EXTENSION IF EXISTS btree_gist;
DROP EXTENSION IF EXISTS postgis;
