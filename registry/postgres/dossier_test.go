package postgres

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
)

// The dossier is an archive that unzip opens and sha256sum proves.
func TestDossier_isProvedByOthers(t *testing.T) {
	ctx := t.Context()
	d, as, _ := furnished(t)
	editor := as[desk.DivisionEditor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "=调整甲区", Summary: "x"})
	check(t, err)
	for i, name := range []string{"申请.pdf", "基本/情况.txt", "再一份.pdf"} {
		content := []string{pdf, strings.Repeat("文字\n", 700_000), pdf + "\n"}[i] // one of more than a part
		u, err := d.Receive(ctx, editor, name, strings.NewReader(content))
		check(t, err)
		c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{u.Paper("OTHER", "../材料:"+name)}})
		check(t, err)
	}
	if _, err := d.Dossier(ctx, as[desk.SystemAdmin], c.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("an administrator: %v", err)
	}
	x, err := d.Dossier(ctx, editor, c.ID)
	check(t, err)
	dir := t.TempDir()
	var out bytes.Buffer
	check(t, d.WriteDossier(ctx, editor, &out, x))
	archive := filepath.Join(dir, "a.zip")
	check(t, os.WriteFile(archive, out.Bytes(), 0o600))
	for _, args := range [][]string{{"unzip", "-tq", archive}, {"unzip", "-q", archive, "-d", filepath.Join(dir, "out")}, {"sh", "-c", "cd " + filepath.Join(dir, "out") + " && sha256sum --strict -c SHA256SUMS"}} {
		if _, err := exec.LookPath(args[0]); err != nil {
			t.Skipf("%s is not installed", args[0])
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, said)
		}
	}
	var files int
	check(t, filepath.WalkDir(filepath.Join(dir, "out"), func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files++
		}
		return err
	}))
	sums, err := os.ReadFile(filepath.Join(dir, "out", "SHA256SUMS"))
	check(t, err)
	if lines := strings.Count(string(sums), "\n"); lines != 7 || files != 8 {
		t.Errorf("%d sums, %d files:\n%s", lines, files, sums)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "out", "manifest.json"))
	check(t, err)
	var said struct {
		Case     string
		LogEntry int64
		Members  []struct{ Path string }
	}
	check(t, json.Unmarshal(manifest, &said))
	if said.Case != c.Number || said.LogEntry != int64(x.Entry.Seq) || said.Members[2].Path != "papers/001-其他材料-.._材料_申请.pdf" {
		t.Errorf("%+v", said)
	}
	page, err := os.ReadFile(filepath.Join(dir, "out", "timeline.html"))
	check(t, err)
	if !strings.Contains(string(page), "=调整甲区") || !strings.Contains(string(page), "添加材料") {
		t.Errorf("%s", page)
	}
	table, err := os.ReadFile(filepath.Join(dir, "out", "timeline.csv"))
	check(t, err)
	if !strings.Contains(string(table), ",'=调整甲区") {
		t.Errorf("a formula stands in the table:\n%s", table)
	}
	if err := d.WriteDossier(ctx, editor, io.Discard, &desk.Dossier{Papers: []desk.DossierPaper{{Path: "x"}}}); err == nil {
		t.Error("a paper that is not there was written")
	}
}
