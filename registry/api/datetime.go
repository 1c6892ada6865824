package api

import (
	"fmt"
	"strings"
	"time"

	"jieming/registry"
)

// longestDatetime is more than two date-times with fractions of a second need.
const longestDatetime = 100

// parseDatetime reads the parameter datetime and returns the day it asks for:
//
//	2020-06-30                        that day
//	2020-06-30T08:00:00+08:00         the day in China at that instant
//	2019-01-01/2020-06-30             the last day of the interval
//	2019-01-01/..  or  ../..          today, or the first day if that is later
//
// An answer always shows one day, because the areas of several days would
// overlap. Days run from 0001-01-01 to 9999-12-31 and may lie in the future,
// where the registry shows the changes that are already decided.
func parseDatetime(s string, today registry.Day) (registry.Day, error) {
	if len(s) > longestDatetime {
		return 0, registry.Invalid("datetime", "is too long; write a date such as 2020-06-30")
	}
	first, last, interval := strings.Cut(s, "/")
	if !interval {
		return parseDayOf("datetime", s)
	}
	from, openFrom, err := parseEnd(first)
	if err != nil {
		return 0, err
	}
	to, openTo, err := parseEnd(last)
	if err != nil {
		return 0, err
	}
	switch {
	case openTo && openFrom:
		return today, nil
	case openTo:
		return max(from, today), nil
	case !openFrom && from > to:
		return 0, registry.Invalid("datetime", fmt.Sprintf("the interval ends (%s) before it begins (%s); write the earlier day first", to, from))
	}
	return to, nil
}

func parseEnd(s string) (day registry.Day, open bool, err error) {
	if s == "" || s == ".." {
		return 0, true, nil
	}
	day, err = parseDayOf("datetime", s)
	return day, false, err
}

// parseDayOf reads a parameter that is a date or a date-time of RFC 3339.
func parseDayOf(field, s string) (registry.Day, error) {
	if day, err := registry.ParseDay(s); err == nil {
		return day, nil
	}
	t, ok := parseTime(s)
	if !ok {
		return 0, registry.Invalid(field, fmt.Sprintf("%.60q is not a day; write 2020-06-30, or 2020-06-30T08:00:00+08:00 with the plus sign as %%2B, in the years 0001 to 9999", s))
	}
	day := registry.DayOf(t)
	if !fourDigits(day.Year()) {
		return 0, registry.Invalid(field, "lies outside the years 0001 to 9999")
	}
	return day, nil
}

// parseTime reads a date-time of RFC 3339. It forgives a space for the plus
// sign of a zone, which is what an unescaped plus sign means in a URL.
func parseTime(s string) (time.Time, bool) {
	if i := len(s) - len(" 08:00"); i > 0 && s[i] == ' ' {
		s = s[:i] + "+" + s[i+1:]
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// parseRecordedAsOf reads the parameter recorded-as-of: a date-time with zone
// that is not in the future. On public routes it stands for the publication
// current then.
func parseRecordedAsOf(s string, now time.Time) (time.Time, error) {
	if len(s) > longestDatetime {
		return time.Time{}, registry.Invalid("recorded-as-of", "is too long; write a date-time such as 2026-06-30T12:00:00Z")
	}
	t, ok := parseTime(s)
	switch {
	case !ok:
		return time.Time{}, registry.Invalid("recorded-as-of", fmt.Sprintf("%.60q is not a date-time with a zone; write 2026-06-30T12:00:00Z", s))
	case t.After(now):
		return time.Time{}, registry.Invalid("recorded-as-of", "lies in the future; what will be recorded then is not known. Leave it out to ask about now")
	case !fourDigits(t.UTC().Year()):
		return time.Time{}, registry.Invalid("recorded-as-of", "lies outside the years 0001 to 9999")
	}
	return t.UTC(), nil
}
