package tiles

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed postgis.sql
var tileSQL string

// PostGIS makes tiles with ST_AsMVT. It is safe for concurrent use; a tile of
// a province costs tens of milliseconds.
type PostGIS struct {
	pool *pgxpool.Pool
}

// NewPostGIS makes tiles from a migrated registry, whose schema must be on the
// search path of the pool's connections.
func NewPostGIS(pool *pgxpool.Pool) *PostGIS { return &PostGIS{pool: pool} }

// Tile returns the tile z/x/y, not compressed; no bytes mean an empty tile.
func (p *PostGIS) Tile(ctx context.Context, z, x, y int, at Moment) ([]byte, error) {
	var mvt []byte
	err := p.pool.QueryRow(ctx, tileSQL, pgx.StrictNamedArgs{
		"z": z, "x": x, "y": y, "t": pgtype.Date{Time: at.Day, Valid: true}, "r": at.Seq}).Scan(&mvt)
	if err != nil {
		return nil, fmt.Errorf("make tile %d/%d/%d: %w", z, x, y, err)
	}
	return mvt, nil
}
