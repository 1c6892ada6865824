package intake

import (
	"testing"

	"pgregory.net/rapid"

	"jieming/geo/format"
)

func TestParseCode(t *testing.T) {
	for _, c := range []struct {
		given any
		want  string // "" for a fault
	}{
		{"22", "220000000000"}, {"2201", "220100000000"}, {" 220102 ", "220102000000"}, {"220102001", "220102001000"},
		{"220102001001", "220102001001"}, {int64(220102), "220102000000"}, {220102.0, "220102000000"}, {220102001001.0, "220102001001"},
		{format.Properties{{Name: "adcode", Value: int64(220100)}}, "220100000000"}, {"232700100", "232700100000"},
		{"", ""}, {nil, ""}, {"220", ""}, {"22010a", ""}, {"2201020010010", ""}, {220102.5, ""}, {-220102, ""},
		{"990102", ""}, {"220002", ""}, {"220102000001", ""}, {"２２０１０２", ""},
	} {
		code, fault := parseCode(c.given)
		if code != c.want || (fault == nil) != (c.want != "") {
			t.Errorf("%v: %q, %v, want %q", c.given, code, fault, c.want)
		}
	}
}

// However short a code is written it is the same, and it lies under every unit
// whose digits it begins with, but over none of them.
func TestCodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := "22" + rapid.StringMatching(`[0-9][1-9][0-9][1-9][0-9]{2}[1-9][0-9]{2}[1-9]`).Draw(t, "digits")
		lengths := []int{2, 4, 6, 9, 12}
		for i, n := range lengths {
			code, fault := parseCode(digits[:n])
			if fault != nil {
				t.Fatal(fault)
			}
			if again, _ := parseCode(short(code)); again != code || stem(code) != digits[:n] {
				t.Errorf("%s is short %s, stem %s", code, short(code), stem(code))
			}
			for _, m := range lengths[:i] {
				parent, _ := parseCode(digits[:m])
				if !over(parent, code) || over(code, parent) {
					t.Errorf("%s is not over %s", parent, code)
				}
			}
		}
	})
}

func TestParseName(t *testing.T) {
	for _, name := range []string{"南关区", " 公主岭市\u3000", "联通", "一四四团1连", "八棵树村(虚拟)"} {
		if _, fault := parseName(name); fault != nil {
			t.Errorf("%q: %v", name, fault)
		}
	}
	garbled := []string{"", "Nanguan", "a\u0000区", "\ufffd区"}
	for _, name := range []string{"测试", "南关区", "绿园区", "长春市"} {
		if text, ok := format.GB18030.Decode([]byte(name)); ok {
			garbled = append(garbled, text)
		}
	}
	for _, name := range garbled {
		if _, fault := parseName(name); fault == nil {
			t.Errorf("%q passes", name)
		}
	}
	if len(garbled) < 5 {
		t.Errorf("only %d names", len(garbled))
	}
}
