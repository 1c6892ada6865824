package document

import (
	"archive/zip"
	"bytes"
)

// Used are the fields and lists, by name, that a .docx of a template asks for:
// the others are of no use to it. What is wrong in the .docx is Faults.
func Used(docx []byte, template string) (map[string]bool, error) {
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return nil, Faults{{Why: BadPart, Part: "docx", Text: err.Error()}}
	}
	f := &filler{words: vocabularyOf(template)}
	used := map[string]bool{}
	for _, e := range z.File {
		if !isText(e.Name) {
			continue
		}
		f.part = e.Name
		if n := f.read(e); n != nil {
			f.used(n, used)
		}
	}
	if len(f.faults) > 0 {
		return nil, f.faults
	}
	return used, nil
}

// used notes what the placeholders of a tree print.
func (f *filler) used(n *node, used map[string]bool) {
	if n.name == "p" {
		for _, m := range placeholder.FindAllStringSubmatch(textOf(n), -1) {
			if x := f.words.fields[m[2]]; x != nil && m[1] == "" {
				used[x.Name] = true
				if x.List != "" {
					used[x.List] = true
				}
			}
		}
	}
	for _, k := range n.kids {
		f.used(k, used)
	}
}
