package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"zombiezen.com/go/sqlite"
)

// errDate is a date that is none.
var errDate = errors.New("there is no such date")

func dateOf(y, m, d int64) (sqlite.Value, error) {
	t := time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 || t.Day() != int(d) {
		return sqlite.Value{}, errDate
	}
	return sqlite.TextValue(t.Format(time.DateOnly)), nil
}

func makeDate(v []sqlite.Value) (sqlite.Value, error) {
	return dateOf(v[0].Int64(), v[1].Int64(), v[2].Int64())
}

// toDate reads a date by PostgreSQL's patterns of years, months and days. Any other character of the pattern stands for any one.
func toDate(v []sqlite.Value) (sqlite.Value, error) {
	s, form := v[0].Text(), v[1].Text()
	if len(form) > 200 {
		return sqlite.Value{}, errors.New("to_date takes a pattern of at most 200 bytes")
	}
	y, m, d := int64(1), int64(1), int64(1)
	for form != "" {
		upper := strings.ToUpper(form)
		var into *int64
		most := 2
		switch {
		case strings.HasPrefix(upper, "YYYY"):
			into, most, form = &y, 4, form[4:]
		case strings.HasPrefix(upper, "MONTH"), strings.HasPrefix(upper, "MON"):
			whole := strings.HasPrefix(upper, "MONTH")
			if form = form[3:]; whole {
				form = form[2:]
			}
			if m, s = monthIn(s, whole); m == 0 {
				return sqlite.Value{}, errDate
			}
			continue
		case strings.HasPrefix(upper, "MM"):
			into, form = &m, form[2:]
		case strings.HasPrefix(upper, "DD"):
			into, form = &d, form[2:]
		case unicode.IsLetter(rune(form[0])):
			return sqlite.Value{}, errors.New("to_date knows YYYY, MM, DD, Mon and Month")
		default:
			form = form[1:]
			if s != "" && (s[0] < '0' || s[0] > '9') {
				s = s[1:]
			}
			continue
		}
		s = strings.TrimLeft(s, " ")
		n, digits := int64(0), 0
		for digits < len(s) && digits < most && s[digits] >= '0' && s[digits] <= '9' {
			n = n*10 + int64(s[digits]-'0')
			digits++
		}
		if digits == 0 {
			return sqlite.Value{}, errDate
		}
		*into, s = n, s[digits:]
	}
	return dateOf(y, m, d)
}

// monthIn takes the name of a month from the beginning of a text; 0 if there is none.
func monthIn(s string, whole bool) (month int64, rest string) {
	for m := time.January; m <= time.December; m++ {
		name := m.String()
		if !whole {
			name = name[:3]
		}
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			return int64(m), s[len(name):]
		}
	}
	return 0, s
}

// age is the time from the second moment to the first in years, months, days and hours, written as PostgreSQL writes an interval.
func age(v []sqlite.Value) (sqlite.Value, error) {
	to, err := moment(v[0])
	if err != nil {
		return sqlite.Value{}, err
	}
	from, err := moment(v[1])
	if err != nil {
		return sqlite.Value{}, err
	}
	minus := ""
	if to.Before(from) {
		to, from, minus = from, to, "-"
	}
	seconds := to.Hour()*3600 + to.Minute()*60 + to.Second() - from.Hour()*3600 - from.Minute()*60 - from.Second()
	days := to.Day() - from.Day()
	months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	if seconds < 0 {
		seconds += 86400
		days--
	}
	if days < 0 {
		days += time.Date(from.Year(), from.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		months--
	}
	var parts []string
	for _, p := range []struct {
		n    int
		name string
	}{{months / 12, "year"}, {months % 12, "mon"}, {days, "day"}} {
		switch {
		case p.n == 0:
		case p.n == 1 && minus == "":
			parts = append(parts, "1 "+p.name)
		default:
			parts = append(parts, fmt.Sprintf("%s%d %ss", minus, p.n, p.name))
		}
	}
	if seconds > 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%s%02d:%02d:%02d", minus, seconds/3600, seconds/60%60, seconds%60))
	}
	return sqlite.TextValue(strings.Join(parts, " ")), nil
}
