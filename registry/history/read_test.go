package history

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"

	"jieming/geo/datatest"
	"jieming/registry"
)

// folder returns the fixture in memory, for tests to damage.
func folder(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	fsys := os.DirFS("testdata/mini")
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	codesFile   = "areacodes/codes_by_year.csv"
	blocksFile  = "areacodes/events_mini.jsonl"
	changesFile = "areacodes/township_changes_mini.csv"
	streetsFile = "cn-divisions/streets_mini.csv"
)

func TestRead_saysWhereBadInputIsAndWhatToDo(t *testing.T) {
	tests := []struct {
		what, file, old, new string
		where, advice        string
	}{
		{"missing column", codesFile, "year,code,name", "year,code,title", codesFile + ":1", `no column "name"`},
		{"duplicate code in a year", codesFile, "2001,990100,东海市\n", "2001,990100,东海市\n2001,990100,东海二市\n", codesFile + ":", "stands twice in 2001"},
		{"short code", codesFile, "2001,990100,东海市", "2001,9901,东海市", codesFile + ":", "code of 6 digits"},
		{"no name", codesFile, "2001,990100,东海市", "2001,990100,", codesFile + ":", "name is empty"},
		{"wrong encoding", codesFile, "2001,990100,东海市", "2001,990100,\xb6\xab\xba\xa3", codesFile + ":", "save the file as UTF-8"},
		{"bad year", codesFile, "2001,990100", "20o1,990100", codesFile + ":", "is not a year"},
		{"stray quote", codesFile, "东海市\n", "\"东海市\n", codesFile + ":", "correct the line"},
		{"unknown mark", blocksFile, ">西市", "~西市", blocksFile + ":1", "does not begin with > or <"},
		{"unknown mark inside", blocksFile, ">西市", ">西市+东县", blocksFile + ":1", "unknown mark"},
		{"relation the wrong way", blocksFile, ">西市", "<西市", blocksFile + ":1", "a removed code goes >"},
		{"unknown operation", blocksFile, `"op": "remove"`, `"op": "erase"`, blocksFile + ":1", "unknown operation"},
		{"bad date", blocksFile, "二〇〇一年五月八日", "二〇〇一年十三月八日", blocksFile + ":1", "is not a date"},
		{"backward period", blocksFile, "2000-2001", "2001-2000", blocksFile + ":1", "runs backwards"},
		{"not JSON", blocksFile, `{"period"`, `{period`, blocksFile + ":1", "one JSON object per line"},
		{"removes what is not there", blocksFile, `"code": "990122"`, `"code": "990129"`, blocksFile + ":1", "not in force"},
		{"removes under another name", blocksFile, `"name": "西县"`, `"name": "西乡"`, blocksFile + ":1", "borne by 西县"},
		{"adds what is there", blocksFile, `"code": "990181"`, `"code": "990121"`, blocksFile + ":1", "borne by 东县"},
		{"outside the lists", blocksFile, "2003-2004", "2004-2005", blocksFile + ":5", "outside the lists"},
		{"bad township code", changesFile, "990103005", "99010305", changesFile + ":2", "code of 9 digits"},
		{"bad year of a change", changesFile, "2004,甲", "年,甲", changesFile + ":2", "is not a year"},
		{"bad street code", streetsFile, "990102001", "9901020010", streetsFile + ":2", "code of 9 digits"},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			fsys := folder(t)
			data := string(fsys[tt.file].Data)
			if !strings.Contains(data, tt.old) {
				t.Fatalf("the fixture lacks %q", tt.old)
			}
			fsys[tt.file] = &fstest.MapFile{Data: []byte(strings.Replace(data, tt.old, tt.new, 1))}
			err := readAll(fsys)
			if registry.KindOf(err) != registry.KindInvalid {
				t.Fatalf("error %v, want one of kind invalid", err)
			}
			if !strings.Contains(err.Error(), tt.where) || !strings.Contains(err.Error(), tt.advice) {
				t.Errorf("error %q does not name %q and say %q", err, tt.where, tt.advice)
			}
		})
	}
}

func readAll(fsys fs.FS) error {
	s, err := Read(fsys, "99")
	if err != nil {
		return err
	}
	_, err = Reconstruct(s)
	return err
}

