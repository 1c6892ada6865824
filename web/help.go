package web

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// The help is a file for each topic and language: help/LANG/TOPIC.md, its title
// in the first line, in the marks of prose. {key} stands for a text of the
// catalogue, so that help calls buttons what they are called.
//
//go:embed help
var helpFiles embed.FS

// A topic is the help of a page, or of pages that are one matter.
type topic struct {
	Name  string        // its file, and the end of its address
	Group string        // the heading it stands under: key desk.group.GROUP or help.group.GROUP
	Pages []string      // the templates that lead to it
	Acts  []desk.Action // what can be done there; help says who may
}

// publicGroups are those that everybody reads, under /help; the others are the
// desk's, under /desk/help.
var publicGroups = []string{"map", "lists", "notices"}

// topics are all topics, in the order of the index.
var topics = []topic{
	{"map", "map", []string{"map", "embed"}, nil},
	{"search", "map", []string{"search"}, nil},
	{"print", "map", []string{"print"}, nil},
	{"download", "map", []string{"download"}, nil},
	{"units", "lists", []string{"units"}, nil},
	{"unit", "lists", []string{"unit"}, nil},
	{"events", "lists", []string{"events", "event"}, nil},
	{"line", "lists", []string{"line"}, nil},
	{"place", "lists", []string{"place"}, nil},
	{"reports", "lists", []string{"reports", "report"}, nil},
	{"publications", "lists", []string{"publications"}, nil},
	{"about", "lists", []string{"about"}, nil},
	{"terms", "lists", nil, nil},
	{"notices", "notices", []string{"notices"}, nil},
	{"notice", "notices", []string{"notice", "receipt"}, nil},
	{"sign-in", "notices", []string{"sign-in", "sign-in-away", "sign-in-code", "sign-in-codes", "sign-in-factor", "sign-in-password", "kept"}, nil},
	{"problem", "notices", []string{"problem"}, nil},
	{"help", "notices", []string{"help", "help-topic", "help-all"}, nil},

	{"inbox", "work", []string{"inbox"}, nil},
	{"messages", "work", []string{"messages"}, nil},
	{"mail-choice", "work", []string{"mail-choice"}, nil},
	{"feed", "work", []string{"feed"}, nil},
	{"cases", "work", []string{"cases"}, []desk.Action{desk.ReadCase, desk.OpenCase}},
	{"case-new", "work", []string{"case-new"}, []desk.Action{desk.OpenCase}},
	{"case", "work", []string{"case"}, []desk.Action{desk.ReadCase, desk.EditCase, desk.ReviewCase, desk.ApproveCase, desk.RecordApproval, desk.ReleaseCase, desk.ArchiveCase,
		desk.MarkCase, desk.CommentCase, desk.AssignCase, desk.AskOpinion, desk.GiveOpinion, desk.AddPaper, desk.IssuePaper}},
	{"issue", "work", []string{"issue", "issue-sheet"}, []desk.Action{desk.IssuePaper}},
	{"dossier", "work", []string{"dossier"}, []desk.Action{desk.ReadCase, desk.ArchiveCase}},
	{"boards", "work", []string{"board", "board-cases"}, []desk.Action{desk.ReadBoard}},
	{"clocks", "work", []string{"drifts"}, []desk.Action{desk.ReadBoard}},
	{"find", "work", []string{"find"}, []desk.Action{desk.ReadCase}},

	{"desk-notices", "public", []string{"desk-notices"}, []desk.Action{desk.DraftNotice, desk.PublishNotice}},
	{"desk-notice", "public", []string{"desk-notice", "notice-form"}, []desk.Action{desk.DraftNotice, desk.PublishNotice, desk.AnswerPublic}},
	{"objections", "public", []string{"objections"}, []desk.Action{desk.AnswerPublic}},
	{"releases", "public", []string{"releases"}, []desk.Action{desk.ReadRelease, desk.PrepareRelease, desk.PublishRelease}},
	{"release", "public", []string{"release", "release-new"}, []desk.Action{desk.PrepareRelease, desk.PublishRelease}},
	{"layers", "public", []string{"layers"}, []desk.Action{desk.KillLayer}},

	{"quality", "record", []string{"quality"}, []desk.Action{desk.ReadQuality, desk.CorrectQuality}},
	{"quality-check", "record", []string{"quality-check"}, []desk.Action{desk.ReadQuality, desk.CorrectQuality}},
	{"corrections", "record", []string{"corrections", "correction"}, []desk.Action{desk.CorrectQuality}},
	{"rules", "record", []string{"rules"}, []desk.Action{desk.ReadRules}},
	{"templates", "record", []string{"templates", "template"}, []desk.Action{desk.ReadRules, desk.ChangeTemplates}},
	{"numbers", "record", []string{"numbers"}, []desk.Action{desk.ReadRules, desk.ChangeTemplates}},
	{"log", "record", []string{"log", "log-entry", "log-access", "log-checkpoints"}, []desk.Action{desk.ReadLog}},

	{"accounts", "manage", []string{"accounts", "account", "account-new"}, []desk.Action{desk.ManageAccounts, desk.GrantRights}},
	{"grant", "manage", []string{"grant"}, []desk.Action{desk.GrantRights}},
	{"functional-zones", "manage", []string{"functional-zones"}, []desk.Action{desk.GrantRights}},
	{"zone", "manage", []string{"zone"}, []desk.Action{desk.ChangeZone}},
	{"settings", "manage", []string{"settings"}, []desk.Action{desk.ChangeSettings}},
	{"calendar", "manage", []string{"calendar"}, []desk.Action{desk.ChangeSettings}},
	{"mails", "manage", []string{"mails"}, []desk.Action{desk.ChangeSettings}},
	{"training", "manage", []string{"training"}, []desk.Action{desk.ResetTraining}},
	{"heirs", "manage", []string{"heirs"}, []desk.Action{desk.ReviewCase}},
	{"rights", "manage", []string{"rights"}, []desk.Action{desk.ReadRules}},

	{"me", "me", []string{"me"}, nil},
	{"me-password", "me", []string{"me-password"}, nil},
	{"me-factor", "me", []string{"me-factor"}, nil},
	{"me-tokens", "me", []string{"me-tokens"}, nil},
	{"me-delegation", "me", []string{"me-delegation"}, nil},
}

