package datafile_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"stele/internal/datafile"
)

// endless writes rows of CSV as they are read, so many bytes of them.
type endless struct {
	left, row int
	line      string
}

func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if e.line == "" {
			if e.left <= 0 {
				return n, nil
			}
			e.row++
			e.line = fmt.Sprintf("%d,name of %d,\"a note, quoted\",%d.5,2026-03-01 08:00:00\n", e.row, e.row, e.row%1000)
			e.left -= len(e.line)
		}
		k := copy(b[n:], e.line)
		e.line, n = e.line[k:], n+k
	}
	return n, nil
}

// TestMemory reads 200 MB and holds no more of the heap than a few buffers, whatever has been read. It is alone: it asks for the whole heap.
func TestMemory(t *testing.T) {
	size := 200 << 20
	if testing.Short() {
		size = 20 << 20
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	e := &endless{left: size}
	_, err = io.Copy(f, io.MultiReader(strings.NewReader("id,name,note,n,at\n"), io.LimitReader(e, int64(size))))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before := liveHeap()
	r, err := datafile.Open(context.Background(), path, datafile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	most, rows := uint64(0), 0
	for ; err == nil; rows++ {
		if _, err = r.Next(); rows%500_000 == 0 {
			most = max(most, liveHeap())
		}
	}
	read, all := r.Progress()
	if over := int64(most) - int64(before); over > 2<<20 || rows < size/100 || read != all {
		t.Errorf("%d rows, %d of %d bytes: %d KiB of live heap; at the end: %v", rows, read, all, over>>10, err)
	}
}

// liveHeap is what is left after a collection.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fuzzed reads bytes as a file, and if they are one, plans a table for it: nothing panics, memory is bounded, and whatever is sent is JSON.
func fuzzed(t *testing.T, name string, data []byte) {
	const most = 512 << 20 // bytes allocated for a file of some kilobytes, all in all
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	readFuzzed(t, name, data)
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > most {
		t.Fatalf("%d bytes took %d MiB of memory", len(data), (after.TotalAlloc-before.TotalAlloc)>>20)
	}
}

func readFuzzed(t *testing.T, name string, data []byte) {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := datafile.Open(t.Context(), path, datafile.Options{})
	if err != nil {
		return
	}
	defer func() { _ = r.Close() }()
	p, err := datafile.Infer(r)
	if err != nil {
		return
	}
	if err := r.Rewind(); err != nil {
		t.Fatal(err)
	}
	columns := make([]datafile.Column, len(p.Columns))
	for i, c := range p.Columns {
		columns[i] = datafile.Column{Name: c.Name}
	}
	for range p.Rows {
		row, err := r.Next()
		if err != nil {
			t.Fatalf("what was read once is not read again: %v", err)
		}
		got(t, columns, p.Encoder().Append(nil, row))
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,\"x\"\"y\"\n", "a;b\r\n1,5;\"\r\n\"\r", "\xef\xbb\xbfa\n\n\"\"\n", "\xff\xfea\x00\n\x00", "d\n03/04/2020\n2026-03-01T08:00+02:00\n1e5\n.5\n00\n", french, latin(french)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "a.csv", data) })
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`[{"a":1.5e3,"b":"x"},{"b":null,"c":{"d":[1]}}]`, "{\"a\":true}\n{\"a\":\"2026-03-01\"}\n", "[]", "[\n{\"a\":1,\"a\":2}]", "{\"\\u0000\":-0}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "a.json", data) })
}

func FuzzWorkbook(f *testing.F) {
	f.Add([]byte(`<row r="1"><c t="str"><v>a</v></c><c r="B1" t="inlineStr"><is><r><t>b</t></r></is></c></row><row><c><v>1.5</v></c><c t="b"><v>1</v></c></row>`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "a.xlsx", []byte(zipped(sheetOf(string(data))...))) })
}

func FuzzParquet(f *testing.F) {
	for _, s := range smallParquet(f) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "a.parquet", data) })
}

// FuzzParquetPage has a whole footer, of one of the small files, and a page of any kind, encoding and size. FuzzParquet is what changes footers.
func FuzzParquetPage(f *testing.F) {
	files := smallParquet(f)
	for i := range files {
		f.Add(uint8(i), uint8(0), int32(1), int32(4), int32(4), uint8(0), uint8(0), []byte{1, 2, 3, 4})
	}
	for encoding := range uint8(10) {
		f.Add(uint8(0), encoding&3, int32(100), int32(20), int32(20), encoding, encoding&7, []byte("\x02\x00\x00\x00\xc8\x01\x80\x01\x04\x64\x02\x02\x00\x00\x00\x00\x06\x06"))
	}
	f.Fuzz(func(t *testing.T, file, kind uint8, values, packed, plain int32, encoding, codec uint8, data []byte) {
		fuzzed(t, "a.parquet", anyPage(t, []byte(files[int(file)%len(files)]), format.PageHeader{
			Type: format.PageType(kind & 3), CompressedPageSize: packed, UncompressedPageSize: plain,
			DataPageHeader:       thrift.New(format.DataPageHeader{NumValues: values, Encoding: format.Encoding(encoding), DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}),
			DataPageHeaderV2:     thrift.New(format.DataPageHeaderV2{NumValues: values, NumRows: values, Encoding: format.Encoding(encoding), DefinitionLevelsByteLength: int32(codec >> 4)}),
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: values}),
		}, format.CompressionCodec(codec&7), data))
	})
}

// anyPage puts a page into a file of one column, instead of what is there.
func anyPage(t *testing.T, file []byte, h format.PageHeader, codec format.CompressionCodec, data []byte) []byte {
	n := len(file) - 8 - int(binary.LittleEndian.Uint32(file[len(file)-8:]))
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), file[n:len(file)-8], &meta); err != nil {
		t.Fatal(err)
	}
	head, err := thrift.Marshal(new(thrift.CompactProtocol), h)
	if err != nil {
		t.Fatal(err)
	}
	page := append(head, data...)
	meta.RowGroups = meta.RowGroups[:1]
	chunk := &meta.RowGroups[0].Columns[0].MetaData
	chunk.DataPageOffset, chunk.DictionaryPageOffset, chunk.TotalCompressedSize, chunk.Codec = 4, 0, int64(len(page)), codec
	meta.NumRows, meta.RowGroups[0].NumRows, chunk.NumValues = int64(h.DataPageHeader.V.NumValues), int64(h.DataPageHeader.V.NumValues), int64(h.DataPageHeader.V.NumValues)
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		t.Fatal(err)
	}
	out := append([]byte("PAR1"), page...)
	out = binary.LittleEndian.AppendUint32(append(out, footer...), uint32(len(footer)))
	return append(out, "PAR1"...)
}

// smallParquet is files of one column of each kind that matters.
func smallParquet(t testing.TB) []string {
	type number struct {
		N int64 `parquet:"n,optional,delta"`
	}
	type plainNumber struct {
		N int64 `parquet:"n,plain"`
	}
	type words struct {
		S string `parquet:"s,dict,zstd"`
	}
	type shared struct {
		S string `parquet:"s,delta,snappy"`
	}
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return []string{read(parquetFile(t, plainNumber{1}, plainNumber{2})), read(parquetFile(t, number{5}, number{6})), read(parquetFile(t, words{"x"}, words{"y"})), read(parquetFile(t, shared{"xab"}, shared{"xac"}))}
}