func TestRead_refusesWhatIsMissingOrTooLarge(t *testing.T) {
	for _, name := range []string{codesFile, blocksFile} {
		fsys := folder(t)
		delete(fsys, name)
		if err := readAll(fsys); registry.KindOf(err) != registry.KindInvalid || !strings.Contains(err.Error(), "add it") {
			t.Errorf("without %s: %v", name, err)
		}
	}
	for _, province := range []string{"", "9", "990", "ab", "97"} {
		if _, err := Read(folder(t), province); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("Read(%q) = %v, want an error of kind invalid", province, err)
		}
	}
	fsys := folder(t)
	fsys[codesFile].Data = bytes.ReplaceAll(fsys[codesFile].Data, []byte("\n2002,"), []byte("\n2012,"))
	if err := readAll(fsys); registry.KindOf(err) != registry.KindInvalid || !strings.Contains(err.Error(), "no list of 2002") {
		t.Errorf("without the list of a year: %v", err)
	}
	fsys = folder(t)
	fsys[blocksFile] = &fstest.MapFile{Data: bytes.Repeat([]byte("x"), maxBlockBytes+1)}
	if err := readAll(fsys); registry.KindOf(err) != registry.KindTooLarge {
		t.Errorf("a line of %d bytes: %v, want an error of kind too-large", maxBlockBytes+1, err)
	}
}

func TestRead_stopsAGzipBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks gigabytes")
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte("year,code,name\n"))
	row := append(bytes.Repeat([]byte("x"), 1<<20), '\n') // long fields are quick to skip
	row = append([]byte("1981,110000,"), row...)
	for range maxFileBytes/len(row) + 1 {
		z.Write(row)
	}
	z.Close()
	fsys := folder(t)
	delete(fsys, codesFile)
	fsys[codesFile+".gz"] = &fstest.MapFile{Data: b.Bytes()}
	if err := readAll(fsys); registry.KindOf(err) != registry.KindTooLarge {
		t.Errorf("%d kB that unpack to over %d MB: %v, want an error of kind too-large", b.Len()>>10, maxFileBytes>>20, err)
	}
}

func TestRead_optionalFilesMayBeMissing(t *testing.T) {
	fsys := folder(t)
	for name := range fsys {
		if name != codesFile && name != blocksFile {
			delete(fsys, name)
		}
	}
	s, err := Read(fsys, "99")
	if err != nil {
		t.Fatal(err)
	}
	h, err := Reconstruct(s)
	if err != nil {
		t.Fatal(err)
	}
	checkHistory(t, h)
	if n := len(h.Events); n != 7 {
		t.Errorf("%d events, want the first load and six blocks", n)
	}
}

func TestParseRelation(t *testing.T) {
	tests := []struct {
		in   string
		want Relation
	}{
		{"", Relation{}},
		{">_", Relation{FlowsTo, []Ref{{Kind: SameName}}}},
		{"<.,郊区,双阳县", Relation{FlowFrom, []Ref{{Kind: SameCode}, {Name: "郊区"}, {Name: "双阳县"}}}},
		{"<..", Relation{FlowFrom, []Ref{{Kind: ParentCode}}}},
		{">长春市朝阳区!", Relation{FlowsTo, []Ref{{Name: "长春市朝阳区", Assumed: true}}}},
		{">_?", Relation{FlowsTo, []Ref{{Kind: SameName, Disabled: true}}}},
	}
	for _, tt := range tests {
		got, err := ParseRelation(tt.in)
		if diff := gocmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("ParseRelation(%q): %v\n%s", tt.in, err, diff)
		}
	}
	for _, bad := range []string{"_", ">", "<,", ">西市,", "=西市", "> 西市", ">西市!!", ">...", ">\xff", strings.Repeat(">", 5000)} {
		if _, err := ParseRelation(bad); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("ParseRelation(%.20q) = %v, want an error of kind invalid", bad, err)
		}
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"一九八二年八月二日": "1982-08-02", "二〇〇六年六月五日": "2006-06-05", "1993年7月5日": "1993-07-05",
		"一九九〇年十二月二十六日": "1990-12-26", "一九九五年十二月三十日": "1995-12-30", "一九九四年一月三十一日": "1994-01-31",
		"一九九二年二月十日": "1992-02-10", "二○一三年一月廿四日": "2013-01-24", "二〇〇一年二月二十六": "2001-02-26",
		"2020年06月05日": "2020-06-05",
	} {
		if got, err := ParseDate(in); err != nil || got != date(want) {
			t.Errorf("ParseDate(%s) = %v, %v, want %s", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "1993年", "1993年2月30日", "一九八二年十三月二日", "一九八二年二六月二日", "一九八二年八月十十日",
		"82年8月2日", "1993-07-05", "一九八二年八月二日起", "〇〇〇〇年一月一日", "1993年0月1日"} {
		if got, err := ParseDate(bad); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("ParseDate(%q) = %v, %v, want an error of kind invalid", bad, got, err)
		}
	}
}

