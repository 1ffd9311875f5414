package datafile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// A source is the bytes of a file, which can be read again from the beginning.
type source struct {
	ctx      context.Context
	name     string
	file     *os.File
	size     int64
	read     atomic.Int64 // bytes of this pass
	packed   string       // gzip, zstd or nothing
	charset  string       // of text formats, once it is known
	replaces bool         // the charset's decoder writes U+FFFD for what it cannot read
	spools   []*os.File
	passes   []io.Closer // what a pass has open
	reading  func(read, size int64)
}

// counted counts bytes of this pass.
func (s *source) counted(n int) {
	read := s.read.Add(int64(n))
	if s.reading != nil {
		s.reading(min(read, s.size), s.size)
	}
}

// openSource opens a path. What is no regular file is copied into a temporary one.
func openSource(ctx context.Context, path string, stdin io.Reader) (*source, error) {
	s := &source{ctx: ctx, name: path}
	if path == "-" {
		s.name = "standard input"
		if stdin == nil {
			return nil, errors.New("there is no standard input to read")
		}
		return s, s.take(stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err // it names the path
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = fmt.Errorf("%s is a directory: name the files in it, as %s", path, filepath.Join(path, "*.csv"))
	case info.Mode().IsRegular():
		s.file, s.size = f, info.Size()
		s.spools = append(s.spools, f)
		return s, s.sniffPacking()
	default:
		err = s.take(f)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return s, err
}

// take makes a temporary file of a stream the source.
func (s *source) take(r io.Reader) error {
	f, n, err := s.spool(&watched{s.ctx, r, nil}, -1)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.file, s.size = f, n
	return s.sniffPacking()
}

// spool copies r into a temporary file that has no name any more, so that it goes with the process however that ends. With most >= 0 it
// refuses what is longer.
func (s *source) spool(r io.Reader, most int64) (*os.File, int64, error) {
	f, err := os.CreateTemp("", "stele-import-*")
	if err != nil {
		return nil, 0, fmt.Errorf("making a temporary file: %w", err)
	}
	s.spools = append(s.spools, f)
	if err := os.Remove(f.Name()); err != nil {
		return nil, 0, fmt.Errorf("taking the name from a temporary file: %w", err)
	}
	if most >= 0 {
		r = io.LimitReader(r, most+1)
	}
	n, err := io.Copy(f, r)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("copying to a temporary file: %w", err)
	case most >= 0 && n > most:
		return nil, 0, fmt.Errorf("it unpacks to more than %d GiB", most>>30)
	}
	return f, n, nil
}

func (s *source) sniffPacking() error {
	head := make([]byte, 4)
	n, err := s.file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading %s: %w", s.name, err)
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		s.packed = "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		s.packed = "zstd"
	}
	return nil
}

// pass begins to read from the start, unpacked. It ends the pass before.
func (s *source) pass() (io.Reader, error) {
	s.endPass()
	s.read.Store(0)
	raw := &watched{s.ctx, io.NewSectionReader(s.file, 0, s.size), s.counted}
	switch s.packed {
	case "gzip":
		in := bufio.NewReaderSize(raw, 64<<10)
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, unpacking(s.packed, err)
		}
		z.Multistream(false)
		s.passes = append(s.passes, z)
		return &unpacked{&members{z, in}, s.packed}, nil
	case "zstd":
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
		if err != nil {
			return nil, unpacking(s.packed, err)
		}
		s.passes = append(s.passes, z.IOReadCloser())
		return &unpacked{z, s.packed}, nil
	}
	return raw, nil
}

func (s *source) endPass() {
	for _, c := range s.passes {
		_ = c.Close()
	}
	s.passes = nil
}

// random gives access to any place of the file, unpacked to disk if need be.
func (s *source) random() (io.ReaderAt, int64, error) {
	if s.packed == "" {
		return &watchedAt{s}, s.size, nil
	}
	r, err := s.pass()
	if err != nil {
		return nil, 0, err
	}
	f, n, err := s.spool(r, maxUnpack)
	s.endPass()
	if err != nil {
		return nil, 0, err
	}
	s.file, s.size, s.packed = f, n, "" // from here on this is the file
	s.read.Store(0)
	return &watchedAt{s}, n, nil
}

func (s *source) close() error {
	s.endPass()
	var errs []error
	for _, f := range s.spools {
		errs = append(errs, f.Close())
	}
	s.spools = nil
	return errors.Join(errs...)
}

// watched counts what is read, and stops when the context ends.
type watched struct {
	ctx   context.Context
	r     io.Reader
	count func(int) // nil: nobody counts
}

func (w *watched) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(b)
	if w.count != nil {
		w.count(n)
	}
	return n, err
}

