package datafile

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
)

// readTexts reads the workbook's shared texts.
func (w *workbook) readTexts(part string) error {
	var b strings.Builder
	return w.elements(part, func(e xml.StartElement, d *xml.Decoder) error {
		if e.Name.Local != "si" {
			return nil
		}
		s, err := richText(d, &b, "si")
		if err != nil {
			return fmt.Errorf("the workbook's texts break off: %w", err)
		}
		return w.texts.add(s)
	})
}

// texts is a list of texts, of which all beyond some MiB are on disk.
type texts struct {
	bytes, places spill
	n             int
	recent        [4096]struct {
		i    int // from 1
		text string
	}
}

func newTexts(s *source) *texts {
	return &texts{bytes: spill{src: s, most: 8 << 20}, places: spill{src: s, most: 4 << 20}}
}

func (t *texts) add(s string) error {
	var place [8]byte
	binary.LittleEndian.PutUint64(place[:], uint64(t.bytes.size)) // where it begins; it ends where the next one does
	t.n++
	if err := t.places.write(place[:]); err != nil {
		return err
	}
	return t.bytes.write([]byte(s))
}

func (t *texts) at(i int) (string, error) {
	if i < 0 || i >= t.n {
		return "", fmt.Errorf("the cell's text %d is not among the workbook's %d", i, t.n)
	}
	slot := &t.recent[i%len(t.recent)]
	if slot.i == i+1 {
		return slot.text, nil
	}
	var place [16]byte
	binary.LittleEndian.PutUint64(place[8:], uint64(t.bytes.size))
	n := min(16, int(t.places.size)-8*i)
	if err := t.places.read(place[:n], int64(8*i)); err != nil {
		return "", err
	}
	from, to := binary.LittleEndian.Uint64(place[:8]), binary.LittleEndian.Uint64(place[8:])
	b := make([]byte, to-from)
	if err := t.bytes.read(b, int64(from)); err != nil {
		return "", err
	}
	s := string(b)
	if len(s) <= 1024 {
		slot.i, slot.text = i+1, s
	}
	return s, nil
}

// spill is bytes that are added at the end and read anywhere: in memory up to most of them, then in a temporary file.
type spill struct {
	src  *source
	most int
	tail []byte // what is not on disk yet
	size int64
	file *os.File
}

func (s *spill) write(b []byte) error {
	s.tail = append(s.tail, b...)
	s.size += int64(len(b))
	if len(s.tail) < s.most {
		return nil
	}
	if s.file == nil {
		f, _, err := s.src.spool(strings.NewReader(""), -1)
		if err != nil {
			return err
		}
		s.file, s.most = f, 64<<10
	}
	_, err := s.file.Write(s.tail)
	if s.tail = s.tail[:0]; cap(s.tail) > 2*s.most {
		s.tail = make([]byte, 0, 2*s.most)
	}
	return err
}

func (s *spill) read(b []byte, at int64) error {
	onDisk := s.size - int64(len(s.tail))
	if at < onDisk {
		n := min(int64(len(b)), onDisk-at)
		if _, err := s.file.ReadAt(b[:n], at); err != nil && err != io.EOF {
			return fmt.Errorf("reading a temporary file: %w", err)
		}
		b, at = b[n:], at+n
	}
	if len(b) > 0 {
		copy(b, s.tail[at-onDisk:])
	}
	return nil
}
