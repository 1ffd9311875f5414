package datafile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds of what a Parquet file says of itself. The library makes room for what headers promise before it has seen it, and its memory
// would be theirs to fill.
const (
	maxFooter = 32 << 20 // bytes
	maxParts  = 200_000  // entries of all lists in a footer: row groups, their columns, and what is known of those
	maxSchema = 2 * maxColumns
	maxDepth  = 16 // of structures within structures
)

// skim goes over a structure of thrift's compact protocol (thrift-compact-protocol.md in apache/thrift) without keeping any of it, and refuses what
// promises more than there is.
type skim struct {
	b      []byte
	at     int
	parts  int           // entries of lists so far
	fields map[int16]int // entries of the lists that are fields of the outermost structure
}

var (
	errSkimShort = errors.New("it breaks off")
	errSkimWrong = errors.New("it is damaged")
)

func (s *skim) take(n uint64) error {
	if n > uint64(len(s.b)-s.at) {
		return errSkimShort
	}
	s.at += int(n)
	return nil
}

func (s *skim) byte() (byte, error) {
	if err := s.take(1); err != nil {
		return 0, err
	}
	return s.b[s.at-1], nil
}

func (s *skim) varint() (uint64, error) {
	v, n := binary.Uvarint(s.b[s.at:])
	switch {
	case n < 0:
		return 0, errSkimWrong
	case n == 0:
		return 0, errSkimShort
	}
	s.at += n
	return v, nil
}

// structure goes to the end of a structure.
func (s *skim) structure(depth int) error {
	if depth > maxDepth {
		return errSkimWrong
	}
	id := int16(0)
	for {
		head, err := s.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := int16(head >> 4); delta > 0 {
			id += delta
		} else {
			v, err := s.varint()
			if err != nil {
				return err
			}
			id = int16(v>>1) ^ -int16(v&1) // zigzag
		}
		kind := head & 15
		if kind == 1 || kind == 2 { // true and false have no more than their kind
			continue
		}
		parts := s.parts
		if err := s.value(kind, depth); err != nil {
			return err
		}
		if depth == 0 && kind == 9 && s.fields != nil {
			s.fields[id] = s.parts - parts
		}
	}
}

// value goes behind a value.
func (s *skim) value(kind byte, depth int) error {
	switch kind {
	case 1, 2, 3:
		return s.take(1)
	case 4, 5, 6:
		_, err := s.varint()
		return err
	case 7:
		return s.take(8)
	case 8:
		n, err := s.varint()
		if err != nil {
			return err
		}
		return s.take(n)
	case 9, 10:
		head, err := s.byte()
		n := uint64(head >> 4)
		if err == nil && n == 15 {
			n, err = s.varint()
		}
		if err != nil {
			return err
		}
		return s.entries(n, depth, head&15)
	case 11:
		n, err := s.varint()
		if err != nil || n == 0 {
			return err
		}
		kinds, err := s.byte()
		if err != nil {
			return err
		}
		return s.entries(n, depth, kinds>>4, kinds&15)
	case 12:
		return s.structure(depth + 1)
	case 13:
		return s.take(16)
	}
	return errSkimWrong
}

// entries goes over n entries of a list or a map.
func (s *skim) entries(n uint64, depth int, kinds ...byte) error {
	if n > uint64(len(s.b)-s.at) { // each takes a byte at least
		return errSkimShort
	}
	if s.parts += int(n); s.parts > maxParts {
		return fmt.Errorf("it has lists of more than %d entries; write the file in larger row groups", maxParts)
	}
	for range n {
		for _, kind := range kinds {
			if err := s.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFooter reads the end of a Parquet file and refuses one that the library cannot be trusted with.
func checkFooter(at *watchedAt, size int64) error {
	var ends [12]byte
	if size < int64(len(ends)) {
		return errors.New("this is no Parquet file: it is too short")
	}
	_, err := at.ReadAt(ends[:4], 0)
	if err == nil {
		_, err = at.ReadAt(ends[4:], size-8)
	}
	n := int64(binary.LittleEndian.Uint32(ends[4:8]))
	switch tail := string(ends[8:]); {
	case err != nil:
		return fmt.Errorf("reading its end: %w", err)
	case string(ends[:4]) == "PARE" || tail == "PARE":
		return errors.New("this Parquet file is encrypted; write it without encryption")
	case string(ends[:4]) != "PAR1":
		return fmt.Errorf("this is no Parquet file: it begins %s", shown(string(ends[:4])))
	case tail != "PAR1":
		return errors.New("the Parquet file has no end: it is cut short")
	case n > size-12:
		return errors.New("the Parquet file's footer would be longer than the file: it is damaged")
	case n > maxFooter:
		return fmt.Errorf("the Parquet file's footer has %d MiB; at most %d can be read", n>>20, maxFooter>>20)
	}
	s := &skim{b: make([]byte, n), fields: map[int16]int{}}
	if _, err := at.ReadAt(s.b, size-8-n); err != nil {
		return fmt.Errorf("reading its footer: %w", err)
	}
	if err := s.structure(0); err != nil {
		return fmt.Errorf("the Parquet file's footer cannot be read: %w", err)
	}
	if n := s.fields[2]; n > maxSchema { // FileMetaData.schema
		return fmt.Errorf("the Parquet file's schema has %d entries; at most %d can be read", n, maxSchema)
	}
	return nil
}
