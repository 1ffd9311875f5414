package datafile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of pages. One of each column is in memory at a time, with the column's dictionary.
const (
	maxPage   = 64 << 20  // bytes of a page, packed or not, and of what its values are written out to
	maxValues = 16 << 20  // of a page
	maxPages  = 512 << 20 // bytes of the largest pages of all columns together
	maxHeader = 1 << 20   // bytes of a page's header
)

// pageCheck goes over all pages of a file before the library reads one, for that would make room for whatever their headers say, and what
// they unpack to. So a file that ends short, or that lies about its rows, is known while nothing is imported.
type pageCheck struct {
	at      *watchedAt
	size    int64
	fields  []parquet.Field
	packed  []byte
	plain   []byte
	chunk   *format.ColumnMetaData
	field   parquet.Field
	unpack  unpacker
	dict    int64 // bytes of the chunk's dictionary
	known   bool  // a dictionary was in the chunk; without, the library takes the first page for one, unpacked without a bound
	largest int64 // bytes of the chunk's largest page
}

// checkPages refuses a file whose pages are not what its footer and their headers say, or more than memory is meant for.
func checkPages(at *watchedAt, size int64, f *parquet.File) error {
	p := &pageCheck{at: at, size: size, fields: f.Schema().Fields()}
	memory := make([]int64, len(p.fields)) // of each column's pages
	first, stored := int64(1), int64(0)
	for g, group := range f.Metadata().RowGroups {
		if len(group.Columns) != len(p.fields) {
			return fmt.Errorf("row group %d has %d columns, and the file %d: it is damaged", g+1, len(group.Columns), len(p.fields))
		}
		for i := range group.Columns {
			p.chunk, p.field, p.dict, p.known, p.largest = &group.Columns[i].MetaData, p.fields[i], 0, false, 0
			if group.Columns[i].FilePath != "" {
				return &Error{Column: i + 1, Name: p.field.Name(), Err: errors.New("its values are in another file")}
			}
			if stored += p.chunk.TotalCompressedSize; p.chunk.TotalCompressedSize < 0 || stored > size {
				return errors.New("its columns would be longer than the file: it is damaged")
			}
			rows, err := p.column(group.NumRows)
			if err == nil && rows != group.NumRows {
				err = fmt.Errorf("the file says that there are %d rows from here, and the column has %d: it is damaged", group.NumRows, rows)
				rows = 0
			}
			if err != nil {
				return &Error{Row: first + rows, Column: i + 1, Name: p.field.Name(), Err: err}
			}
			memory[i] = max(memory[i], p.dict+p.largest)
		}
		first += group.NumRows
	}
	total := int64(0)
	for _, n := range memory {
		total += n
	}
	if total > maxPages {
		return fmt.Errorf("its pages take %d MiB of memory at a time; at most %d are taken: write it in smaller pages, or smaller row groups", total>>20, maxPages>>20)
	}
	return nil
}

// column goes over the pages of a column in a row group, and returns how many rows they have.
func (p *pageCheck) column(most int64) (rows int64, err error) {
	if p.unpack, err = unpackerOf(p.chunk.Codec); err != nil {
		return 0, err
	}
	from := p.chunk.DataPageOffset
	if p.chunk.DictionaryPageOffset != 0 {
		from = p.chunk.DictionaryPageOffset
	}
	end := from + p.chunk.TotalCompressedSize
	if from < 4 || end > p.size {
		return 0, errors.New("its values would be outside the file: it is damaged")
	}
	for from < end {
		header, n, err := p.header(from, end)
		if err != nil {
			return rows, err
		}
		if from += n; int64(header.CompressedPageSize) > end-from {
			return rows, errors.New("a page is longer than its column: the file is damaged")
		}
		values, err := p.page(header, from)
		if err != nil {
			return rows, err
		}
		from += int64(header.CompressedPageSize)
		if rows += values; rows > most {
			return rows, nil
		}
	}
	return rows, nil
}

// header reads the header of a page, and how long it is.
func (p *pageCheck) header(from, end int64) (*format.PageHeader, int64, error) {
	for room := int64(4 << 10); ; room *= 16 {
		s := &skim{b: make([]byte, min(room, maxHeader, end-from))}
		if _, err := p.at.ReadAt(s.b, from); err != nil {
			return nil, 0, fmt.Errorf("reading a page's header: %w", err)
		}
		err := s.structure(0)
		if errors.Is(err, errSkimShort) && room < maxHeader && room < end-from {
			continue
		}
		header := new(format.PageHeader)
		if err == nil {
			err = thrift.Unmarshal(new(thrift.CompactProtocol), s.b[:s.at], header)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("a page's header cannot be read: %w", err)
		}
		if header.CompressedPageSize < 0 || header.UncompressedPageSize < 0 {
			return nil, 0, errors.New("a page's header has a negative size: the file is damaged")
		}
		if n := max(header.CompressedPageSize, header.UncompressedPageSize); n > maxPage {
			return nil, 0, fmt.Errorf("a page has %d MiB; at most %d are read: write the file in smaller pages", n>>20, maxPage>>20)
		}
		return header, int64(s.at), nil
	}
}

