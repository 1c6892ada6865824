package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jieming/registry/export"
	"jieming/registry/postgres"
)

// served answers everything from a database, as the program does.
func served(t *testing.T, dsn string, configure func(*http.Server)) (*httptest.Server, *app) {
	t.Helper()
	store, err := postgres.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a := &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: 30 * time.Second}
	t.Cleanup(inBackground(t.Context(), a.tiles.run))
	var closeDownloads func()
	if a.downloads, closeDownloads, err = (downloadFlags{DownloadDir: t.TempDir()}).open(store, a.tiles); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeDownloads)
	handler, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	if configure != nil {
		configure(s.Config)
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, a
}

func body(t *testing.T, answer *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The map of a day is an archive that the npm reader reads, with the tiles that
// the tile server serves. The command line writes the same bytes, also when an
// archive is there whose tiles it may use again.
func TestDownload_map(t *testing.T) {
	dsn := counties(t)
	s, _ := served(t, dsn, nil)
	const day = "2024-06-30"
	answer := do(t, "GET", s.URL+"/data/map.pmtiles?datetime="+day, nil)
	archive := body(t, answer)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Length") != fmt.Sprint(len(archive)) {
		t.Fatalf("%d %v: %.300s", answer.StatusCode, answer.Header, archive)
	}
	if part := body(t, do(t, "GET", s.URL+"/data/map.pmtiles?datetime="+day, http.Header{"Range": {"bytes=0-126"}})); !bytes.Equal(part, archive[:127]) {
		t.Error("a range is no part of the file")
	}

	folder, dir := t.TempDir(), t.TempDir()
	jieming(t, dsn, "tiles", "build", "--to", folder, "--datetime", "2024-01-01")
	for i, more := range [][]string{nil, {"--archives", folder}} {
		out := filepath.Join(dir, fmt.Sprint(i)+".pmtiles")
		said := jieming(t, dsn, append([]string{"export", "map", "--datetime", day, "--out", out}, more...)...)
		if written, err := os.ReadFile(out); err != nil || !bytes.Equal(written, archive) {
			t.Errorf("export %v writes other bytes than the server: %v %s", more, err, said)
		}
	}

	addresses := []string{"0/0/0", "7/108/46", "8/216/93", "12/3470/1490", "12/0/0"}
	view := readByNPM(t, filepath.Join(dir, "0.pmtiles"), addresses)
	if view.Header.MinZoom != 0 || view.Header.MaxZoom != 12 || view.Metadata["datetime"] != day || view.Metadata["note"] != export.Note || view.Metadata["program"] != version {
		t.Errorf("header %+v, metadata %v", view.Header, view.Metadata)
	}
	shown := 0
	for _, at := range addresses {
		tile := do(t, "GET", s.URL+"/tiles/current/"+at+".mvt?datetime="+day, nil)
		content := body(t, tile)
		if view.Tiles[at] == nil {
			if len(content) > 0 {
				t.Errorf("the archive lacks tile %s", at)
			}
			continue
		}
		if sum := sha256.Sum256(content); *view.Tiles[at] != hex.EncodeToString(sum[:]) {
			t.Errorf("tile %s is not that of the server", at)
		}
		shown++
	}
	if shown < 3 {
		t.Errorf("only %d tiles were compared: %v", shown, view.Tiles)
	}
	if answer := do(t, "GET", s.URL+"/data/map.pmtiles?datetime=1990-01-01", nil); answer.StatusCode != 404 {
		t.Errorf("a day without areas: %d %s", answer.StatusCode, body(t, answer))
	}
}

// readByNPM reads an archive with the npm package pmtiles, or skips the rest.
func readByNPM(t *testing.T, file string, addresses []string) (v struct {
	Header   struct{ MinZoom, MaxZoom int }
	Metadata map[string]any
	Tiles    map[string]*string
}) {
	t.Helper()
	if _, err := os.Stat("../../web/node_modules/pmtiles"); err != nil {
		t.Skip("the npm package pmtiles is not installed: npm --prefix web ci")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	cmd := exec.Command(node, "../../web/e2e/pmtiles-read.mjs", file)
	cmd.Stdin = strings.NewReader(strings.Join(addresses, "\n"))
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A compressed answer has an ETag of its own, with which it is found unchanged,
// and which continues no download of the other form.
func TestDownload_compressed(t *testing.T) {
	s, _ := served(t, counties(t), nil)
	target := s.URL + "/data/county.geojson?datetime=2024-06-30"
	gzip := func(more ...string) http.Header {
		h := http.Header{"Accept-Encoding": {"gzip"}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	plain, packed := do(t, "GET", target, http.Header{"Accept-Encoding": {"identity"}}), do(t, "GET", target, gzip())
	tag, packedTag := plain.Header.Get("ETag"), packed.Header.Get("ETag")
	if packed.Header.Get("Content-Encoding") != "gzip" || tag == "" || packedTag == tag || packed.Header.Get("Accept-Ranges") != "" {
		t.Errorf("plain %v, compressed %v", plain.Header, packed.Header)
	}
	for _, known := range []string{tag, packedTag} {
		if answer := do(t, "GET", target, gzip("If-None-Match", known)); answer.StatusCode != 304 {
			t.Errorf("If-None-Match %s: %d", known, answer.StatusCode)
		}
	}
	if answer := do(t, "GET", target, gzip("Range", "bytes=10-", "If-Range", packedTag)); answer.StatusCode != 200 {
		t.Errorf("a compressed download is continued: %d", answer.StatusCode)
	}
	if answer := do(t, "GET", target, gzip("Range", "bytes=10-", "If-Range", tag)); answer.StatusCode != 206 || answer.Header.Get("Content-Encoding") != "" {
		t.Errorf("a plain download is not continued: %d %v", answer.StatusCode, answer.Header)
	}
	for _, format := range []string{"gpkg", "shp.zip"} {
		answer := do(t, "GET", s.URL+"/data/county."+format, gzip())
		if answer.Header.Get("Content-Encoding") != "" || answer.Header.Get("Content-Length") == "" {
			t.Errorf("%s: %v", format, answer.Header)
		}
	}
}

// A transfer may last longer than other answers.
func TestDownload_slowReader(t *testing.T) {
	s, a := served(t, counties(t), func(c *http.Server) { c.WriteTimeout = 300 * time.Millisecond })
	const size = 32 << 20 // more than the buffers on the way hold
	a.downloads.Map = func(_ context.Context, _ export.Edition, path string, _ func(int, int)) error {
		return os.WriteFile(path, make([]byte, size), 0o644)
	}
	answer := do(t, "GET", s.URL+"/data/map.pmtiles", nil)
	time.Sleep(time.Second)
	if n, err := io.Copy(io.Discard, answer.Body); n != size || err != nil {
		t.Errorf("got %d of %d bytes: %v", n, size, err)
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "500MiB": 500 << 20, "2GiB": 2 << 30, "1TiB": 1 << 40} {
		var b byteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || int64(b) != want {
			t.Errorf("%s: %d, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "GiB", "0", "-1GiB", "2 GiB", "2GB", "9999999999TiB"} {
		var b byteSize
		if b.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is taken for %d", text, b)
		}
	}
}
