package datafile

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"
)

// A workbook is read with archive/zip and encoding/xml, row by row: excelize, the usual library, tells of the cells of a stream of rows neither
// which are texts nor which are dates, and holds all shared texts in memory.
type workbook struct {
	zip      *zip.Reader
	unpacked int64 // bytes so far, of all parts
	texts    *texts
	formats  []numberFormat // by number of a cell's style
	from1904 bool
}

// sheet is an entry of the workbook's list.
type sheet struct {
	name, part string
	hidden     bool
}

// beginWorkbook opens a workbook, chooses the sheet, and reads what its rows need.
func (r *Reader) beginWorkbook() error {
	at, size, err := r.src.random()
	if err != nil {
		return err
	}
	opening := &atMost{at, maxDirectory}
	z, err := zip.NewReader(opening, size)
	switch {
	case errors.Is(err, zip.ErrFormat):
		return errors.New("this is no whole workbook: it is cut short, or damaged")
	case err != nil:
		return fmt.Errorf("this is no whole workbook: %w", err)
	}
	opening.left = math.MaxInt64
	r.src.charset = "utf-8"
	w := &workbook{zip: z}
	chosen, err := r.chooseSheet(w)
	if err != nil {
		return err
	}
	r.sheet = chosen.name
	first := &sheetRows{w: w, wide: maxColumns}
	if err := first.begin(chosen.part); err != nil {
		return err
	}
	row, err := first.next()
	if err := errors.Join(first.part.Close(), ignoreEOF(err)); err != nil {
		return err
	}
	if err == io.EOF {
		return fmt.Errorf("the sheet %s is empty", shown(chosen.name))
	}
	for i := range row.Cells {
		if row.Cells[i].Kind == Text {
			row.Cells[i].Quoted = true // a text is a name, whatever it looks like
		}
	}
	h, err := r.headerOf(row)
	if err != nil {
		return err
	}
	var open *sheetRows
	r.open = func() (rows, error) {
		if open != nil {
			_ = open.part.Close()
		}
		r.src.read.Store(0)
		w.unpacked = 0
		open = &sheetRows{w: w, cols: h.columns, wide: len(h.columns)}
		if err := open.begin(chosen.part); err != nil {
			return nil, err
		}
		if h.inFile {
			open.wide = maxColumns
			if _, err := open.next(); err != nil {
				return nil, err
			}
			open.wide = len(h.columns)
		}
		return open, nil
	}
	return nil
}

// maxDirectory is how many bytes of a workbook are read for the list of its parts.
const maxDirectory = 8 << 20

// atMost reads no more than so many bytes.
type atMost struct {
	r    io.ReaderAt
	left int64
}

