package stele

import (
	"strings"
	"time"
)

// readDateTime reads 2006-01-02 15:04:05 and its relatives (wire.md 4.1): T for the blank, / for -, a fraction of a
// second (cut), no seconds, a date alone, Z or an offset (converted to UTC).
func readDateTime(s string) (Value, string) {
	date, clock, zone, ok := cutDateTime(s)
	if !ok {
		return Value{}, badDateForm
	}
	if len(s) == len(dateTimeForm) && s[10] == ' ' && s[4] == '-' && zone == "" {
		if !realDate(date) || !realClock(clock) {
			return Value{}, badDate
		}
		return DateTimeValue(s), fits // as documented: kept as it came, nothing copied
	}
	if !realDate(date) || !realClock(clock) {
		return Value{}, badDate
	}
	offset, ok := readZone(zone)
	if !ok {
		return Value{}, badDateForm
	}
	t := time.Date(two(date)*100+two(date[2:]), time.Month(two(date[5:])), two(date[8:]),
		two(clock), two(clock[3:]), two(clock[6:]), 0, time.UTC)
	return dateTimeOf(t.Add(-offset))
}

// cutDateTime checks the form and returns the date of 10 bytes, the clock of 8 and the zone.
func cutDateTime(s string) (date, clock, zone string, ok bool) {
	if len(s) < 10 || !digitsAt(s, 0, 4) || !digitsAt(s, 5, 2) || !digitsAt(s, 8, 2) ||
		s[4] != s[7] || s[4] != '-' && s[4] != '/' {
		return "", "", "", false
	}
	date, rest := s[:10], s[10:]
	if rest == "" {
		return date, "00:00:00", "", true
	}
	if rest[0] != ' ' && rest[0] != 'T' && rest[0] != 't' {
		return "", "", "", false
	}
	rest = rest[1:]
	if len(rest) < 5 || !digitsAt(rest, 0, 2) || rest[2] != ':' || !digitsAt(rest, 3, 2) {
		return "", "", "", false
	}
	if len(rest) < 8 || rest[5] != ':' {
		return date, rest[:5] + ":00", rest[5:], true
	}
	if !digitsAt(rest, 6, 2) {
		return "", "", "", false
	}
	clock, zone = rest[:8], rest[8:]
	if zone != "" && (zone[0] == '.' || zone[0] == ',') {
		n := 1
		for n < len(zone) && zone[n] >= '0' && zone[n] <= '9' {
			n++
		}
		if n == 1 {
			return "", "", "", false
		}
		zone = zone[n:]
	}
	return date, clock, zone, true
}

// readZone reads "", Z, +hh, +hhmm and +hh:mm (or -), with a blank before it or none.
func readZone(z string) (time.Duration, bool) {
	z = strings.TrimPrefix(z, " ")
	if z == "" || z == "Z" || z == "z" {
		return 0, true
	}
	if z[0] != '+' && z[0] != '-' {
		return 0, false
	}
	hm := strings.Replace(z[1:], ":", "", 1)
	if len(hm) == 2 {
		hm += "00"
	}
	if len(hm) != 4 || !allDigits(hm) || len(z) == 6 != (strings.IndexByte(z, ':') == 3) {
		return 0, false
	}
	h, m := two(hm), two(hm[2:])
	if h > 23 || m > 59 {
		return 0, false
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if z[0] == '-' {
		d = -d
	}
	return d, true
}

func realDate(d string) bool {
	y, m, day := two(d)*100+two(d[2:]), two(d[5:]), two(d[8:])
	if y < 1 || m < 1 || m > 12 || day < 1 {
		return false
	}
	if m == 2 {
		leap := y%4 == 0 && (y%100 != 0 || y%400 == 0)
		return day <= 28 || leap && day == 29
	}
	return day <= 30 || day == 31 && m != 4 && m != 6 && m != 9 && m != 11
}

func realClock(c string) bool { return two(c) < 24 && two(c[3:]) < 60 && two(c[6:]) < 60 }

func digitsAt(s string, at, n int) bool { return len(s) >= at+n && allDigits(s[at:at+n]) }

// two reads the two digits that s begins with.
func two(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
