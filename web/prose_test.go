package web

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestProse_writes_what_people_mean(t *testing.T) {
	got := string(prose("# 方案\n第一行\n第二行\n\n- 甲 **重要**\n- 乙\n1. 一\n2. [地图](/) `x`\n末"))
	want := "<h2>方案</h2>\n<p>第一行<br>\n第二行</p>\n<ul>\n<li>甲 <strong>重要</strong></li>\n<li>乙</li>\n</ul>\n<ol>\n<li>一</li>\n<li><a href=\"/\" rel=\"nofollow\">地图</a> <code>x</code></li>\n</ol>\n<p>末</p>\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever is written, nothing comes out but these marks, and no address but
// ours and https.
func FuzzProse(f *testing.F) {
	for _, seed := range []string{"<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](//evil.example)", "[x](/\\evil.example)", "**<b>**", "`</code><img src=x onerror=y>`",
		"[<b>](https://a.example/\"onclick=x)", "- \n# \n1.", "\x00&lt;", "[a](/b\"c)", "](/x)[", "1、甲"} {
		f.Add(seed)
	}
	allowed := map[string]bool{"p": true, "br": true, "ul": true, "ol": true, "li": true, "h2": true, "h3": true, "strong": true, "code": true, "a": true}
	f.Fuzz(func(t *testing.T, text string) {
		for z := html.NewTokenizer(strings.NewReader(string(prose(text)))); ; {
			switch z.Next() {
			case html.ErrorToken:
				return
			case html.CommentToken, html.DoctypeToken:
				t.Fatalf("%q becomes %s", text, prose(text))
			case html.StartTagToken, html.SelfClosingTagToken:
				token := z.Token()
				if !allowed[token.Data] {
					t.Fatalf("%q has a tag %s", text, token.Data)
				}
				for _, a := range token.Attr {
					local := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") && !strings.HasPrefix(a.Val, "/\\")
					if token.Data != "a" || a.Key != "rel" && (a.Key != "href" || !local && !strings.HasPrefix(a.Val, "https://")) {
						t.Fatalf("%q has %s=%q", text, a.Key, a.Val)
					}
				}
			}
		}
	})
}