func (a *atMost) ReadAt(b []byte, at int64) (int, error) {
	if a.left -= int64(len(b)); a.left < 0 {
		return 0, fmt.Errorf("the list of its parts has more than %d MiB", maxDirectory>>20)
	}
	return a.r.ReadAt(b, at)
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// chooseSheet finds the sheet that is asked for, or the first visible one, and reads what belongs to the workbook as a whole.
func (r *Reader) chooseSheet(w *workbook) (sheet, error) {
	book, rels, err := w.root()
	if err != nil {
		return sheet{}, err
	}
	sheets, err := w.sheets(book, rels)
	if err != nil {
		return sheet{}, err
	}
	for kind, part := range rels {
		switch path.Base(kind) {
		case "sharedStrings":
			w.texts = newTexts(r.src)
			err = w.readTexts(part)
		case "styles":
			err = w.readStyles(part)
		}
		if err != nil {
			return sheet{}, err
		}
	}
	var names []string
	found := -1
	for i, s := range sheets {
		name := shown(s.name)
		if s.hidden {
			name += " (hidden)"
		}
		names = append(names, name)
		if found < 0 && (s.name == r.opts.Sheet || r.opts.Sheet == "" && !s.hidden) {
			found = i
		}
	}
	switch list := strings.Join(names, ", "); {
	case len(sheets) == 0:
		return sheet{}, errors.New("the workbook has no sheet of cells")
	case found < 0 && r.opts.Sheet != "":
		return sheet{}, fmt.Errorf("there is no sheet %s; there are %s", shown(r.opts.Sheet), list)
	case found < 0:
		return sheet{}, fmt.Errorf("all sheets are hidden; name one: %s", list)
	case len(sheets) > 1:
		r.note("sheet: %s of %s", names[found], list)
	default:
		r.note("sheet: %s", names[found])
	}
	return sheets[found], nil
}

// root finds the workbook's main part, and what that is related to: the kind of a relation, or its id, to the name of the part.
func (w *workbook) root() (book string, rels map[string]string, err error) {
	top, err := w.relations("_rels/.rels", "")
	if err != nil {
		return "", nil, err
	}
	for kind, part := range top {
		if path.Base(kind) == "officeDocument" {
			book = part
		}
	}
	switch {
	case strings.HasSuffix(book, ".bin"):
		return "", nil, errors.New("this is a binary workbook (.xlsb); save it as .xlsx")
	case !strings.HasPrefix(book, "xl/"):
		return "", nil, errors.New("this is a zip archive that holds no XLSX workbook")
	}
	rels, err = w.relations(path.Join(path.Dir(book), "_rels", path.Base(book)+".rels"), path.Dir(book))
	return book, rels, err
}

// relations reads a list of relations, both by their kind and by their id.
func (w *workbook) relations(name, dir string) (map[string]string, error) {
	rels := map[string]string{}
	err := w.elements(name, func(e xml.StartElement, _ *xml.Decoder) error {
		if e.Name.Local == "Relationship" && attr(e, "TargetMode") != "External" && len(rels) < 10000 {
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			target = strings.TrimPrefix(path.Clean(target), "/")
			rels[attr(e, "Type")], rels[attr(e, "Id")] = target, target
		}
		return nil
	})
	if errors.Is(err, errNoPart) {
		err = errors.New("this is a zip archive that holds no XLSX workbook")
	}
	return rels, err
}

func (w *workbook) sheets(book string, rels map[string]string) ([]sheet, error) {
	var list []sheet
	err := w.elements(book, func(e xml.StartElement, _ *xml.Decoder) error {
		switch e.Name.Local {
		case "workbookPr":
			v := attr(e, "date1904")
			w.from1904 = v == "1" || v == "true"
		case "sheet":
			part := rels[attr(e, "id")]
			if strings.Contains(part, "worksheets/") && len(list) < 1000 { // and no sheet of one chart
				list = append(list, sheet{name: attr(e, "name"), part: part, hidden: attr(e, "state") != "" && attr(e, "state") != "visible"})
			}
		}
		return nil
	})
	return list, err
}

var errNoPart = errors.New("the workbook lacks a part")

// part opens a part of the workbook. What all parts unpack to is bounded, and so is what one row of them does.
func (w *workbook) part(name string) (io.ReadCloser, *budget, error) {
	for _, f := range w.zip.File {
		if !strings.EqualFold(f.Name, name) {
			continue
		}
		if f.UncompressedSize64 > maxUnpack {
			return nil, nil, fmt.Errorf("%s would unpack to %d GiB; at most %d are read", name, f.UncompressedSize64>>30, maxUnpack>>30)
		}
		rc, err := f.Open()
		if err != nil {
			return nil, nil, fmt.Errorf("opening %s of the workbook: %w", name, err)
		}
		return rc, &budget{r: &tags{r: &unpacking64{w, rc, name}}, left: maxRow}, nil
	}
	return nil, nil, fmt.Errorf("%w: %s", errNoPart, name)
}

// unpacking64 counts what a workbook's parts really unpack to, whatever they say.
type unpacking64 struct {
	w    *workbook
	r    io.Reader
	name string
}

func (u *unpacking64) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	if u.w.unpacked += int64(n); u.w.unpacked > maxUnpack {
		return 0, fmt.Errorf("the workbook unpacks to more than %d GiB", maxUnpack>>30)
	}
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum):
		err = fmt.Errorf("%s of the workbook does not unpack to what the workbook says: it is damaged", u.name)
	case err != nil && err != io.EOF:
		err = fmt.Errorf("unpacking %s of the workbook: %w", u.name, err)
	}
	return n, err
}

// maxTag is how many bytes a tag of XML may have. Its attributes take a multiple of that.
const maxTag = 64 << 10

// tags refuses a tag that is too long, before a parser makes a list of its attributes.
type tags struct {
	r      io.Reader
	length int  // of the tag so far, 0 outside of one
	quote  byte // that opened, 0 outside of a value
}

func (t *tags) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	for _, c := range b[:n] {
		switch {
		case t.length == 0:
			if c == '<' {
				t.length = 1
			}
			continue
		case t.length == 1 && (c == '!' || c == '?'): // no tag
			t.length = 0
			continue
		case t.quote == 0 && c == '>':
			t.length = 0
			continue
		case t.quote == 0 && (c == '"' || c == '\''):
			t.quote = c
		case c == t.quote:
			t.quote = 0
		}
		if t.length++; t.length > maxTag {
			return 0, fmt.Errorf("a tag of the workbook's XML has more than %d KiB", maxTag>>10)
		}
	}
	return n, err
}

// elements calls f at the start of each element of a part.
func (w *workbook) elements(name string, f func(xml.StartElement, *xml.Decoder) error) error {
	rc, b, err := w.part(name)
	if err != nil {
		return err
	}
	defer func() { _ = rc.Close() }()
	d := xml.NewDecoder(b)
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s of the workbook: %w", name, err)
		}
		b.renew()
		if e, ok := token.(xml.StartElement); ok {
			if err := f(e, d); err != nil {
				return err
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
