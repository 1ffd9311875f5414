package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"stele"
	"stele/internal/wire"
)

// importBody is an import of n records of six fields, some 150 kB for 1000. With escapes, each record has text with
// escape sequences.
func importBody(n int, escapes bool) []byte {
	name := "Gerät"
	if escapes {
		name = `Ger\u00e4t \"x\"`
	}
	var b bytes.Buffer
	b.WriteString(`{"table_id":"66f0a1b2c3d4e5f601234567","records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"code":"PX-%07d","name":"%s number %d, in stock","weight_g":%d,"price":%d.25,"fragile":%t,"shipped_at":"2026-03-%02d 08:00:00"}`,
			i, name, i, i*37, i%500, i%2 == 0, i%28+1)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// BenchmarkDecodeImport decodes 1000 records. Its yardstick is BenchmarkTokens: compare medians of interleaved runs,
//
//	go test ./internal/wire -run '^$' -bench 'DecodeImport|Tokens' -count 10
func BenchmarkDecodeImport(b *testing.B) {
	for _, escapes := range []bool{false, true} {
		b.Run("escapes="+strconv.FormatBool(escapes), func(b *testing.B) {
			body := importBody(1000, escapes)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				im, err := wire.DecodeImport(wire.Input{Body: body, Limits: stele.DefaultLimits()})
				if err != nil || len(im.Rows) != 1000 || len(im.Rows[999].Cells) != 6 {
					b.Fatal(err, len(im.Rows))
				}
			}
		})
	}
}

// BenchmarkDecodeDelete decodes 1000 addresses: ids, or filters of one field.
func BenchmarkDecodeDelete(b *testing.B) {
	for name, address := range map[string]string{"ids": `{"record_id":"5412782307079%05d"}`, "filters": `{"filter":{"code":"PX-%07d"}}`} {
		b.Run(name, func(b *testing.B) {
			body := []byte(`{"table_id":"66f0a1b2c3d4e5f601234567","delete_data":[`)
			for i := range 1000 {
				body = fmt.Appendf(body, address+",", i)
			}
			body = append(body[:len(body)-1], `]}`...)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				d, err := wire.DecodeDelete(wire.Input{Body: body, Limits: stele.DefaultLimits()})
				if err != nil || len(d.Addresses) != 1000 {
					b.Fatal(err, len(d.Addresses))
				}
			}
		})
	}
}

// BenchmarkTokens reads the body of BenchmarkDecodeImport token by token and does nothing with it, or makes as many
// cells as that has values: what must be kept costs something however it is read.
func BenchmarkTokens(b *testing.B) {
	body := importBody(1000, false)
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			tokens(b, body)
		}
	})
	b.Run("cells", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		var kept []stele.Cell
		text := string(body)
		for b.Loop() {
			tokens(b, body)
			kept = make([]stele.Cell, 0, 6000)
			for i := range 6000 {
				kept = append(kept, stele.Cell{Name: text[i : i+4], Raw: stele.Raw{Kind: stele.KindString, Text: text[i : i+9]}})
			}
			_ = make([]stele.Row, 0, 1000)
		}
		_ = kept
	})
}

func tokens(b *testing.B, body []byte) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		if _, err := dec.ReadToken(); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendRecords writes a page of 100 records of six fields.
func BenchmarkAppendRecords(b *testing.B) {
	t := &stele.Table{ID: "66f0a1b2c3d4e5f601234567", Name: "parcels", Description: "parcels on their way"}
	for i, name := range []string{"code", "name", "weight_g", "price", "fragile", "shipped_at"} {
		t.Fields = append(t.Fields, stele.Field{Name: name, Type: []stele.Type{stele.Text, stele.Text, stele.Int, stele.Float, stele.Boolean, stele.DateTime}[i]})
	}
	var page stele.RecordPage
	for i := range 100 {
		page.Records = append(page.Records, stele.Record{
			ID: 541278230707963208 + stele.RecordID(i), Created: 1772352000123, Updated: 1772352000124,
			Values: []stele.Value{
				stele.TextValue(fmt.Sprintf("PX-%07d", i)), stele.TextValue(fmt.Sprintf("Gerät number %d, in stock", i)),
				stele.IntValue(int64(i) * 37), stele.FloatValue(float64(i) + 0.25), stele.BoolValue(i%2 == 0), stele.DateTimeValue("2026-03-01 08:00:00"),
			},
		})
	}
	buf := wire.Hybrid.AppendRecords(nil, "66e000000000000000000001", t, page)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = wire.Hybrid.AppendRecords(buf[:0], "66e000000000000000000001", t, page)
	}
}
