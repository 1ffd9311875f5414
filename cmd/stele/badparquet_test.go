package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// columnar writes rows of a struct as Parquet.
func columnar[T any](t *testing.T, codec compress.Codec, rows ...T) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.Compression(codec))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// refooted changes the footer of a Parquet file.
func refooted(t *testing.T, file string, change func(*format.FileMetaData)) string {
	t.Helper()
	n := len(file) - 8 - int(binary.LittleEndian.Uint32([]byte(file[len(file)-8:])))
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), []byte(file[n:len(file)-8]), &meta); err != nil {
		t.Fatal(err)
	}
	change(&meta)
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		t.Fatal(err)
	}
	return file[:n] + withFooter(string(footer))
}

func withFooter(footer string) string {
	return footer + string(binary.LittleEndian.AppendUint32(nil, uint32(len(footer)))) + "PAR1"
}

// repaged makes a Parquet file of another one that has one column and one page: the page gets another header, and this data.
func repaged(t *testing.T, file string, change func(*format.PageHeader, *format.ColumnMetaData, []byte) []byte) string {
	t.Helper()
	var body string
	whole := refooted(t, file, func(meta *format.FileMetaData) {
		chunk := &meta.RowGroups[0].Columns[0].MetaData
		r := new(thrift.CompactProtocol).NewReaderFromBytes([]byte(file[chunk.DataPageOffset:]))
		var header format.PageHeader
		if err := thrift.NewDecoder(r).Decode(&header); err != nil {
			t.Fatal(err)
		}
		from := int(chunk.DataPageOffset) + r.BytesRead()
		data := change(&header, chunk, []byte(file[from:from+int(header.CompressedPageSize)]))
		header.CRC = 0
		head, err := thrift.Marshal(new(thrift.CompactProtocol), header)
		if err != nil {
			t.Fatal(err)
		}
		body = "PAR1" + string(head) + string(data)
		chunk.DataPageOffset, chunk.DictionaryPageOffset, chunk.TotalCompressedSize = 4, 0, int64(len(body)-4)
		meta.RowGroups[0].Columns[0].OffsetIndexOffset, meta.RowGroups[0].Columns[0].ColumnIndexOffset = 0, 0
	})
	n := int(binary.LittleEndian.Uint32([]byte(whole[len(whole)-8:])))
	return body + whole[len(whole)-8-n:]
}

type flatRow struct {
	ID   int64   `parquet:"id"`
	Name *string `parquet:"name,optional"`
}

func flat(n int) (rows []flatRow) {
	for i := range n {
		name := fmt.Sprint("name ", i)
		rows = append(rows, flatRow{int64(i), &name})
	}
	return rows
}

