package document

import (
	"strings"
	"testing"
)

// said is the text of a sheet, a line for each paragraph and cell.
func said(blocks []Block) string {
	var b strings.Builder
	for _, block := range blocks {
		for i, part := range block.Parts {
			if i > 0 {
				b.WriteByte('\t')
			}
			for _, run := range part {
				b.WriteString(run.Text)
			}
		}
		b.WriteByte('\n')
		if block.Table != nil {
			for _, row := range block.Table.Rows {
				for _, cell := range row.Cells {
					b.WriteString(said(cell.Blocks))
				}
			}
		}
	}
	return b.String()
}

// A sheet says all that the body of the file says, and nothing twice.
func TestRead_saysWhatTheFileSays(t *testing.T) {
	for _, k := range Kinds() {
		docx, err := Fill(Shipped(k.Name), k.Name, Example(k.Name))
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := Read(docx)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		shown := said(sheet.Blocks)
		text, err := Text(docx)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "— ") { // of the footers
				continue
			}
			for _, part := range strings.Split(line, "\t") {
				if !strings.Contains(shown, part) {
					t.Errorf("%s: the sheet lacks %q", k.Name, part)
				}
			}
		}
		if strings.Contains(shown, "— 1") {
			t.Errorf("%s: the sheet has the number of a page in its text", k.Name)
		}
	}
}

func TestRead_tellsHowItLooks(t *testing.T) {
	docx, err := Fill(Shipped("request"), "request", Example("request"))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := Read(docx)
	if err != nil {
		t.Fatal(err)
	}
	looks := map[string]string{}
	for _, b := range sheet.Blocks {
		if b.Table == nil {
			looks[strings.TrimSpace(said([]Block{b}))] = b.Class
		}
	}
	for text, want := range map[string][]string{
		"吉林省民政厅文件":               {"z76", "biaosong", "center", "red"},
		"吉民区划〔2026〕12号\t签发人：张明远": {"z32", "bottom-red", "tabbed"},
		"关于调整长春市部分行政区划的请示":       {"z44", "biaosong", "center"},
		"妥否，请批示。":                {"z32", "fang", "indent"},
		"吉林省民政厅":                 {"right", "right-2"},
		"2026年11月28日":            {"right", "right-4"},
	} {
		for _, class := range want {
			if !strings.Contains(" "+looks[text]+" ", " "+class+" ") {
				t.Errorf("%q looks like %q, not %s", text, looks[text], class)
			}
		}
	}
}

// A letter without a telephone has no line that asks for one.
func TestFill_leavesOutThePhone(t *testing.T) {
	for _, k := range Kinds() {
		v := Example(k.Name)
		v.Text["phone"] = ""
		docx, err := Fill(Shipped(k.Name), k.Name, v)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Text(docx)
		if err != nil || strings.Contains(text, "电话") {
			t.Errorf("%s, %v:\n%s", k.Name, err, text)
		}
		if used, err := Used(Shipped(k.Name), k.Name); err != nil || used["contact"] && !strings.Contains(text, v.Text["contact"]) {
			t.Errorf("%s names nobody to ask, %v:\n%s", k.Name, err, text)
		}
	}
}

// A document whose basis is not known speaks of no law, and still says what it is.
func TestFill_leavesOutTheBasis(t *testing.T) {
	for _, k := range Kinds() {
		v := Example(k.Name)
		v.Text["basis"] = ""
		docx, err := Fill(Shipped(k.Name), k.Name, v)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Text(docx)
		if err != nil || strings.Contains(text, "根据的规定") {
			t.Errorf("%s, %v:\n%s", k.Name, err, text)
		}
		if said := map[string]string{"announcement": "现予公告。", "reply": "现批复如下："}[k.Name]; !strings.Contains(text, said) {
			t.Errorf("%s does not say %s:\n%s", k.Name, said, text)
		}
	}
}

// A paper to a superior that nobody is named to have signed has no empty place
// for the name, and bears its number all the same.
func TestFill_leavesOutTheSigner(t *testing.T) {
	for _, name := range []string{"request", "filing", "completion"} {
		for signer, want := range map[string]int{"": 0, "张明远": 1} {
			v := Example(name)
			v.Text["signer"] = signer
			docx, err := Fill(Shipped(name), name, v)
			if err != nil {
				t.Fatal(err)
			}
			text, err := Text(docx)
			if err != nil || strings.Count(text, "签发人") != want || strings.Count(text, v.Text["number"]) != 1 {
				t.Errorf("%s signed by %q, %v:\n%s", name, signer, err, text)
			}
		}
	}
}

func TestUsed(t *testing.T) {
	for name, want := range map[string][]string{"note": {"office", "proposal", "opinions"}, "consultation": {"recipient", "mail", "address", "attachments"}} {
		used, err := Used(Shipped(name), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range want {
			if !used[field] {
				t.Errorf("%s does not ask for %s", name, field)
			}
		}
	}
	used, err := Used(Shipped("note"), "note")
	if err != nil || used["phone"] || used["secrecy"] {
		t.Errorf("a note asks for a telephone and a secrecy: %v, %v", used, err)
	}
	if _, err := Used([]byte("no zip"), "note"); err == nil {
		t.Error("what is no .docx is read")
	}
}

// Whatever a template holds, reading it ends, and its looks are classes.
func FuzzRead(f *testing.F) {
	f.Add(string(mustRead("styles.xml")), `<w:document xmlns:w="x"><w:body><w:p><w:pPr><w:jc w:val="right"/><w:ind w:right="9e9"/></w:pPr><w:r><w:rPr><w:sz w:val="-3"/></w:rPr><w:t>a</w:t><w:tab/><w:br/></w:r></w:p><w:tbl><w:tr><w:tc/></w:tr></w:tbl></w:body></w:document>`)
	f.Fuzz(func(t *testing.T, styles, body string) {
		sheet, err := Read(docxParts("word/styles.xml", styles, "word/document.xml", body))
		if err != nil {
			return
		}
		for _, b := range sheet.Blocks {
			for _, c := range b.Class {
				if c != ' ' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
					t.Fatalf("class %q", b.Class)
				}
			}
		}
	})
}

func mustRead(name string) []byte {
	b, err := shippedFiles.ReadFile("shipped/" + name)
	if err != nil {
		panic(err)
	}
	return b
}

// Of a document too long to look at, the beginning is shown, and that it is one.
func TestRead_saysThatItIsCut(t *testing.T) {
	for n, cut := range map[int]bool{mostBlocks: false, mostBlocks + 1: true} {
		sheet, err := Read(docxOf(strings.Repeat(para("x"), n)))
		if err != nil || sheet.Cut != cut || len(sheet.Blocks) != mostBlocks {
			t.Errorf("%d paragraphs: %d shown, cut %v, %v", n, len(sheet.Blocks), sheet.Cut, err)
		}
	}
}
