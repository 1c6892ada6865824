package filetype

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/richardlehane/mscfb"
)

// ole looks at a compound file: Word and Excel of before 2007, and what later
// ones become when a password protects them.
func (f *file) ole() (*Type, error) {
	const most = 20_000 // entries
	doc, err := mscfb.New(f)
	if err != nil {
		return nil, damaged("%v", err)
	}
	var found *Type
	for range most {
		entry, err := doc.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, damaged("%v", err)
		}
		t, err := oleEntry(entry)
		if err != nil {
			return nil, err
		}
		if t != nil && found == nil {
			found = t
		}
	}
	if found == nil {
		return nil, refuse(Unknown)
	}
	return found, nil
}

// oleEntry says what a stream makes of the file; nil for nothing.
func oleEntry(e *mscfb.File) (*Type, error) {
	top := len(e.Path) == 0
	switch name := strings.ToLower(e.Name); {
	case name == "encryptedpackage" || name == "encryptioninfo":
		return nil, refuse(Encrypted)
	case name == "_vba_project" || name == "_vba_project_cur" || name == "vba":
		return nil, refuse(Macros)
	case name == "\x01ole10native":
		return nil, refuse(Nested, "detail", "OLE")
	case !top:
		return nil, nil
	case name == "worddocument":
		head := make([]byte, 12)
		if _, err := io.ReadFull(e, head); err != nil {
			return nil, damaged("the Word document breaks off")
		}
		if binary.LittleEndian.Uint16(head[10:])&0x0100 != 0 { // fEncrypted
			return nil, refuse(Encrypted)
		}
		return DOC, nil
	case name == "workbook" || name == "book":
		return XLS, workbook(e)
	case name == "powerpoint document":
		return nil, refuse(Convert, "is", "PPT", "says", ".pptx")
	case strings.HasPrefix(name, "__properties_version"):
		return nil, refuse(Convert, "is", "MSG", "says", ".pdf")
	}
	return nil, nil
}

// workbook refuses a workbook that begins with a password.
func workbook(r io.Reader) error {
	const filePass, bof = 0x2f, 0x809
	for i := range 8 {
		head := make([]byte, 4)
		if _, err := io.ReadFull(r, head); err != nil {
			return damaged("the workbook breaks off")
		}
		kind := binary.LittleEndian.Uint16(head)
		if kind == filePass {
			return refuse(Encrypted)
		}
		if i == 0 && kind&0xff != bof&0xff {
			return damaged("the workbook does not begin as one")
		}
		if _, err := io.CopyN(io.Discard, r, int64(binary.LittleEndian.Uint16(head[2:]))); err != nil {
			return damaged("the workbook breaks off")
		}
	}
	return nil
}
