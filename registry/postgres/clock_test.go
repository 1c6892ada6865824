package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/registry"
)

// world is the naive model of one face: who holds it on each day of a short
// calendar, and on which days a holder begins, as believed after each entry.
type world struct {
	holder [calendar]registry.UnitID
	begins [calendar]bool
}

// The calendar has a few days from 2000-01-01; the last one stands for ever.
const calendar = 12

var calendarStart = registry.Date(2000, 1, 1)

// assign is what carve and assign should do, day by day. It reports whether a
// scheduled change would be lost.
func (w *world) assign(from, to int, unit registry.UnitID) (ok bool) {
	if to == calendar {
		for d := from + 1; d < calendar; d++ {
			if w.begins[d] {
				return false
			}
		}
	}
	for d := from; d < to; d++ {
		w.holder[d], w.begins[d] = unit, d == from
	}
	if to < calendar {
		w.begins[to] = true
	}
	return true
}

func (w *world) period(from, to int) registry.Period {
	p := registry.Period{From: calendarStart + registry.Day(from), To: registry.NoEnd}
	if to < calendar {
		p.To = calendarStart + registry.Day(to)
	}
	return p
}

// Random acts on one face, some of them rolled back: after each, the holder on
// every day at every entry is what the model says. Nothing is lost, invented,
// or changed afterwards.
func TestProperty_tenureFollowsTheModel(t *testing.T) {
	ctx := context.Background()
	s, face, a, b, c := holding(t)
	units := []registry.UnitID{a, b, c}
	believed := map[registry.Seq]world{}
	var now world
	for d := range now.holder {
		now.holder[d] = a
	}
	believed[latest(t, s)] = now
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.IntRange(0, calendar-1).Draw(rt, "from")
		to := rapid.IntRange(from+1, calendar).Draw(rt, "to")
		unit := rapid.SampledFrom(units).Draw(rt, "unit")
		undone := rapid.Bool().Draw(rt, "first in a savepoint that is undone")
		next := now
		ok := next.assign(from, to, unit)
		seq, err := s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) error {
			if undone {
				_ = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
					if err := assignOnce(ctx, tx, face, b, now.period(from, to)); err != nil {
						return err
					}
					return errors.New("undo")
				})
			}
			return assignOnce(ctx, tx, face, unit, now.period(from, to))
		})
		var pg *pgconn.PgError
		if !ok && (!errors.As(err, &pg) || pg.Code != "JM008") {
			rt.Fatalf("a scheduled change was lost: %v", err)
		} else if ok && err != nil {
			rt.Fatal(err)
		}
		if ok {
			now, believed[seq] = next, next
		}
	})
	for seq, w := range believed {
		for d := range calendar {
			compareHolder(t, s, face, w.holder[d], calendarStart+registry.Day(d), seq)
		}
	}
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func assignOnce(ctx context.Context, tx pgx.Tx, face registry.FaceID, unit registry.UnitID, p registry.Period) error {
	event, err := insertEvent(ctx, tx, 0, decision(registry.Refinement, registry.BoundaryChange, p.From, "1号"))
	if err != nil {
		return err
	}
	op := give(face, unit)
	return replay(ctx, tx, &op, p, &event)
}

func compareHolder(t *testing.T, s *Store, face registry.FaceID, want registry.UnitID, on registry.Day, seq registry.Seq) {
	t.Helper()
	var got []int64
	err := s.pool.QueryRow(context.Background(), "SELECT array_agg(unit_id) FROM tenure WHERE face_id = $1 AND valid @> $2::date AND recorded @> $3::bigint",
		int64(face), date(on), int64(seq)).Scan(&got)
	check(t, err)
	if len(got) != 1 || got[0] != int64(want) {
		t.Errorf("on %v as of entry %d: held by %v, want %d", on, seq, got, want)
	}
}

// Random reshapes and assignments over random days: no picture taken before an
// act changes after it, byte for byte, on any day, and every invariant holds.
func TestProperty_earlierAnswersNeverChange(t *testing.T) {
	ctx := context.Background()
	s, face, a, b, c := holding(t)
	type taken struct {
		at    registry.Instant
		image []byte
	}
	var album []taken
	take := func() {
		for _, d := range []int{0, 3, 6, 9} {
			at := registry.Instant{Valid: calendarStart + registry.Day(d), Recorded: latest(t, s)}
			album = append(album, taken{at, picture(t, s, at)})
		}
	}
	take()
	act := rapid.Custom(func(rt *rapid.T) [5]int {
		from := rapid.IntRange(0, calendar-1).Draw(rt, "from")
		return [5]int{rapid.IntRange(0, 2).Draw(rt, "act"), from, rapid.IntRange(from+1, calendar).Draw(rt, "to"),
			rapid.IntRange(0, 2).Draw(rt, "which"), rapid.IntRange(-400, 400).Draw(rt, "bend")}
	})
	done := 0
	for i := range 24 {
		x := act.Example(i)
		p := (&world{}).period(x[1], x[2])
		_, err := s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) error {
			event, err := insertEvent(ctx, tx, 0, decision(registry.Refinement, registry.Resurvey, p.From, fmt.Sprint(i)))
			if err != nil {
				return err
			}
			op := give(face, []registry.UnitID{a, b, c}[x[3]])
			if x[0] > 0 {
				at := registry.Instant{Valid: p.From, Recorded: latest(t, s)}
				var line orb.LineString
				if op.Arc, line, err = s.ArcBetween(ctx, "乙县", "丙县", at); err != nil {
					return err
				}
				op.Kind, op.Source = registry.Reshape, "x"
				op.Course = orb.LineString{line[0], {127 + float64(x[4])/1000, 43.5}, line[len(line)-1]}
			}
			return replay(ctx, tx, &op, p, &event)
		})
		if err == nil {
			done++
			take()
		} else if kind := registry.KindOf(err); kind != registry.KindConflict {
			t.Errorf("act %v: %v", x, err)
		}
	}
	for _, old := range album {
		if !bytes.Equal(picture(t, s, old.at), old.image) {
			t.Errorf("the answer of %v changed", old.at)
		}
	}
	if done < 6 {
		t.Errorf("only %d of 24 acts were possible", done)
	}
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
