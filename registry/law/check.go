package law

// Severity says how much a finding of a check matters.
type Severity string

// The severities.
const (
	Error   Severity = "ERROR"   // something that must be there is missing or wrong
	Warning Severity = "WARNING" // probably wrong, or missing for want of a source
	Info    Severity = "INFO"    // to be known; nothing need be done
)

// Check is a question that is asked of all data, whose answer lists what is
// not as it should be.
type Check struct {
	ID        string
	About     string // unit, line, place or event
	Severity  Severity
	Owner     string // the role that looks after it
	Statement string // the statement of registry/postgres/quality.sql
	Zh, En    string
	Citation
}

// Check returns a check, nil for an unknown one.
func (b *Book) Check(id string) *Check {
	return find(b.Checks, func(c *Check) bool { return c.ID == id })
}

func (r *reader) check(f row) {
	c := Check{ID: f("check"), About: f("about"), Severity: Severity(f("severity")), Owner: f("owner"), Statement: f("statement"),
		Zh: f("zh"), En: f("en"), Citation: r.citation(f)}
	r.known("check "+c.ID+": twice", r.book.Check(c.ID) == nil)
	r.known("severity "+f("severity"), c.Severity == Error || c.Severity == Warning || c.Severity == Info)
	r.book.Checks = append(r.book.Checks, c)
}
