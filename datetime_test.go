package stele

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	isNoDate = " There is no such date or time."
	isNoForm = " Write it as YYYY-MM-DD hh:mm:ss."
	isNoTime = " A number is read as whole milliseconds since 1970, in the years 1 to 9999."
)

// TestReadDateTime holds the DATETIME row of wire.md 4.1.
func TestReadDateTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2006-01-02 15:04:05":                "2006-01-02 15:04:05", // the documented form
		" \t2006-01-02 15:04:05\r\n":         "2006-01-02 15:04:05",
		"2006-01-02T15:04:05":                "2006-01-02 15:04:05",
		"2006-01-02t15:04:05":                "2006-01-02 15:04:05",
		"2006/01/02 15:04:05":                "2006-01-02 15:04:05",
		"2006/01/02T15:04":                   "2006-01-02 15:04:00",
		"2006-01-02 15:04":                   "2006-01-02 15:04:00",
		"2006-01-02":                         "2006-01-02 00:00:00",
		"2006/01/02":                         "2006-01-02 00:00:00",
		"2006-01-02 15:04:05.9":              "2006-01-02 15:04:05",
		"2006-01-02 15:04:05.999999999999":   "2006-01-02 15:04:05",
		"2006-01-02 15:04:05,5":              "2006-01-02 15:04:05",
		"2006-01-02T15:04:05Z":               "2006-01-02 15:04:05",
		"2006-01-02T15:04:05z":               "2006-01-02 15:04:05",
		"2006-01-02T15:04Z":                  "2006-01-02 15:04:00",
		"2006-01-02 15:04:05 Z":              "2006-01-02 15:04:05",
		"2006-01-02T15:04:05.123Z":           "2006-01-02 15:04:05",
		"2006-01-02T15:04:05+08:00":          "2006-01-02 07:04:05",
		"2006-01-02T15:04:05-0330":           "2006-01-02 18:34:05",
		"2006-01-02T15:04:05+08":             "2006-01-02 07:04:05",
		"2006-01-02 15:04:05 +08:00":         "2006-01-02 07:04:05",
		"2006-01-02 15:04+0545":              "2006-01-02 09:19:00",
		"2006-01-02T15:04:05.5-00:00":        "2006-01-02 15:04:05",
		"2006-01-02T15:04:05+23:59":          "2006-01-01 15:05:05",
		"2025-12-31T23:30:00-01:00":          "2026-01-01 00:30:00", // into the next year
		"2026-01-01T00:30:00+01:00":          "2025-12-31 23:30:00", // and back
		"2024-02-28T23:00:00-02:00":          "2024-02-29 01:00:00",
		"2023-02-28T23:00:00-02:00":          "2023-03-01 01:00:00",
		"2024-02-29 00:00:00":                "2024-02-29 00:00:00",
		"2000-02-29":                         "2000-02-29 00:00:00",
		"0001-01-01 00:00:00":                "0001-01-01 00:00:00",
		"0001-01-01T00:00:00-00:01":          "0001-01-01 00:01:00",
		"0044-03-15T12:00:00":                "0044-03-15 12:00:00",
		"9999-12-31 23:59:59":                "9999-12-31 23:59:59",
		"9999-12-31T23:59:59.999+00:01":      "9999-12-31 23:58:59",
		"1582-10-10":                         "1582-10-10 00:00:00",
		"2006-01-02 15:04:05." + zeros(5000): "2006-01-02 15:04:05",
	} {
		v, problem, ok := DateTime.Read(str(in))
		if v != DateTimeValue(want) || v.String() != want || !ok {
			t.Errorf("DATETIME.Read(%.50q) = %v, %q; want %s", in, v, problem, want)
		}
	}
}

func zeros(n int) string { return strings.Repeat("0", n) }

func TestReadDateTimeRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{ // right in form, but no such day or time
		"2026-02-29", "1900-02-29", "2100-02-29 00:00:00", "2026-02-30", "2026-04-31", "2026-06-31", "2026-09-31", "2026-11-31",
		"2026-01-32", "2026-00-10", "2026-13-01", "2026-01-00", "0000-01-01", "0000-00-00 00:00:00",
		"2026-01-01 24:00:00", "2026-01-01 23:60:00", "2026-01-01 23:59:60", "2026-01-01 99:99", "2026/13/01 00:00:00Z",
		"0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", // no such year once converted
	} {
		refused(t, DateTime, str(s), isNoDate)
	}
	for _, s := range []string{
		"yesterday", "now", "2026", "2026-01", "20260101", "20260101T000000", "1772352000000", "26-01-01", "2026-1-1", "2026-01-1",
		"02026-01-01", "12026-01-01", "-2026-01-01", "+2026-01-01", "01/02/2026", "Jun 12 1998", "2026-01/01", "2026/01-01", "2026.01.01",
		"2026-01-01_00:00:00", "2026-01-01  00:00:00", "2026-01-01 ,", "2026-01-01T", "2026-01-01Z", "2026-01-01+08:00", "2026-01-01 0:00:00",
		"2026-01-01 00", "2026-01-01 00:0", "2026-01-01 00:00:", "2026-01-01 00:00:0", "2026-01-01 00:00:xx", "2026-01-01 00:00.5",
		"2026-01-01 00-00-00", "2026-01-01 00:00:00.", "2026-01-01 00:00:00.Z", "2026-01-01 00:00:00..5", "2026-01-01 00:00:00 .5",
		"2026-01-01 00:00:00x", "2026-01-01 00:00:00 UTC", "2026-01-01 00:00:00  Z", "2026-01-01 00:00:00ZZ", "2026-01-01 12:00:00 AM",
		"2026-01-01 00:00:00+", "2026-01-01 00:00:00+8", "2026-01-01 00:00:00+:01", "2026-01-01 00:00:00+0:1", "2026-01-01 00:00:00+01:",
		"2026-01-01 00:00:00+1:00", "2026-01-01 00:00:00+01:0", "2026-01-01 00:00:00+010:0", "2026-01-01 00:00:00+01:00:00",
		"2026-01-01 00:00:00+24:00", "2026-01-01 00:00:00+01:60", "2026-01-01 00:00:00+0a:00", "2026-01-01 00:00:00+08:00 x",
		"2026-01-01 00:00:00\x00", "2026-01-01\u00a000:00:00", "\u0662\u0660\u0662\u0666-01-01", "2026-01-01 00:00:00−01:00",
	} {
		refused(t, DateTime, str(s), isNoForm)
	}
	refused(t, DateTime, yes, isNoForm)
	refused(t, DateTime, no, isNoForm)
	refused(t, DateTime, jsonRaw(`["2026-01-01"]`), isNoForm)
	refused(t, DateTime, half, " Text cannot hold half of a surrogate pair.")
}

