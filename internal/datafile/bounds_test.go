package datafile_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

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

// fuzzed reads bytes as a file, and if they are one, plans a table for it: nothing panics, and whatever is sent is JSON.
func fuzzed(t *testing.T, name string, data []byte) {
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
