package postgres

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// What an act costs, beside an entry of the log that writes nothing.
func BenchmarkAct(b *testing.B) {
	d, as, store := furnished(b)
	c, err := d.OpenCase(b.Context(), as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤县设市"})
	check(b, err)
	b.Run("empty", func(b *testing.B) {
		for b.Loop() {
			_, err := store.write(b.Context(), tester, func(pgx.Tx, registry.Seq) error { return nil })
			check(b, err)
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			_, err := d.Case(b.Context(), as[desk.Supervisor], c.ID)
			check(b, err)
		}
	})
	i := 0
	b.Run("edit", func(b *testing.B) {
		for b.Loop() {
			i++
			if c, err = d.Act(b.Context(), as[desk.DivisionEditor], c.ID, c.Version, "", desk.Edit{Title: fmt.Sprint("撤县设市 ", i)}); err != nil {
				b.Fatal(err)
			}
			if c.Version > 50 {
				c, err = d.OpenCase(b.Context(), as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤县设市"})
				check(b, err)
			}
		}
	})
}
