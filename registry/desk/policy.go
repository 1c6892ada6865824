package desk

import "time"

// Policy is what an installation asks of those who sign in.
type Policy struct {
	Idle           time.Duration // a session unused for so long ends
	Longest        time.Duration // and so does one of this age
	PasswordLength int           // shortest password, in characters
	PasswordDays   int           // a password of this age is changed at the next sign-in; 0 for never
	StrongRoles    []Role        // roles that need a second factor
	Cost           Cost          // what a guess at a password costs
	Guesses        Guesses       // how many of them there may be
}

// DefaultPolicy is that of an installation that decides nothing else.
var DefaultPolicy = Policy{
	Idle: 30 * time.Minute, Longest: 12 * time.Hour, PasswordLength: 12, Cost: defaultCost, Guesses: defaultGuesses,
}

// StrongByDefault are the roles that need a second factor in production: who
// administers, approves and releases.
var StrongByDefault = []Role{SystemAdmin, SecurityAdmin, AuditAdmin, Supervisor, "PREF_REVIEWER", "RECORDER", "SECRECY_OFFICER"}

func (p Policy) orDefault() Policy {
	if p.Idle == 0 {
		p.Idle = DefaultPolicy.Idle
	}
	if p.Longest == 0 {
		p.Longest = DefaultPolicy.Longest
	}
	if p.PasswordLength == 0 {
		p.PasswordLength = DefaultPolicy.PasswordLength
	}
	if p.Cost == (Cost{}) {
		p.Cost = DefaultPolicy.Cost
	}
	if p.Guesses == (Guesses{}) {
		p.Guesses = DefaultPolicy.Guesses
	}
	return p
}