func (t *topic) public() bool { return slices.Contains(publicGroups, t.Group) }

// Path is the address of a topic.
func (t *topic) Path() string {
	if t.public() {
		return "/help/" + t.Name
	}
	return "/desk/help/" + t.Name
}

// topicOf finds the topic of a template; nil for none.
func topicOf(page string) *topic {
	for i := range topics {
		if slices.Contains(topics[i].Pages, page) {
			return &topics[i]
		}
	}
	return nil
}

// topicNamed finds a topic by name; nil for none.
func topicNamed(name string) *topic {
	if i := slices.IndexFunc(topics, func(t topic) bool { return t.Name == name }); i >= 0 {
		return &topics[i]
	}
	return nil
}

// Help is the address of the help of a page, by its template.
func (v *View) Help(page string) string {
	if t := topicOf(page); t != nil {
		return t.Path()
	}
	if v.Who.Known() {
		return "/desk/help"
	}
	return "/help"
}

// TopicOf is the topic of a text.
func (x HelpText) TopicOf() *topic { return x.topic }

// HelpText is a topic in one language.
type HelpText struct {
	*topic
	Title string
	Lead  string // its first paragraph
	HTML  template.HTML
	text  string
}

// labels are the keys of the catalogue in a text of help.
var labels = regexp.MustCompile(`\{([a-z]+(?:\.[A-Za-z_-]+)+)\}`)

// withLabels puts the texts of the catalogue into a text of help.
func (c *catalog) withLabels(text string) (string, error) {
	var lacks []string
	text = labels.ReplaceAllStringFunc(text, func(mark string) string {
		key := strings.Trim(mark, "{}")
		if !c.has(key) || strings.Contains(c.text(key), "{") {
			lacks = append(lacks, key)
		}
		return c.text("help.quote", "text", c.text(key))
	})
	if len(lacks) > 0 {
		return "", fmt.Errorf("no text without gaps: %s", strings.Join(lacks, ", "))
	}
	return text, nil
}

// readHelp reads all topics, in the order of the index, by language.
func readHelp(catalogs map[string]*catalog) (map[string][]HelpText, error) {
	out := map[string][]HelpText{}
	for _, lang := range Languages {
		for i := range topics {
			data, err := helpFiles.ReadFile("help/" + lang + "/" + topics[i].Name + ".md")
			if err != nil {
				return nil, fmt.Errorf("reading help: %w", err)
			}
			x := HelpText{topic: &topics[i]}
			if x.text, err = catalogs[lang].withLabels(string(data)); err != nil {
				return nil, fmt.Errorf("reading help %s/%s: %w", lang, topics[i].Name, err)
			}
			first, rest, _ := strings.Cut(x.text, "\n")
			x.Title = strings.TrimPrefix(first, "# ")
			x.Lead, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
			x.HTML = prose(rest)
			out[lang] = append(out[lang], x)
		}
	}
	return out, nil
}

