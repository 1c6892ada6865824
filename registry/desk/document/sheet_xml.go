package document

import (
	"encoding/xml"
	"strconv"
)

// What [Read] reads of WordprocessingML, by local names.

type xmlValue struct {
	Val string `xml:"val,attr"`
}

type xmlNumber struct {
	Val number `xml:"val,attr"`
}

// number is a whole number of an attribute; 0 for what is none, and never absurd.
type number int

// UnmarshalXMLAttr implements xml.UnmarshalerAttr.
func (n *number) UnmarshalXMLAttr(a xml.Attr) error {
	v, err := strconv.Atoi(a.Value)
	if err == nil {
		*n = number(max(-1<<20, min(v, 1<<20)))
	}
	return nil
}

type xmlStyles struct {
	Defaults struct {
		Run xmlRunLook `xml:"rPrDefault>rPr"`
	} `xml:"docDefaults"`
	Styles []struct {
		ID      string     `xml:"styleId,attr"`
		Type    string     `xml:"type,attr"`
		Default string     `xml:"default,attr"`
		Based   xmlValue   `xml:"basedOn"`
		Look    xmlLook    `xml:"pPr"`
		Run     xmlRunLook `xml:"rPr"`
	} `xml:"style"`
}

// looks are the looks of paragraphs by the ids of their styles; "" is that of a
// paragraph without one.
func (x *xmlStyles) looks() map[string]look {
	at := map[string]int{}
	for i, s := range x.Styles {
		at[s.ID] = i
	}
	plain := look{font: "fang", size: 20}.run(&x.Defaults.Run)
	out := map[string]look{"": plain}
	for _, s := range x.Styles {
		if s.Type != "paragraph" {
			continue
		}
		var chain []int // from the style to what it stands on
		for i, known := at[s.ID]; known && len(chain) < 20; i, known = at[x.Styles[i].Based.Val] {
			chain = append(chain, i)
		}
		l := plain
		for k := len(chain) - 1; k >= 0; k-- {
			own := &x.Styles[chain[k]]
			l = l.with(&own.Look, &own.Run)
		}
		out[s.ID] = l
		if s.Default == "1" {
			out[""] = l
		}
	}
	return out
}

type xmlLook struct {
	Style  xmlValue  `xml:"pStyle"`
	Align  *xmlValue `xml:"jc"`
	Indent *struct {
		First      number `xml:"firstLine,attr"`
		FirstChars number `xml:"firstLineChars,attr"`
		Right      number `xml:"right,attr"`
	} `xml:"ind"`
	Spacing *struct {
		Before number `xml:"before,attr"`
		After  number `xml:"after,attr"`
		Line   number `xml:"line,attr"`
		Rule   string `xml:"lineRule,attr"`
	} `xml:"spacing"`
	Borders *struct {
		Top    xmlBorder `xml:"top"`
		Bottom xmlBorder `xml:"bottom"`
	} `xml:"pBdr"`
}

type xmlBorder struct {
	Val   string `xml:"val,attr"`
	Color string `xml:"color,attr"`
}

// rule names a border: red, double in red, or plain; "" for none.
func (b xmlBorder) rule() string {
	switch {
	case b.Val == "" || b.Val == "nil" || b.Val == "none":
		return ""
	case isRed(b.Color) && b.Val != "single":
		return "reds"
	case isRed(b.Color):
		return "red"
	}
	return "plain"
}

type xmlRunLook struct {
	Fonts *struct {
		EastAsia string `xml:"eastAsia,attr"`
	} `xml:"rFonts"`
	Size  *xmlNumber `xml:"sz"`
	Color *xmlValue  `xml:"color"`
	Bold  *xmlValue  `xml:"b"`
}

type xmlParagraph struct {
	Look xmlLook    `xml:"pPr"`
	Kids []xmlPiece `xml:",any"`
}

// xmlPiece is a run, what stands around runs, or text in one.
type xmlPiece struct {
	XMLName xml.Name
	Look    *xmlRunLook `xml:"rPr"`
	Text    string      `xml:",chardata"`
	Kids    []xmlPiece  `xml:",any"`
}

// runs tells each text of the paragraph; tabs by themselves.
func (p *xmlParagraph) runs(say func(text string, look *xmlRunLook)) {
	for i := range p.Kids {
		p.Kids[i].say(nil, say)
	}
}

func (x *xmlPiece) say(look *xmlRunLook, say func(string, *xmlRunLook)) {
	switch x.XMLName.Local {
	case "t":
		if x.Text != "" {
			say(x.Text, look)
		}
	case "tab":
		say("\t", look)
	case "br", "cr":
		say("\n", look)
	case "r":
		look = x.Look
		fallthrough
	case "hyperlink", "ins", "smartTag", "sdt", "sdtContent":
		for i := range x.Kids {
			x.Kids[i].say(look, say)
		}
	}
}

type xmlTable struct {
	Columns []struct {
		W number `xml:"w,attr"`
	} `xml:"tblGrid>gridCol"`
	Rows []struct {
		Head   *struct{}  `xml:"trPr>tblHeader"`
		Height xmlNumber  `xml:"trPr>trHeight"`
		Cells  []xmlTCell `xml:"tc"`
	} `xml:"tr"`
}

type xmlTCell struct {
	Span       xmlNumber      `xml:"tcPr>gridSpan"`
	Paragraphs []xmlParagraph `xml:"p"`
}
