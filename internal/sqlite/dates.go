package sqlite

import (
	"errors"
	"fmt"
	"slices"
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
	n, ok := part(t, strings.ToLower(v[0].Text()))
	if !ok {
		return sqlite.Value{}, errors.New("date_part does not know that part: it takes year, month, day, hour, minute, second, quarter, week, dow, isodow, doy or epoch")
	}
	return sqlite.FloatValue(float64(n)), nil
}

// part is the part of a time that has that name.
func part(t time.Time, name string) (n int, ok bool) {
	isoYear, week := t.ISOWeek()
	switch name {
	case "second":
		return t.Second(), true
	case "minute":
		return t.Minute(), true
	case "hour":
		return t.Hour(), true
	case "day":
		return t.Day(), true
	case "month":
		return int(t.Month()), true
	case "year":
		return t.Year(), true
	case "quarter":
		return (int(t.Month())-1)/3 + 1, true
	case "week":
		return week, true
	case "isoyear":
		return isoYear, true
	case "dow":
		return int(t.Weekday()), true
	case "isodow":
		return (int(t.Weekday())+6)%7 + 1, true
	case "doy":
		return t.YearDay(), true
	case "decade":
		return t.Year() / 10, true
	case "century":
		return (t.Year() + 99) / 100, true
	case "epoch":
		return int(t.Unix()), true
	}
	return 0, false
}

// toChar writes a time by PostgreSQL's patterns, the common ones; the text in double quotes as it is.
func toChar(known []pattern) func([]sqlite.Value) (sqlite.Value, error) {
	return func(v []sqlite.Value) (sqlite.Value, error) {
		t, err := moment(v[0])
		if err != nil {
			return sqlite.Value{}, errors.New("to_char writes dates and times alone, as YYYY-MM-DD hh:mm:ss")
		}
		text := v[1].Text()
		if len(text) > 200 {
			return sqlite.Value{}, errors.New("to_char takes a pattern of at most 200 bytes")
		}
		return sqlite.TextValue(written(t, text, known)), nil
	}
}

func written(t time.Time, text string, known []pattern) string {
	var b strings.Builder
	for text != "" {
		if quoted, ok := strings.CutPrefix(text, `"`); ok {
			plain, rest, _ := strings.Cut(quoted, `"`)
			b.WriteString(plain)
			text = rest
			continue
		}
		at := slices.IndexFunc(known, func(p pattern) bool { return strings.HasPrefix(text, p.name) })
		if at < 0 {
			b.WriteByte(text[0])
			text = text[1:]
			continue
		}
		b.WriteString(known[at].of(t))
		text = text[len(known[at].name):]
	}
	return b.String()
}

// pattern is one of to_char's, and what it stands for.
type pattern struct {
	name string
	of   func(time.Time) string
}

// patterns are those of to_char, the longer before their beginnings.
func patterns() []pattern {
	month := func(t time.Time) string { return t.Month().String() }
	day := func(t time.Time) string { return t.Weekday().String() }
	number := func(form string, n func(time.Time) int) func(time.Time) string {
		return func(t time.Time) string { return fmt.Sprintf(form, n(t)) }
	}
	the := func(name string) func(time.Time) int {
		return func(t time.Time) int { n, _ := part(t, name); return n }
	}
	padded := func(s string) string { return fmt.Sprintf("%-9s", s) }
	short := func(s string) string { return s[:3] }
	as := func(name func(time.Time) string, forms ...func(string) string) func(time.Time) string {
		return func(t time.Time) string {
			s := name(t)
			for _, f := range forms {
				s = f(s)
			}
			return s
		}
	}
	upper, lower := strings.ToUpper, strings.ToLower
	twelve := func(t time.Time) int { return (t.Hour()+11)%12 + 1 }
	half := func(t time.Time) string { return t.Format("PM") }
	list := []pattern{
		{"YYYY", number("%04d", time.Time.Year)}, {"IYYY", number("%04d", the("isoyear"))}, {"YY", number("%02d", func(t time.Time) int { return t.Year() % 100 })},
		{"MM", number("%02d", the("month"))}, {"MI", number("%02d", time.Time.Minute)},
		{"MONTH", as(month, upper, padded)}, {"Month", as(month, padded)}, {"month", as(month, lower, padded)},
		{"FMMONTH", as(month, upper)}, {"FMMonth", month}, {"FMmonth", as(month, lower)},
		{"MON", as(month, upper, short)}, {"Mon", as(month, short)}, {"mon", as(month, lower, short)},
		{"DAY", as(day, upper, padded)}, {"Day", as(day, padded)}, {"day", as(day, lower, padded)},
		{"FMDAY", as(day, upper)}, {"FMDay", day}, {"FMday", as(day, lower)},
		{"DDD", number("%03d", time.Time.YearDay)}, {"DD", number("%02d", time.Time.Day)},
		{"DY", as(day, upper, short)}, {"Dy", as(day, short)}, {"dy", as(day, lower, short)},
		{"HH24", number("%02d", time.Time.Hour)}, {"HH12", number("%02d", twelve)}, {"HH", number("%02d", twelve)}, {"SS", number("%02d", time.Time.Second)},
		{"AM", half}, {"PM", half}, {"IW", number("%02d", the("week"))}, {"ID", number("%d", the("isodow"))}, {"Q", number("%d", the("quarter"))},
	}
	for _, name := range []string{"YYYY", "MM", "DD", "HH24", "MI", "SS"} { // PostgreSQL reads numbers in either case
		for _, p := range list {
			if p.name == name {
				list = append(list, pattern{lower(name), p.of})
			}
		}
	}
	return list
}
