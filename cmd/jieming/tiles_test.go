package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jieming/registry/postgres/pgtest"
	"jieming/tiles/store"
	"jieming/tiles/store/storetest"
)

// jieming runs a command line against a database and returns what it prints.
func jieming(t *testing.T, dsn string, args ...string) string {
	t.Helper()
	env := func(name string) (string, bool) { return dsn, name == "JIEMING_DATABASE_URL" }
	var out, errs bytes.Buffer
	if status := run(t.Context(), args, env, strings.NewReader(""), &out, &errs); status != 0 {
		t.Fatalf("jieming %s: status %d: %s", strings.Join(args, " "), status, errs.String())
	}
	return out.String() + errs.String()
}

// counties fills a database with the two counties of the script tiles.txtar.
func counties(t *testing.T) (dsn string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"superiors.csv": "代码,名称\n22,方省\n2201,西市\n",
		"counties.csv":  "code,name,wkt\n220121,甲县,\"POLYGON((125 43,126 43,126 44,125 44,125 43))\"\n220122,乙县,\"POLYGON((126 43,127 43,127 44,126 44,126 43))\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dsn = pgtest.Empty(t)
	jieming(t, dsn, "migrate")
	jieming(t, dsn, "import", "units", filepath.Join(dir, "superiors.csv"), filepath.Join(dir, "counties.csv"),
		"--crs", "EPSG:4490", "--data-date", "2023-12-31", "--publish")
	return dsn
}

// TestTilesBuildToS3 compares archives in a bucket and in a folder.
func TestTilesBuildToS3(t *testing.T) {
	account := storetest.Start(t)
	t.Setenv("AWS_ENDPOINT_URL", account.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", account.ID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", account.Secret)
	dsn := counties(t)
	folder, bucket := t.TempDir(), "s3://"+storetest.Bucket+"/jieming"
	var current [2]store.Current
	for i, to := range []string{folder, bucket} {
		for _, zoom := range []string{"7", "8"} {
			said := jieming(t, dsn, "tiles", "build", "--to", to, "--max-zoom", zoom, "--datetime", "2024-06-30")
			if strings.Contains(said, account.Secret) {
				t.Error("the secret is printed")
			}
			if reused := !strings.Contains(said, "reused   0\n"); reused != (zoom == "8") {
				t.Errorf("zoom %s to %s: %s", zoom, to, said)
			}
		}
		current[i] = readCurrent(t, to)
	}
	if current[0] != current[1] {
		t.Errorf("the folder has %+v, the bucket %+v", current[0], current[1])
	}
	for _, at := range []string{bucket + "/public", "s3://" + storetest.Bucket + "/jieming/" + current[1].Key} {
		if said := jieming(t, dsn, "tiles", "show", at); !strings.Contains(said, "zooms    0 to 8") {
			t.Errorf("show %s: %s", at, said)
		}
	}
}

func readCurrent(t *testing.T, location string) store.Current {
	t.Helper()
	s, err := store.Open(location, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := store.ReadCurrent(context.Background(), s, "public")
	if err != nil {
		t.Fatal(err)
	}
	return c
}
