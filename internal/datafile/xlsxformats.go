package datafile

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// numberFormat is what the style of a cell makes of its number, as far as it is read: a date, or digits with zeros before them. All others leave the
// number what it is.
type numberFormat struct {
	date bool
	mask string // 00000 or 000-00-0000: digits of a whole number take the place of its zeros
}

// readStyles learns the formats of the cells' styles.
func (w *workbook) readStyles(part string) error {
	custom := map[string]numberFormat{}
	inCells := false
	return w.elements(part, func(e xml.StartElement, _ *xml.Decoder) error {
		switch e.Name.Local {
		case "numFmt":
			if len(custom) < 10000 {
				code := attr(e, "formatCode")
				custom[attr(e, "numFmtId")] = numberFormat{date: isDateFormat(code), mask: maskOf(code)}
			}
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells && len(w.formats) < 100000 {
				id := attr(e, "numFmtId")
				f, known := custom[id]
				if !known {
					f.date = isBuiltInDate(id)
				}
				w.formats = append(w.formats, f)
			}
		}
		return nil
	})
}

// isBuiltInDate knows the formats that have a number and no code (ECMA-376 part 1, 18.8.30), those of East Asia among them.
func isBuiltInDate(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n == 45 || n == 47 || n >= 50 && n <= 58)
}

// isDateFormat reads the first section of a format's code: letters of a date outside quotes, escapes and brackets. Durations, [h]:mm, are
// numbers: they may pass a day.
func isDateFormat(code string) bool {
	code, _, _ = strings.Cut(code, ";")
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			n := strings.IndexByte(code[i+1:], '"')
			if n < 0 {
				return false
			}
			i += n + 1
		case '\\', '_', '*':
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return false
			}
			if in := strings.Trim(strings.ToLower(code[i+1:i+n]), "hms"); in == "" && n > 1 {
				return false
			}
			i += n
		case 'd', 'D', 'm', 'M', 'y', 'Y', 'h', 'H', 's', 'S':
			return true
		case 'G', 'g': // General
			return false
		}
	}
	return false
}

// maskOf reads a format's code of zeros, two at least, with hyphens and blanks between: that of postal codes, 00000, and of numbers that name
// somebody, 000\-00\-0000. Any other code has no mask.
func maskOf(code string) string {
	code, _, _ = strings.Cut(code, ";")
	mask := strings.ReplaceAll(code, `\`, "")
	if strings.Trim(mask, "0- ") != "" || strings.Count(mask, "0") < 2 || mask[0] != '0' || mask[len(mask)-1] != '0' {
		return ""
	}
	return mask
}

// masked writes a whole number that is not negative into the mask, from its end; digits beyond it stand before it.
func masked(digits, mask string) string {
	out := []byte(mask)
	for i := len(out) - 1; i >= 0 && digits != ""; i-- {
		if last := len(digits) - 1; out[i] == '0' {
			out[i], digits = digits[last], digits[:last]
		}
	}
	return digits + string(out)
}
