package main

import (
	"log/slog"
	"time"

	"jieming/registry/desk"
	"jieming/registry/postgres"
)

// deskFlags are the settings of the work behind the public pages.
type deskFlags struct {
	PublicURL       string        `name:"public-url" placeholder:"URL" help:"Address that browsers use, when a proxy stands in front: https://… makes cookies secure."`
	SessionIdle     time.Duration `default:"30m" placeholder:"TIME" help:"An unused session ends after this time (default ${default})."`
	SessionLongest  time.Duration `default:"12h" placeholder:"TIME" help:"Every session ends after this time (default ${default})."`
	PasswordLength  int           `default:"12" placeholder:"N" help:"Shortest password, in characters (default ${default})."`
	PasswordMaxDays int           `default:"0" placeholder:"DAYS" help:"Days after which a password is changed; 0 for never (default ${default})."`
}

func (f deskFlags) policy() desk.Policy {
	return desk.Policy{Idle: f.SessionIdle, Longest: f.SessionLongest, PasswordLength: f.PasswordLength, PasswordDays: f.PasswordMaxDays}
}

// open makes the desk over a store.
func (f deskFlags) open(store *postgres.Store, log *slog.Logger) *desk.Desk {
	return desk.New(desk.Options{Store: store, Log: log, Policy: f.policy()})
}
