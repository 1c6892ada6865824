package desk

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// SettingInfo describes something that the department can set.
type SettingInfo struct {
	Key            string
	Choices        []string // nil for a number
	Least, Most    int      // of a number
	Default        string
	Zh, En         string
	NoteZh, NoteEn string
	Clock          *law.Clock // the clock that it is about; nil for none
}

// Setting is what was set: the latest of a key holds.
type Setting struct {
	Key    string
	Value  string // "" goes back to the default
	Reason string
	By     AccountID // 0 for the command line
	ByName string    // from the store
	At     time.Time // from the store
}

// SettingStore keeps settings.
type SettingStore interface {
	// Settings returns the latest setting of each key.
	Settings(ctx context.Context) ([]Setting, error)
	// SettingHistory returns all settings of a key, the latest first.
	SettingHistory(ctx context.Context, key string) ([]Setting, error)
	AddSetting(ctx context.Context, actor string, s Setting) error
}

//go:embed settings.csv
var settingsCSV string

var shippedSettings = sync.OnceValue(func() []SettingInfo {
	rows, err := csv.NewReader(strings.NewReader(settingsCSV)).ReadAll()
	if err != nil {
		panic(err) // an embedded table is broken: every test finds it
	}
	var out []SettingInfo
	for _, row := range rows[1:] {
		s := SettingInfo{Key: row[0], Default: row[2], Zh: row[3], En: row[4], NoteZh: row[5], NoteEn: row[6]}
		if _, err := fmt.Sscanf(row[1], "number %d %d", &s.Least, &s.Most); err != nil {
			s.Choices = strings.Split(row[1], "|")
		}
		out = append(out, s)
	}
	return out
})

// countingKey is the key of the setting of how a clock counts.
func countingKey(k *law.Clock) string { return "deadline.counting." + k.Kind + "." + k.ID }

// SettingInfos are all settings: those of settings.csv, and one for each clock
// whose counting the law leaves open.
func (d *Desk) SettingInfos() []SettingInfo {
	out := slices.Clone(shippedSettings())
	for i := range d.book.Clocks {
		k := &d.book.Clocks[i]
		if k.Counting == law.Configured {
			out = append(out, SettingInfo{Key: countingKey(k), Choices: []string{string(law.CalendarDays), string(law.WorkingDays)}, Zh: k.Zh, En: k.En, Clock: k})
		}
	}
	return out
}

func (d *Desk) settingInfo(key string) *SettingInfo {
	for _, s := range d.SettingInfos() {
		if s.Key == key {
			return &s
		}
	}
	return nil
}

func (s *SettingInfo) check(value string) error {
	if value == "" {
		return nil
	}
	if s.Choices != nil {
		if !slices.Contains(s.Choices, value) {
			return Refuse("value", "setting.choice", "choose one of "+strings.Join(s.Choices, ", "))
		}
		return nil
	}
	if n, err := strconv.Atoi(value); err != nil || n < s.Least || n > s.Most {
		return Refuse("value", "setting.number", fmt.Sprintf("give a number from %d to %d", s.Least, s.Most), "least", s.Least, "most", s.Most)
	}
	return nil
}

// ChangeSetting sets something. It moves no clock that runs.
func (d *Desk) ChangeSetting(ctx context.Context, p *Principal, s Setting) error {
	if !p.May(ChangeSettings, nil) {
		return forbidden(ChangeSettings)
	}
	info := d.settingInfo(s.Key)
	if info == nil {
		return registry.NotFound("setting", strconv.Quote(s.Key))
	}
	s.Value, s.Reason = strings.TrimSpace(s.Value), strings.TrimSpace(s.Reason)
	if err := info.check(s.Value); err != nil {
		return err
	}
	if s.Reason == "" || checkText("reason", s.Reason, 1, 500) != nil {
		return Refuse("reason", "setting.reason", "say why, in at most 500 characters")
	}
	s.By = p.Account
	return d.store.AddSetting(ctx, p.Login, s)
}

func forbidden(a Action) error {
	return &registry.Error{Kind: registry.KindForbidden, Message: "no right to " + string(a)}
}

// Set is a setting with what holds now.
type Set struct {
	SettingInfo
	Now    string // what holds
	Latest *Setting
}

// Settings lists all settings with what holds, and who set it.
func (d *Desk) Settings(ctx context.Context, p *Principal) ([]Set, error) {
	if !p.May(ChangeSettings, nil) {
		return nil, forbidden(ChangeSettings)
	}
	found, err := d.store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	var out []Set
	for _, info := range d.SettingInfos() {
		set := Set{SettingInfo: info, Now: info.Default}
		for i := range found {
			if found[i].Key == info.Key {
				set.Latest = &found[i]
				if found[i].Value != "" {
					set.Now = found[i].Value
				}
			}
		}
		out = append(out, set)
	}
	return out, nil
}

// SettingHistory lists what was set under a key, the latest first.
func (d *Desk) SettingHistory(ctx context.Context, p *Principal, key string) ([]Setting, error) {
	if !p.May(ChangeSettings, nil) {
		return nil, forbidden(ChangeSettings)
	}
	return d.store.SettingHistory(ctx, key)
}

// settings are what holds, by key.
type settings map[string]string

func (d *Desk) settings(ctx context.Context) (settings, error) {
	found, err := d.store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	s := settings{}
	for _, info := range shippedSettings() {
		s[info.Key] = info.Default
	}
	for _, each := range found {
		if each.Value != "" {
			s[each.Key] = each.Value
		}
	}
	return s, nil
}

// number is a setting that is a number; it was checked when it was set.
func (s settings) number(key string) int {
	n, _ := strconv.Atoi(s[key])
	return n
}
