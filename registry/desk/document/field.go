package document

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"jieming/registry"
	"jieming/registry/law"
)

// Field is something that templates can be filled with. Templates name it in
// either language: {{title}} or {{标题}}, {{items.name}} or {{事项.名称}}.
type Field struct {
	Name      string // title, items.name
	Zh        string // 标题; of a field of a list without the list: 名称
	List      string // items; "" for a field that there is once
	MeaningZh string
	MeaningEn string
	Example   string
	templates []string // "*" is all
}

// lists are the names of lists in Chinese.
var lists = map[string]string{"items": "事项", "attachments": "附件", "opinions": "意见", "findings": "检查情况", "comments": "公众意见"}

// Placeholder is the field as it is written in a template, in Chinese.
func (f *Field) Placeholder() string {
	if f.List != "" {
		return "{{" + lists[f.List] + "." + f.Zh + "}}"
	}
	return "{{" + f.Zh + "}}"
}

// Placeholders are all forms in which the field may be written.
func (f *Field) names() []string {
	if f.List != "" {
		return []string{f.Name, lists[f.List] + "." + f.Zh}
	}
	return []string{f.Name, f.Zh}
}

//go:embed fields.csv
var fieldsCSV string

// fields are all fields, in the order of the table.
var fields = sync.OnceValue(func() []*Field {
	rows, err := csv.NewReader(strings.NewReader(fieldsCSV)).ReadAll()
	if err != nil {
		panic(err) // embedded, and tested
	}
	var out []*Field
	for _, r := range rows[1:] {
		out = append(out, &Field{Name: r[0], Zh: r[1], List: r[2], templates: strings.Split(r[3], "|"), MeaningZh: r[4], MeaningEn: r[5], Example: r[6]})
	}
	return out
})

// FieldsOf returns the fields that a template may use.
func FieldsOf(template string) []*Field {
	var out []*Field
	for _, f := range fields() {
		if slices.Contains(f.templates, "*") || slices.Contains(f.templates, template) {
			out = append(out, f)
		}
	}
	return out
}

// vocabulary finds the fields and lists of a template by any of their names.
type vocabulary struct {
	fields map[string]*Field
	lists  map[string]string
}

func vocabularyOf(template string) *vocabulary {
	v := &vocabulary{fields: map[string]*Field{}, lists: map[string]string{}}
	for _, f := range FieldsOf(template) {
		for _, name := range f.names() {
			v.fields[name] = f
		}
		if f.List != "" {
			v.lists[f.List], v.lists[lists[f.List]] = f.List, f.List
		}
	}
	return v
}

// Kinds returns the papers that are made from templates, in the order of papers.csv.
func Kinds() []*PaperKind {
	var out []*PaperKind
	for _, p := range law.Shipped().Papers {
		if p.Issued && p.Template != "" {
			out = append(out, &PaperKind{Name: p.Template, Paper: p.ID, Zh: p.Zh, En: p.En})
		}
	}
	return out
}

// PaperKind is a template and the kind of paper that is made from it.
type PaperKind struct{ Name, Paper, Zh, En string }

// Kind returns a template by name, nil for an unknown one.
func Kind(name string) *PaperKind {
	for _, k := range Kinds() {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Values are what a template is filled with: text by the names of fields
// (title), and lists of items by the names of lists (items), whose fields are
// named without the list (name). What is missing is empty.
type Values struct {
	Mark  string // stands at the head of the document and of each of its headers and footers; "" for none
	Text  map[string]string
	Lists map[string][]map[string]string
}

// Attach makes the list of attachments as it is printed: 附件：1．…, and 附件：…
// when there is one.
func Attach(names ...string) []map[string]string {
	var out []map[string]string
	for i, name := range names {
		item := map[string]string{"lead": "附件：", "no": fmt.Sprintf("%d．", i+1), "name": name}
		if i > 0 {
			item["lead"] = "　　　"
		}
		if len(names) == 1 {
			item["no"] = ""
		}
		out = append(out, item)
	}
	return out
}

// Date writes a day as documents do: 2026年11月28日.
func Date(d registry.Day) string {
	if d == registry.NoStart || d == registry.NoEnd {
		return ""
	}
	t := d.Time()
	return fmt.Sprintf("%d年%d月%d日", t.Year(), int(t.Month()), t.Day())
}

// Example is a full set of values for a template, for trying it.
func Example(template string) Values {
	v := Values{Text: map[string]string{}, Lists: map[string][]map[string]string{}}
	for _, f := range FieldsOf(template) {
		if f.List == "" {
			v.Text[f.Name] = f.Example
			continue
		}
		if v.Lists[f.List] == nil {
			v.Lists[f.List] = []map[string]string{{}, {}}
		}
		_, name, _ := strings.Cut(f.Name, ".")
		for i, item := range v.Lists[f.List] {
			item[name] = f.Example
			if name == "no" {
				item[name] = fmt.Sprint(i + 1)
			}
		}
	}
	if k := Kind(template); k != nil && template != "request" {
		v.Text["title"] = "关于调整长春市部分行政区划的" + k.Zh
	}
	v.Lists["attachments"] = Attach("变更前的行政区划图", "变更方案示意图")
	return v
}
