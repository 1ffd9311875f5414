package datafile

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// readISO reads the forms of DATETIME that Stele itself reads, YYYY-MM-DD[ T]hh:mm[:ss][.fff][Z|±hh:mm] or a date alone, / for - as well, and
// returns YYYY-MM-DD hh:mm:ss in UTC. fraction says that a fraction of a second is left out.
func readISO(s string) (canonical string, fraction, ok bool) {
	if len(s) < 10 || s[4] != '-' && s[4] != '/' || s[7] != s[4] {
		return "", false, false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 {
		return "", false, false
	}
	rest := s[10:]
	if rest == "" {
		canonical, ok = instant(y, m, d, clock{})
		return canonical, false, ok
	}
	if rest[0] != ' ' && rest[0] != 'T' && rest[0] != 't' {
		return "", false, false
	}
	c, ok := readClock(rest[1:])
	if !ok {
		return "", false, false
	}
	canonical, ok = instant(y, m, d, c)
	return canonical, c.fraction, ok
}

// clock is a time of day.
type clock struct {
	h, m, s  int
	offset   time.Duration // from UTC
	fraction bool          // a part of a second that is not zero
}

// readClock reads hh:mm[:ss[.fff]] and behind it nothing, AM or PM, Z or an offset.
func readClock(s string) (clock, bool) {
	var c clock
	var ok bool
	h, rest, found := strings.Cut(s, ":")
	if !found || len(h) < 1 || len(h) > 2 || len(rest) < 2 {
		return c, false
	}
	if c.h, ok = digits(h); !ok {
		return c, false
	}
	if c.m, ok = digits(rest[:2]); !ok {
		return c, false
	}
	if rest = rest[2:]; len(rest) >= 3 && rest[0] == ':' {
		if c.s, ok = digits(rest[1:3]); !ok {
			return c, false
		}
		if rest = rest[3:]; len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
			n := 1
			for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
				c.fraction = c.fraction || rest[n] != '0'
				n++
			}
			if n == 1 {
				return c, false
			}
			rest = rest[n:]
		}
	}
	switch half := strings.ToUpper(strings.TrimSpace(rest)); half {
	case "AM", "PM":
		if c.h < 1 || c.h > 12 {
			return c, false
		}
		if c.h %= 12; half == "PM" {
			c.h += 12
		}
	default:
		c.offset, ok = readOffset(strings.TrimPrefix(rest, " "))
	}
	return c, ok && c.h < 24 && c.m < 60 && c.s < 60
}

// readOffset reads "", Z, ±hh, ±hhmm and ±hh:mm.
func readOffset(s string) (time.Duration, bool) {
	if s == "" || s == "Z" || s == "z" {
		return 0, true
	}
	hm := strings.Replace(s[1:], ":", "", 1)
	if len(hm) == 2 && len(s) == 3 {
		hm += "00"
	}
	n, ok := digits(hm)
	if !ok || len(hm) != 4 || n/100 > 23 || n%100 > 59 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	d := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, true
}

// instant writes a time in UTC, unless it is none or its year is not one of 1 to 9999.
func instant(y, m, d int, c clock) (string, bool) {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return "", false
	}
	t := time.Date(y, time.Month(m), d, c.h, c.m, c.s, 0, time.UTC)
	if t.Day() != d {
		return "", false
	}
	t = t.Add(-c.offset)
	if t.Year() < 1 || t.Year() > 9999 {
		return "", false
	}
	return t.Format(time.DateTime), true
}

// readOrdered reads dates such as 3/4/2020, 03.04.2020 or 3-4-2020, with a time behind or none, in the order given.
func readOrdered(s string, order DateOrder) (string, bool) {
	date, rest, timed := strings.Cut(s, " ")
	i := strings.IndexAny(date, "/.-")
	if i < 1 || i > 2 {
		return "", false
	}
	parts := strings.Split(date, date[i:i+1])
	if len(parts) != 3 || len(parts[1]) > 2 || len(parts[2]) != 4 {
		return "", false
	}
	d, ok1 := digits(parts[0])
	m, ok2 := digits(parts[1])
	y, ok3 := digits(parts[2])
	if !ok1 || !ok2 || !ok3 {
		return "", false
	}
	if order == MonthFirst {
		d, m = m, d
	}
	var c clock
	if timed {
		if c, ok1 = readClock(rest); !ok1 || c.fraction {
			return "", false
		}
	}
	return instant(y, m, d, c)
}

// months are known by their first three letters; longer names must be written out.
var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// readNamed reads dates with an English name of the month, such as Jun 12 1998, June 12, 1998, 12 Jun 1998 or 12-Jun-1998, with a time
// behind or none.
func readNamed(s string) (string, bool) {
	if len(s) < 10 || len(s) > 40 || !strings.ContainsAny(s, "0123456789") { // most texts are none, and this says so soon
		return "", false
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '/' })
	if len(parts) < 3 || len(parts[2]) != 4 {
		return "", false
	}
	m, day := monthOf(parts[0]), parts[1]
	if m == 0 {
		m, day = monthOf(parts[1]), parts[0]
	}
	d, ok1 := digits(day)
	y, ok2 := digits(parts[2])
	if m == 0 || !ok1 || !ok2 || len(day) > 2 {
		return "", false
	}
	var c clock
	if len(parts) > 3 {
		var ok bool
		if c, ok = readClock(strings.Join(parts[3:], " ")); !ok || c.fraction {
			return "", false
		}
	}
	return instant(y, m, d, c)
}

func monthOf(s string) int {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	for i, name := range months {
		if s == name || s == name[:3] || s == "sept" && i == 8 {
			return i + 1
		}
	}
	return 0
}

// digits reads a text of one to nine digits and nothing else.
func digits(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// dateTime reads a text by the forms that a column has.
func dateTime(s string, order DateOrder) (string, error) {
	s = strings.TrimSpace(s)
	if v, fraction, ok := readISO(s); ok && !fraction {
		return v, nil
	}
	if v, ok := readNamed(s); ok {
		return v, nil
	}
	if order != "" {
		if v, ok := readOrdered(s, order); ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("%s is no date that is written without loss", shown(s))
}
