package pmtiles

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// npmView is what web/e2e/pmtiles-read.mjs prints.
type npmView struct {
	Header struct {
		SpecVersion, RootDirectoryLength, LeafDirectoryLength               int
		NumAddressedTiles, NumTileEntries, NumTileContents                  int
		Clustered                                                           bool
		InternalCompression, TileCompression, TileType, MinZoom, MaxZoom    int
		MinLon, MinLat, MaxLon, MaxLat, CenterLon, CenterLat                float64
		RootDirectoryOffset, JSONMetadataOffset, TileDataOffset, CenterZoom int
	}
	Metadata map[string]any
	Tiles    map[string]*string
}

// readByNPM reads an archive with the npm package pmtiles, or skips the test.
func readByNPM(t *testing.T, archive []byte, addresses []string) (v npmView) {
	t.Helper()
	script := filepath.Join("..", "..", "web", "e2e", "pmtiles-read.mjs")
	if _, err := os.Stat(filepath.Join("..", "..", "web", "node_modules", "pmtiles")); err != nil {
		t.Skip("the npm package pmtiles is not installed: npm --prefix web ci")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	file := filepath.Join(t.TempDir(), "archive.pmtiles")
	if err := os.WriteFile(file, archive, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, script, file)
	cmd.Stdin = strings.NewReader(strings.Join(addresses, "\n"))
	out, err := cmd.Output()
	if err != nil {
		if failed, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v: %s", err, failed.Stderr)
		}
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNPMReader lets another reader look up every tile of three archives: one
// directory, runs and repetitions; leaf directories; a part of the world.
func TestNPMReader(t *testing.T) {
	speckled := func(z, x, y int) []byte {
		if (x*7+y*13)%11 == 0 {
			return nil
		}
		r := rand.New(rand.NewPCG(uint64(z), uint64(x<<20|y)))
		tile := make([]byte, 1+r.IntN(200)) // the directories don't compress well
		for i := range tile {
			tile[i] = byte(r.Uint32())
		}
		return tile
	}
	for _, test := range []struct {
		name     string
		min, max int
		bounds   orb.Bound
		source   tileFunc
		leaves   bool
	}{
		{"runs", 0, 6, world, landscape, false},
		{"leaves", 6, 7, world, speckled, true},
		{"part", 2, 9, orb.Bound{Min: orb.Point{121.6, 40.9}, Max: orb.Point{131.4, 46.3}}, speckled, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(test.min, test.max)
			o.Bounds = test.bounds
			archive, sum := build(t, o, test.source)
			p := plan{bounds: test.bounds}
			var addresses []string
			want := map[string]*string{}
			for z := test.min; z <= test.max; z++ {
				b := p.boxAt(z)
				for x := b.x0; x <= b.x1; x++ {
					for y := b.y0; y <= b.y1; y++ {
						at := fmt.Sprintf("%d/%d/%d", z, x, y)
						addresses = append(addresses, at)
						want[at] = nil
						if tile := test.source(z, x, y); tile != nil {
							sha := sha256.Sum256(tile)
							text := hex.EncodeToString(sha[:])
							want[at] = &text
						}
					}
				}
			}
			v := readByNPM(t, archive, addresses)
			if d := cmp.Diff(want, v.Tiles); d != "" {
				t.Errorf("tiles: %.2000s", d)
			}
			h := v.Header
			if h.SpecVersion != 3 || !h.Clustered || h.InternalCompression != 2 || h.TileCompression != 2 || h.TileType != 1 ||
				h.MinZoom != test.min || h.MaxZoom != test.max || h.NumAddressedTiles != sum.Tiles || h.NumTileContents != sum.Contents ||
				h.RootDirectoryOffset != 127 || h.RootDirectoryOffset+h.RootDirectoryLength > 16384 || (h.LeafDirectoryLength > 0) != test.leaves {
				t.Errorf("header %+v, summary %+v", h, sum)
			}
			if got := (orb.Bound{Min: orb.Point{h.MinLon, h.MinLat}, Max: orb.Point{h.MaxLon, h.MaxLat}}); got != test.bounds {
				t.Errorf("bounds %v", got)
			}
			if v.Metadata["name"] != "界" {
				t.Errorf("metadata %v", v.Metadata)
			}
		})
	}
}