// page looks into a page, and returns how many rows it has.
func (p *pageCheck) page(h *format.PageHeader, from int64) (rows int64, err error) {
	p.packed = sized(p.packed, int(h.CompressedPageSize))
	if _, err := io.ReadFull(io.NewSectionReader(p.at, from, int64(len(p.packed))), p.packed); err != nil {
		return 0, fmt.Errorf("reading a page: %w", err)
	}
	cost := int64(h.CompressedPageSize) + int64(h.UncompressedPageSize)
	switch {
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		data, err := p.unpacked(p.packed, int(h.UncompressedPageSize))
		if n := h.DictionaryPageHeader.V.NumValues; err == nil && (n < 0 || int(n) > len(data)) {
			err = fmt.Errorf("a dictionary of %d bytes says that it has %d values: the file is damaged", len(data), n)
		}
		p.known = true
		p.dict += 2*cost + 16*int64(h.DictionaryPageHeader.V.NumValues)
		return 0, err
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		v := h.DataPageHeader.V
		data, err := p.unpacked(p.packed, int(h.UncompressedPageSize))
		if err == nil {
			err = p.values(cost, int64(v.NumValues), data, v.Encoding, -1)
		}
		return int64(v.NumValues), err
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		v := h.DataPageHeaderV2.V
		rep, def := int(v.RepetitionLevelsByteLength), int(v.DefinitionLevelsByteLength)
		if rep < 0 || def < 0 || rep > len(p.packed)-def || v.NumNulls < 0 {
			return 0, errors.New("a page's header does not fit the page: the file is damaged")
		}
		levels, data := p.packed[rep:rep+def], p.packed[rep+def:]
		if !v.IsCompressed.Valid || v.IsCompressed.V {
			data, err = p.unpacked(data, max(0, int(h.UncompressedPageSize)-rep-def))
		}
		if err == nil {
			err = p.values(cost, int64(v.NumValues), append(levels[:def:def], data...), v.Encoding, def)
		}
		return int64(v.NumValues), err
	}
	return 0, nil // the library says what it cannot read
}

// unpacked unpacks a page, which must have exactly so many bytes then.
func (p *pageCheck) unpacked(packed []byte, size int) ([]byte, error) {
	if p.unpack == nil {
		return packed, nil
	}
	p.plain = sized(p.plain, size)
	if err := p.unpack(p.plain, packed); err != nil {
		return nil, fmt.Errorf("a page cannot be unpacked: %w", err)
	}
	return p.plain, nil
}

// values holds what a data page would be written out to against what its header says. Levels, before the values, are def bytes, or say themselves
// how many.
func (p *pageCheck) values(cost, n int64, data []byte, encoding format.Encoding, def int) error {
	if n < 0 || n > maxValues {
		return fmt.Errorf("a page has %d values; at most %d are read: write the file in smaller pages", n, maxValues)
	}
	if p.field.Optional() {
		if def < 0 {
			var err error
			if data, def, err = lengthFirst(data); err != nil {
				return err
			}
		}
		if err := checkRuns(data[:def], 1, n); err != nil {
			return err
		}
	}
	written, err := p.writtenOut(n, data[max(def, 0):], encoding)
	if err != nil {
		return err
	}
	if cost += written + 24*n; written > maxPage {
		return fmt.Errorf("a page's values take %d MiB; at most %d are read: write the file in smaller pages", written>>20, maxPage>>20)
	}
	p.largest = max(p.largest, cost)
	return nil
}

// writtenOut is how many bytes the values of a page take beyond those that they have in it.
func (p *pageCheck) writtenOut(n int64, data []byte, encoding format.Encoding) (int64, error) {
	switch encoding {
	//lint:ignore SA1019 it is deprecated for those who write; files of older writers have it
	case format.RLEDictionary, format.PlainDictionary:
		if !p.known {
			return 0, errors.New("a page's values are in a dictionary, and there is none before it: the column cannot be read")
		}
		if len(data) == 0 {
			return 0, nil
		}
		if data[0] > 32 {
			return 0, errPage
		}
		return 4 * n, checkRuns(data[1:], int(data[0]), n)
	case format.RLE:
		data, length, err := lengthFirst(data)
		if err != nil {
			return 0, err
		}
		return n, checkRuns(data[:length], 1, n)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray, format.DeltaByteArray:
		return p.deltas(n, data, encoding)
	}
	return int64(len(data)), nil
}

var errPage = errors.New("a page does not hold what its header says: the file is damaged")

// lengthFirst cuts off a length of four bytes, which must not pass what follows.
func lengthFirst(data []byte) ([]byte, int, error) {
	if len(data) < 4 || int64(binary.LittleEndian.Uint32(data)) > int64(len(data)-4) {
		return nil, 0, errPage
	}
	return data[4:], int(binary.LittleEndian.Uint32(data)), nil
}

// checkRuns goes over runs of values of so many bits, each run of one value or of values one by one, and refuses more than n of them.
func checkRuns(data []byte, bits int, n int64) error {
	left := uint64(n) + 8*504 // the last run of values one by one may be filled up
	for len(data) > 0 {
		head, k := binary.Uvarint(data)
		if k <= 0 {
			return errPage
		}
		count, width := head>>1, uint64(bits+7)/8
		if head&1 == 1 {
			if count > left {
				return errPage
			}
			count, width = 8*count, count*uint64(bits)
		}
		if count > left {
			return errPage
		}
		left -= count
		data = data[k:]
		data = data[min(width, uint64(len(data))):]
	}
	return nil
}