func TestSplitName(t *testing.T) {
	tests := []struct {
		name, specific, generic string
		unit                    registry.UnitType
	}{
		{"公主岭市", "公主岭", "市", registry.CountyCity},
		{"伊通满族自治县", "伊通", "满族自治县", registry.AutoCounty},
		{"长白朝鲜族自治县", "长白", "朝鲜族自治县", registry.AutoCounty},
		{"前郭尔罗斯蒙古族自治县", "前郭尔罗斯", "蒙古族自治县", registry.AutoCounty},
		{"积石山保安族东乡族撒拉族自治县", "积石山", "保安族东乡族撒拉族自治县", registry.AutoCounty},
		{"鄂温克族自治旗", "鄂温克族", "自治旗", registry.AutoBanner},
		{"延边朝鲜族自治州", "延边", "朝鲜族自治州", registry.AutoPrefecture},
		{"巴音郭楞蒙古自治州", "巴音郭楞", "蒙古自治州", registry.AutoPrefecture},
		{"内蒙古自治区", "内蒙古", "自治区", registry.AutonomousRegion},
		{"四平地区", "四平", "地区", registry.Prefecture},
		{"叶赫满族镇", "叶赫满族", "镇", registry.Town},
		{"白石满族乡", "白石", "满族乡", registry.EthnicTownship},
		{"南岭街道", "南岭", "街道", registry.Subdistrict},
		{"农场", "农场", "", registry.UnknownUnitType},
		{"区", "区", "", registry.District},
	}
	for _, tt := range tests {
		if s, g := splitName(tt.name, tt.unit); s != tt.specific || g != tt.generic {
			t.Errorf("splitName(%s) = %s|%s, want %s|%s", tt.name, s, g, tt.specific, tt.generic)
		}
	}
}

func FuzzParseRelation(f *testing.F) {
	for _, s := range []string{"", ">_", "<.,郊区!", "<..", ">长春市朝阳区?", ">,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRelation(s)
		if err != nil {
			if registry.KindOf(err) != registry.KindInvalid {
				t.Fatalf("error of kind %s: %v", registry.KindOf(err), err)
			}
			return
		}
		again, err := ParseRelation(r.String())
		if diff := gocmp.Diff(r, again); err != nil || diff != "" {
			t.Fatalf("%q is written %q, which reads otherwise: %v\n%s", s, r, err, diff)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"一九八二年八月二日", "2006年6月5日", "二〇〇一年二月二十六", "廿年卅月十日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if registry.KindOf(err) != registry.KindInvalid {
				t.Fatalf("error of kind %s: %v", registry.KindOf(err), err)
			}
			return
		}
		if y := d.Year(); y < 1 || y > 9999 {
			t.Fatalf("%q is %s", s, d)
		}
	})
}

// FuzzRead damages one file of the fixture. Whatever comes, there is an error
// or a history that holds its invariants.
func FuzzRead(f *testing.F) {
	names := []string{codesFile, blocksFile, changesFile, streetsFile, "areacodes/lineage_mini.csv", "cn-divisions/villages_mini.csv"}
	for i, name := range names {
		data, err := os.ReadFile(path.Join("testdata/mini", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), string(data))
	}
	base := folder(f)
	f.Fuzz(func(t *testing.T, which byte, data string) {
		fsys := fstest.MapFS{}
		for name, file := range base {
			fsys[name] = file
		}
		fsys[names[int(which)%len(names)]] = &fstest.MapFile{Data: []byte(data)}
		s, err := Read(fsys, "99")
		if err == nil {
			var h *History
			if h, err = Reconstruct(s); err == nil {
				checkHistory(t, h)
				if tenures, err := h.Tenures(counties(s), h.steps[len(h.steps)-1].day); err == nil {
					checkTenures(t, h, tenures)
				}
				return
			}
		}
		var own *registry.Error
		if !errors.As(err, &own) {
			t.Fatalf("an error that says nothing to its reader: %v", err)
		}
	})
}

func BenchmarkReconstruct(b *testing.B) {
	s, _ := jilin(b)
	for b.Loop() {
		if _, err := Reconstruct(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	dir := datatest.Dir(b)
	for b.Loop() {
		if _, err := Read(os.DirFS(dir), "22"); err != nil {
			b.Fatal(err)
		}
	}
}
