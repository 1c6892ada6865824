package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"jieming/registry"
	"jieming/registry/law"
)

// Series says how an issuer numbers a kind of paper (文号). Series with the same
// pattern are one: they count together.
type Series struct {
	Issuer  string // 发文机关
	Paper   string // kind of paper, as in papers.csv; "*" for all without a row of their own
	Pattern string // such as 吉民区划〔{year}〕{n}号; without {year}, numbers run on over the years
	Year    int    // the year that After is meant for; set by the store for a series by years
	After   int    // the last number given on paper before the program gave any
	Reason  string
}

// Yearly reports whether the series begins anew each year.
func (s *Series) Yearly() bool { return strings.Contains(s.Pattern, "{year}") }

// YearOf is the year under which a series counts on a day: 0 for one that runs on.
func (s *Series) YearOf(d registry.Day) int {
	if !s.Yearly() {
		return 0
	}
	return d.Year()
}

// Number writes a number: 吉民区划〔2026〕12号.
func (s *Series) Number(year, n int) string {
	return strings.NewReplacer("{year}", strconv.Itoa(year), "{n}", strconv.Itoa(n)).Replace(s.Pattern)
}

// check finds what is wrong with a series that somebody sets.
func (s *Series) check() error {
	paper := law.Shipped().Paper(s.Paper)
	rest := strings.NewReplacer("{year}", "", "{n}", "").Replace(s.Pattern)
	switch {
	case strings.TrimSpace(s.Issuer) == "" || utf8.RuneCountInString(s.Issuer) > 60:
		return Refuse("issuer", "series.issuer", "name the issuer, in at most 60 characters")
	case s.Paper != "*" && (paper == nil || !paper.Issued):
		return Refuse("paper", "series.paper", "choose a kind of paper that is issued here")
	case strings.Count(s.Pattern, "{n}") != 1 || strings.Count(s.Pattern, "{year}") > 1 || strings.ContainsAny(rest, "{}") || rest == "" || utf8.RuneCountInString(s.Pattern) > 60:
		return Refuse("pattern", "series.pattern", "write the number with {n} once and {year} at most once, such as 吉民区划〔{year}〕{n}号")
	case s.After < 0 || s.After > 999_999:
		return Refuse("after", "series.after", "the last number must be 0 or more")
	case strings.TrimSpace(s.Reason) == "":
		return Refuse("reason", "series.reason", "say why")
	}
	return nil
}

// PaperNumber is a number that was given to a paper.
type PaperNumber struct {
	Number  string
	N       int
	Paper   string
	Case    registry.CaseID
	By      string // name of who drew it
	At      time.Time
	Void    bool
	Because string // why it is void
}

// SeriesStore keeps the series and what they gave. Numbers are drawn by the
// entry that issues a paper, so that none is lost and none given twice.
type SeriesStore interface {
	// Series lists what is in force, by issuer and paper.
	Series(ctx context.Context) ([]Series, error)
	// SetSeries puts a series in force for its issuer and paper. KindConflict if
	// After contradicts numbers that were given.
	SetSeries(ctx context.Context, p *Principal, s Series) error
	// PaperNumbers lists the numbers of a pattern in a year (0: without years), the last first.
	PaperNumbers(ctx context.Context, pattern string, year int) ([]PaperNumber, error)
	// NextNumber is the number that a paper of an issuer would draw on a day,
	// which is not taken by asking; "" where no series is set.
	NextNumber(ctx context.Context, issuer, paper string, on registry.Day) (string, error)
	// VoidNumber makes a number void; it is not given again.
	VoidNumber(ctx context.Context, p *Principal, number, reason string) error
}

// Series lists the series in force. The right is rule.read.
func (d *Desk) Series(ctx context.Context, p *Principal) ([]Series, error) {
	if err := allowed(p, ReadRules); err != nil {
		return nil, err
	}
	return d.store.Series(ctx)
}

// SetSeries puts a series in force. The right is template.change.
func (d *Desk) SetSeries(ctx context.Context, p *Principal, s Series) error {
	if err := allowed(p, ChangeTemplates); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	s.Year = s.YearOf(d.Today())
	return d.store.SetSeries(ctx, p, s)
}

// PaperNumbers lists the numbers that a series gave in a year. The right is rule.read.
func (d *Desk) PaperNumbers(ctx context.Context, p *Principal, pattern string, year int) ([]PaperNumber, error) {
	if err := allowed(p, ReadRules); err != nil {
		return nil, err
	}
	return d.store.PaperNumbers(ctx, pattern, year)
}

// VoidNumber makes a number void, with a reason. The right is template.change.
func (d *Desk) VoidNumber(ctx context.Context, p *Principal, number, reason string) error {
	if err := allowed(p, ChangeTemplates); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return Refuse("reason", "series.reason", "say why")
	}
	return d.store.VoidNumber(ctx, p, number, reason)
}

// allowed refuses who may not do an action anywhere.
func allowed(p *Principal, a Action) error {
	if p.Has(a) {
		return nil
	}
	return &registry.Error{Kind: registry.KindForbidden, Message: fmt.Sprintf("this needs the right %s", a)}
}
