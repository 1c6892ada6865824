package postgres

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
	"jieming/registry/law"
	"jieming/registry/postgres/pgtest"
)

// Accesses wait without holding anybody up, and one entry seals them all.
func TestSealAccess(t *testing.T) {
	ctx := context.Background()
	s, owner := logged(t)
	before := latest(t, s)
	if n, err := s.SealAccess(ctx); err != nil || n != 0 || latest(t, s) != before {
		t.Errorf("with none: %d, %v", n, err)
	}
	const access = `INSERT INTO desk.access (at, kind, detail) SELECT now(), 'READ', jsonb_build_object('n', n) FROM generate_series(1, 3) n`
	_, err := s.pool.Exec(ctx, access)
	check(t, err)
	noProblem(t, s) // what waits is no row that somebody added
	if n, err := s.SealAccess(ctx); err != nil || n != 3 || latest(t, s) != before+1 {
		t.Errorf("sealed %d, %v", n, err)
	}
	noProblem(t, s)
	for _, refused := range []string{"UPDATE desk.access SET seq = 1", "UPDATE desk.access SET kind = 'x'", "DELETE FROM desk.access", "TRUNCATE desk.access"} {
		if _, err := s.pool.Exec(ctx, refused); err == nil {
			t.Errorf("not refused: %s", refused)
		}
	}
	by, key := signer(t, "civil.example/log")
	_, _, err = s.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	_, err = pgtest.Pool(t, owner).Exec(ctx, `SET session_replication_role = replica; UPDATE desk.access SET detail = '{"n": 9}' WHERE id = 2`)
	check(t, err)
	r, err := audit.Verify(s.Log(ctx), audit.Trust{Keys: []audit.Verifier{key}})
	check(t, err)
	wantFinding(t, r.Findings, "access row 2: was altered after log entry 3")
}

// Whoever reads geometry that is not public is written down, whichever way they
// read it; who reads what the public may read is not.
func TestReads_ofUnpublishedGeometry(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	editor, releaser := k.as[desk.DivisionEditor], k.as[releaser]
	c, err := k.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "划界"})
	check(t, err)
	files := map[string]desk.Digest{}
	for _, kind := range []string{"MAP_PROPOSAL", "OTHER"} {
		u, err := k.Receive(ctx, editor, kind+".txt", strings.NewReader("图 "+kind))
		check(t, err)
		_, err = k.Act(ctx, editor, c.ID, 0, "", desk.AddPapers{Papers: []desk.Paper{u.Paper(kind, "图")}})
		check(t, err)
		files[kind] = u.Digest
	}
	_, err = k.store.OpenDraft(ctx, c.ID)
	check(t, err)
	k.redraw(t, c.ID)
	_, err = k.Act(ctx, editor, c.ID, 0, "", desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Consultation, Title: "征求意见", Text: "见图。",
		Opens: registry.NoStart, Closes: registry.Date(2026, 12, 7), Contact: "区划处", Map: desk.MapProposal}})
	check(t, err)
	n := k.only(t, c.ID)
	set, err := k.PrepareRelease(ctx, editor, releaseTerms())
	check(t, err)
	paper := func(kind string) func() error {
		return func() error {
			_, content, err := k.OpenPaper(ctx, editor, c.ID, files[kind])
			if err == nil {
				err = content.Close()
			}
			return err
		}
	}
	day := registry.DayOf(k.now)
	for _, path := range []struct {
		name   string
		logged string // kind of object; "" for what is public, or no geometry
		read   func() error
	}{
		{"map of a draft notice", "CASE", func() error { _, err := k.ProposalShapes(ctx, releaser, n.ID); return err }},
		{"maps of a release set", "RELEASE", func() error { _, err := k.ReleaseBorders(ctx, releaser, set, day); return err }},
		{"land that a release set moves", "RELEASE", func() error { _, err := k.ReleaseMovements(ctx, releaser, set, day); return err }},
		{"map among the papers", "CASE", paper("MAP_PROPOSAL")},
		{"dossier with a map", "CASE", func() error {
			x, err := k.Dossier(ctx, editor, c.ID)
			if err == nil {
				err = k.WriteDossier(ctx, editor, io.Discard, x)
			}
			return err
		}},
		{"export of the log", "LOG", func() error {
			items, err := k.ExportLog(ctx, k.as["AUDIT_ADMIN"])
			if err == nil {
				_, err = audit.Verify(items, audit.Trust{})
			}
			return err
		}},
		{"other papers", "", paper("OTHER")},
		{"case", "", func() error { _, err := k.Case(ctx, editor, c.ID); return err }},
		{"list of differences of a release set", "", func() error { _, err := k.ReleaseDifferences(ctx, releaser, set); return err }},
		{"log", "", func() error { _, err := k.LogEntries(ctx, k.as["AUDITOR"], wholeLog()); return err }},
	} {
		before := k.reads(t)
		check(t, path.read())
		after := k.reads(t)
		switch {
		case path.logged == "" && len(after) != len(before):
			t.Errorf("%s: written down as %+v", path.name, after[0])
		case path.logged != "" && (len(after) != len(before)+1 || after[0].ObjectKind != path.logged || after[0].Account == 0):
			t.Errorf("%s: not written down as a read of a %s", path.name, path.logged)
		}
	}
	// Who is refused reads nothing, and nothing is written down.
	before := k.reads(t)
	if _, err := k.ReleaseBorders(ctx, k.as["APPLICANT"], set, day); err == nil {
		t.Error("an applicant reads the maps of a set")
	}
	if _, err := k.ProposalShapes(ctx, k.as["APPLICANT"], n.ID); err == nil {
		t.Error("an applicant reads the map of a draft")
	}
	if after := k.reads(t); len(after) != len(before) {
		t.Errorf("a refusal is written down as a read: %+v", after[0])
	}
}

// reads are all reads of what is not public, the newest first.
func (k *noticeOffice) reads(t *testing.T) []desk.AccessEntry {
	t.Helper()
	found, err := k.Accesses(t.Context(), k.as["AUDITOR"], desk.AccessQuery{From: registry.NoStart, To: registry.NoEnd, Limit: 1000})
	check(t, err)
	return found
}

// The kinds of paper that show borders are kinds that there are.
func TestPaper_Reserved(t *testing.T) {
	book := law.Shipped()
	n := 0
	for _, p := range book.Papers {
		if (&desk.Paper{Kind: p.ID}).Reserved() {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d kinds of paper show borders that are not public, want 2", n)
	}
	if !(&desk.Paper{Kind: "OTHER", Secrecy: 1}).Reserved() || (&desk.Paper{Kind: "OTHER"}).Reserved() {
		t.Error("secrecy does not decide")
	}
}

func noProblem(t *testing.T, s *Store) {
	t.Helper()
	problems, err := s.Check(context.Background(), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	r, err := audit.Verify(s.Log(context.Background()), audit.Trust{})
	if err != nil || r.Problems > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
