package stele

import (
	"strings"
	"time"
)

// dateTimeForm is the documented form of a DATETIME.
const dateTimeForm = "2006-01-02 15:04:05"

// readEpoch reads a JSON number as milliseconds since 1970; fractions of a second are cut.
func readEpoch(s string) (Value, string) {
	ms, problem := readInt(s)
	if problem != fits {
		return Value{}, badEpoch
	}
	v, problem := dateTimeOf(time.UnixMilli(ms.Int()).UTC())
	if problem != fits {
		return Value{}, badEpoch
	}
	return v, fits
}

// readDateTime reads 2006-01-02 15:04:05 and its relatives (wire.md 4.1): T for the blank, / for -, a fraction of a
// second (cut), no seconds, a date alone, Z or an offset (converted to UTC).
func readDateTime(s string) (Value, string) {
	date, clock, zone, ok := cutDateTime(s)
	if !ok {
		return Value{}, badDateForm
	}
	offset, ok := readZone(zone)
	switch {
	case !ok:
		return Value{}, badDateForm
	case !realDate(date) || !realClock(clock):
		return Value{}, badDate
	case len(s) == len(dateTimeForm) && s[10] == ' ' && s[4] == '-' && zone == "":
		return DateTimeValue(s), fits // as documented: kept as it came, nothing copied
	}
	t := time.Date(two(date)*100+two(date[2:]), time.Month(two(date[5:])), two(date[8:]),
		two(clock), two(clock[3:]), two(clock[6:]), 0, time.UTC)
	return dateTimeOf(t.Add(-offset))
}

// dateTimeOf accepts the years that every engine keeps, 1 to 9999.
func dateTimeOf(t time.Time) (Value, string) {
	if y := t.Year(); y < 1 || y > 9999 {
		return Value{}, badDate
	}
	return DateTimeValue(t.Format(dateTimeForm)), fits
}

// cutDateTime checks the form and returns the date of 10 bytes, the clock of 8 and the zone.
func cutDateTime(s string) (date, clock, zone string, ok bool) {
	if !like(s, "0000-00-00") && !like(s, "0000/00/00") {
		return "", "", "", false
	}
	date, rest := s[:10], s[10:]
	if rest == "" {
		return date, "00:00:00", "", true
	}
	if rest[0] != ' ' && rest[0]|0x20 != 't' {
		return "", "", "", false
	}
	rest = rest[1:]
	switch {
	case like(rest, "00:00:00"):
		clock, zone = rest[:8], rest[8:]
	case like(rest, "00:00"):
		return date, rest[:5] + ":00", rest[5:], true
	default:
		return "", "", "", false
	}
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

// like reports whether s begins in this form, in which a 0 stands for any digit.
func like(s, form string) bool {
	if len(s) < len(form) {
		return false
	}
	for i := range len(form) {
		if c := s[i]; c != form[i] && (form[i] != '0' || c < '0' || c > '9') {
			return false
		}
	}
	return true
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
	hm := z[1:]
	if len(hm) == 5 && hm[2] == ':' {
		hm = hm[:2] + hm[3:]
	}
	if len(hm) == 2 {
		hm += "00"
	}
	if len(hm) != 4 || !allDigits(hm) || two(hm) > 23 || two(hm[2:]) > 59 {
		return 0, false
	}
	d := time.Duration(two(hm))*time.Hour + time.Duration(two(hm[2:]))*time.Minute
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

// two reads the two digits that s begins with.
func two(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
