package sqlite

import (
	"unicode/utf8"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"
)

// mostPattern is how many characters a pattern of LIKE may have.
const mostPattern = 1000

// registerLike puts a LIKE in the place of SQLite's, of any letter case as that is, but of bounded time: SQLite's own tries all ways in
// which several % can share a text. It is handed to SQLite without the driver, which would copy both texts for every row.
func registerLike(c *sqlite.Conn) error {
	t, handle := handles(c)
	name, err := libc.CString("like")
	if err != nil {
		return err
	}
	defer libc.Xfree(t, name)
	const flags = lib.SQLITE_UTF8 | lib.SQLITE_DETERMINISTIC | lib.SQLITE_DIRECTONLY
	for args := int32(2); args <= 3; args++ {
		res := lib.Xsqlite3_create_function_v2(t, handle, name, args, flags, 0, pointer(like), 0, 0, 0)
		if err := sqlite.ResultCode(res).ToError(); err != nil {
			return err
		}
	}
	return nil
}

// like is the function as SQLite calls it: pattern, text, and perhaps the character of ESCAPE.
func like(t *libc.TLS, ctx uintptr, n int32, args uintptr) {
	values := unsafe.Slice((*uintptr)(memory(args)), n)
	var texts [3][]byte
	for i, v := range values {
		if lib.Xsqlite3_value_type(t, v) == lib.SQLITE_NULL {
			return // and so is the result
		}
		if p := lib.Xsqlite3_value_text(t, v); p != 0 {
			texts[i] = unsafe.Slice((*byte)(memory(p)), lib.Xsqlite3_value_bytes(t, v))
		}
	}
	pattern, s, escape := texts[0], texts[1], texts[2]
	switch {
	case n == 3 && utf8.RuneCount(escape) != 1:
		resultError(t, ctx, "ESCAPE expression must be a single character")
	case len(pattern) > mostPattern && utf8.RuneCount(pattern) > mostPattern:
		resultError(t, ctx, "LIKE or GLOB pattern too complex")
	case matches(pattern, s, escape):
		lib.Xsqlite3_result_int(t, ctx, 1)
	default:
		lib.Xsqlite3_result_int(t, ctx, 0)
	}
}

// matches goes along pattern and text byte by byte. Characters matter where _ or % passes over one; elsewhere two texts of UTF-8 are alike
// where their bytes are. Of several % only the last one met is ever moved on: what the others have taken can stay as it is.
func matches(pattern, s, escape []byte) bool {
	at, i := 0, 0
	star, from := -1, 0 // behind the last %, and where in the text the rest of the pattern is tried
	for i < len(s) {
		if at < len(pattern) {
			c := pattern[at]
			literal := at
			switch {
			case len(escape) > 0 && begins(pattern[at:], escape):
				literal = at + len(escape)
			case c == '%':
				if at++; at == len(pattern) {
					return true
				}
				star, from = at, i
				continue
			case c == '_':
				at++
				i += width(s, i)
				continue
			}
			if literal < len(pattern) && lowered(pattern[literal]) == lowered(s[i]) {
				at = literal + 1
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		from += width(s, from)
		if len(escape) == 0 && pattern[star] != '%' && pattern[star] != '_' {
			for c := lowered(pattern[star]); from < len(s) && lowered(s[from]) != c; {
				from++
			}
		}
		at, i = star, from
	}
	for ; at < len(pattern); at++ {
		if pattern[at] != '%' || len(escape) > 0 && begins(pattern[at:], escape) {
			return false
		}
	}
	return true
}

func begins(s, with []byte) bool { return len(s) >= len(with) && string(s[:len(with)]) == string(with) }

// width is that of the character of s at i.
func width(s []byte, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(s[i:])
	return n
}

func lowered(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// resultError makes a text the error of a function that SQLite has called.
func resultError(t *libc.TLS, ctx uintptr, text string) {
	p, err := libc.CString(text)
	if err != nil {
		lib.Xsqlite3_result_error_nomem(t, ctx)
		return
	}
	defer libc.Xfree(t, p)
	lib.Xsqlite3_result_error(t, ctx, p, -1)
}