// has reports whether all words of a query stand in a text, and where the first is.
func (x *HelpText) has(words []string) (at int, ok bool) {
	text := strings.ToLower(x.text)
	for i, w := range words {
		n := strings.Index(text, w)
		if n < 0 {
			return 0, false
		}
		if i == 0 {
			at = n
		}
	}
	return at, true
}

// around is the line of a text that holds a place, without its marks.
func (x *HelpText) around(at int) string {
	text := strings.ToLower(x.text)
	if len(text) != len(x.text) { // lower case has other places than the text
		return x.Lead
	}
	from := strings.LastIndexByte(text[:at], '\n') + 1
	line, _, _ := strings.Cut(x.text[from:], "\n")
	return strings.Trim(marks.Replace(line), "# -")
}

var marks = strings.NewReplacer("**", "", "`", "")

func (s *site) helpRoutes(r chi.Router) {
	r.Get("/help", s.noticePage(s.showHelp))
	r.Get("/help/{topic}", s.noticePage(s.showTopic))
}

func (s *site) deskHelpRoutes(r chi.Router) {
	r.Get("/desk/help", s.deskPage(s.showHelp))
	r.Get("/desk/help/{topic}", s.deskPage(s.showTopic))
}

// helpPage is the data of the pages of help.
type helpPage struct {
	Query  string
	Groups []HelpGroup
	Found  []HelpHit
	*HelpText
}

// HelpGroup is what stands under one heading of the index.
type HelpGroup struct {
	Name   string
	Topics []HelpText
}

// HelpHit is a topic in which a query was found, with the line where.
type HelpHit struct {
	HelpText
	Line string
}

// readable are the topics that a reader is shown: the desk's at the desk only.
func (s *site) readable(v *View) (out []HelpText) {
	for _, x := range s.help[v.Lang] {
		if x.public() || v.Who.Known() {
			out = append(out, x)
		}
	}
	if v.Who.Known() { // their own work first
		slices.SortStableFunc(out, func(a, b HelpText) int {
			switch {
			case a.public() == b.public():
				return 0
			case a.public():
				return 1
			}
			return -1
		})
	}
	return out
}

// showHelp answers /help and /desk/help: all topics, or those that hold some words.
func (s *site) showHelp(r *http.Request, v *View) (*answer, error) {
	p := &helpPage{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	if n := len([]rune(p.Query)); n > registry.LongestSearch {
		return nil, registry.Invalid("q", fmt.Sprintf("is %d characters long; write at most %d", n, registry.LongestSearch))
	}
	all := s.readable(v)
	if words := strings.Fields(strings.ToLower(p.Query)); len(words) > 0 {
		for _, x := range all {
			if at, ok := x.has(words); ok {
				p.Found = append(p.Found, HelpHit{x, x.around(at)})
			}
		}
		return &answer{page: "help", data: p}, nil
	}
	p.Groups = inGroups(all)
	return &answer{page: "help", data: p}, nil
}

func inGroups(all []HelpText) (out []HelpGroup) {
	for _, x := range all {
		if len(out) == 0 || out[len(out)-1].Name != x.Group {
			out = append(out, HelpGroup{Name: x.Group})
		}
		last := &out[len(out)-1]
		last.Topics = append(last.Topics, x)
	}
	return out
}

// showTopic answers /help/{topic} and /desk/help/{topic}; "all" is the whole
// help, for paper.
func (s *site) showTopic(r *http.Request, v *View) (*answer, error) {
	name := chi.URLParam(r, "topic")
	if name == "all" {
		return &answer{page: "help-all", data: &helpPage{Groups: inGroups(s.readable(v))}}, nil
	}
	for _, x := range s.help[v.Lang] {
		if x.Name == name && x.public() == !v.Who.Known() {
			return &answer{page: "help-topic", data: &helpPage{HelpText: &x}}, nil
		}
	}
	if t := topicNamed(name); t != nil && v.Who.Known() {
		return &answer{redirect: t.Path()}, nil
	}
	return nil, registry.NotFound("help", name)
}

// HelpRight is who may do something, in the help of the page for it.
type HelpRight struct {
	Name  string
	Roles []string
	Mine  bool
}

// HelpRights says who may do what a topic is about, as the matrix of rights has it.
func (v *View) HelpRights(t *topic) (out []HelpRight) {
	for _, a := range t.Acts {
		info := desk.Rights().Action(a)
		x := HelpRight{Name: info.En, Mine: v.Who.Has(a)}
		if v.Lang == "zh" {
			x.Name = info.Zh
		}
		for _, r := range desk.Rights().Roles {
			if info.Reach[r.Role] != desk.Nowhere {
				x.Roles = append(x.Roles, v.RoleName(r.Role))
			}
		}
		out = append(out, x)
	}
	return out
}
