package desk

import "testing"

func TestTidy(t *testing.T) {
	for text, want := range map[string]string{
		" 一\r\n二\r三 \n":         "一\n二\n三",
		"一\n\n二":                "一\n\n二",
		"一\n\n \n\u3000\n\n\t二": "一\n\n\t二",
	} {
		if got := tidy(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
