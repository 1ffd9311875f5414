package datafile_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"stele/internal/datafile"
)

// parquetFile writes rows of a struct with the library itself.
func parquetFile[T any](t testing.TB, rows ...T) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.MaxRowsPerRowGroup(2))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file(t, "a.parquet", b.String())
}

type kinds struct {
	ID    int32            `parquet:"id"`
	Big   uint64           `parquet:"big"`
	Price int64            `parquet:"price,decimal(2:18)"`
	Wide  [16]byte         `parquet:"wide,decimal(3:38)"`
	Small float32          `parquet:"small"`
	Ratio float64          `parquet:"ratio"`
	At    time.Time        `parquet:"at,timestamp(microsecond)"`
	Day   int32            `parquet:"day,date"`
	Name  *string          `parquet:"name,optional"`
	UUID  [16]byte         `parquet:"uuid,uuid"`
	OK    bool             `parquet:"ok"`
	Dict  string           `parquet:"dict,dict,zstd"`
	Old   deprecated.Int96 `parquet:"old"`
}

func TestReadParquet(t *testing.T) {
	t.Parallel()
	const hour = uint64(time.Hour)
	name := "Ann"
	at := time.Date(2026, 3, 1, 8, 30, 15, 0, time.UTC)
	row := kinds{ID: -1, Big: 18446744073709551615, Price: -5, Small: 0.1, Ratio: 1e21, At: at, Day: 20000, Name: &name, OK: true, Dict: "x",
		Old: deprecated.Int96{uint32(hour & 0xffffffff), uint32(hour >> 32), 2440589}}
	for i := range row.Wide {
		row.Wide[i] = 0xff // -1
	}
	row.UUID[15] = 1
	got, _, err := readAll(parquetFile(t, row, kinds{At: at.Add(1500 * time.Millisecond), Ratio: 2, Price: 12345}, row), datafile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first := "<-1>|<18446744073709551615>|<-0.05>|<-0.001>|<0.1>|<1e+21>|2026-03-01 08:30:15|2024-10-04|Ann|00000000-0000-0000-0000-000000000001|<true>|x|1970-01-02 01:00:00"
	want := []string{"id|big|price|wide|small|ratio|at|day|name|uuid|ok|dict|old", "1/0: " + first,
		"2/0: <0>|<0>|<123.45>|<0.000>|<0>|<2>|2026-03-01 08:30:16.5|1970-01-01|<null>|00000000-0000-0000-0000-000000000000|<false>||-4713-11-24 00:00:00", "3/0: " + first}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// parquetNull is a file with a column that never had a value, as pyarrow writes it.
func parquetNull(t testing.TB) string {
	var b bytes.Buffer
	w := parquet.NewWriter(&b, parquet.NewSchema("rows", parquet.Group{"n": parquet.Optional(parquet.Leaf(parquet.Int32Type))}))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n := b.Len() - 8 - int(binary.LittleEndian.Uint32(b.Bytes()[b.Len()-8:]))
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), b.Bytes()[n:b.Len()-8], &meta); err != nil {
		t.Fatal(err)
	}
	meta.Schema[1].LogicalType.Value = new(format.NullType)
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		t.Fatal(err)
	}
	out := append(b.Bytes()[:n:n], footer...)
	return file(t, "a.parquet", string(binary.LittleEndian.AppendUint32(out, uint32(len(footer))))+"PAR1")
}

func TestBadParquet(t *testing.T) {
	t.Parallel()
	type flat struct {
		ID   int64  `parquet:"id"`
		Name string `parquet:"name"`
	}
	good := parquetFile(t, flat{1, "a"}, flat{2, "b"}, flat{3, "c"})
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Clone(whole)
	copy(broken[4:], bytes.Repeat([]byte{0xff}, 40))
	cases := []struct{ name, path, want string }{
		{"list", parquetFile(t, struct {
			ID   int64
			Tags []string
		}{1, []string{"a"}}), `column 2 ("Tags"): the column is nested (a list, a map or a group); only columns of single values can be read`},
		{"group", parquetFile(t, struct{ A struct{ B int64 } }{}), `column 1 ("A"): the column is nested`},
		{"map", parquetFile(t, struct{ M map[string]int64 }{}), `column 1 ("M"): the column is nested`},
		{"binary", parquetFile(t, struct{ B []byte }{[]byte{0xff, 0xfe}}), `row 1, column 1 ("B"): byte FF after "" is no text: the column holds other bytes`},
		{"NUL", parquetFile(t, struct{ S string }{"a\x00"}), `row 1, column 1 ("S"): the character NUL`},
		{"null", parquetNull(t), `column 1 ("n"): values of the type NULL cannot be read`},
		{"cut", file(t, "a.parquet", string(whole[:len(whole)-5])), "the Parquet file has no end: it is cut short"},
		{"cut at the front", file(t, "a.parquet", string(whole[:20])), "the Parquet file has no end: it is cut short"},
		{"damaged", file(t, "a.parquet", string(broken)), `row 1, column 1 ("id"): a page's header cannot be read`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(c.path, datafile.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
