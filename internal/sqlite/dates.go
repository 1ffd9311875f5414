package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
)

// errMoment is a text that is no date.
var errMoment = errors.New("a date or time is written YYYY-MM-DD hh:mm:ss")

// moment reads the text that a DATETIME is kept as, or a date alone.
func moment(v sqlite.Value) (time.Time, error) {
	s := v.Text()
	for _, form := range []string{time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errMoment
}

func dateTrunc(v []sqlite.Value) (sqlite.Value, error) {
	t, err := moment(v[1])
	if err != nil {
		return sqlite.Value{}, err
	}
	y, m, d := t.Date()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	switch strings.ToLower(v[0].Text()) {
	case "second", "seconds", "milliseconds", "microseconds":
		t = t.Truncate(time.Second)
	case "minute":
		t = t.Truncate(time.Minute)
	case "hour":
		t = t.Truncate(time.Hour)
	case "day":
		t = day(y, m, d)
	case "week":
		t = day(y, m, d-(int(t.Weekday())+6)%7)
	case "month":
		t = day(y, m, 1)
	case "quarter":
		t = day(y, (m-1)/3*3+1, 1)
	case "year":
		t = day(y, 1, 1)
	case "decade":
		t = day(y/10*10, 1, 1)
	default:
		return sqlite.Value{}, errors.New("date_trunc takes second, minute, hour, day, week, month, quarter, year or decade")
	}
	return sqlite.TextValue(t.Format(time.DateTime)), nil
}

func datePart(v []sqlite.Value) (sqlite.Value, error) {
	t, err := moment(v[1])
	if err != nil {
		return sqlite.Value{}, err
	}
	isoYear, week := t.ISOWeek()
	parts := map[string]int{
		"second": t.Second(), "minute": t.Minute(), "hour": t.Hour(), "day": t.Day(), "month": int(t.Month()), "year": t.Year(),
		"quarter": (int(t.Month())-1)/3 + 1, "week": week, "isoyear": isoYear, "dow": int(t.Weekday()), "isodow": (int(t.Weekday())+6)%7 + 1,
		"doy": t.YearDay(), "decade": t.Year() / 10, "century": (t.Year() + 99) / 100, "epoch": int(t.Unix()),
	}
	n, ok := parts[strings.ToLower(v[0].Text())]
	if !ok {
		return sqlite.Value{}, errors.New("date_part does not know that part: it takes year, month, day, hour, minute, second, quarter, week, dow, isodow, doy or epoch")
	}
	return sqlite.FloatValue(float64(n)), nil
}

// toChar writes a time by PostgreSQL's patterns, the common ones; the text in double quotes as it is.
func toChar(v []sqlite.Value) (sqlite.Value, error) {
	t, err := moment(v[0])
	if err != nil {
		return sqlite.Value{}, errors.New("to_char writes dates and times alone, as YYYY-MM-DD hh:mm:ss")
	}
	pattern := v[1].Text()
	if len(pattern) > 200 {
		return sqlite.Value{}, errors.New("to_char takes a pattern of at most 200 bytes")
	}
	parts := patterns(t)
	var b strings.Builder
scan:
	for pattern != "" {
		if quoted, ok := strings.CutPrefix(pattern, `"`); ok {
			plain, rest, _ := strings.Cut(quoted, `"`)
			b.WriteString(plain)
			pattern = rest
			continue
		}
		for _, p := range parts {
			if rest, ok := strings.CutPrefix(pattern, p[0]); ok {
				b.WriteString(p[1])
				pattern = rest
				continue scan
			}
		}
		b.WriteByte(pattern[0])
		pattern = pattern[1:]
	}
	return sqlite.TextValue(b.String()), nil
}

// patterns are those of to_char with what they stand for, the longer before their beginnings.
func patterns(t time.Time) [][2]string {
	isoYear, week := t.ISOWeek()
	month, day := t.Month().String(), t.Weekday().String()
	two := func(n int) string { return fmt.Sprintf("%02d", n) }
	twelve := two((t.Hour()+11)%12 + 1)
	parts := [][2]string{
		{"YYYY", fmt.Sprintf("%04d", t.Year())}, {"IYYY", fmt.Sprintf("%04d", isoYear)}, {"YY", two(t.Year() % 100)},
		{"MM", two(int(t.Month()))}, {"MI", two(t.Minute())},
		{"MONTH", fmt.Sprintf("%-9s", strings.ToUpper(month))}, {"Month", fmt.Sprintf("%-9s", month)}, {"month", fmt.Sprintf("%-9s", strings.ToLower(month))},
		{"FMMONTH", strings.ToUpper(month)}, {"FMMonth", month}, {"FMmonth", strings.ToLower(month)},
		{"MON", strings.ToUpper(month[:3])}, {"Mon", month[:3]}, {"mon", strings.ToLower(month[:3])},
		{"DAY", fmt.Sprintf("%-9s", strings.ToUpper(day))}, {"Day", fmt.Sprintf("%-9s", day)}, {"day", fmt.Sprintf("%-9s", strings.ToLower(day))},
		{"FMDAY", strings.ToUpper(day)}, {"FMDay", day}, {"FMday", strings.ToLower(day)},
		{"DDD", fmt.Sprintf("%03d", t.YearDay())}, {"DD", two(t.Day())}, {"DY", strings.ToUpper(day[:3])}, {"Dy", day[:3]}, {"dy", strings.ToLower(day[:3])},
		{"HH24", two(t.Hour())}, {"HH12", twelve}, {"HH", twelve}, {"SS", two(t.Second())},
		{"AM", t.Format("PM")}, {"PM", t.Format("PM")}, {"IW", two(week)}, {"ID", fmt.Sprint((int(t.Weekday())+6)%7 + 1)}, {"Q", fmt.Sprint((int(t.Month())-1)/3 + 1)},
	}
	for _, name := range []string{"YYYY", "MM", "DD", "HH24", "MI", "SS"} { // PostgreSQL reads numbers in either case
		for _, p := range parts {
			if p[0] == name {
				parts = append(parts, [2]string{strings.ToLower(name), p[1]})
			}
		}
	}
	return parts
}
