package datafile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// sure is how sure of itself the detector must be.
const sure = 0.5

// boms are the marks at the beginning of a text that name its charset. The longer ones come first: that of UTF-32LE begins with that of UTF-16LE.
var boms = []struct{ mark, charset string }{
	{"\xff\xfe\x00\x00", "utf-32le"}, {"\x00\x00\xfe\xff", "utf-32be"}, {"\xef\xbb\xbf", "utf-8"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"},
}

// findCharset settles the source's charset: the one given, else a byte order mark, else the pattern of NULs that UTF-16 makes, else UTF-8 if
// all of the file is that, else the detector. It reads the file to its end if it must, so that a wrong byte is known before a row is used.
func (r *Reader) findCharset() error {
	p, err := r.src.pass()
	if err != nil {
		return err
	}
	s := scan{line: 1}
	head := make([]byte, 4<<10)
	n, err := io.ReadFull(p, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	head = head[:n]
	switch given := r.opts.Charset; {
	case given != "":
		r.src.charset = strings.ToLower(given)
		r.note("charset: %s, as given", r.src.charset)
		_, err := decoderOf(r.src.charset)
		return err
	case bomOf(head) != "":
		r.src.charset = bomOf(head)
		r.note("charset: %s, by its byte order mark", r.src.charset)
		return nil
	case nulPattern(head) != "":
		r.src.charset = nulPattern(head)
		r.note("charset: %s, by where its NULs are; there is no byte order mark", r.src.charset)
		return nil
	}
	s.take(head)
	if err := s.rest(p); err != nil {
		return &Error{Line: s.line, Err: err}
	}
	return r.judge(&s)
}

// judge names the charset by what a scan of the whole file has seen.
func (r *Reader) judge(s *scan) error {
	if s.wrong == 0 {
		r.src.charset = "utf-8"
		if s.right > 0 {
			r.note("charset: utf-8, all of the file is")
		} else {
			r.note("charset: utf-8, of which it has ASCII alone")
		}
		return nil
	}
	found := chardet.Detect(s.sample)
	name := strings.ToLower(found.Charset)
	if name == "" {
		name = strings.ToLower(found.Encoding)
	}
	if name == "gb2312" || name == "gbk" {
		name = "gb18030" // which has both in it
	}
	why := fmt.Sprintf("a detector is %.0f %% sure", 100*found.Confidence)
	single := strings.HasPrefix(name, "windows-") || strings.HasPrefix(name, "iso-8859") || strings.HasPrefix(name, "koi8")
	mixed := s.certain || s.right > 0 && (single || s.right*4 >= s.wrong)
	sure := found.Confidence >= sure
	// In a text of two bytes a character some are UTF-8 by chance, and a short one has too few for the detector.
	if pairs := byPairs(s.sample); pairs != "" && !s.certain && (mixed || !sure) && s.right*2 <= s.wrong {
		name, why, mixed, sure = pairs, "of whose common characters nearly all of it is", false, true
	}
	if mixed {
		return &Error{aByte: true, Line: s.wrongLine, Err: fmt.Errorf("byte %02X is not UTF-8, but line %d is (%s): two charsets in one file; mend it, or give the charset by --charset",
			s.wrongByte, s.rightLine, shown(string(s.rightText)))}
	}
	dec, err := decoderOf(name)
	var text []byte
	if err == nil {
		text, _ = dec.Bytes(s.wrongText)
	}
	if err != nil || !sure {
		guess := ""
		if name != "" && err == nil && found.Confidence > 0 {
			guess = fmt.Sprintf(" (%s, of which a detector is %.0f %% sure, would read %s)", name, 100*found.Confidence, shown(string(text)))
		}
		return &Error{aByte: true, Line: s.wrongLine, Err: fmt.Errorf("byte %02X is not UTF-8, and what the charset is cannot be told; give it by --charset%s", s.wrongByte, guess)}
	}
	r.src.charset = name
	r.note("charset: %s, %s; line %d reads %s", name, why, s.wrongLine, shown(string(text)))
	return nil
}

// placedByte finds the row and the column of a wrong byte, by reading the file as the UTF-8 that it is up to there.
func (r *Reader) placedByte(err error) error {
	var wrong *Error
	if !errors.As(err, &wrong) || !wrong.aByte {
		return err
	}
	look := &Reader{src: r.src, opts: r.opts}
	look.opts.Charset = "utf-8"
	var at *Error
	for e := look.begin(); ; _, e = look.Next() {
		if e != nil {
			_ = errors.As(e, &at)
			break
		}
	}
	if at != nil && at.Row > 0 && (at.Line == wrong.Line || at.Line == 0) {
		wrong.Row, wrong.Column, wrong.Name = at.Row, at.Column, at.Name
	}
	return wrong
}

// decoderOf returns a decoder, of nothing but the charset of that name.
func decoderOf(name string) (*encoding.Decoder, error) {
	switch name {
	case "utf-32le", "utf-32":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewDecoder(), nil
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder(), nil
	case "utf-16le", "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder(), nil
	case "gb2312", "gbk":
		return simplifiedchinese.GB18030.NewDecoder(), nil // which has both in it
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder(), nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil || enc == encoding.Replacement {
		enc, err = ianaindex.IANA.Encoding(name)
	}
	if err != nil || enc == nil {
		return nil, fmt.Errorf("there is no charset %q that can be read; there are utf-8, utf-16le, windows-1252, iso-8859-2, shift_jis, gb18030, big5, euc-kr and others", name)
	}
	return enc.NewDecoder(), nil
}

// text begins a pass over the file's text, in UTF-8 without a byte order mark. What is not valid UTF-8 in a file of that charset passes.
func (r *Reader) text() (io.Reader, error) {
	p, err := r.src.pass()
	if err != nil {
		return nil, err
	}
	if r.src.charset == "utf-8" || r.src.charset == "utf8" {
		head := make([]byte, 3)
		n, err := io.ReadFull(p, head)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return io.MultiReader(bytes.NewReader(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf"))), p), nil
	}
	dec, err := decoderOf(r.src.charset)
	if err != nil {
		return nil, err
	}
	r.src.replaces = true
	return transform.NewReader(p, dec), nil
}

func bomOf(head []byte) string {
	for _, b := range boms {
		if bytes.HasPrefix(head, []byte(b.mark)) {
			return b.charset
		}
	}
	return ""
}

// nulPattern finds UTF-16 without a mark: where Latin letters, digits and line ends are frequent, every second byte is NUL, and always the same.
func nulPattern(head []byte) string {
	var nuls [2]int
	for i, c := range head {
		if c == 0 {
			nuls[i&1]++
		}
	}
	switch pairs := len(head) / 2; {
	case nuls[1] >= 2 && nuls[0] == 0 && nuls[1]*20 >= pairs && mayBeUTF16(head, binary.LittleEndian):
		return "utf-16le"
	case nuls[0] >= 2 && nuls[1] == 0 && nuls[0]*20 >= pairs && mayBeUTF16(head, binary.BigEndian):
		return "utf-16be"
	}
	return ""
}

// mayBeUTF16 reports whether no control character that a text lacks is in head.
func mayBeUTF16(head []byte, order binary.ByteOrder) bool {
	for ; len(head) > 1; head = head[2:] {
		if u := order.Uint16(head); u < ' ' && isControl(byte(u)) || u >= 0xfffe {
			return false
		}
	}
	return true
}

// isControl reports whether a byte is a character that texts lack.
func isControl(c byte) bool { return c < ' ' && (c < '\t' || c > '\r') }

// scan looks through a file for what is UTF-8 beyond ASCII, and for what is not.
type scan struct {
	line                 int64
	right, wrong         int64 // characters, bytes
	inRow                int   // characters of three bytes or more, one after the other, up to here
	certain              bool  // some of it is UTF-8 and nothing else: so many in a row, no text of two bytes a character has by chance
	rightLine, wrongLine int64
	rightText, wrongText []byte // around the first of them
	wrongByte            byte
	sample               []byte // what is around bytes beyond ASCII, for the detector
	left                 []byte // the beginning of a character, from the block before
}

// rest takes all that r has.
func (s *scan) rest(r io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		s.take(buf[:n])
		switch {
		case err == io.EOF:
			s.takeAll(s.left, true)
			return nil
		case err != nil:
			return err
		}
	}
}

func (s *scan) take(b []byte) {
	if len(s.left) > 0 {
		b = append(s.left, b...)
		s.left = nil
	}
	s.takeAll(b, false)
}

// takeAll scans b. Unless it is the last, what may be the beginning of a character at its end is left for the next.
func (s *scan) takeAll(b []byte, last bool) {
	const most = 64 << 10 // of the sample
	sampled := 0
	for i := 0; i < len(b); {
		n := asciiRun(b[i:])
		if n > 0 {
			s.inRow = 0
		}
		s.line += int64(bytes.Count(b[i:i+n], []byte{'\n'}))
		if i += n; i == len(b) {
			return
		}
		if !last && !utf8.FullRune(b[i:]) {
			s.left = bytes.Clone(b[i:])
			return
		}
		if len(s.sample) < most && i >= sampled {
			from := max(sampled, i-32)
			sampled = min(len(b), i+64)
			s.sample = append(s.sample, b[from:sampled]...)
		}
		_, n = utf8.DecodeRune(b[i:])
		around := func() []byte { return bytes.Clone(lineAround(b, i)) }
		if n >= 3 {
			s.inRow++
		} else {
			s.inRow = 0
		}
		switch {
		case n > 1:
			if s.right++; s.right == 1 || s.inRow == 4 && !s.certain {
				s.rightLine, s.rightText = s.line, around()
			}
			s.certain = s.certain || s.inRow == 4
		default:
			if s.wrong++; s.wrong == 1 {
				s.wrongLine, s.wrongByte, s.wrongText = s.line, b[i], around()
			}
		}
		i += n
	}
}

// asciiRun is how many bytes at the beginning of b are ASCII.
func asciiRun(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// lineAround is what of the line around place i is in b, cut to a few words.
func lineAround(b []byte, i int) []byte {
	from := max(bytes.LastIndexAny(b[:i], "\r\n,;\t")+1, i-30)
	for from < i && !utf8.RuneStart(b[from]) {
		from++
	}
	to := len(b)
	if n := bytes.IndexAny(b[i:], "\r\n,;\t"); n >= 0 {
		to = i + n
	}
	return b[from:min(to, i+30)]
}

// budget refuses a row that is too long, so that no reader above it fills the memory. It is renewed with each row.
type budget struct {
	r    io.Reader
	left int
}

func (b *budget) renew() { b.left = maxRow }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

var errRowTooLong = errors.New("the row is longer than 16 MiB")
