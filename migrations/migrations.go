// Package migrations holds the schema as numbered SQL files, each with an up
// and a down section, so that the binary carries its own schema. They are
// applied by [jieming/registry/postgres/migrate].
package migrations

import "embed"

// Files are the migrations, 00001_name.sql and on without a gap.
//
//go:embed *.sql
var Files embed.FS
