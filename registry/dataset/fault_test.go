package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

const sampleCounties = "boundaries-sample/counties.geojson"

// edited returns the sample with old replaced by new once in a file.
func edited(t *testing.T, name, old, new string) fs.FS {
	t.Helper()
	b, err := fs.ReadFile(sampleFS(t), name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	return withFile(t, name, bytes.Replace(b, []byte(old), []byte(new), 1))
}

func TestFaultsEndTheLoadAndSayWhere(t *testing.T) {
	counties, err := fs.ReadFile(sampleFS(t), sampleCounties)
	if err != nil {
		t.Fatal(err)
	}
	const outside = "boundaries-sample/northeast_counties.geojson"
	for _, c := range []struct {
		name string
		fsys fs.FS
		want []string
	}{
		{"cut short", withFile(t, sampleCounties, counties[:len(counties)/2]), []string{sampleCounties}},
		{"a code of another province", edited(t, sampleCounties, `"220102"`, `"230102"`), []string{sampleCounties, "feature[0]", "not one of province 220000"}},
		{"a code not in force", edited(t, sampleCounties, `"220184"`, `"220381"`), []string{sampleCounties, "220381", "not in force on 2023-12-31"}},
		{"an unknown neighbour", edited(t, outside, `"152221"`, `"412221"`), []string{outside, "412221", "no neighbour"}},
		{"no outside file", withFile(t, outside, nil), []string{outside, "missing"}},
		{"no lists", withFile(t, "areacodes/codes_by_year.csv.gz", nil), []string{"areacodes/codes_by_year", "add it"}},
		{"a bad list", withFile(t, "cn-divisions/villages_jilin.csv", []byte("code,name,street_code\n22x,甲,2\n")), []string{"villages_jilin.csv:2", "not a code"}},
		{"bad places", withFile(t, "places-sample/places.csv", []byte("x\n")), []string{"places-sample/places.csv", "no column"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Open(c.fsys)
			if err != nil {
				t.Fatal(err)
			}
			b, err := f.Baseline(context.Background(), nil)
			wantError(t, err, append(c.want, "吉林省示意样本")...)
			if b != nil {
				t.Error("there is a Baseline all the same")
			}
		})
	}
}

// A county moved by 0.01 degrees overlaps its neighbours on one side and leaves
// a gap on the other.
func TestGapsAndOverlapsAreLocated(t *testing.T) {
	w := newWitness(sampleFS(t))
	counties, err := w.readCounties(sampleCounties)
	if err != nil {
		t.Fatal(err)
	}
	var geojson bytes.Buffer
	geojson.WriteString(`{"type":"FeatureCollection","features":[`)
	for i, c := range counties {
		if i > 0 {
			geojson.WriteString(",")
		}
		shift := 0.0
		if c.code == "220182" {
			shift = 0.01
		}
		writeCounty(t, &geojson, c, shift)
	}
	geojson.WriteString("]}")
	f, err := Open(withFile(t, sampleCounties, geojson.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Baseline(context.Background(), nil)
	wantError(t, err, sampleCounties, "220182", "lon 12", "m²", "repair it by way of import")
}

func TestDigestIdentifiesTheFiles(t *testing.T) {
	first := loadSample(t).Dataset.Digest
	if again := load(t, withFile(t, "unused.txt", []byte("x"))).Dataset.Digest; again != first {
		t.Error("a file that plays no part changed the digest")
	}
	for name, fsys := range map[string]fs.FS{
		"manifest":   edited(t, ManifestName, "示意图", "示意图 "),
		"boundaries": edited(t, sampleCounties, "not a map", "no map"),
		"history":    edited(t, "areacodes/events_northeast.jsonl", "恢复", "复设"),
		"townships":  edited(t, "cn-divisions/streets_jilin.csv", "黑林子镇", "黑林镇"),
		"places":     edited(t, "places-sample/places.csv", "Jilin", "Kirin"),
	} {
		if load(t, fsys).Dataset.Digest == first {
			t.Errorf("a change of the %s did not change the digest", name)
		}
	}
}

func TestProgressIsTold(t *testing.T) {
	f, err := Open(sampleFS(t))
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	_, err = f.Baseline(context.Background(), func(step string, done, total int) {
		if done > total {
			t.Errorf("%s: %d of %d", step, done, total)
		}
		steps = append(steps, step)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "read counties,build the coverage,read the history,put it together"
	if got := strings.Join(slices.Compact(steps), ","); got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
}

func TestCancelledLoadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f, err := Open(sampleFS(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Baseline(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestPlaceInAnotherCountyIsReported(t *testing.T) {
	b := load(t, edited(t, "places-sample/places.csv", "222404,珲春市", "222403,敦化市"))
	if rows := reportOf(t, b, "places-county").Rows; len(rows) != 1 || rows[0][0] != "Hunchun" || rows[0][4] != "222404" {
		t.Errorf("report %q, want one row: Hunchun lies in 222404", rows)
	}
}

func TestFolderOfPlainFilesGivesTheSameDigest(t *testing.T) {
	zip, plain := loadSample(t), load(t, withFile(t, "", nil))
	if zip.Dataset.Digest != plain.Dataset.Digest {
		t.Error("the digest depends on the kind of file system")
	}
}

func writeCounty(t *testing.T, w *bytes.Buffer, c county, shift float64) {
	t.Helper()
	area := c.area.Clone()
	for _, polygon := range area {
		for _, ring := range polygon {
			for i := range ring {
				ring[i][0] += shift
			}
		}
	}
	coordinates, err := json.Marshal(area)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, `{"type":"Feature","properties":{"code":%q,"name":%q},"geometry":{"type":"MultiPolygon","coordinates":%s}}`, c.code, c.name, coordinates)
}
