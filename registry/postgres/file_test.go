package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
)

// someone makes an account.
func someone(t testing.TB, s *Store, login string) *desk.Principal {
	t.Helper()
	p := &desk.Principal{Login: login, Name: login, Grants: []desk.Held{{Grant: desk.Grant{Role: "SUPERVISOR"}, Everywhere: true}}}
	if err := s.pool.QueryRow(context.Background(), `INSERT INTO desk.account (login, name) VALUES ($1, $1) RETURNING id`, login).Scan(&p.Account); err != nil {
		t.Fatal(err)
	}
	return p
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func keep(t testing.TB, s *Store, p *desk.Principal, b []byte) *desk.Upload {
	t.Helper()
	u := &desk.Upload{File: desk.File{Digest: sha256.Sum256(b), Bytes: int64(len(b)), Media: "text/plain"}, Name: "a.txt", Account: p.Account}
	if err := s.KeepUpload(context.Background(), u, "some text", bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return u
}

// keepForGood makes an upload a file of the log.
func keepForGood(t testing.TB, s *Store, u *desk.Upload) {
	t.Helper()
	_, err := s.write(context.Background(), tester, func(tx pgx.Tx, _ registry.Seq) error {
		_, err := keepFile(context.Background(), tx, u.Digest)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFile_readsWhatWasStored(t *testing.T) {
	s, ctx := opened(t, nil), context.Background()
	p := someone(t, s, "li")
	for _, size := range []int{1, filePart - 1, filePart, filePart + 1, 3*filePart + 17} {
		want := noise(size)
		u := keep(t, s, p, want)
		again, err := s.Upload(ctx, p.Account, u.ID)
		if err != nil || again.Digest != u.Digest || again.Bytes != int64(size) || again.Name != "a.txt" {
			t.Fatalf("%d: %+v, %v", size, again, err)
		}
		content, err := s.OpenFile(ctx, u.Digest)
		check(t, err)
		if err := iotest.TestReader(content, want); err != nil { // reads and seeks in every way
			t.Errorf("%d: %v", size, err)
		}
		check(t, content.Close())
	}
	u := keep(t, s, p, []byte("x"))
	if _, err := s.Upload(ctx, p.Account+1, u.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("somebody else's upload: %v", err)
	}
	if _, err := s.OpenFile(ctx, desk.Digest{}); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("no such file: %v", err)
	}
	lie := &desk.Upload{File: desk.File{Digest: desk.Digest{1}, Bytes: 3, Media: "text/plain"}, Name: "a", Account: p.Account}
	if err := s.KeepUpload(ctx, lie, "", strings.NewReader("abc")); err == nil {
		t.Error("content was stored under a digest it does not have")
	}
	if err := s.KeepUpload(ctx, lie, "", strings.NewReader("ab")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("content that breaks off: %v", err)
	}
}

// Equal content that many bring at a time is stored once.
func TestFile_storesOnce(t *testing.T) {
	s, ctx := opened(t, nil), context.Background()
	p := someone(t, s, "li")
	b := noise(2*filePart + 5)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			u := &desk.Upload{File: desk.File{Digest: sha256.Sum256(b), Bytes: int64(len(b)), Media: "text/plain"}, Name: "a.txt", Account: p.Account}
			if err := s.KeepUpload(ctx, u, "", bytes.NewReader(b)); err != nil {
				t.Error(err)
				return
			}
			_, err := s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) error {
				_, err := keepFile(ctx, tx, u.Digest)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var contents, parts, files int
	check(t, s.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM desk.content), (SELECT count(*) FROM desk.content_part), (SELECT count(*) FROM desk.file)`).Scan(&contents, &parts, &files))
	if contents != 1 || parts != 3 || files != 1 {
		t.Errorf("%d contents, %d parts, %d files", contents, parts, files)
	}
}

// A sweep takes what nobody holds, and nothing else.
func TestFile_sweeps(t *testing.T) {
	s, ctx := opened(t, nil), context.Background()
	p := someone(t, s, "li")
	kept, left := keep(t, s, p, []byte("kept")), keep(t, s, p, []byte("left"))
	keepForGood(t, s, kept)
	if n, err := s.SweepUploads(ctx, time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("too early: %d, %v", n, err)
	}
	if n, err := s.SweepUploads(ctx, time.Now().Add(time.Hour)); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := s.File(ctx, kept.Digest); err != nil {
		t.Error(err)
	}
	if _, err := s.File(ctx, left.Digest); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("content that nobody holds: %v", err)
	}
	_, err := s.write(ctx, tester, func(tx pgx.Tx, _ registry.Seq) error {
		_, err := keepFile(ctx, tx, left.Digest)
		return err
	})
	if registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("a file of content that is gone: %v", err)
	}
	if _, err := s.pool.Exec(ctx, `DELETE FROM desk.content`); err == nil {
		t.Error("the application deleted the content of a file")
	}
}

// Bytes that somebody alters behind our back are never given out whole, and
// the check names the file.
func TestFile_altered(t *testing.T) {
	ctx := context.Background()
	dsn := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, dsn))
	check(t, err)
	defer s.Close()
	owner := pgtest.Pool(t, dsn)
	u := keep(t, s, someone(t, s, "li"), noise(2*filePart+9))
	keepForGood(t, s, u)
	if found := failing(t, s); len(found) != 0 {
		t.Fatalf("before: %v", found)
	}
	for _, alter := range []string{
		`UPDATE desk.content_part SET content = set_byte(content, 3, get_byte(content, 3) # 1) WHERE ord = 2`,
		`DELETE FROM desk.content_part WHERE ord = 3`,
	} {
		_, err = owner.Exec(ctx, alter)
		check(t, err)
		content, err := s.OpenFile(ctx, u.Digest)
		check(t, err)
		if got, err := io.ReadAll(content); err == nil || int64(len(got)) >= u.Bytes {
			t.Errorf("%s: read %d bytes of %d, %v", alter, len(got), u.Bytes, err)
		}
		content, err = s.OpenFile(ctx, u.Digest)
		check(t, err)
		_, err = content.Seek(10, io.SeekStart)
		check(t, err)
		_, err = content.Seek(filePart, io.SeekCurrent)
		check(t, err)
		if n, err := content.Read(make([]byte, 10)); n != 0 || err == nil {
			t.Errorf("%s: read %d bytes of a range, %v", alter, n, err)
		}
		if found := failing(t, s); len(found) != 1 || found[0].Subject != fmt.Sprint("file ", fileID(t, s)) {
			t.Errorf("%s: the check found %v", alter, found)
		}
	}
}

func failing(t *testing.T, s *Store) []Problem {
	t.Helper()
	found, err := s.Check(context.Background(), nil)
	check(t, err)
	return found
}

func fileID(t *testing.T, s *Store) (id int64) {
	t.Helper()
	check(t, s.pool.QueryRow(context.Background(), `SELECT max(id) FROM desk.file`).Scan(&id))
	return id
}

// BenchmarkFile stores and reads 50 MB.
func BenchmarkFile(b *testing.B) {
	s, ctx := opened(b, nil), context.Background()
	p := someone(b, s, "li")
	content := noise(50 << 20)
	u := keep(b, s, p, content)
	b.Run("store", func(b *testing.B) {
		b.SetBytes(50 << 20)
		b.ReportAllocs()
		for i := range b.N {
			b.StopTimer()
			content[0], content[1], content[2] = byte(i), byte(i>>8), byte(b.N)
			u := &desk.Upload{File: desk.File{Digest: sha256.Sum256(content), Bytes: 50 << 20, Media: "text/plain"}, Name: "a.txt", Account: p.Account}
			b.StartTimer()
			if err := s.KeepUpload(ctx, u, "", bytes.NewReader(content)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(50 << 20)
		b.ReportAllocs()
		for range b.N {
			r, err := s.OpenFile(ctx, u.Digest)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