// TestReadEpoch: a JSON number is milliseconds since 1970, cut to seconds as the text of the same moment would be.
func TestReadEpoch(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0":               "1970-01-01 00:00:00",
		"-0":              "1970-01-01 00:00:00",
		"999":             "1970-01-01 00:00:00",
		"1000":            "1970-01-01 00:00:01",
		"-1":              "1969-12-31 23:59:59",
		"-1000":           "1969-12-31 23:59:59",
		"-1001":           "1969-12-31 23:59:58",
		"1772352000123":   "2026-03-01 08:00:00",
		"1.772352e12":     "2026-03-01 08:00:00",
		"1772352000123.0": "2026-03-01 08:00:00",
		"951782400000":    "2000-02-29 00:00:00",
		"-62135596800000": "0001-01-01 00:00:00",
		"253402300799999": "9999-12-31 23:59:59",
	} {
		if v, problem, ok := DateTime.Read(num(in)); v != DateTimeValue(want) || !ok {
			t.Errorf("DATETIME.Read(%s) = %v, %q; want %s", in, v, problem, want)
		}
	}
	for _, in := range []string{
		"-62135596800001", "253402300800000", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"1e999999999", "0.5", "1772352000.123",
	} {
		refused(t, DateTime, num(in), isNoTime)
	}
}

// TestDateTimeAgainstTime: every moment, written in every form, is read as package time reads it.
func TestDateTimeAgainstTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom([]string{"2006-01-02", "2006/01/02"}).Draw(t, "date")
		if rapid.Bool().Draw(t, "clock") {
			layout += rapid.SampledFrom([]string{" ", "T"}).Draw(t, "between") +
				rapid.SampledFrom([]string{"15:04", "15:04:05", "15:04:05.000", "15:04:05.999999999"}).Draw(t, "time") +
				rapid.SampledFrom([]string{"", "Z07:00", "-07:00", "-0700", "-07", " -07:00"}).Draw(t, "zone")
		}
		offset := rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "offset")
		if strings.HasSuffix(layout, "-07") {
			offset -= offset % 60
		}
		at := time.Unix(rapid.Int64Range(-62135596800-90000, 253402300799+90000).Draw(t, "second"), rapid.Int64Range(0, 1e9-1).Draw(t, "nano")).
			In(time.FixedZone("", offset*60))
		s := at.Format(layout)
		parsed, err := time.Parse(layout, s)
		v, problem, ok := DateTime.Read(str(s))
		switch {
		case len(s) > 4 && s[4] != '-' && s[4] != '/': // a year of five digits or below 0, which is another form
			if ok || problem != badDateForm {
				t.Fatalf("DATETIME.Read(%q) = %v, %q", s, v, problem)
			}
		case err != nil:
			t.Fatalf("the oracle does not read its own %q: %v", s, err)
		case parsed.UTC().Year() < 1 || parsed.UTC().Year() > 9999 || parsed.Year() < 1:
			if ok || problem != badDate {
				t.Fatalf("DATETIME.Read(%q) = %v, %q; the year is out of range", s, v, problem)
			}
		case !ok || v.Text() != parsed.UTC().Format(dateTimeForm):
			t.Fatalf("DATETIME.Read(%q) = %v, %q; want %v", s, v, problem, parsed.UTC())
		}
	})
}

// TestEveryDay walks over all days of 400 years, one whole period of the calendar, and the days beyond each month's end.
func TestEveryDay(t *testing.T) {
	t.Parallel()
	for day := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2200; day = day.AddDate(0, 0, 1) {
		s := day.Format("2006-01-02")
		if v, problem, ok := DateTime.Read(str(s)); !ok || v.Text() != s+" 00:00:00" {
			t.Errorf("DATETIME.Read(%s) = %v, %q", s, v, problem)
		}
		if day.AddDate(0, 0, 1).Day() == 1 {
			for d := day.Day() + 1; d <= 32; d++ {
				refused(t, DateTime, str(fmt.Sprintf("%s-%02d", s[:7], d)), isNoDate)
			}
		}
	}
}

// TestEpochAgainstTime compares numbers with the same moment as text.
func TestEpochAgainstTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "ms")
		byNumber, _, _ := DateTime.Read(num(strconv.FormatInt(ms, 10)))
		byText, _, ok := DateTime.Read(str(time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")))
		if byNumber != byText || !ok {
			t.Fatalf("%d is %v as a number and %v as text", ms, byNumber, byText)
		}
	})
}