// watchedAt is watched for a file that is read here and there.
type watchedAt struct{ s *source }

func (w *watchedAt) ReadAt(b []byte, at int64) (int, error) {
	if err := w.s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.s.file.ReadAt(b, at)
	w.s.counted(n)
	return n, err
}

// errBehind is not told from a file that is cut short by the gzip package, where it is a few bytes.
var errBehind = errors.New("behind the gzip data, which is whole, stands something else: cut the file there")

// members reads gzip data of one part or more.
type members struct {
	z  *gzip.Reader
	in *bufio.Reader
}

func (m *members) Read(b []byte) (int, error) {
	n, err := m.z.Read(b)
	if err != io.EOF {
		return n, err
	}
	head, err := m.in.Peek(2)
	switch {
	case len(head) == 0:
		return n, err
	case head[0] != 0x1f || len(head) == 2 && head[1] != 0x8b:
		return n, errBehind
	}
	if err := m.z.Reset(m.in); err != nil {
		return n, err
	}
	m.z.Multistream(false)
	return n, nil
}

// unpacked says of an error that it is of the packing.
type unpacked struct {
	r    io.Reader
	kind string
}

func (u *unpacked) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	if err != nil && err != io.EOF {
		err = unpacking(u.kind, err)
	}
	return n, err
}

func unpacking(kind string, err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errBehind):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the %s data breaks off: the file is cut short", kind)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return errors.New("the zstd data needs more than 32 MiB to unpack; pack it without --long or --ultra")
	}
	return fmt.Errorf("the %s data is damaged: %w", kind, err)
}

// findFormat settles opts.Format: the one given, else what the first bytes are beyond doubt, else the name's end, else what the text
// begins with.
func (r *Reader) findFormat() error {
	if r.src.size == 0 {
		return errors.New("the file is empty")
	}
	if r.src.packed != "" {
		r.note("unpacked: %s", r.src.packed)
	}
	p, err := r.src.pass()
	if err != nil {
		return err
	}
	head := make([]byte, 4<<10)
	n, err := io.ReadFull(p, head)
	switch head = head[:n]; {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	case n == 0:
		return errors.New("the file is empty")
	case r.opts.Format != "":
		return nil
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return errors.New("this is an .xls of old, or a workbook with a password; save it as .xlsx without one")
	}
	named, _ := FormatOf(r.src.name)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		r.opts.Format = XLSX
	case bytes.HasPrefix(head, []byte("PAR1")), bytes.HasPrefix(head, []byte("PARE")):
		r.opts.Format = Parquet
	case named == XLSX || named == Parquet:
		return fmt.Errorf("its name says %s, but no such file begins %s; if it is another format, say which by --format", named, shown(string(head[:min(n, 20)])))
	case named != "":
		r.opts.Format = named
	case !looksLikeText(head):
		return fmt.Errorf("it begins %s, as none of the formats that can be read: csv, tsv, json, jsonl, xlsx and parquet", shown(string(head[:min(n, 20)])))
	default:
		r.opts.Format = formatOfText(head)
		r.note("format: %s, by how the text begins", r.opts.Format)
		return nil
	}
	if named != "" && named != r.opts.Format {
		r.note("format: %s, though its name says %s", r.opts.Format, named)
	}
	return nil
}

// FormatOf reads the end of a file's name: its format, "" if it says nothing, and its packing as WriteOptions has it.
func FormatOf(name string) (format Format, packing string) {
	name = strings.ToLower(name)
	for end, p := range map[string]string{".gz": "gzip", ".zst": "zstd"} {
		if bare, ok := strings.CutSuffix(name, end); ok {
			name, packing = bare, p
		}
	}
	switch ext := strings.TrimPrefix(filepath.Ext(name), "."); ext {
	case "tab":
		return TSV, packing
	case "ndjson":
		return JSONLines, packing
	case "csv", "tsv", "json", "jsonl", "xlsx", "parquet":
		return Format(ext), packing
	}
	return "", packing
}

// looksLikeText looks at the beginning of a file of which nothing else says what it is.
func looksLikeText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("%PDF-")) {
		return false
	}
	if bomOf(head) != "" || nulPattern(head) != "" {
		return true
	}
	return bytes.IndexFunc(head, func(c rune) bool { return c < ' ' && isControl(byte(c)) }) < 0
}

// formatOfText tells JSON from the rest, in any charset that has ASCII's letters.
func formatOfText(head []byte) Format {
	for _, c := range head {
		switch c {
		case '[':
			return JSON
		case '{':
			return JSONLines
		case ' ', '\t', '\r', '\n', 0, 0xef, 0xbb, 0xbf, 0xfe, 0xff:
		default:
			return CSV
		}
	}
	return CSV
}