func parquetFiles(t *testing.T) []badFile {
	good := columnar(t, &parquet.Snappy, flat(100)...)
	type number struct {
		N int64 `parquet:"n,plain"`
	}
	type dictionary struct {
		S string `parquet:"s,dict"`
	}
	type optional struct {
		N *int64 `parquet:"n,optional"`
	}
	at := time.Date(2026, 3, 1, 8, 30, 15, 0, time.UTC)
	const noon = uint64(12 * time.Hour)
	files := []badFile{
		{"parquet_cut", "cut.parquet", good[:len(good)/2], nil},
		{"parquet_no_end", "noend.parquet", good[:len(good)-4], nil},
		{"parquet_empty", "none.parquet", columnar[flatRow](t, &parquet.Snappy), nil},
		{"parquet_encrypted", "secret.parquet", "PARE" + good[4:len(good)-4] + "PARE", nil},
		{"parquet_list", "list.parquet", columnar(t, &parquet.Snappy, struct {
			ID   int64    `parquet:"id"`
			Tags []string `parquet:"tags,list"`
		}{1, []string{"a"}}), nil},
		{"parquet_group", "group.parquet", columnar(t, &parquet.Snappy, struct {
			ID int64 `parquet:"id"`
			At struct {
				X int64 `parquet:"x"`
			} `parquet:"at"`
		}{}), nil},
		{"parquet_kinds", "kinds.parquet", columnar(t, &parquet.Snappy, struct {
			Price int64            `parquet:"price,decimal(2:18)"`
			Wide  [16]byte         `parquet:"wide,decimal(3:38)"`
			Old   deprecated.Int96 `parquet:"old"`
			UTC   time.Time        `parquet:"utc,timestamp(millisecond:utc)"`
			Local time.Time        `parquet:"local,timestamp(millisecond:local)"`
			Small float32          `parquet:"small"`
			UUID  [16]byte         `parquet:"uuid,uuid"`
		}{-5, [16]byte{15: 7}, deprecated.Int96{uint32(noon & math.MaxUint32), uint32(noon >> 32), 2440589}, at, at, 0.1, [16]byte{15: 1}}), nil},
		{"parquet_micros", "micros.parquet", columnar(t, &parquet.Snappy, struct {
			At time.Time `parquet:"at,timestamp(microsecond)"`
		}{at.Add(1500 * time.Microsecond)}), nil},
		{"parquet_unsigned", "unsigned.parquet", columnar(t, &parquet.Snappy, struct {
			N uint64 `parquet:"n"`
		}{math.MaxUint64}), nil},
		{"parquet_nan", "nan.parquet", columnar(t, &parquet.Snappy, struct {
			F float64 `parquet:"f"`
		}{math.NaN()}, struct {
			F float64 `parquet:"f"`
		}{1.5}), nil},
		{"parquet_bytes_text", "bytes.parquet", columnar(t, &parquet.Snappy, struct {
			B []byte `parquet:"b"`
		}{[]byte("plain")}), nil},
		{"parquet_bytes", "bytes.parquet", columnar(t, &parquet.Snappy, struct {
			ID int64  `parquet:"id"`
			B  []byte `parquet:"b"`
		}{1, []byte{0x89, 'P', 'N', 'G', 0xff}}), nil},
		{"parquet_lz4_of_hadoop", "lz4.parquet", refooted(t, good, func(m *format.FileMetaData) {
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.Codec = 5
			}
		}), nil},
		{"parquet_footer_4gb", "footer.parquet", "PAR1" + strings.Repeat("x", 100) + "\xf0\xff\xff\xff" + "PAR1", nil},
		{"parquet_footer_list", "footer.parquet", "PAR1" + withFooter("\x15\x02\x29\xfc\xff\xff\xff\xff\x07"), nil},
		{"parquet_footer_deep", "footer.parquet", "PAR1" + withFooter(strings.Repeat("\xcc", 30<<20)), nil},
		{"parquet_footer_groups", "footer.parquet", "PAR1" + withFooter("\x15\x02\x19\x1c\x48\x04root\x00\x16\x02\x19\xfc\x80\x80\x80\x0c"+strings.Repeat("\x00", 24<<20)), nil},
		{"parquet_schema_deep", "schema.parquet", refooted(t, good, func(m *format.FileMetaData) {
			group := m.Schema[0]
			group.NumChildren = thrift.New(int32(1))
			m.Schema = nil
			for range 100000 {
				m.Schema = append(m.Schema, group)
			}
		}), nil},
		{"parquet_rows_many", "rows.parquet", refooted(t, good, func(m *format.FileMetaData) { m.NumRows, m.RowGroups[0].NumRows = 1<<60, 1<<60 }), nil},
		{"parquet_page_2gb", "page.parquet", repaged(t, columnar(t, &parquet.Uncompressed, number{1}), func(h *format.PageHeader, _ *format.ColumnMetaData, data []byte) []byte {
			h.CompressedPageSize, h.UncompressedPageSize = math.MaxInt32, math.MaxInt32
			return data
		}), nil},
		{"parquet_page_unpacked_2gb", "page.parquet", repaged(t, columnar(t, &parquet.Snappy, number{1}), func(h *format.PageHeader, _ *format.ColumnMetaData, data []byte) []byte {
			h.UncompressedPageSize = math.MaxInt32
			return data
		}), nil},
		{"parquet_page_values_2g", "page.parquet", repaged(t, columnar(t, &parquet.Snappy, number{1}), func(h *format.PageHeader, c *format.ColumnMetaData, data []byte) []byte {
			h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DataPageHeaderV2.V.NumRows, c.NumValues = math.MaxInt32, math.MaxInt32, math.MaxInt32, math.MaxInt32
			return data
		}), nil},
		{"parquet_page_nulls_2g", "page.parquet", repaged(t, columnar(t, &parquet.Uncompressed, optional{}), func(h *format.PageHeader, c *format.ColumnMetaData, _ []byte) []byte {
			h.Type = format.DataPage
			h.DataPageHeader.Valid, h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.Valid = true, math.MaxInt32-1, false
			h.DataPageHeader.V.DefinitionLevelEncoding, h.DataPageHeader.V.RepetitionLevelEncoding = format.RLE, format.RLE
			c.NumValues = math.MaxInt32 - 1
			run := append(binary.AppendUvarint(nil, uint64(math.MaxInt32-1)<<1), 0)
			data := append(binary.LittleEndian.AppendUint32(nil, uint32(len(run))), run...)
			h.CompressedPageSize, h.UncompressedPageSize = int32(len(data)), int32(len(data))
			return data
		}), nil},
		{"parquet_dictionary_2g", "dict.parquet", repagedDictionary(t, columnar(t, &parquet.Uncompressed, dictionary{"x"}, dictionary{"x"})), nil},
		{"parquet_lz4_damaged", "lz4.parquet", repaged(t, columnar(t, &parquet.Lz4Raw, number{1}, number{2}), func(h *format.PageHeader, _ *format.ColumnMetaData, data []byte) []byte {
			return bytes.Repeat([]byte{0xff}, len(data))
		}), nil},
	}
	for _, c := range []compress.Codec{&parquet.Gzip, &parquet.Zstd, &parquet.Brotli, &parquet.Snappy} {
		name := strings.ToLower(c.String())
		var zeros []byte // 8 MiB that say that they are some bytes
		files = append(files, badFile{"parquet_bomb_" + name, "bomb.parquet", repaged(t, columnar(t, c, number{1}), func(h *format.PageHeader, _ *format.ColumnMetaData, _ []byte) []byte {
			var err error
			if zeros, err = c.Encode(nil, make([]byte, 8<<20)); err != nil {
				t.Fatal(err)
			}
			h.CompressedPageSize = int32(len(zeros))
			return zeros
		}), nil})
	}
	for _, c := range []compress.Codec{&parquet.Uncompressed, &parquet.Gzip, &parquet.Zstd, &parquet.Brotli, &parquet.Snappy, &parquet.Lz4Raw} {
		files = append(files, badFile{"parquet_" + strings.ToLower(c.String()), "codec.parquet", columnar(t, c, flat(3)...), nil})
	}
	return files
}

// repagedDictionary has the dictionary of a file's one column say that it has two billion values.
func repagedDictionary(t *testing.T, file string) string {
	return repaged(t, file, func(h *format.PageHeader, c *format.ColumnMetaData, data []byte) []byte {
		var dict format.PageHeader
		r := new(thrift.CompactProtocol).NewReaderFromBytes([]byte(file[4:]))
		if err := thrift.NewDecoder(r).Decode(&dict); err != nil {
			t.Fatal(err)
		}
		body := file[4+r.BytesRead():][:dict.CompressedPageSize]
		dict.DictionaryPageHeader.V.NumValues, dict.CRC = math.MaxInt32, 0
		page, err := thrift.Marshal(new(thrift.CompactProtocol), *h)
		if err != nil {
			t.Fatal(err)
		}
		*h = dict
		return append(append([]byte(body), page...), data...)
	})
}
