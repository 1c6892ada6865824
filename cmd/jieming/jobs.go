package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"jieming/registry/desk"
	"jieming/registry/jobs"
	"jieming/registry/mail"
	"jieming/registry/postgres"
)

// mailFlags are the settings of the mail that goes out; without them none does.
type mailFlags struct {
	MailFrom         string `placeholder:"ADDRESS" help:"Sender of the mails that tell people what waits for them, as '界名 <jieming@example.org>'."`
	SMTPURL          string `name:"smtp-url" placeholder:"URL" help:"Server that takes mails: smtp://user@host:587 (STARTTLS) or smtps://user@host:465. Without it, none go out. Prefer JIEMING_SMTP_URL for one with a password."`
	SMTPPasswordFile string `name:"smtp-password-file" placeholder:"FILE" type:"path" help:"File that holds the password of the mail server."`
}

// sender opens the way out; nil for none.
func (f mailFlags) sender() (*mail.Sender, error) {
	if f.SMTPURL == "" {
		return nil, nil
	}
	o := mail.Options{URL: f.SMTPURL, From: f.MailFrom}
	if f.SMTPPasswordFile != "" {
		data, err := os.ReadFile(f.SMTPPasswordFile)
		if err != nil {
			return nil, fmt.Errorf("password of the mail server: %w", err)
		}
		o.Password = strings.TrimRight(string(data), "\r\n")
	}
	return mail.New(o)
}

// background lists what runs without being asked.
func background(d *desk.Desk, sender *mail.Sender, public string, log *slog.Logger) []jobs.Job {
	list := []jobs.Job{
		{Name: "remind", Every: 15 * time.Minute, Run: func(ctx context.Context) error {
			n, err := d.Remind(ctx)
			if n > 0 {
				log.Info("reminded", "reminders", n)
			}
			return err
		}},
		{Name: "forget", Every: 6 * time.Hour, Run: func(ctx context.Context) error {
			_, err := d.Forget(ctx)
			return err
		}},
		{Name: "quality", Every: time.Hour, Run: func(ctx context.Context) error { // once a day, soon after midnight in China
			run, err := d.NightlyQuality(ctx)
			if run != nil {
				log.Info("quality checks run", "run", run.ID, "ms", run.TookMS)
			}
			return err
		}},
	}
	if sender != nil {
		post := &desk.Post{Desk: d, Mailer: sender, Public: public, Domain: sender.Domain()}
		list = append(list, jobs.Job{Name: "mail", Every: 20 * time.Second, Run: func(ctx context.Context) error {
			n, err := post.Run(ctx)
			if n > 0 {
				log.Info("mails sent", "mails", n)
			}
			return err
		}})
	}
	return list
}

// runJobs does what runs in the background until ctx ends.
func runJobs(ctx context.Context, store *postgres.Store, d *desk.Desk, sender *mail.Sender, public string, log *slog.Logger) {
	jobs.Run(ctx, store, log, background(d, sender, public, log)...)
}
