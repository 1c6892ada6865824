package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jieming/registry"
)

// Clocks are the parameters of an operation that answers about one day.
type Clocks struct {
	Datetime string `query:"datetime" example:"2020-06-30" doc:"The day asked about, on the clock of law: a date (2020-06-30), or a date-time of RFC 3339, which stands for the day in China at that instant. Of an interval (2019-01-01/2020-06-30) the last day is shown, of an open one today: an answer shows one day, because the areas of several would overlap. Days to come show what is already decided. Default: today."`
	Recorded
}

// Recorded is the parameter that chooses what the registry knew.
type Recorded struct {
	RecordedAsOf string `query:"recorded-as-of" example:"2026-06-30T12:00:00Z" doc:"The publication current at this time, a date-time of RFC 3339 with zone: what the public could then know. Default: the latest publication."`
	question
}

// question is the instant a request asks about.
type question struct {
	day         registry.Day // on the valid clock
	dayGiven    bool
	asOf        time.Time // on the recorded clock; zero means now
	publication int64     // the publication that must be current at asOf; 0 means any
}

func (q question) asked() question { return q }

func (in *Recorded) parse(now time.Time) (err error) {
	in.question = question{day: registry.DayOf(now)}
	if in.RecordedAsOf != "" {
		in.asOf, err = parseRecordedAsOf(in.RecordedAsOf, now)
	}
	return err
}

func (in *Clocks) parse(now time.Time) error {
	err := in.Recorded.parse(now)
	if in.Datetime == "" {
		return err
	}
	day, dayErr := parseDatetime(in.Datetime, in.question.day)
	in.question.day, in.dayGiven = day, true
	return errors.Join(dayErr, err)
}

// moment is the instant of an answer and the publication it rests on.
type moment struct {
	question
	publication *registry.Publication
	at          registry.Instant
	begins      registry.Day // of the record
}

// fix finds the publication for a question.
func fix(ctx context.Context, reg registry.Registry, q question) (*moment, error) {
	p, err := reg.Publication(ctx, q.asOf)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nothingPublished(q.asOf)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up publication: %w", err)
	}
	if q.publication != 0 && (q.publication != p.ID || !q.asOf.Equal(p.ReleasedAt)) {
		return nil, badToken("names a publication that does not exist; leave next out to begin again")
	}
	return &moment{question: q, publication: p, at: registry.Instant{Valid: q.day, Recorded: p.AsOf}}, nil
}

// ResolveInstant turns the texts of the parameters datetime and recorded-as-of,
// each of which may be empty, into the instant that public answers are read at.
// It asks reg for the publication, as of now where recordedAsOf is empty. Errors
// are of the kinds of registry.Error: a malformed text is KindInvalid.
func ResolveInstant(ctx context.Context, reg registry.Registry, now time.Time, datetime, recordedAsOf string) (registry.Instant, error) {
	in := &Clocks{Datetime: datetime, Recorded: Recorded{RecordedAsOf: recordedAsOf}}
	if err := in.parse(now); err != nil {
		return registry.Instant{}, err
	}
	m, err := fix(ctx, reg, in.question)
	if err != nil {
		return registry.Instant{}, err
	}
	return m.at, nil
}

func nothingPublished(asOf time.Time) error {
	message := "nothing has been published yet"
	if !asOf.IsZero() {
		message = "nothing had been published by " + asOf.Format(time.RFC3339) + "; ask about a later time, or leave recorded-as-of out"
	}
	return &registry.Error{Kind: kindNothing, Message: message}
}

// Instant states on both clocks what an answer shows.
type Instant struct {
	Datetime    string    `json:"datetime,omitempty" format:"date" example:"2020-06-30" doc:"The day shown, of Asia/Shanghai; absent where the answer spans all days"`
	Recorded    int64     `json:"recorded" example:"812" doc:"The log entry up to which the answer knows"`
	Publication int64     `json:"publication" example:"3" doc:"The publication the answer rests on"`
	ReleasedAt  time.Time `json:"released_at" example:"2026-06-30T12:00:00Z" doc:"When that publication was released"`
}

// Answer leads every JSON answer.
type Answer struct {
	Instant   Instant `json:"instant" doc:"What the answer shows, on both clocks"`
	Statement string  `json:"statement,omitempty" example:"No record before 1981-12-31." doc:"What a reader should know about this answer, if anything"`
}

// ofDay is the head of an answer about one day.
func (m *moment) ofDay() Answer {
	instant := m.ofLife().Instant
	instant.Datetime = m.at.Valid.String()
	return Answer{Instant: instant, Statement: m.early()}
}

// ofLife is the head of an answer about all days.
func (m *moment) ofLife() Answer {
	return Answer{Instant: Instant{
		Recorded: int64(m.at.Recorded), Publication: m.publication.ID, ReleasedAt: m.publication.ReleasedAt.UTC()}}
}

// early says that the day of the answer lies before the record, or "".
func (m *moment) early() string { return m.before(m.at.Valid) }

// before says that a day lies before the record, or "".
func (m *moment) before(day registry.Day) string {
	if day >= m.begins {
		return ""
	}
	return fmt.Sprintf("No record before %s: what was so on %s is not known here.", m.begins, day)
}

// unknownThen is the error of a resource asked about before the record begins.
func (m *moment) unknownThen() error {
	return &registry.Error{Kind: registry.KindNotFound, Message: m.early()}
}

// etag names the answer: all that its bytes depend on.
func (m *moment) etag(s *server, base string, u *url.URL) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s\n%s\n%d %d %d %d", apiVersion, s.Version, base, u.Path, u.Query().Encode(), s.Stops(),
		m.publication.ID, m.at.Recorded, m.at.Valid, m.publication.ReleasedAt.UnixNano())
	return `"` + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18]) + `"`
}

// freshness is how long a cache may keep an answer without asking again: a
// minute, also where the question has one answer for ever, so that a layer that is
// stopped does not live on in caches. After it an ETag is enough.
const freshness = "public, max-age=60, must-revalidate"

// announce sets the headers of an answer about a moment, and reports whether
// the client has it already.
func (m *moment) announce(c *call, dated bool) (known bool) {
	return m.announceAs(c, m.etag(c.server, c.base, c.r.URL), dated)
}

// announceAs is announce with a tag of the answer's own.
func (m *moment) announceAs(c *call, tag string, dated bool) (known bool) {
	header := c.w.Header()
	header.Set("ETag", tag)
	header.Set("Cache-Control", freshness)
	if dated {
		header.Set("Jieming-Datetime", m.at.Valid.String())
	}
	header.Set("Jieming-Recorded", strconv.FormatInt(int64(m.at.Recorded), 10))
	header.Set("Jieming-Publication", strconv.FormatInt(m.publication.ID, 10))
	return matches(c.r.Header.Values("If-None-Match"), tag)
}

// matches compares weakly, as RFC 9110, 13.1.2 asks for If-None-Match.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for candidate := range strings.SplitSeq(line, ",") {
			candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
			if candidate == tag || candidate == "*" {
				return true
			}
		}
	}
	return false
}

// notModified answers that the client has the answer already.
func notModified(w http.ResponseWriter) { w.WriteHeader(http.StatusNotModified) }

// date writes a day, nil for an open end.
func date(d registry.Day) *string {
	if d == registry.NoStart || d == registry.NoEnd {
		return nil
	}
	return pointer(d.String())
}
