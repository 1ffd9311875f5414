package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

func zstandard(text string) string {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(e.EncodeAll([]byte(text), nil))
}

// in writes a text in another character set.
func in(e encoding.Encoding, text string) string {
	s, err := e.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return s
}

// numbered is CSV with rows enough to be cut.
func numbered(rows int) string {
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,name %d of many\n", i, i*i)
	}
	return b.String()
}

func columns(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String() + "\n"
}

const (
	german   = "name,ort\nMüller,Köln\nJäger,Düsseldorf\nGroß,Görlitz\nBöhm,Nürnberg\n"
	chinese  = "姓名,城市\n王小明,北京\n李丽华,上海\n张伟强,广州\n刘德华先生,香港特别行政区\n"
	japanish = "名前,都市\n山田太郎,東京\n鈴木花子,大阪\n高橋さくら,なごや\nさとうけんじ,さっぽろ\n"
)

func textFiles() []badFile {
	utf16 := func(e unicode.Endianness, bom unicode.BOMPolicy, text string) string {
		return in(unicode.UTF16(e, bom), text)
	}
	gz, zst := gzipped(numbered(5000)), zstandard(numbered(5000))
	return []badFile{
		{"empty", "empty.csv", "", nil},
		{"blank_lines", "blank.csv", "\n\n\n", nil},
		{"gzip_cut", "cut.csv.gz", gz[:len(gz)/2], nil},
		{"gzip_no_end", "noend.csv.gz", gz[:len(gz)-4], nil},
		{"gzip_damaged", "damaged.csv.gz", gz[:1000] + "\x00\xff\x00\xff" + gz[1004:], nil},
		{"zstd_cut", "cut.csv.zst", zst[:len(zst)/2], nil},
		{"row_short", "ragged.csv", "a,b,c\n1,2,3\n4,5\n6,7,8\n", nil},
		{"row_long", "ragged.csv", "a,b,c\n1,2,3\n4,5,6,7\n", nil},
		{"row_long_empty", "trailing.csv", "a,b,\n1,2,\n3,4,,,\n", nil},
		{"nul", "nul.csv", "id,name\n1,Ann\n2,B\x00b\n", nil},
		{"nul_many", "nuls.csv", "id,name\n1," + strings.Repeat("\x00", 5000) + "\n", nil},
		{"two_charsets", "two.csv", "name\nAndré\n" + in(charmap.Windows1252, "Zoé\n"), nil},
		{"one_bad_byte", "one.csv", "id,name\n" + strings.Repeat("1,naïve café\n", 200) + "2,caf\xe9 noir\n" + strings.Repeat("3,más\n", 20), nil},
		{"one_bad_byte_ascii", "one.csv", "id,name\n" + strings.Repeat("1,plain text\n", 200) + "2,caf\xe9 noir\n", nil},
		{"names_twice", "twice.csv", "id,name,id\n1,a,2\n", nil},
		{"names_case", "case.csv", "ID,id,Id\n1,2,3\n", nil},
		{"names_alike", "alike.csv", "US Gross,us-gross,us_gross\n1,2,3\n", nil},
		{"names_blank", "blank.csv", "id,,name, \n1,2,3,4\n", nil},
		{"no_header", "bare.csv", "1,2.5,2026-03-01\n2,3.5,2026-03-02\n", nil},
		{"no_header_said", "bare.csv", "1,2.5,2026-03-01\n2,3.5,2026-03-02\n", []string{"--no-header"}},
		{"header_only", "header.csv", "id,name\n", nil},
		{"quote_open", "open.csv", "id,note\n1,fine\n2,\"never closed\n3,x\n4,y\n", nil},
		{"quote_open_late", "open.csv", "id,note\n1,\"two\nlines\"\n2,x\n3,\"open\n" + numbered(2000), nil},
		{"quote_inside", "inside.csv", "id,note\n1,a \"b\" c\n", nil},
		{"quote_behind", "behind.csv", "id,note\n1,\"a\" b\n", nil},
		{"gb18030", "gb.csv", in(simplifiedchinese.GB18030, chinese), nil},
		{"shift_jis", "sjis.csv", in(japanese.ShiftJIS, japanish), nil},
		{"windows_1252", "latin.csv", in(charmap.Windows1252, german), nil},
		{"windows_1252_short", "latin.csv", "name\nM\xfcller\n", nil},
		{"windows_1252_said", "latin.csv", in(charmap.Windows1252, german), []string{"--charset", "windows-1252"}},
		{"charset_wrong", "latin.csv", in(charmap.Windows1252, german), []string{"--charset", "utf-8"}},
		{"charset_unknown", "latin.csv", german, []string{"--charset", "klingon"}},
		{"utf8_plain", "plain.csv", "id,name\n1,Ann\n", nil},
		{"utf8_beyond_ascii", "utf8.csv", german, nil},
		{"utf8_bom", "bom.csv", "\xef\xbb\xbfid,name\n1,Ann\n", nil},
		{"utf16le_bom", "u.csv", utf16(unicode.LittleEndian, unicode.UseBOM, german), nil},
		{"utf16be_bom", "u.csv", utf16(unicode.BigEndian, unicode.UseBOM, german), nil},
		{"utf16le", "u.csv", utf16(unicode.LittleEndian, unicode.IgnoreBOM, german), nil},
		{"utf16be", "u.csv", utf16(unicode.BigEndian, unicode.IgnoreBOM, german), nil},
		{"utf16_cut", "u.csv", utf16(unicode.LittleEndian, unicode.UseBOM, german) + "x", nil},
		{"latin_valid_utf8", "accident.csv", in(charmap.Windows1252, "id,note\n1,Ã©tÃ©\n"), nil},
		{"lines_crlf", "crlf.csv", "a,b\r\n1,x\r\n2,\"y\r\nz\"\r\n", nil},
		{"lines_cr", "cr.csv", "a,b\r1,x\r2,\"y\rz\"\r", nil},
		{"lines_mixed", "mixed.csv", "a,b\r\n1,x\n2,y\r3,\"p\nq\r\nr\"\n4,s", nil},
		{"cell_10mb", "big.csv", "id,note\n1,short\n2," + strings.Repeat("x", 10<<20) + "\n3,short\n", []string{"--in-flight", "1"}},
		{"cell_9mb", "big.csv", "id,note\n1,short\n2," + strings.Repeat("x", 9<<20) + "\n3,short\n", []string{"--in-flight", "1"}},
		{"cell_17mb", "big.csv", "id,note\n1,short\n2," + strings.Repeat("x", 17<<20) + "\n", nil},
		{"columns_150", "wide.csv", columns(150, "c%d") + columns(150, "%d"), []string{"--dry-run"}},
		{"columns_300", "wide.csv", columns(300, "c%d") + columns(300, "%d"), nil},
		{"columns_5000", "wide.csv", columns(5000, "c%d") + columns(5000, "%d"), nil},
		{"cells_16_million", "commas.csv", strings.Repeat(",", 15<<20) + "\n", nil},
		{"row_of_quotes", "quotes.csv", "a\n\"" + strings.Repeat(`""`, 7<<20) + "\"\n", nil},
		{"long_in_many_columns", "long.csv.gz", diagonal(45, 12<<20), []string{"--dry-run"}},
		{"numbers_odd", "numbers.csv", "id,big_exp,nan,inf,minus_zero,hex,underscores,long_int,plus\n1,1e400,NaN,Infinity,-0,0x10,1_000,123456789012345678901234567890,+5\n2,1,1,1,1,1,1,1,1\n", nil},
		{"numbers_63_bits", "ints.csv", "id,n\n1,9223372036854775807\n2,-9223372036854775808\n3,9007199254740993\n", nil},
		{"booleans", "bools.csv", "a,b,c,d\nTRUE,true,1,yes\nFALSE,True,0,no\n", nil},
		{"dates_impossible", "dates.csv", "id,d\n1,2024-02-30\n2,2024-02-28\n3,2024-02-27\n", nil},
		{"dates_ambiguous", "dates.csv", "id,d\n1,03/04/2026\n2,05/06/2026\n", nil},
		{"dates_dmy_said", "dates.csv", "id,d\n1,03/04/2026\n2,05/06/2026\n", []string{"--date-order", "dmy"}},
		{"dates_proven", "dates.csv", "id,d\n1,03/04/2026\n2,25/06/2026\n", nil},
		{"dates_both_orders", "dates.csv", "id,d\n1,13/04/2026\n2,04/13/2026\n", nil},
		{"decimal_comma_doubt", "comma.csv", "id;n\n1;1,234\n2;2,345\n", nil},
		{"not_what_it_is_called", "a.xlsx", "id,name\n1,Ann\n", nil},
		{"xls_of_old", "a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), nil},
		{"pdf", "a.pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", nil},
		{"binary", "a.bin", strings.Repeat("\x00\x01\x02\xfe\xff\x80", 300), nil},
	}
}

// packed packs what f writes, in a hurry.
func packed(f func(io.Writer)) string {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	f(z)
	_ = z.Close()
	return b.String()
}

// diagonal is packed CSV in which each row has one very long text, each in another column.
func diagonal(n, long int) string {
	return packed(func(w io.Writer) {
		_, _ = io.WriteString(w, columns(n, "c%d"))
		text := bytes.Repeat([]byte("x"), long)
		for i := range n {
			_, _ = fmt.Fprintf(w, "%s%s%s\n", strings.Repeat(",", i), text, strings.Repeat(",", n-1-i))
		}
	})
}

func jsonFiles() []badFile {
	return []badFile{
		{"json_cut", "cut.json", "[\n{\"id\": 1, \"name\": \"a\"},\n{\"id\": 2, \"na", nil},
		{"json_no_end", "noend.json", "[\n{\"id\": 1},\n{\"id\": 2}\n", nil},
		{"json_behind", "behind.json", "[{\"id\": 1}]\n[{\"id\": 2}]", nil},
		{"json_not_rows", "rows.json", "[1, 2, 3]", nil},
		{"json_an_object_of_rows", "object.json", "{\"rows\": [{\"id\": 1}, {\"id\": 2}]}", nil},
		{"json_nested", "nested.json", "[{\"id\": 1, \"tags\": [\"a\", \"b\"], \"at\": {\"x\": 1.50, \"y\": null}}, {\"id\": 2, \"tags\": [], \"at\": {}}]", nil},
		{"json_empty_array", "none.json", "[]", nil},
		{"json_names_twice", "twice.json", "[{\"id\": 1, \"id\": 2}]", nil},
		{"jsonl_bad_line", "bad.jsonl", "{\"id\": 1}\n{\"id\": 2\n{\"id\": 3}\n", nil},
		{"jsonl_not_json", "bad.jsonl", "{\"id\": 1}\nhello\n{\"id\": 3}\n", nil},
		{"jsonl_blank_lines", "blank.jsonl", "{\"id\": 1}\n\n\n{\"id\": 2}\n", nil},
		{"json_numbers", "numbers.json", "[{\"id\":1,\"exp\":1e400,\"zero\":-0,\"long\":12345678901234567890,\"f\":1.0},{\"id\":2,\"exp\":1,\"zero\":1,\"long\":1,\"f\":2}]", nil},
		{"json_nan", "nan.json", "[{\"id\": NaN}]", nil},
		{"json_comment", "comment.json", "// rows\n[{\"id\": 1}]", nil},
		{"json_bad_utf8", "bad.json", "[{\"id\": 1, \"name\": \"caf\xe9\"}, {\"id\": 2, \"name\": \"é\"}]", nil},
		{"json_half_surrogate", "half.json", `[{"id": 1, "name": "\ud800"}]`, nil},
		{"json_nul", "nul.json", `[{"id": 1, "name": "a\u0000b"}]`, nil},
		{"json_deep", "deep.json", "[{\"id\": " + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}]", nil},
		{"json_many_names", "names.json.gz", manyNames(66, 8<<20), nil},
		{"json_lines_in_row", "lines.json.gz", gzipped("[{\"id\":" + strings.Repeat("\n", 15<<20) + "1}]"), nil},
	}
}

// manyNames is packed JSON Lines whose rows have each one member of another, very long name.
func manyNames(n, long int) string {
	return packed(func(w io.Writer) {
		name := bytes.Repeat([]byte("n"), long)
		for i := range n {
			_, _ = fmt.Fprintf(w, "{\"%d%s\":1}\n", i, name)
		}
	})
}
